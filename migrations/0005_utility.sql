-- Water, sewer and power: lines, assets, connections, and who is connected, reachable, unserved or unknown.

create table utility.line (
  id bigint generated always as identity constraint line_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  network text not null constraint line_network_is_known check (network in ('water', 'sewer', 'power')),
  kind text not null,
  name text,
  material text,
  diameter_mm integer constraint line_diameter_is_positive check (diameter_mm > 0),
  voltage_kv numeric(6, 2) constraint line_voltage_is_positive check (voltage_kv > 0),
  installed_year integer constraint line_year_is_plausible check (installed_year between 1850 and 2200),
  state text not null constraint line_state_is_known
    check (state in ('in_service', 'damaged', 'out_of_service', 'planned', 'unknown')),
  provider text,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(LineString, 32718) not null,
  geom_crs84 geometry(LineString, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index line_geom on utility.line using gist (geom);
create index line_geom_crs84 on utility.line using gist (geom_crs84);
create index line_network on utility.line (network);

create table utility.asset (
  id bigint generated always as identity constraint asset_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  network text not null constraint asset_network_is_known check (network in ('water', 'sewer', 'power')),
  kind text not null,
  code text,
  material text,
  installed_year integer constraint asset_year_is_plausible check (installed_year between 1850 and 2200),
  state text not null constraint asset_state_is_known
    check (state in ('in_service', 'damaged', 'out_of_service', 'planned', 'unknown')),
  provider text,
  line_id bigint references utility.line,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718) not null,
  geom_crs84 geometry(Point, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index asset_geom on utility.asset using gist (geom);
create index asset_geom_crs84 on utility.asset using gist (geom_crs84);

create table utility.service_connection (
  id bigint generated always as identity constraint service_connection_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  network text not null constraint service_connection_network_is_known check (network in ('water', 'sewer', 'power')),
  parcel_id bigint not null references land.parcel,
  line_id bigint references utility.line,
  state text not null constraint service_connection_state_is_known check (state in ('active', 'inactive', 'cut')),
  since date,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718)
);
create index service_connection_parcel on utility.service_connection (parcel_id, network);
create index service_connection_line on utility.service_connection (line_id);

-- Where connections were recorded at all: outside it the answer is "no se sabe", never "no".
create table utility.recorded_area (
  id bigint generated always as identity constraint recorded_area_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  network text not null constraint recorded_area_network_is_known check (network in ('water', 'sewer', 'power')),
  as_of date not null,
  office text not null,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null
);
create index recorded_area_geom on utility.recorded_area using gist (geom);

create table utility.parcel_service (
  parcel_id bigint constraint parcel_service_pkey primary key references land.parcel,
  water text not null constraint parcel_service_water_is_known check (water in ('connected', 'reachable', 'unserved', 'unknown')),
  sewer text not null constraint parcel_service_sewer_is_known check (sewer in ('connected', 'reachable', 'unserved', 'unknown')),
  power text not null constraint parcel_service_power_is_known check (power in ('connected', 'reachable', 'unserved', 'unknown')),
  as_of date not null default current_date
);

select service.describe('utility.line', 'es: Líneas de red | en: Network lines');
select service.describe('utility.asset', 'es: Elementos de red | en: Network assets', 'line_id=es: Línea | en: Line');
select service.describe('utility.service_connection', 'es: Conexiones domiciliarias | en: Service connections',
  'line_id=es: Línea | en: Line', 'since=es: Desde | en: Since');
select service.describe('utility.recorded_area', 'es: Áreas donde constan las conexiones | en: Areas where connections are on record');
select service.describe('utility.parcel_service', 'es: Servicios de cada lote | en: Services of each parcel');

select history.track(t) from unnest(array['utility.line', 'utility.asset', 'utility.service_connection',
  'utility.recorded_area']::regclass[]) t;
select audit.watch(t, 'geom') from unnest(array['utility.line', 'utility.asset', 'utility.recorded_area']::regclass[]) t;
select audit.watch('utility.service_connection');
