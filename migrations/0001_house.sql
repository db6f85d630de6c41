-- Schemas, and what every table of law shares: comments, history, journal, change notices.
-- Run as predio_owner.

create schema land;
create schema person;
create schema utility;
create schema risk;
create schema zoning;
create schema titling;
create schema programme;
create schema document;
create schema delivery;
create schema published;
create schema service;
create schema audit;
create schema access;
create schema history;
create schema layer;
create schema staff_layer;

comment on schema land is 'Parcels, blocks, settlements, streets, rights, restrictions: facts of the land';
comment on schema person is 'Personal data: no role reads it except through logged functions that ask for the purpose';
comment on schema utility is 'Water, sewer and power networks and who is served';
comment on schema risk is 'Hazards, studies, the river''s edge, the coast and other restricted areas';
comment on schema zoning is 'Plans, zone classes with building parameters, zones, use index';
comment on schema titling is 'Titling cases';
comment on schema programme is 'Proposals and indicators of the district''s plan';
comment on schema document is 'Numbered documents as rows';
comment on schema delivery is 'Files received, staged, with findings';
comment on schema published is 'Tables that predio publish loads';
comment on schema service is 'Settings, jobs, idempotency keys, change notices';
comment on schema audit is 'The journal: append-only';
comment on schema access is 'Accounts, sessions, tokens';
comment on schema history is 'Replaced rows with the period in which they were recorded';
comment on schema layer is 'One view = one public layer';
comment on schema staff_layer is 'One view = one layer for the municipality''s staff';

-- Comments ---------------------------------------------------------------------------------------------
-- Comments are the data dictionary, so none may be missing. Names that mean the same everywhere are
-- explained once, here; `service.describe` refuses a table that leaves a column unexplained.

create table service.term (
  name text constraint term_pkey primary key,
  meaning text not null constraint term_is_bilingual check (meaning like 'es: % | en: %')
);

create function service.describe(relation regclass, meaning text, variadic columns text[] default '{}')
returns void language plpgsql as $$
declare
  attribute record;
  own text;
  text_of_column text;
begin
  if meaning not like 'es: % | en: %' then
    raise exception 'comment of % must read "es: … | en: …"', relation;
  end if;
  execute format('comment on %s %s is %L',
    case (select relkind from pg_class where oid = relation) when 'v' then 'view' else 'table' end, relation, meaning);
  for attribute in
    select attname::text as name from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped
  loop
    text_of_column := null;
    foreach own in array columns loop
      if split_part(own, '=', 1) = attribute.name then
        text_of_column := substr(own, length(attribute.name) + 2);
      end if;
    end loop;
    text_of_column := coalesce(text_of_column, (select t.meaning from service.term t where t.name = attribute.name));
    if text_of_column is null or text_of_column not like 'es: % | en: %' then
      raise exception 'column %.% has no bilingual comment', relation, attribute.name;
    end if;
    execute format('comment on column %s.%I is %L', relation, attribute.name, text_of_column);
  end loop;
end
$$;
comment on function service.describe is 'Comments a table or view and all its columns; refuses an unexplained column';

insert into service.term (name, meaning) values
  ('id', 'es: Identificador | en: Identifier'),
  ('ubigeo', 'es: Ubigeo del distrito (INEI) | en: District code (INEI)'),
  ('name', 'es: Nombre | en: Name'),
  ('code', 'es: Código | en: Code'),
  ('kind', 'es: Clase | en: Kind'),
  ('state', 'es: Estado | en: State'),
  ('number', 'es: Número | en: Number'),
  ('title', 'es: Título | en: Title'),
  ('description', 'es: Descripción | en: Description'),
  ('note', 'es: Nota | en: Note'),
  ('valid', 'es: Período de vigencia | en: Valid period'),
  ('version', 'es: Versión del registro | en: Version of the record'),
  ('recorded_from', 'es: Registrado desde | en: Recorded since'),
  ('recorded', 'es: Período en que constó así | en: Period in which it was recorded so'),
  ('geom', 'es: Geometría, EPSG:32718 | en: Geometry, EPSG:32718'),
  ('geom_crs84', 'es: Geometría en longitud y latitud | en: Geometry in longitude and latitude'),
  ('source_id', 'es: Documento que lo prueba | en: Document that proves it'),
  ('norm_id', 'es: Norma | en: Norm'),
  ('norm', 'es: Norma | en: Norm'),
  ('norm_certainty', 'es: Certeza de la norma (V verificada, KS segura, KU por confirmar) | en: Certainty of the norm (V verified, KS sure, KU to be confirmed)'),
  ('certainty', 'es: Certeza (V verificada, KS segura, KU por confirmar) | en: Certainty (V verified, KS sure, KU to be confirmed)'),
  ('office', 'es: Oficina a la que consultar | en: Office to ask'),
  ('parcel_id', 'es: Lote o predio | en: Parcel'),
  ('parcel_code', 'es: Código del lote o predio | en: Code of the parcel'),
  ('property_unit_id', 'es: Unidad predial | en: Property unit'),
  ('party_id', 'es: Titular o parte | en: Party'),
  ('settlement_id', 'es: Centro poblado | en: Settlement'),
  ('settlement', 'es: Centro poblado | en: Settlement'),
  ('sector', 'es: Sector catastral | en: Cadastral sector'),
  ('sector_code', 'es: Código del sector catastral | en: Code of the cadastral sector'),
  ('block', 'es: Manzana | en: Block'),
  ('block_id', 'es: Manzana | en: Block'),
  ('block_code', 'es: Código de la manzana | en: Code of the block'),
  ('lot', 'es: Lote | en: Lot'),
  ('lot_code', 'es: Código del lote | en: Code of the lot'),
  ('address', 'es: Dirección | en: Address'),
  ('use', 'es: Uso | en: Use'),
  ('registered_area_m2', 'es: Área registrada [m²] | en: Registered area [m²]'),
  ('declared_area_m2', 'es: Área declarada [m²] | en: Declared area [m²]'),
  ('grid_area_m2', 'es: Área en el plano UTM [m²] | en: Area in the UTM plane [m²]'),
  ('ellipsoidal_area_m2', 'es: Área sobre el elipsoide [m²] | en: Area on the ellipsoid [m²]'),
  ('perimeter_m', 'es: Perímetro en el plano UTM [m] | en: Perimeter in the UTM plane [m]'),
  ('area_m2', 'es: Área [m²] | en: Area [m²]'),
  ('length_m', 'es: Longitud [m] | en: Length [m]'),
  ('width_m', 'es: Ancho [m] | en: Width [m]'),
  ('zone_class', 'es: Zona (clase de zonificación) | en: Zone class'),
  ('water', 'es: Agua (connected, reachable, unserved, unknown) | en: Water (connected, reachable, unserved, unknown)'),
  ('sewer', 'es: Desagüe (connected, reachable, unserved, unknown) | en: Sewer (connected, reachable, unserved, unknown)'),
  ('power', 'es: Electricidad (connected, reachable, unserved, unknown) | en: Power (connected, reachable, unserved, unknown)'),
  ('titling_state', 'es: Titulación (titled, in_process, none, no_data) | en: Titling (titled, in_process, none, no_data)'),
  ('fabric_state', 'es: Estado en el tejido catastral (agreed, provisional) | en: State in the parcel fabric (agreed, provisional)'),
  ('network', 'es: Red (water, sewer, power) | en: Network (water, sewer, power)'),
  ('material', 'es: Material | en: Material'),
  ('diameter_mm', 'es: Diámetro [mm] | en: Diameter [mm]'),
  ('voltage_kv', 'es: Tensión [kV] | en: Voltage [kV]'),
  ('installed_year', 'es: Año de instalación | en: Year of installation'),
  ('age_years', 'es: Antigüedad [años] | en: Age [years]'),
  ('provider', 'es: Prestador | en: Provider'),
  ('floors', 'es: Pisos | en: Floors'),
  ('study_id', 'es: Estudio | en: Study'),
  ('study', 'es: Estudio | en: Study'),
  ('study_date', 'es: Fecha del estudio | en: Date of the study'),
  ('theme', 'es: Tema | en: Theme'),
  ('level', 'es: Nivel (low, medium, high, very_high) | en: Level (low, medium, high, very_high)'),
  ('mitigable', 'es: Mitigable (vacío: no declarado) | en: Mitigable (empty: not declared)'),
  ('declared', 'es: Declarado por la autoridad | en: Declared by the authority'),
  ('declaration', 'es: Documento de la declaración | en: Document of the declaration'),
  ('authority', 'es: Autoridad | en: Authority'),
  ('plan_id', 'es: Plan | en: Plan'),
  ('plan', 'es: Plan | en: Plan'),
  ('fictitious', 'es: Dato ficticio de demostración | en: Fictitious demonstration data'),
  ('source', 'es: Fuente | en: Source'),
  ('as_of', 'es: Fecha del dato | en: Date of the figure'),
  ('created_at', 'es: Creado | en: Created'),
  ('population', 'es: Población [habitantes] | en: Population [inhabitants]');

-- Settings ---------------------------------------------------------------------------------------------

create table service.setting (
  name text constraint setting_pkey primary key,
  value jsonb not null
);

-- A database knows its kind, set once: invented data must never pass for a real cadastre, nor the reverse.
create function service.keep_kind() returns trigger language plpgsql as $$
begin
  if old.name = 'kind' and (tg_op = 'DELETE' or new.value is distinct from old.value) then
    raise exception using errcode = 'check_violation', constraint = 'setting_kind_is_set_once',
      message = 'the kind of a database (demonstration or real) is set once and never changed';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger setting_kind_is_set_once before update or delete on service.setting
  for each row execute function service.keep_kind();
alter table service.setting add constraint setting_kind_is_known
  check (name <> 'kind' or value in ('"demonstration"', '"real"'));

-- History ----------------------------------------------------------------------------------------------
-- `recorded_from` opens the period in which a row was on record; its replacement closes it. The microsecond
-- keeps periods of one row apart when a transaction that began earlier writes later.

create function history.stamp() returns trigger language plpgsql as $$
begin
  new.recorded_from := greatest(transaction_timestamp(), old.recorded_from + interval '1 microsecond');
  new.version := old.version + 1;
  return new;
end
$$;
comment on function history.stamp is 'Before an update: opens the new recorded period and counts the version';

create function history.track(relation regclass) returns void language plpgsql as $$
declare
  kept text := (select format('%s_%s', n.nspname, c.relname)
                from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation);
  columns text := (select string_agg(quote_ident(attname), ', ' order by attnum)
                   from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped);
  old_columns text := (select string_agg('old.' || quote_ident(attname), ', ' order by attnum)
                       from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped);
  attribute record;
begin
  execute format('create table history.%I (like %s, recorded tstzrange not null)', kept, relation);
  execute format('create index on history.%I (id)', kept);
  execute format($body$
    create function history.%I() returns trigger language plpgsql security definer set search_path = pg_catalog as $f$
    begin
      insert into history.%I (%s, recorded) values (%s, tstzrange(old.recorded_from,
        case tg_op when 'UPDATE' then new.recorded_from
        else greatest(transaction_timestamp(), old.recorded_from + interval '1 microsecond') end));
      return null;
    end
    $f$ $body$, 'keep_' || kept, kept, columns, old_columns);
  -- What was on record at an instant: the current rows that were already there, and the replaced ones.
  execute format($body$
    create function history.%I(at timestamptz) returns setof %s language sql stable as $f$
      select %s from %s where recorded_from <= at
      union all
      select %s from history.%I where recorded @> at
    $f$ $body$, kept || '_as_of', relation, columns, relation, columns, kept);
  execute format('create trigger stamp_version before update on %s for each row execute function history.stamp()',
    relation);
  execute format('create trigger keep_history after update or delete on %s for each row execute function history.%I()',
    relation, 'keep_' || kept);
  execute format('comment on table history.%I is %L', kept,
    'es: Filas reemplazadas de ' || relation || ' | en: Replaced rows of ' || relation);
  for attribute in
    select attname, col_description(attrelid, attnum) as meaning
    from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped
  loop
    execute format('comment on column history.%I.%I is %L', kept, attribute.attname, attribute.meaning);
  end loop;
  execute format('comment on column history.%I.recorded is %L', kept,
    (select meaning from service.term where name = 'recorded'));
end
$$;
comment on function history.track is
  'Keeps the replaced rows of a table (columns id, version, recorded_from) in history.<schema>_<table>';

-- The journal ------------------------------------------------------------------------------------------

create table audit.entry (
  id bigint generated always as identity constraint entry_pkey primary key,
  at timestamptz not null default clock_timestamp(),
  txid xid8 not null default pg_current_xact_id(),
  login text not null default session_user,
  role text not null default current_user,
  account text,
  request_id text,
  reason text,
  relation text not null,
  operation text not null constraint entry_operation_is_known check (operation in ('INSERT', 'UPDATE', 'DELETE')),
  row_count bigint not null,
  row_ids bigint[] not null,
  hash_before bytea,
  hash_after bytea
);
create index entry_relation on audit.entry (relation, id);

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'insufficient_privilege', constraint = 'journal_is_append_only',
    message = 'the journal is append-only';
end
$$;
create trigger journal_is_append_only before update or delete or truncate on audit.entry
  for each statement execute function audit.refuse_change();

create function audit.require_reason() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('predio.reason', true), '') = '' then
    raise exception using errcode = 'check_violation', constraint = 'write_needs_a_reason',
      message = format('%I.%I: a write to a legal table needs its reason', tg_table_schema, tg_table_name),
      hint = 'begin; set local predio.reason = ''why''; …; commit;';
  end if;
  return null;
end
$$;
comment on function audit.require_reason is 'Refuses a write to a legal table without set local predio.reason';

-- Change notices ---------------------------------------------------------------------------------------
-- A reader's cursor is a pg_snapshot and takes what is not visible in it (pg_visible_in_snapshot on txid):
-- sequence numbers commit out of order.

create table service.change (
  id bigint generated always as identity constraint change_pkey primary key,
  txid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  relation text not null,
  operation text not null,
  row_count bigint not null,
  row_ids bigint[] not null,
  extent geometry(Polygon, 32718)
);
create index change_txid on service.change (txid);

-- One statement = one journal entry and one notice. Hashes are over each row's text, in the order of the id.
create function audit.note_write() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  key_column text := coalesce(tg_argv[0], 'id');
  geometry_column text := tg_argv[1];
  relation text := format('%I.%I', tg_table_schema, tg_table_name);
  touched bigint;
  ids bigint[];
  before_hash bytea;
  after_hash bytea;
  extent_of geometry;
  summary constant text := 'select count(*), (array_agg(%1$I order by %1$I))[1:1000], '
    'sha256(string_agg(sha256(convert_to(r::text, ''UTF8'')), '''' order by %1$I)) from %2$s r';
  -- The extent as a polygon also for a point or an upright line; none for rows without geometry.
  box constant text := 'select st_setsrid(st_envelope(st_expand(st_extent(g)::geometry, 0.001)), 32718) from (%s) s';
begin
  if tg_op in ('UPDATE', 'DELETE') then
    execute format(summary, key_column, 'old_rows') into touched, ids, before_hash;
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    execute format(summary, key_column, 'new_rows') into touched, ids, after_hash;
  end if;
  if touched = 0 then
    return null;
  end if;
  if geometry_column is not null then
    execute format(box, case tg_op
      when 'INSERT' then format('select %I as g from new_rows', geometry_column)
      when 'DELETE' then format('select %I as g from old_rows', geometry_column)
      else format('select %1$I as g from old_rows union all select %1$I from new_rows', geometry_column) end)
      into extent_of;
  end if;
  insert into audit.entry (account, request_id, reason, role, relation, operation, row_count, row_ids, hash_before, hash_after)
  values (nullif(current_setting('predio.account', true), ''), nullif(current_setting('predio.request_id', true), ''),
    nullif(current_setting('predio.reason', true), ''),
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    relation, tg_op, touched, ids,
    case when tg_table_schema <> 'person' then before_hash end,
    case when tg_table_schema <> 'person' then after_hash end);
  insert into service.change (relation, operation, row_count, row_ids, extent)
  values (relation, tg_op, touched, ids, extent_of);
  perform pg_notify('predio_change', relation);
  return null;
end
$$;
comment on function audit.note_write is
  'After each statement: one journal entry and one change notice. Arguments: key column, geometry column';

create function audit.watch(relation regclass, geometry_column text default null, key_column text default 'id')
returns void language plpgsql as $$
declare
  arguments text := quote_literal(key_column) || coalesce(', ' || quote_literal(geometry_column), '');
begin
  execute format('create trigger needs_reason before insert or update or delete on %s '
    'for each statement execute function audit.require_reason()', relation);
  execute format('create trigger journal_insert after insert on %s referencing new table as new_rows '
    'for each statement execute function audit.note_write(%s)', relation, arguments);
  execute format('create trigger journal_update after update on %s referencing old table as old_rows new table as new_rows '
    'for each statement execute function audit.note_write(%s)', relation, arguments);
  execute format('create trigger journal_delete after delete on %s referencing old table as old_rows '
    'for each statement execute function audit.note_write(%s)', relation, arguments);
end
$$;
comment on function audit.watch is 'Journals every write to a table and refuses one without a reason';

create function audit.refuse_delete() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'legal_objects_are_not_deleted',
    message = format('%I.%I: a legal object is retired or annulled, never deleted', tg_table_schema, tg_table_name);
end
$$;
comment on function audit.refuse_delete is 'Retired, annulled: yes; deleted: no';

-- Work of the service ----------------------------------------------------------------------------------

create table service.job (
  id bigint generated always as identity constraint job_pkey primary key,
  kind text not null,
  payload jsonb not null,
  state text not null default 'queued' constraint job_state_is_known
    check (state in ('queued', 'running', 'done', 'failed')),
  progress real not null default 0 constraint job_progress_is_a_share check (progress between 0 and 1),
  attempts integer not null default 0,
  error text,
  run_after timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index job_queue on service.job (run_after) where state = 'queued';

create table service.idempotency_key (
  key text not null,
  account text not null,
  request_hash bytea not null,
  status integer,
  answer jsonb,
  created_at timestamptz not null default now(),
  constraint idempotency_key_pkey primary key (account, key)
);

select service.describe('service.term', 'es: Palabras del diccionario de datos | en: Words of the data dictionary',
  'meaning=es: Significado | en: Meaning');
select service.describe('service.setting', 'es: Ajustes de la base de datos | en: Settings of the database',
  'value=es: Valor | en: Value');
select service.describe('audit.entry', 'es: Bitácora, solo se añade | en: Journal, append-only',
  'at=es: Cuándo | en: When', 'txid=es: Transacción | en: Transaction', 'login=es: Usuario de la base | en: Database login',
  'role=es: Rol | en: Role', 'account=es: Cuenta | en: Account', 'request_id=es: Pedido | en: Request',
  'reason=es: Motivo | en: Reason', 'relation=es: Tabla | en: Table', 'operation=es: Operación | en: Operation',
  'row_count=es: Filas | en: Rows', 'row_ids=es: Identificadores (los primeros 1000) | en: Identifiers (the first 1000)',
  'hash_before=es: SHA-256 de las filas antes | en: SHA-256 of the rows before',
  'hash_after=es: SHA-256 de las filas después | en: SHA-256 of the rows after');
select service.describe('service.change', 'es: Avisos de cambio | en: Change notices',
  'txid=es: Transacción | en: Transaction', 'at=es: Cuándo | en: When', 'relation=es: Tabla | en: Table',
  'operation=es: Operación | en: Operation', 'row_count=es: Filas | en: Rows',
  'row_ids=es: Identificadores (los primeros 1000) | en: Identifiers (the first 1000)',
  'extent=es: Extensión de lo cambiado | en: Extent of what changed');
select service.describe('service.job', 'es: Trabajos en cola | en: Queue of jobs',
  'payload=es: Encargo | en: Payload', 'progress=es: Avance, 0 a 1 | en: Progress, 0 to 1',
  'attempts=es: Intentos | en: Attempts', 'error=es: Error | en: Error', 'run_after=es: No antes de | en: Not before',
  'finished_at=es: Terminado | en: Finished');
select service.describe('service.idempotency_key', 'es: Claves de escrituras ya respondidas | en: Keys of writes already answered',
  'key=es: Clave | en: Key', 'account=es: Cuenta | en: Account', 'request_hash=es: SHA-256 del pedido | en: SHA-256 of the request',
  'status=es: Código de la respuesta | en: Status of the answer', 'answer=es: Respuesta | en: Answer');
