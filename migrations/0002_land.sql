-- The land: norms, district, settlements, blocks, parcels, buildings, streets, surveys, sources.
-- A legal object is an identity row, which foreign keys point to, plus version rows whose valid periods
-- may not overlap.

create table land.norm (
  id bigint generated always as identity constraint norm_pkey primary key,
  code text not null constraint norm_code_is_unique unique,
  title text not null,
  certainty text not null constraint norm_certainty_is_known check (certainty in ('V', 'KS', 'KU')),
  to_confirm boolean not null generated always as (certainty = 'KU') stored,
  valid daterange not null default daterange(null, null),
  note text
);

-- Canonical millimetre grid: the double nearest to a decimal of three places, so that shared corners are
-- identical to the bit (st_snaptogrid multiplies back and may miss it by one last place).
create function land.on_grid(geom geometry) returns boolean language sql immutable parallel safe as $$
  select coalesce(bool_and(round(st_x(d.geom) * 1000) / 1000 = st_x(d.geom)
                       and round(st_y(d.geom) * 1000) / 1000 = st_y(d.geom)), true)
  from st_dumppoints(geom) d
$$;
comment on function land.on_grid is 'Whether every vertex is the double nearest to a whole millimetre';

create function land.to_grid(geom geometry) returns geometry language sql immutable parallel safe as $$
  select st_geomfromewkt(st_asewkt(geom, 3))
$$;
comment on function land.to_grid is 'Every vertex moved to the double nearest to its whole millimetre';

create table land.district (
  id bigint generated always as identity constraint district_pkey primary key,
  ubigeo text not null constraint district_ubigeo_is_unique unique
    constraint district_ubigeo_has_six_digits check (ubigeo ~ '^[0-9]{6}$'),
  name text not null,
  province text not null,
  department text not null,
  official_area_km2 numeric(10, 2),
  source text not null,
  sharp boolean not null default false,
  fictitious boolean not null default false,
  valid daterange not null default daterange(current_date, null),
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index district_geom on land.district using gist (geom);
create index district_geom_crs84 on land.district using gist (geom_crs84);

create table land.source (
  id bigint generated always as identity constraint source_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null,
  number text,
  title text not null,
  issued_on date,
  issuer text,
  document_hash bytea,
  about_person boolean not null default false,
  version integer not null default 1,
  recorded_from timestamptz not null default now()
);

create table land.settlement (
  id bigint generated always as identity constraint settlement_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null,
  name text not null,
  kind text not null constraint settlement_kind_is_known check (kind in ('urban', 'rural', 'expansion')),
  population integer,
  source text not null,
  position_is_invented boolean not null default false,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718),
  geom_crs84 geometry(Point, 4326) generated always as (st_transform(geom, 4326)) stored,
  extent geometry(MultiPolygon, 32718),
  constraint settlement_code_is_unique unique (ubigeo, code)
);
create index settlement_geom on land.settlement using gist (geom);
create index settlement_geom_crs84 on land.settlement using gist (geom_crs84);
create index settlement_name on land.settlement using gin (lower(name) gin_trgm_ops);

create table land.sector (
  id bigint generated always as identity constraint sector_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null constraint sector_code_has_two_digits check (code ~ '^[0-9]{2}$'),
  name text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint sector_code_is_unique unique (ubigeo, code)
);
create index sector_geom on land.sector using gist (geom);
create index sector_geom_crs84 on land.sector using gist (geom_crs84);

create table land.block (
  id bigint generated always as identity constraint block_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  sector_code text not null,
  code text not null constraint block_code_has_three_digits check (code ~ '^[0-9]{3}$'),
  label text not null,
  settlement_id bigint references land.settlement,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint block_code_is_unique unique (ubigeo, sector_code, code),
  constraint block_sector_exists foreign key (ubigeo, sector_code) references land.sector (ubigeo, code)
);
create index block_geom on land.block using gist (geom);
create index block_geom_crs84 on land.block using gist (geom_crs84);
create index block_settlement on land.block (settlement_id, label);

create table land.street (
  id bigint generated always as identity constraint street_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  settlement_id bigint references land.settlement,
  code text not null,
  name text not null,
  kind text not null,
  surface text,
  width_m numeric(6, 2),
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(LineString, 32718) not null,
  geom_crs84 geometry(LineString, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint street_code_is_unique unique (ubigeo, code)
);
create index street_geom on land.street using gist (geom);
create index street_geom_crs84 on land.street using gist (geom_crs84);
create index street_name on land.street using gin (lower(name) gin_trgm_ops);

create table land.road (
  id bigint generated always as identity constraint road_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null,
  name text not null,
  category text not null constraint road_category_is_known check (category in ('national', 'departmental', 'local')),
  surface text,
  right_of_way_m numeric(6, 2),
  norm_id bigint references land.norm,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(LineString, 32718) not null,
  geom_crs84 geometry(LineString, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index road_geom on land.road using gist (geom);
create index road_geom_crs84 on land.road using gist (geom_crs84);

create table land.survey (
  id bigint generated always as identity constraint survey_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  method text not null constraint survey_method_is_known
    check (method in ('gnss', 'total_station', 'photogrammetry', 'digitised', 'invented', 'unknown')),
  performed_on date,
  control_points integer,
  sigma_m numeric(8, 4),
  srid_in integer,
  operation text,
  source_id bigint references land.source,
  note text,
  version integer not null default 1,
  recorded_from timestamptz not null default now()
);

create table land.parcel (
  id bigint generated always as identity constraint parcel_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null constraint parcel_code_is_a_word check (code ~ '^[0-9A-Z][0-9A-Z-]{0,31}$'),
  kind text not null constraint parcel_kind_is_known check (kind in ('urban', 'rural')),
  cuc text constraint parcel_cuc_is_unique unique constraint parcel_cuc_has_twelve_digits check (cuc ~ '^[0-9]{12}$'),
  constraint parcel_code_is_unique unique (ubigeo, code)
);
create index parcel_code on land.parcel (code text_pattern_ops);

create table land.parcel_version (
  id bigint generated always as identity constraint parcel_version_pkey primary key,
  parcel_id bigint not null references land.parcel,
  ubigeo text not null,
  valid daterange not null constraint parcel_version_valid_is_not_empty check (not isempty(valid)),
  fabric_state text not null constraint parcel_version_fabric_state_is_known check (fabric_state in ('agreed', 'provisional')),
  settlement_id bigint references land.settlement,
  sector_code text,
  block_id bigint references land.block,
  block_code text,
  lot_code text,
  use text,
  address text,
  street_id bigint references land.street,
  house_number text,
  registered_area_m2 numeric(14, 4) constraint parcel_version_registered_area_is_positive check (registered_area_m2 > 0),
  declared_area_m2 numeric(14, 4) constraint parcel_version_declared_area_is_positive check (declared_area_m2 > 0),
  -- The two areas that the polygon itself says. They never become the registered or the declared one.
  grid_area_m2 double precision generated always as (st_area(geom)) stored,
  ellipsoidal_area_m2 double precision generated always as (st_area(st_transform(geom, 4326)::geography)) stored,
  perimeter_m double precision generated always as (st_perimeter(geom)) stored,
  survey_id bigint references land.survey,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718),
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint parcel_version_periods_do_not_overlap exclude using gist (parcel_id with =, valid with &&),
  constraint parcel_version_agreed_has_a_polygon check (fabric_state = 'provisional' or geom is not null),
  constraint parcel_version_agreed_is_valid check (fabric_state = 'provisional' or st_isvalid(geom)),
  constraint parcel_version_agreed_is_on_the_grid check (fabric_state = 'provisional' or land.on_grid(geom))
);
create index parcel_version_geom on land.parcel_version using gist (geom);
create index parcel_version_geom_crs84 on land.parcel_version using gist (geom_crs84);
create index parcel_version_block on land.parcel_version (block_id);
create index parcel_version_settlement on land.parcel_version (settlement_id, block_code, lot_code);
create index parcel_version_street on land.parcel_version (street_id, house_number);

create table land.corner (
  id bigint generated always as identity constraint corner_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  x_mm bigint not null,
  y_mm bigint not null,
  method text not null,
  sigma_m numeric(8, 4),
  measured_on date,
  survey_id bigint references land.survey,
  monument text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint corner_place_is_unique unique (ubigeo, x_mm, y_mm)
);

create table land.lineage (
  id bigint generated always as identity constraint lineage_pkey primary key,
  parent_parcel_id bigint not null references land.parcel,
  child_parcel_id bigint not null references land.parcel,
  operation text not null constraint lineage_operation_is_known
    check (operation in ('split', 'merge', 'detach', 'adjust', 'replace', 'correct')),
  effective_on date not null,
  source_id bigint references land.source,
  constraint lineage_is_not_a_loop check (parent_parcel_id <> child_parcel_id),
  constraint lineage_link_is_unique unique (parent_parcel_id, child_parcel_id)
);
create index lineage_child on land.lineage (child_parcel_id);

-- What a lower feature must know of an upper one: a case that holds a parcel writes its lock here.
create table land.parcel_lock (
  parcel_id bigint constraint parcel_lock_pkey primary key references land.parcel,
  reason text not null,
  reference text not null,
  since timestamptz not null default now()
);

create table land.property_unit (
  id bigint generated always as identity constraint property_unit_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  crc text constraint property_unit_crc_is_digits check (crc ~ '^[0-9]+$'),
  kind text not null default 'parcel' constraint property_unit_kind_is_known check (kind in ('parcel', 'unit', 'common')),
  registry_entry text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint property_unit_crc_is_unique unique (ubigeo, crc)
);

create table land.property_unit_parcel (
  property_unit_id bigint not null references land.property_unit,
  parcel_id bigint not null references land.parcel,
  constraint property_unit_parcel_pkey primary key (property_unit_id, parcel_id)
);
create index property_unit_parcel_parcel on land.property_unit_parcel (parcel_id);

-- The pieces of a cadastral code; municipalities use variants, so length and pieces are data.
create table land.code_piece (
  id bigint generated always as identity constraint code_piece_pkey primary key,
  code_kind text not null constraint code_piece_kind_is_known check (code_kind in ('lot', 'crc')),
  position integer not null,
  name text not null,
  digits integer not null constraint code_piece_has_digits check (digits > 0),
  norm_id bigint references land.norm,
  constraint code_piece_position_is_unique unique (code_kind, position)
);

create table land.tolerance_class (
  id bigint generated always as identity constraint tolerance_class_pkey primary key,
  kind text not null constraint tolerance_class_kind_is_known check (kind in ('urban', 'rural')),
  from_area_m2 numeric(14, 4) not null,
  to_area_m2 numeric(14, 4),
  tolerance_pct numeric(5, 2) not null,
  norm_id bigint not null references land.norm,
  valid daterange not null,
  constraint tolerance_class_periods_do_not_overlap exclude using gist
    (kind with =, numrange(from_area_m2, to_area_m2) with &&, valid with &&)
);

create table land.building (
  id bigint generated always as identity constraint building_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  parcel_id bigint references land.parcel,
  floors integer constraint building_has_floors check (floors > 0),
  material text,
  use text,
  state text,
  built_year integer,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Polygon, 32718) not null,
  geom_crs84 geometry(Polygon, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index building_geom on land.building using gist (geom);
create index building_geom_crs84 on land.building using gist (geom_crs84);
create index building_parcel on land.building (parcel_id);

create table land.facility (
  id bigint generated always as identity constraint facility_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null,
  name text not null,
  level text,
  parcel_id bigint references land.parcel,
  settlement_id bigint references land.settlement,
  state text not null default 'in_service',
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718) not null,
  geom_crs84 geometry(Point, 4326) generated always as (st_transform(geom, 4326)) stored
);
create index facility_geom on land.facility using gist (geom);
create index facility_geom_crs84 on land.facility using gist (geom_crs84);

create table land.restriction (
  id bigint generated always as identity constraint restriction_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null
);

create table land.restriction_version (
  id bigint generated always as identity constraint restriction_version_pkey primary key,
  restriction_id bigint not null references land.restriction,
  valid daterange not null constraint restriction_version_valid_is_not_empty check (not isempty(valid)),
  parcel_id bigint references land.parcel,
  property_unit_id bigint references land.property_unit,
  title text not null,
  description text,
  norm_id bigint references land.norm,
  office text,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718),
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint restriction_version_periods_do_not_overlap exclude using gist (restriction_id with =, valid with &&)
);
create index restriction_version_geom on land.restriction_version using gist (geom);
create index restriction_version_geom_crs84 on land.restriction_version using gist (geom_crs84);
create index restriction_version_parcel on land.restriction_version (parcel_id);

select service.describe('land.norm', 'es: Normas | en: Norms', 'to_confirm=es: Por confirmar | en: To be confirmed');
select service.describe('land.district', 'es: Distritos | en: Districts',
  'province=es: Provincia | en: Province', 'department=es: Departamento | en: Department',
  'official_area_km2=es: Área oficial [km²] | en: Official area [km²]',
  'sharp=es: Sirve como límite legal exacto | en: Serves as a sharp legal limit');
select service.describe('land.source', 'es: Documentos que prueban un asiento | en: Documents that prove an entry',
  'issued_on=es: Fecha de emisión | en: Date of issue', 'issuer=es: Emisor | en: Issuer',
  'document_hash=es: SHA-256 del documento | en: SHA-256 of the document',
  'about_person=es: Trata de una persona | en: Is about a person');
select service.describe('land.settlement', 'es: Centros poblados y asentamientos | en: Settlements',
  'position_is_invented=es: Posición inventada | en: Position is invented',
  'extent=es: Perímetro, EPSG:32718 | en: Perimeter, EPSG:32718');
select service.describe('land.sector', 'es: Sectores catastrales | en: Cadastral sectors');
select service.describe('land.block', 'es: Manzanas | en: Blocks', 'label=es: Letra de la manzana | en: Label of the block');
select service.describe('land.street', 'es: Calles | en: Streets', 'surface=es: Superficie | en: Surface');
select service.describe('land.road', 'es: Carreteras y caminos | en: Roads',
  'category=es: Categoría (national, departmental, local) | en: Category (national, departmental, local)',
  'surface=es: Superficie | en: Surface', 'right_of_way_m=es: Derecho de vía, ancho total [m] | en: Right of way, total width [m]');
select service.describe('land.survey', 'es: Levantamientos | en: Surveys', 'method=es: Método | en: Method',
  'performed_on=es: Fecha | en: Date', 'control_points=es: Puntos de control | en: Control points',
  'sigma_m=es: Desviación estándar [m] | en: Standard deviation [m]',
  'srid_in=es: EPSG de las coordenadas de origen | en: EPSG of the incoming coordinates',
  'operation=es: Operación de transformación | en: Transformation operation');
select service.describe('land.parcel', 'es: Lotes y predios, identidad | en: Parcels, identity',
  'kind=es: Clase (urban, rural) | en: Kind (urban, rural)',
  'cuc=es: Código único catastral, nunca inventado | en: Unique cadastral code, never invented');
select service.describe('land.parcel_version', 'es: Lotes y predios, versiones | en: Parcels, versions',
  'street_id=es: Calle | en: Street', 'house_number=es: Numeración | en: House number',
  'survey_id=es: Levantamiento | en: Survey');
select service.describe('land.corner', 'es: Vértices | en: Corners',
  'x_mm=es: Este [mm] | en: Easting [mm]', 'y_mm=es: Norte [mm] | en: Northing [mm]', 'method=es: Método | en: Method',
  'sigma_m=es: Desviación estándar [m] | en: Standard deviation [m]', 'measured_on=es: Fecha de medición | en: Date measured',
  'survey_id=es: Levantamiento | en: Survey', 'monument=es: Hito | en: Monument');
select service.describe('land.lineage', 'es: Filiación de los lotes | en: Lineage of parcels',
  'parent_parcel_id=es: Lote de origen | en: Parent', 'child_parcel_id=es: Lote resultante | en: Child',
  'operation=es: Operación | en: Operation', 'effective_on=es: Desde | en: Since');
select service.describe('land.parcel_lock', 'es: Lotes retenidos por un expediente | en: Parcels held by a case',
  'reason=es: Motivo | en: Reason', 'reference=es: Referencia | en: Reference', 'since=es: Desde | en: Since');
select service.describe('land.property_unit', 'es: Unidades prediales | en: Property units',
  'crc=es: Código de referencia catastral | en: Cadastral reference code',
  'registry_entry=es: Partida registral (referencia) | en: Registry entry (reference)');
select service.describe('land.property_unit_parcel', 'es: Lotes de cada unidad predial | en: Parcels of each property unit');
select service.describe('land.code_piece', 'es: Piezas de los códigos | en: Pieces of the codes',
  'code_kind=es: Código | en: Code', 'position=es: Orden | en: Order', 'digits=es: Dígitos | en: Digits');
select service.describe('land.tolerance_class', 'es: Tolerancias catastral-registrales | en: Cadastral-registral tolerances',
  'from_area_m2=es: Desde [m²] | en: From [m²]', 'to_area_m2=es: Hasta, sin incluir [m²] | en: To, excluded [m²]',
  'tolerance_pct=es: Tolerancia [%] | en: Tolerance [%]');
select service.describe('land.building', 'es: Edificaciones | en: Buildings', 'built_year=es: Año de construcción | en: Year built');
select service.describe('land.facility', 'es: Equipamiento | en: Facilities', 'level=es: Nivel | en: Level');
select service.describe('land.restriction', 'es: Cargas y restricciones, identidad | en: Restrictions, identity');
select service.describe('land.restriction_version', 'es: Cargas y restricciones, versiones | en: Restrictions, versions',
  'restriction_id=es: Carga o restricción | en: Restriction');

select history.track(t) from unnest(array['land.district', 'land.source', 'land.settlement', 'land.sector', 'land.block',
  'land.street', 'land.road', 'land.survey', 'land.parcel_version', 'land.corner', 'land.property_unit',
  'land.building', 'land.facility', 'land.restriction_version']::regclass[]) t;
select audit.watch(t, 'geom') from unnest(array['land.district', 'land.settlement', 'land.sector', 'land.block', 'land.street',
  'land.road', 'land.parcel_version', 'land.building', 'land.facility', 'land.restriction_version']::regclass[]) t;
select audit.watch(t) from unnest(array['land.source', 'land.survey', 'land.parcel', 'land.corner', 'land.lineage',
  'land.property_unit', 'land.restriction', 'land.norm', 'land.tolerance_class', 'land.code_piece']::regclass[]) t;
select audit.watch('land.property_unit_parcel', null, 'parcel_id');
select audit.watch('land.parcel_lock', null, 'parcel_id');

create trigger legal_objects_are_not_deleted before delete on land.parcel
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on land.property_unit
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on land.restriction
  for each row execute function audit.refuse_delete();
