-- Deliveries: a file that somebody sent, staged with its findings. Nothing else changes until it is accepted; accepted,
-- it can be taken back as one while nothing was built on it.
--
-- The service stages and examines by itself, as predio_service. An office sees and decides only what it uploaded,
-- through the views `own…`; it has no right on the tables.

drop table delivery.finding;
drop table delivery.delivery;

create table delivery.delivery (
  id bigint generated always as identity constraint delivery_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  -- The database role of the office that uploaded it.
  office text not null constraint delivery_office_takes_files check (office in ('predio_surveyor', 'predio_planner')),
  target text not null,
  -- What the door of the target takes: name, type and whether it is needed.
  properties jsonb not null,
  -- Type of the target's geometry, as PostGIS names it.
  geometry text not null,
  -- What stands in every feature, whatever the file says: the plan of a draft, for example.
  fixed jsonb not null default '{}',
  file_name text not null constraint delivery_file_name_is_short check (length(file_name) <= 200),
  sha256 text not null constraint delivery_sha256_is_hexadecimal check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null,
  sender text not null,
  source_id bigint references land.source,
  accuracy_m numeric(8, 4) constraint delivery_accuracy_is_positive check (accuracy_m > 0),
  told_srid integer,
  wanted_layer text,
  -- What the file says of itself.
  driver text,
  layer text,
  encoding jsonb,
  notes jsonb,
  fields jsonb,
  declared_crs text,
  declared_srid integer,
  declared_by_format boolean not null default false,
  -- Where it is: each proposal with its evidence, and the one that was chosen.
  proposals jsonb,
  srid integer,
  axes_swapped boolean not null default false,
  unit_m double precision not null default 1,
  crs_how text constraint delivery_crs_how_is_known check (crs_how in ('told', 'declared', 'chosen', 'none')),
  operation text,
  mapping jsonb,
  mapping_how text constraint delivery_mapping_how_is_known check (mapping_how in ('suggested', 'profile', 'set')),
  state text not null default 'staging' constraint delivery_state_is_known check (state in
    ('staging', 'needs_crs', 'checking', 'checked', 'accepted', 'rejected', 'revoked', 'broken')),
  -- Why it broke, in both languages.
  trouble jsonb,
  read_count bigint,
  accepted_count bigint,
  repaired_count bigint,
  rejected_count bigint,
  received_at timestamptz not null default now(),
  accepted_at timestamptz,
  revoked_at timestamptz,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint delivery_accounts_for_every_feature check (
    case when state in ('accepted', 'revoked')
    then (read_count = accepted_count + repaired_count + rejected_count) is true
    else accepted_count is null and repaired_count is null and rejected_count is null end),
  constraint delivery_is_placed_before_it_is_checked check (state not in ('checked', 'accepted', 'revoked') or crs_how is not null)
);
create index delivery_received_at on delivery.delivery (ubigeo, received_at);
create index delivery_sha256 on delivery.delivery (sha256);

-- A row for each feature of the file, whatever became of it.
create table delivery.feature (
  delivery_id bigint not null references delivery.delivery,
  number bigint not null,
  attributes jsonb not null default '{}',
  -- As the file has it: its own numbers, flat, arcs as they are.
  shape geometry,
  -- What reading found: the stable word, field or vertex, and the place in the file's numbers.
  flaw text,
  flaw_detail text,
  flaw_x double precision,
  flaw_y double precision,
  remarks jsonb,
  had_height boolean not null default false,
  had_arcs boolean not null default false,
  -- Where it is in the cadastre: moved by the pinned operation, arcs within a millimetre, on the grid.
  geom geometry(Geometry, 32718),
  -- The door's properties, worked out from the attributes by the mapping and by the place.
  mapped jsonb not null default '{}',
  is_repaired boolean not null default false,
  verdict text constraint feature_verdict_is_known check (verdict in ('accepted', 'repaired', 'rejected')),
  constraint feature_pkey primary key (delivery_id, number)
);

create table delivery.finding (
  id bigint generated always as identity constraint finding_pkey primary key,
  delivery_id bigint not null references delivery.delivery,
  -- None: about the delivery as a whole.
  number bigint,
  class text not null,
  severity text not null constraint finding_severity_is_known check (severity in ('error', 'warning', 'notice')),
  part integer,
  ring integer,
  vertex integer,
  field text,
  -- The other feature of the delivery, or code of the parcel or block in force.
  other text,
  measure double precision,
  detail text,
  repair text,
  geom geometry(Geometry, 32718),
  constraint finding_feature_exists foreign key (delivery_id, number) references delivery.feature (delivery_id, number)
);
create index finding_feature on delivery.finding (delivery_id, class, number, id);
create index finding_number on delivery.finding (delivery_id, number) where severity = 'error';

-- What a repair did: it stays on record when the finding is gone.
create table delivery.repair (
  id bigint generated always as identity constraint repair_pkey primary key,
  delivery_id bigint not null references delivery.delivery,
  number bigint not null,
  class text not null,
  repair text not null,
  before geometry(Geometry, 32718),
  after geometry(Geometry, 32718),
  account text default nullif(current_setting('predio.account', true), ''),
  at timestamptz not null default now(),
  constraint repair_feature_exists foreign key (delivery_id, number) references delivery.feature (delivery_id, number)
);
create index repair_feature on delivery.repair (delivery_id, number);

-- What an acceptance entered: the object and the version that it got.
create table delivery.entered (
  delivery_id bigint not null references delivery.delivery,
  number bigint not null,
  object_id bigint not null,
  version integer not null,
  code text,
  constraint entered_pkey primary key (delivery_id, number),
  constraint entered_feature_exists foreign key (delivery_id, number) references delivery.feature (delivery_id, number)
);

-- How the columns of a sender are read, kept for the next time.
create table delivery.profile (
  id bigint generated always as identity constraint profile_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  office text not null,
  sender text not null,
  target text not null,
  mapping jsonb not null,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint profile_is_one_per_sender unique (ubigeo, office, sender, target)
);

-- How far the work is: rows of their own, so that they are seen while the work's transaction runs.
create table delivery.progress (
  delivery_id bigint constraint progress_pkey primary key references delivery.delivery,
  phase text not null,
  done bigint not null default 0,
  total bigint,
  at timestamptz not null default now()
);

select service.describe('delivery.delivery', 'es: Entregas de archivos | en: Deliveries of files',
  'office=es: Rol de la oficina que lo subió | en: Role of the office that uploaded it', 'target=es: Capa de destino | en: Layer that it goes to',
  'properties=es: Propiedades que recibe la capa | en: Properties that the layer takes', 'geometry=es: Tipo de geometría | en: Type of geometry', 'fixed=es: Valores comunes a todos | en: Values common to all',
  'file_name=es: Archivo | en: File', 'sha256=es: SHA-256 | en: SHA-256', 'bytes=es: Tamaño [bytes] | en: Size [bytes]', 'sender=es: Remitente | en: Sender',
  'accuracy_m=es: Exactitud declarada [m] | en: Declared accuracy [m]', 'told_srid=es: EPSG que dijo el remitente | en: EPSG that the sender said',
  'wanted_layer=es: Capa del archivo que se pidió | en: Layer of the file that was asked for', 'driver=es: Formato | en: Format', 'layer=es: Capa del archivo | en: Layer of the file',
  'encoding=es: Codificación del texto | en: Text encoding', 'notes=es: Lo que el lector dice del archivo | en: What the reader says of the file', 'fields=es: Columnas del archivo | en: Columns of the file',
  'declared_crs=es: Sistema que declara el archivo | en: System that the file declares', 'declared_srid=es: EPSG que declara el archivo | en: EPSG that the file declares',
  'declared_by_format=es: Lo dice solo el formato | en: Only the format says so', 'proposals=es: Sistemas posibles con su evidencia | en: Possible systems with their evidence',
  'srid=es: EPSG aplicado | en: EPSG applied', 'axes_swapped=es: Ejes intercambiados | en: Axes swapped', 'unit_m=es: Unidad [m] | en: Unit [m]',
  'crs_how=es: Cómo se decidió el sistema | en: How the system was decided', 'operation=es: Operación de transformación | en: Transformation operation',
  'mapping=es: Columna de cada propiedad | en: Column of each property', 'mapping_how=es: De dónde viene la correspondencia | en: Where the mapping comes from',
  'trouble=es: Por qué se interrumpió | en: Why it broke', 'read_count=es: Leídos | en: Read', 'accepted_count=es: Aceptados | en: Accepted',
  'repaired_count=es: Reparados | en: Repaired', 'rejected_count=es: Rechazados | en: Rejected', 'received_at=es: Recibido | en: Received',
  'accepted_at=es: Aceptado | en: Accepted', 'revoked_at=es: Revocado | en: Revoked');
select service.describe('delivery.feature', 'es: Elementos de una entrega | en: Features of a delivery', 'delivery_id=es: Entrega | en: Delivery',
  'attributes=es: Atributos del archivo | en: Attributes of the file', 'shape=es: Geometría del archivo | en: Geometry of the file', 'flaw=es: Defecto al leer | en: Flaw when read',
  'flaw_detail=es: Campo o vértice | en: Field or vertex', 'flaw_x=es: X del defecto en el archivo | en: X of the flaw in the file',
  'flaw_y=es: Y del defecto en el archivo | en: Y of the flaw in the file', 'remarks=es: Valores con observación | en: Values with a remark',
  'had_height=es: Tenía altura | en: Had height', 'had_arcs=es: Tenía arcos | en: Had arcs', 'mapped=es: Propiedades para la capa | en: Properties for the layer',
  'is_repaired=es: Fue reparado | en: Was repaired', 'verdict=es: Resultado (accepted, repaired, rejected) | en: Verdict (accepted, repaired, rejected)');
select service.describe('delivery.finding', 'es: Hallazgos de una entrega | en: Findings of a delivery', 'delivery_id=es: Entrega | en: Delivery',
  'class=es: Clase | en: Class', 'severity=es: Severidad (error, warning, notice) | en: Severity (error, warning, notice)', 'part=es: Parte | en: Part',
  'ring=es: Anillo | en: Ring', 'vertex=es: Vértice | en: Vertex', 'field=es: Columna | en: Column', 'other=es: El otro elemento, lote o manzana | en: The other feature, parcel or block',
  'measure=es: Medida | en: Measure', 'detail=es: Detalle | en: Detail', 'repair=es: Reparación que se ofrece | en: Repair offered');
select service.describe('delivery.repair', 'es: Reparaciones hechas | en: Repairs done', 'delivery_id=es: Entrega | en: Delivery', 'class=es: Clase del hallazgo | en: Class of the finding',
  'repair=es: Reparación | en: Repair', 'before=es: Antes, EPSG:32718 | en: Before, EPSG:32718', 'after=es: Después, EPSG:32718 | en: After, EPSG:32718',
  'account=es: Cuenta | en: Account', 'at=es: Cuándo | en: When');
select service.describe('delivery.entered', 'es: Lo que entró con una entrega | en: What a delivery entered', 'delivery_id=es: Entrega | en: Delivery',
  'object_id=es: Objeto en la capa | en: Object in the layer');
select service.describe('delivery.profile', 'es: Correspondencia de columnas por remitente | en: Mapping of columns by sender', 'office=es: Rol de la oficina | en: Role of the office',
  'sender=es: Remitente | en: Sender', 'target=es: Capa de destino | en: Layer that it goes to', 'mapping=es: Columna de cada propiedad | en: Column of each property');
select service.describe('delivery.progress', 'es: Avance del trabajo | en: Progress of the work', 'delivery_id=es: Entrega | en: Delivery', 'phase=es: Fase | en: Phase',
  'done=es: Hecho | en: Done', 'total=es: Total | en: Total', 'at=es: Cuándo | en: When');

select history.track(t) from unnest(array['delivery.delivery', 'delivery.profile']::regclass[]) t;
select audit.watch(t) from unnest(array['delivery.delivery', 'delivery.profile']::regclass[]) t;
select access.limit_to_districts(t) from unnest(array['delivery.delivery', 'delivery.profile']::regclass[]) t;
create trigger legal_objects_are_not_deleted before delete on delivery.delivery
  for each row execute function audit.refuse_delete();

-- What an office sees: its own, in the districts of the account. A barrier, because the attributes of a file are nobody
-- else's to look at.
create view delivery.own with (security_barrier) as
select * from delivery.delivery d where d.office = service.office_of(current_user) and access.may_act_in(d.ubigeo)
with check option;
create view delivery.own_feature with (security_barrier) as
select * from delivery.feature f where f.delivery_id in (select d.id from delivery.own d);
create view delivery.own_finding with (security_barrier) as
select * from delivery.finding f where f.delivery_id in (select d.id from delivery.own d);
create view delivery.own_repair with (security_barrier) as
select * from delivery.repair r where r.delivery_id in (select d.id from delivery.own d);
create view delivery.own_entered with (security_barrier) as
select * from delivery.entered e where e.delivery_id in (select d.id from delivery.own d);
create view delivery.own_progress with (security_barrier) as
select * from delivery.progress p where p.delivery_id in (select d.id from delivery.own d);
create view delivery.own_profile with (security_barrier) as
select * from delivery.profile p where p.office = service.office_of(current_user) and access.may_act_in(p.ubigeo)
with check option;
do $$
declare
  item record;
  attribute record;
begin
  for item in select c.oid, c.relname, substr(c.relname, 5) as of_table from pg_class c
    where c.relnamespace = 'delivery'::regnamespace and c.relkind = 'v'
  loop
    execute format('comment on view delivery.%I is %L', item.relname, 'es: Lo propio de la oficina | en: What is the office''s own');
    for attribute in select a.attname, col_description(t.oid, t_a.attnum) as meaning
      from pg_attribute a
      join pg_class t on t.relnamespace = 'delivery'::regnamespace and t.relname = coalesce(nullif(item.of_table, ''), 'delivery')
      join pg_attribute t_a on t_a.attrelid = t.oid and t_a.attname = a.attname
      where a.attrelid = item.oid and a.attnum > 0
    loop
      execute format('comment on column delivery.%I.%I is %L', item.relname, attribute.attname, attribute.meaning);
    end loop;
  end loop;
end
$$;

-- Where a shape is when its numbers are read so: axes in order, unit, then the pinned operation. Nothing where the numbers
-- cannot be there at all.
create function delivery.placed(shape geometry, srid integer, swapped boolean, unit_m double precision)
returns geometry language plpgsql immutable parallel safe set search_path = pg_catalog, public as $$
declare
  read geometry := shape;
begin
  if swapped then
    read := st_flipcoordinates(read);
  end if;
  if unit_m <> 1 then
    read := st_scale(read, unit_m, unit_m);
  end if;
  if srid = 4326 and (st_xmin(read) < -180.000001 or st_xmax(read) > 180.000001
    or st_ymin(read) < -90.000001 or st_ymax(read) > 90.000001) then
    return null;
  end if;
  read := st_setsrid(read, srid);
  if srid in (32718, 5387, 24878, 24877, 4326, 32717) then
    return (land.into_utm_18s(read)).moved;
  end if;
  return st_transform(read, 32718);
exception when internal_error or invalid_parameter_value or numeric_value_out_of_range then
  return null;
end
$$;
comment on function delivery.placed is 'A shape in EPSG:32718 when its numbers are read in that system, order and unit; nothing where that cannot be';

-- Many shapes at once. A datum's operation that is named by its text is set up anew for each call, at a hundredth of a
-- second; so they go through it together, and one by one only where one of them cannot.
create function delivery.placed_all(shapes geometry[], srid integer, swapped boolean, unit_m double precision)
returns geometry[] language plpgsql immutable parallel safe set search_path = pg_catalog, public as $$
declare
  whole geometry;
begin
  if srid in (24877, 24878) then
    begin
      whole := st_collect(shapes);
      if swapped then
        whole := st_flipcoordinates(whole);
      end if;
      if unit_m <> 1 then
        whole := st_scale(whole, unit_m, unit_m);
      end if;
      whole := (land.into_utm_18s(st_setsrid(whole, srid))).moved;
      if st_numgeometries(whole) = cardinality(shapes) then
        return array(select st_geometryn(whole, k) from generate_series(1, cardinality(shapes)) k order by k);
      end if;
    exception when internal_error or invalid_parameter_value or numeric_value_out_of_range then
      null;
    end;
  end if;
  return array(select delivery.placed(s.shape, srid, swapped, unit_m) from unnest(shapes) with ordinality s(shape, k) order by s.k);
end
$$;
comment on function delivery.placed_all is 'As delivery.placed, for many shapes in their order';

-- As it is kept: arcs within a millimetre, on the grid, of the target's type where a mere wrapping makes it so.
create function delivery.kept(shape geometry) returns geometry language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  select land.to_grid(case when st_hasarc(shape)
    or geometrytype(shape) in ('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE')
    then st_curvetoline(shape, 0.001, 1, 1) else shape end)
$$;
comment on function delivery.kept is 'A placed shape as it is kept: arcs within a millimetre, on the millimetre grid';

-- A value as the door takes it: without blanks, decimal commas and thousands put right, zeros that a spreadsheet lost.
create function delivery.value_of(said text, kind text, digits integer, factor double precision) returns text
language sql immutable parallel safe set search_path = pg_catalog as $$
  select case
    when btrim(said) in ('', '-', '<Null>', 'NULL', 'None', 'S/N', 's/n') then null
    when kind = 'number' and v.plain ~ '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'
      then case when coalesce(factor, 1) = 1 then v.plain else (v.plain::numeric * factor::numeric)::text end
    when digits is not null and v.whole ~ '^[0-9]+$' and length(v.whole) < digits then lpad(v.whole, digits, '0')
    when digits is not null then v.whole
    else btrim(said)
  end
  from (select case
      when said ~ '^\s*[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+\s*$' then replace(replace(btrim(said), '.', ''), ',', '.')
      when said ~ '^\s*[+-]?[0-9]+,[0-9]+\s*$' then replace(btrim(said), ',', '.')
      when said ~ '^\s*[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?\s*$' then replace(btrim(said), ',', '')
      else btrim(said) end as plain,
    -- A code that a table made a number: 7.0 is 7.
    regexp_replace(btrim(said), '^([0-9]+)[.]0+$', '\1') as whole) v
$$;
comment on function delivery.value_of is 'A value of a file as a door takes it';

-- An outline without the vertices at which it comes back the way it went.
create function delivery.without_spikes(shape geometry) returns geometry language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  with vertex as (
    select d.path[1:cardinality(d.path) - 1] as ring, d.path[cardinality(d.path)] as place, d.geom,
      max(d.path[cardinality(d.path)]) over (partition by d.path[1:cardinality(d.path) - 1]) as last
    from st_dumppoints(st_multi(shape)) d
  ), between as (
    select v.ring, v.place, v.geom,
      coalesce(lag(v.geom) over r, last_value(v.geom) over (r rows between unbounded preceding and unbounded following)) as before,
      coalesce(lead(v.geom) over r, first_value(v.geom) over (r rows between unbounded preceding and unbounded following)) as after
    from vertex v where v.place < v.last
    window r as (partition by v.ring order by v.place)
  ), kept as (
    select b.ring, b.place, b.geom from between b
    where not (st_distance(b.before, b.geom) > 0.1 and st_distance(b.after, b.geom) > 0.1 and
      ((st_x(b.before) - st_x(b.geom)) * (st_x(b.after) - st_x(b.geom)) + (st_y(b.before) - st_y(b.geom)) * (st_y(b.after) - st_y(b.geom)))
      / (st_distance(b.before, b.geom) * st_distance(b.after, b.geom)) > cos(radians(0.5)))
  ), ring as (
    select k.ring[1] as part, k.ring[2] as number, st_removerepeatedpoints(st_addpoint(l.line, st_startpoint(l.line))) as line
    from (select distinct ring from kept) k
    cross join lateral (select st_makeline(o.geom order by o.place) as line from kept o where o.ring = k.ring) l
    where st_npoints(l.line) >= 3
  ), polygon as (
    select o.part, st_makepolygon(o.line, array(select i.line from ring i where i.part = o.part and i.number > 1 order by i.number)) as geom
    from ring o where o.number = 1
  )
  select case when geometrytype(shape) = 'POLYGON' then st_geometryn(st_multi(st_collect(p.geom)), 1) else st_multi(st_collect(p.geom)) end
  from polygon p
$$;
comment on function delivery.without_spikes is 'A polygon without its spikes';

-- What a safe repair makes of a shape, on the grid; the shape itself where it does nothing.
create function delivery.mended(shape geometry, repair text, near geometry, tolerance_m double precision) returns geometry
language sql immutable parallel safe set search_path = pg_catalog, public as $$
  select land.to_grid(case when m.made is null or st_isempty(m.made) then shape
    when geometrytype(shape) not like 'MULTI%' and st_numgeometries(m.made) = 1 then st_geometryn(m.made, 1) else m.made end)
  from (select case mended.repair
    when 'close_ring' then shape
    when 'make_valid' then st_collectionextract(st_makevalid(shape, 'method=structure keepcollapsed=false'), st_dimension(shape) + 1)
    when 'remove_repeated' then st_removerepeatedpoints(shape)
    when 'remove_spikes' then delivery.without_spikes(shape)
    when 'extract' then st_collectionextract(shape, st_dimension(shape) + 1)
    when 'merge_lines' then st_linemerge(shape)
    when 'snap_corners' then st_snap(shape, near, tolerance_m)
    when 'snap_ends' then st_setpoint(st_setpoint(shape, 0, case when st_dwithin(st_startpoint(shape), near, tolerance_m)
        then st_closestpoint(near, st_startpoint(shape)) else st_startpoint(shape) end), st_npoints(shape) - 1,
      case when st_dwithin(st_endpoint(shape), near, tolerance_m) then st_closestpoint(near, st_endpoint(shape)) else st_endpoint(shape) end)
    end as made) m
$$;
comment on function delivery.mended is 'What a repair that is offered makes of a shape';

-- Parcels by the ten thousand enter in two statements, which the tables' own triggers judge like any other: a new parcel
-- on free land, provisional, in the districts of the account, with a number of the database, journalled. What the door does
-- for one parcel is done here for all of them.
create function delivery.enter_parcels(of_delivery bigint) returns void language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  asking constant text := service.office_of(coalesce(nullif(current_setting('role', true), 'none'), session_user));
  district text;
begin
  select d.ubigeo into district from delivery.delivery d
  where d.id = of_delivery and d.target = 'parcels' and d.state = 'checked' and d.office = asking and access.may_act_in(d.ubigeo);
  if district is null then
    raise exception using errcode = 'insufficient_privilege', constraint = 'delivery_is_the_offices_own',
      message = 'an office accepts its own deliveries, after they were examined';
  end if;
  create temporary table entering on commit drop as
  select f.number, f.geom, r.settlement, r.sector, b.id as block_id, b.code as block, r.use, r.address, r.registered_area_m2, r.declared_area_m2
  from delivery.feature f
  cross join lateral jsonb_populate_record(null::layer.parcels, f.mapped) r
  left join land.block b on b.ubigeo = district and b.sector_code = r.sector and b.code = r.block
  where f.delivery_id = of_delivery and f.verdict <> 'rejected';
  perform service.known('block', r.block, b.id)
  from delivery.feature f
  cross join lateral jsonb_populate_record(null::layer.parcels, f.mapped) r
  left join land.block b on b.ubigeo = district and b.sector_code = r.sector and b.code = r.block
  where f.delivery_id = of_delivery and f.verdict <> 'rejected' and r.block is not null and b.id is null;
  create temporary table numbered on commit drop as
  select e.number, p.prefix, p.digits, row_number() over (partition by p.prefix order by e.number) as turn, count(*) over (partition by p.prefix) as wanted
  from entering e
  cross join lateral (select case when e.block is null then 'L-' else district || e.sector || e.block end as prefix,
    case when e.block is null then 6 else land.digits_of('lot', 'lot') end as digits) p;
  alter table numbered add column code text;
  update numbered n set code = n.prefix || c.number
  from (
    select g.prefix, k.turn, land.next_number(district, g.prefix, g.digits) as number
    from (select distinct prefix, digits, wanted from numbered order by prefix) g
    cross join lateral (select turn from generate_series(1, g.wanted) turn order by turn) k
  ) c
  where c.prefix = n.prefix and c.turn = n.turn;
  insert into land.parcel (ubigeo, code, kind)
  select district, n.code, case when n.prefix = 'L-' then 'rural' else 'urban' end from numbered n order by n.number;
  insert into land.parcel_version (parcel_id, ubigeo, fabric_state, settlement_id, sector_code, block_id, block_code, lot_code, use, address,
    registered_area_m2, declared_area_m2, geom)
  select p.id, district, 'provisional', land.settlement_called(e.settlement, district), e.sector, e.block_id, e.block,
    case when e.block is not null then right(n.code, n.digits) end, e.use, e.address, e.registered_area_m2, e.declared_area_m2,
    st_multi(land.to_grid(st_force2d(e.geom)))
  from entering e join numbered n on n.number = e.number join land.parcel p on p.ubigeo = district and p.code = n.code
  order by e.number;
  insert into delivery.entered (delivery_id, number, object_id, version, code)
  select of_delivery, n.number, p.id, v.version, p.code
  from numbered n join land.parcel p on p.ubigeo = district and p.code = n.code join land.parcel_version v on v.parcel_id = p.id
  order by n.number;
  drop table entering, numbered;
end
$$;
comment on function delivery.enter_parcels is 'Enters the parcels of a delivery together; all or none';

-- Enters what is not rejected, feature by feature, through the door of the layer and in the name of who accepts. A
-- feature that a rule refuses is told and left out; it does not stop the others.
create function delivery.enter(of_delivery bigint, layer regclass, columns text[])
returns table (number bigint, rule text, message text) language plpgsql volatile
set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
  item record;
  made record;
  refused_rule text;
  refused_text text;
  has_code constant boolean := exists (select from pg_attribute where attrelid = layer and attname = 'code' and not attisdropped);
  geometry_type constant text := (select postgis_typmod_type(a.atttypmod) from pg_attribute a where a.attrelid = layer and a.attname = 'geom');
  statement constant text := format(
    'insert into %1$s (%2$s) select %3$s from jsonb_populate_record(null::%1$s, $1) r returning id, version::integer as version, %4$s as code',
    layer, (select string_agg(quote_ident(c), ', ') from unnest(columns) c) || ', geom',
    (select string_agg('r.' || quote_ident(c), ', ') from unnest(columns) c) || ', $2',
    case when has_code then 'code::text' else 'null::text' end);
begin
  if layer = 'layer.parcels'::regclass then
    begin
      perform delivery.enter_parcels(of_delivery);
      return;
    exception when integrity_constraint_violation or data_exception then
      -- Which of them it was, and the others without it.
      null;
    end;
  end if;
  for item in
    select f.number, f.mapped, case when geometry_type like 'Multi%' then st_multi(f.geom) else f.geom end as geom
    from delivery.own_feature f
    where f.delivery_id = of_delivery and f.verdict <> 'rejected' order by f.number
  loop
    begin
      execute statement into made using item.mapped, item.geom;
      insert into delivery.own_entered (delivery_id, number, object_id, version, code)
      values (of_delivery, item.number, made.id, made.version, made.code);
    exception when integrity_constraint_violation or data_exception then
      get stacked diagnostics refused_rule = constraint_name, refused_text = message_text;
      number := item.number;
      rule := refused_rule;
      message := refused_text;
      return next;
    end;
  end loop;
end
$$;
comment on function delivery.enter is 'Enters the features of a delivery through the door of a layer; returns those that a rule refused';

-- What was built on what a delivery entered: none of it may be taken back then.
create function delivery.built_on(of_delivery bigint) returns table (number bigint, code text, what text, which text)
language sql stable security definer set search_path = pg_catalog, public as $$
  with own as (
    select e.number, e.object_id, e.version, e.code
    from delivery.entered e join delivery.delivery d on d.id = e.delivery_id
    where d.id = of_delivery and d.target = 'parcels'
      -- Who asks, also inside this function.
      and d.office = service.office_of(coalesce(nullif(current_setting('role', true), 'none'), session_user))
  )
  select o.number, o.code, 'version', v.version::text from own o
    join land.parcel_version v on v.parcel_id = o.object_id where v.version <> o.version or not upper_inf(v.valid)
  union all select o.number, o.code, 'gone', null from own o
    where not exists (select from land.parcel_version v where v.parcel_id = o.object_id)
  union all select o.number, o.code, 'operation', p.operation_id::text from own o join land.operation_parcel p on p.parcel_id = o.object_id
  union all select o.number, o.code, 'lock', l.reference from own o join land.parcel_lock l on l.parcel_id = o.object_id
  union all select o.number, o.code, 'case', c.case_id::text from own o join titling.case_parcel c on c.parcel_id = o.object_id
  union all select o.number, o.code, 'unit', u.property_unit_id::text from own o join land.property_unit_parcel u on u.parcel_id = o.object_id
  union all select o.number, o.code, 'restriction', r.restriction_id::text from own o join land.restriction_version r on r.parcel_id = o.object_id
  union all select o.number, o.code, 'building', b.id::text from own o join land.building b on b.parcel_id = o.object_id
  union all select o.number, o.code, 'facility', b.id::text from own o join land.facility b on b.parcel_id = o.object_id
  union all select o.number, o.code, 'connection', k.id::text from own o join utility.service_connection k on k.parcel_id = o.object_id
  union all select o.number, o.code, 'lineage', l.id::text from own o
    join land.lineage l on o.object_id in (l.parent_parcel_id, l.child_parcel_id)
$$;
comment on function delivery.built_on is 'What was built on the parcels that a delivery entered';

-- Takes back what was entered, as one. Parcels retire by an operation: those of today were never in force for a day and
-- leave the table with their history, older ones end today.
create function delivery.take_back(of_delivery bigint, layer regclass) returns bigint language plpgsql volatile
set search_path = pg_catalog, public as $$
declare
  own constant bigint[] := array(select e.object_id from delivery.own_entered e where e.delivery_id = of_delivery order by e.object_id);
  today constant date := (now() at time zone 'America/Lima')::date;
  item record;
  gone bigint;
  taken bigint := 0;
begin
  if layer = 'layer.parcels'::regclass then
    insert into land.operation (ubigeo, kind, effective_on, declares_gap)
    select d.ubigeo, 'retire', today, true from delivery.own d where d.id = of_delivery;
    update land.parcel_version v set valid = daterange(lower(v.valid), today)
    where v.parcel_id = any (own) and lower(v.valid) < today;
    delete from land.parcel_version v where v.parcel_id = any (own) and lower(v.valid) = today;
    return cardinality(own);
  end if;
  for item in
    select e.number, e.object_id, e.version from delivery.own_entered e where e.delivery_id = of_delivery order by e.number desc
  loop
    execute format('delete from %s v where v.id = $1 and v.version = $2', layer) using item.object_id, item.version;
    get diagnostics gone = row_count;
    if gone = 0 then
      raise exception using errcode = 'check_violation', constraint = 'delivery_is_as_it_was_entered',
        message = format('feature %s, object %s: changed or gone since', item.number, item.object_id);
    end if;
    taken := taken + 1;
  end loop;
  return taken;
end
$$;
comment on function delivery.take_back is 'Takes back what a delivery entered';

-- Blocks and sectors come in by deliveries and by hand, too.
select service.open_layer('layer.sectors', 'land.sector');

create function land.write_block() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  district text;
  settlement bigint;
  touched bigint;
begin
  if tg_op = 'DELETE' then
    delete from land.block b where b.id = old.id and b.version = old.version;
    get diagnostics touched = row_count;
    if touched = 0 then
      perform service.refuse_stale();
    end if;
    return old;
  end if;
  if tg_op = 'UPDATE' then
    perform service.keep_derived(door, to_jsonb(old), to_jsonb(new));
    update land.block b
    set label = new.label, settlement_id = land.settlement_called(new.settlement, old.ubigeo),
      geom = case when land.same_shape(new.geom, old.geom) then b.geom else land.drawn(new.geom) end
    where b.id = old.id and b.version = old.version returning b.version into new.version;
    if not found then
      perform service.refuse_stale();
    end if;
    return new;
  end if;
  district := coalesce(new.ubigeo, land.district_at(new.geom));
  settlement := land.settlement_called(new.settlement, district);
  new.ubigeo := district;
  -- Without a sector it is that of the place; without a number the next one that is free.
  new.sector := coalesce(new.sector, (select s.code from land.sector s
    where s.ubigeo = district and st_intersects(s.geom, new.geom)
    order by st_area(st_intersection(s.geom, st_makevalid(new.geom))) desc, s.code limit 1));
  if new.sector is null then
    raise exception using errcode = 'check_violation', constraint = 'block_sector_exists', column = 'sector',
      message = 'no sector of the district lies there; enter the sector first, or name it';
  end if;
  -- Blocks of one sector are numbered one after the other.
  perform from land.sector s where s.ubigeo = district and s.code = new.sector for no key update;
  new.code := coalesce(new.code, (select lpad((coalesce(max(b.code), '000')::integer + 1)::text, land.digits_of('lot', 'block'), '0')
    from land.block b where b.ubigeo = district and b.sector_code = new.sector));
  new.label := coalesce(new.label, new.code);
  insert into land.block (ubigeo, sector_code, code, label, settlement_id, geom)
  values (district, new.sector, new.code, new.label, settlement, land.drawn(new.geom))
  returning id, version into new.id, new.version;
  return new;
end
$$;
comment on function land.write_block is 'Door of the blocks: sector by place, number from the database';
revoke execute on function land.write_block() from public;
create trigger door instead of insert or update or delete on layer.blocks for each row execute function land.write_block('{
  "base": "land.block",
  "receives": ["ubigeo", "sector", "code", "label", "settlement", "geom"],
  "required": [], "only_new": ["ubigeo", "sector", "code"]}');
grant insert, update, delete on layer.sectors, layer.blocks to predio_surveyor;

-- Rights.
grant usage on schema delivery to predio_service, predio_surveyor, predio_planner;
grant select, insert, update, delete on all tables in schema delivery to predio_service;
revoke insert, update, delete on delivery.own, delivery.own_feature, delivery.own_finding, delivery.own_repair, delivery.own_entered,
  delivery.own_progress, delivery.own_profile from predio_service;
grant usage on schema land, zoning, utility to predio_service;
grant select on land.district, land.sector, land.block, land.parcel, land.parcel_version, land.corner, land.tolerance_class,
  land.settlement, land.street, land.building, land.code_piece, land.norm, zoning.plan, zoning.zone_class, utility.line, utility.asset to predio_service;
grant select, insert, update on delivery.own, delivery.own_profile to predio_surveyor, predio_planner;
grant select, update on delivery.own_feature to predio_surveyor, predio_planner;
grant select, insert on delivery.own_entered, delivery.own_repair, delivery.own_finding to predio_surveyor, predio_planner;
grant select on delivery.own_progress to predio_surveyor, predio_planner;
revoke execute on all functions in schema delivery from public;
grant execute on function delivery.placed(geometry, integer, boolean, double precision),
  delivery.placed_all(geometry[], integer, boolean, double precision), delivery.kept(geometry),
  delivery.value_of(text, text, integer, double precision) to predio_service;
grant execute on function delivery.without_spikes(geometry), delivery.mended(geometry, text, geometry, double precision)
  to predio_surveyor, predio_planner;
grant execute on function delivery.enter_parcels(bigint), delivery.enter(bigint, regclass, text[]), delivery.built_on(bigint), delivery.take_back(bigint, regclass)
  to predio_surveyor, predio_planner;
-- Both are asked by the views in the name of who reads; neither schema lets them be called otherwise.
grant execute on function service.office_of(text) to predio_surveyor, predio_planner, predio_service;
grant execute on function access.may_act_in(text) to predio_surveyor, predio_planner, predio_service;
