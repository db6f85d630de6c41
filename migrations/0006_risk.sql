-- Hazards, the river's edge, the coast and other restricted areas. Every theme carries the area that was
-- studied: inside it an absence is a "no", outside it is "no se sabe".

create table risk.study (
  id bigint generated always as identity constraint study_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null,
  number text,
  title text not null,
  authority text,
  performed_on date,
  -- Class limits of this study (Saaty weights); each report computes its own.
  class_limits jsonb,
  fictitious boolean not null default false,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now()
);

create table risk.studied_area (
  id bigint generated always as identity constraint studied_area_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  study_id bigint references risk.study,
  theme text not null,
  office text not null,
  valid daterange not null default daterange(current_date, null),
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index studied_area_geom on risk.studied_area using gist (geom);
create index studied_area_geom_crs84 on risk.studied_area using gist (geom_crs84);

create table risk.hazard_zone (
  id bigint generated always as identity constraint hazard_zone_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null constraint hazard_zone_kind_is_known
    check (kind in ('flood', 'erosion', 'landslide', 'debris_flow', 'earthquake', 'tsunami', 'other'))
);

create table risk.hazard_zone_version (
  id bigint generated always as identity constraint hazard_zone_version_pkey primary key,
  hazard_zone_id bigint not null references risk.hazard_zone,
  valid daterange not null constraint hazard_zone_version_valid_is_not_empty check (not isempty(valid)),
  study_id bigint references risk.study,
  level text not null constraint hazard_zone_version_level_is_known check (level in ('low', 'medium', 'high', 'very_high')),
  -- Never defaulted: empty means that nobody has declared it.
  mitigable boolean,
  declared boolean not null default false,
  declaration text,
  norm_id bigint references land.norm,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint hazard_zone_version_declared_has_a_document check (not declared or declaration is not null),
  constraint hazard_zone_version_periods_do_not_overlap exclude using gist (hazard_zone_id with =, valid with &&)
);
create index hazard_zone_version_geom on risk.hazard_zone_version using gist (geom);
create index hazard_zone_version_geom_crs84 on risk.hazard_zone_version using gist (geom_crs84);

create table risk.river_bed (
  id bigint generated always as identity constraint river_bed_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  name text not null,
  kind text not null constraint river_bed_kind_is_known check (kind in ('active', 'inactive')),
  source text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index river_bed_geom on risk.river_bed using gist (geom);
create index river_bed_geom_crs84 on risk.river_bed using gist (geom_crs84);

create table risk.river_bank (
  id bigint generated always as identity constraint river_bank_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  name text not null,
  side text not null constraint river_bank_side_is_known check (side in ('left', 'right')),
  return_period_years integer,
  source text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(LineString, 32718) not null,
  geom_crs84 geometry(LineString, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index river_bank_geom on risk.river_bank using gist (geom);
create index river_bank_geom_crs84 on risk.river_bank using gist (geom_crs84);

create table risk.river_margin (
  id bigint generated always as identity constraint river_margin_pkey primary key,
  ubigeo text not null references land.district (ubigeo)
);

create table risk.river_margin_version (
  id bigint generated always as identity constraint river_margin_version_pkey primary key,
  river_margin_id bigint not null references risk.river_margin,
  valid daterange not null constraint river_margin_version_valid_is_not_empty check (not isempty(valid)),
  state text not null constraint river_margin_version_state_is_known check (state in ('estimated', 'approved')),
  resolution text,
  width_m numeric(6, 2) not null,
  legal_value text not null,
  norm_id bigint references land.norm,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint river_margin_version_approved_has_a_resolution check (state = 'estimated' or resolution is not null),
  constraint river_margin_version_periods_do_not_overlap exclude using gist (river_margin_id with =, valid with &&)
);
create index river_margin_version_geom on risk.river_margin_version using gist (geom);
create index river_margin_version_geom_crs84 on risk.river_margin_version using gist (geom_crs84);

create table risk.margin_marker (
  id bigint generated always as identity constraint margin_marker_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null,
  state text not null,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718) not null,
  geom_crs84 geometry(Point, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index margin_marker_geom_crs84 on risk.margin_marker using gist (geom_crs84);

create table risk.coastline (
  id bigint generated always as identity constraint coastline_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null default 'high_tide',
  source text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(LineString, 32718) not null,
  geom_crs84 geometry(LineString, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index coastline_geom_crs84 on risk.coastline using gist (geom_crs84);

create table risk.restricted_area (
  id bigint generated always as identity constraint restricted_area_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null constraint restricted_area_kind_is_known check (kind in ('archaeological', 'beach_public',
    'beach_restricted', 'road_right_of_way', 'power_easement', 'canal_strip', 'protected_area', 'defence',
    'public_space', 'state_project', 'landfill_buffer'))
);

create table risk.restricted_area_version (
  id bigint generated always as identity constraint restricted_area_version_pkey primary key,
  restricted_area_id bigint not null references risk.restricted_area,
  valid daterange not null constraint restricted_area_version_valid_is_not_empty check (not isempty(valid)),
  name text not null,
  state text not null default 'in_force',
  norm_id bigint references land.norm,
  office text,
  study_id bigint references risk.study,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint restricted_area_version_periods_do_not_overlap exclude using gist (restricted_area_id with =, valid with &&)
);
create index restricted_area_version_geom on risk.restricted_area_version using gist (geom);
create index restricted_area_version_geom_crs84 on risk.restricted_area_version using gist (geom_crs84);

select service.describe('risk.study', 'es: Estudios | en: Studies', 'performed_on=es: Fecha | en: Date',
  'class_limits=es: Límites de clase del estudio | en: Class limits of the study');
select service.describe('risk.studied_area', 'es: Áreas estudiadas | en: Studied areas');
select service.describe('risk.hazard_zone', 'es: Zonas de peligro, identidad | en: Hazard zones, identity');
select service.describe('risk.hazard_zone_version', 'es: Zonas de peligro, versiones | en: Hazard zones, versions',
  'hazard_zone_id=es: Zona de peligro | en: Hazard zone');
select service.describe('risk.river_bed', 'es: Cauces | en: River beds', 'kind=es: Clase (active, inactive) | en: Kind (active, inactive)');
select service.describe('risk.river_bank', 'es: Riberas | en: River banks', 'side=es: Margen (left, right) | en: Side (left, right)',
  'return_period_years=es: Período de retorno [años] | en: Return period [years]');
select service.describe('risk.river_margin', 'es: Fajas marginales, identidad | en: River margins, identity');
select service.describe('risk.river_margin_version', 'es: Fajas marginales, versiones | en: River margins, versions',
  'river_margin_id=es: Faja marginal | en: River margin', 'resolution=es: Resolución | en: Resolution',
  'legal_value=es: Valor legal | en: Legal value');
select service.describe('risk.margin_marker', 'es: Hitos de la faja marginal | en: Markers of the river margin');
select service.describe('risk.coastline', 'es: Línea de costa | en: Coastline');
select service.describe('risk.restricted_area', 'es: Áreas restringidas, identidad | en: Restricted areas, identity');
select service.describe('risk.restricted_area_version', 'es: Áreas restringidas, versiones | en: Restricted areas, versions',
  'restricted_area_id=es: Área restringida | en: Restricted area');

select history.track(t) from unnest(array['risk.study', 'risk.studied_area', 'risk.hazard_zone_version', 'risk.river_bed',
  'risk.river_bank', 'risk.river_margin_version', 'risk.margin_marker', 'risk.coastline',
  'risk.restricted_area_version']::regclass[]) t;
select audit.watch(t, 'geom') from unnest(array['risk.studied_area', 'risk.hazard_zone_version', 'risk.river_bed',
  'risk.river_bank', 'risk.river_margin_version', 'risk.margin_marker', 'risk.coastline',
  'risk.restricted_area_version']::regclass[]) t;
select audit.watch(t) from unnest(array['risk.study', 'risk.hazard_zone', 'risk.river_margin',
  'risk.restricted_area']::regclass[]) t;
create trigger legal_objects_are_not_deleted before delete on risk.hazard_zone
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on risk.river_margin
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on risk.restricted_area
  for each row execute function audit.refuse_delete();
