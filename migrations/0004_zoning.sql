-- Plans, zone classes with building parameters, zones, the index of uses. Zoning = plans + rules + index of
-- uses, all three versioned together: each belongs to a plan.

create table zoning.plan (
  id bigint generated always as identity constraint plan_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null constraint plan_kind_is_known check (kind in ('PAT', 'PDM', 'PDU', 'EU', 'PE', 'PI')),
  name text not null,
  state text not null constraint plan_state_is_known
    check (state in ('draft', 'consultation', 'adopted', 'superseded')),
  ordinance text,
  norm_id bigint references land.norm,
  fictitious boolean not null default false,
  valid daterange,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718),
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint plan_in_force_has_a_period check (state not in ('adopted', 'superseded') or valid is not null)
);
create index plan_geom on zoning.plan using gist (geom);
create index plan_geom_crs84 on zoning.plan using gist (geom_crs84);

create table zoning.zone_class (
  id bigint generated always as identity constraint zone_class_pkey primary key,
  plan_id bigint not null references zoning.plan,
  code text not null,
  name text not null,
  category text not null constraint zone_class_category_is_known check (category in ('residential', 'commerce',
    'industry', 'education', 'health', 'recreation', 'special_use', 'special_regulation', 'protection', 'agriculture', 'risk')),
  description text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint zone_class_code_is_unique unique (plan_id, code)
);

-- Every parameter says value, "no aplica" or "no normado", never blank. Values such as "3–4" or "1.5 (a + r)"
-- are no plain numbers: the text is the rule, minimum and maximum stand where they are computable.
create table zoning.building_parameter (
  id bigint generated always as identity constraint building_parameter_pkey primary key,
  zone_class_id bigint not null references zoning.zone_class,
  parameter text not null constraint building_parameter_is_known check (parameter in ('facade_alignment', 'permitted_uses',
    'coefficient_max', 'coefficient_min', 'free_area_pct', 'height_max_m', 'height_min_m', 'floors_max', 'setback_m',
    'min_lot_area_m2', 'min_front_m', 'net_density', 'parking', 'heritage')),
  applies text not null constraint building_parameter_applies_is_known
    check (applies in ('value', 'not_applicable', 'not_regulated')),
  value_text text,
  value_min numeric,
  value_max numeric,
  unit text,
  norm_id bigint references land.norm,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint building_parameter_is_unique unique (zone_class_id, parameter),
  constraint building_parameter_is_never_blank check ((applies = 'value') = (value_text is not null))
);

create table zoning.use_index (
  id bigint generated always as identity constraint use_index_pkey primary key,
  zone_class_id bigint not null references zoning.zone_class,
  activity_code text not null,
  activity text not null,
  verdict text not null constraint use_index_verdict_is_known check (verdict in ('allowed', 'conditional', 'not_allowed')),
  condition text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint use_index_is_unique unique (zone_class_id, activity_code)
);

create table zoning.zone (
  id bigint generated always as identity constraint zone_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  plan_id bigint not null references zoning.plan
);

create table zoning.zone_version (
  id bigint generated always as identity constraint zone_version_pkey primary key,
  zone_id bigint not null references zoning.zone,
  -- Of a draft there is no period in force yet.
  valid daterange constraint zone_version_valid_is_not_empty check (not isempty(valid)),
  zone_class_id bigint not null references zoning.zone_class,
  name text,
  norm_id bigint references land.norm,
  source_id bigint references land.source,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718) not null,
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint zone_version_periods_do_not_overlap exclude using gist (zone_id with =, valid with &&)
);
create index zone_version_geom on zoning.zone_version using gist (geom);
create index zone_version_geom_crs84 on zoning.zone_version using gist (geom_crs84);

-- The zone that covers most of a parcel: a stored fact, kept by the writes that change it.
create table zoning.parcel_zone (
  parcel_id bigint constraint parcel_zone_pkey primary key references land.parcel,
  zone_id bigint references zoning.zone,
  zone_class text,
  share_pct numeric(5, 2),
  as_of date not null default current_date
);

select service.describe('zoning.plan', 'es: Planes | en: Plans', 'ordinance=es: Ordenanza | en: Ordinance');
select service.describe('zoning.zone_class', 'es: Clases de zonificación | en: Zone classes', 'category=es: Categoría | en: Category');
select service.describe('zoning.building_parameter', 'es: Parámetros urbanísticos y edificatorios | en: Building parameters',
  'zone_class_id=es: Clase de zonificación | en: Zone class', 'parameter=es: Parámetro | en: Parameter',
  'applies=es: Valor, no aplica o no normado | en: Value, not applicable or not regulated',
  'value_text=es: Valor como dice la norma | en: Value as the norm says it', 'value_min=es: Mínimo calculable | en: Computable minimum',
  'value_max=es: Máximo calculable | en: Computable maximum', 'unit=es: Unidad | en: Unit');
select service.describe('zoning.use_index', 'es: Índice de usos | en: Index of uses',
  'zone_class_id=es: Clase de zonificación | en: Zone class', 'activity_code=es: Código de la actividad | en: Code of the activity',
  'activity=es: Actividad | en: Activity', 'verdict=es: Ubicación conforme, condicionada, no conforme | en: Allowed, conditional, not allowed',
  'condition=es: Condición | en: Condition');
select service.describe('zoning.zone', 'es: Zonas, identidad | en: Zones, identity');
select service.describe('zoning.zone_version', 'es: Zonas, versiones | en: Zones, versions',
  'zone_id=es: Zona | en: Zone', 'zone_class_id=es: Clase de zonificación | en: Zone class');
select service.describe('zoning.parcel_zone', 'es: Zona de cada lote | en: Zone of each parcel',
  'zone_id=es: Zona | en: Zone', 'share_pct=es: Parte del lote en la zona [%] | en: Share of the parcel in the zone [%]');

select history.track(t) from unnest(array['zoning.plan', 'zoning.zone_class', 'zoning.building_parameter',
  'zoning.use_index', 'zoning.zone_version']::regclass[]) t;
select audit.watch(t, 'geom') from unnest(array['zoning.plan', 'zoning.zone_version']::regclass[]) t;
select audit.watch(t) from unnest(array['zoning.zone_class', 'zoning.building_parameter', 'zoning.use_index',
  'zoning.zone']::regclass[]) t;
create trigger legal_objects_are_not_deleted before delete on zoning.zone
  for each row execute function audit.refuse_delete();
