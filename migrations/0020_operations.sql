-- Operations: the only way in which the polygon of a parcel changes. A row of `land.operation` is written first;
-- what the transaction then does to the fabric belongs to it and is judged with it at commit (0021).

-- A column that was added to a tracked table reaches its history and the two functions.
create function history.follow(relation regclass) returns void language plpgsql as $$
declare
  kept text := (select format('%s_%s', n.nspname, c.relname)
                from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation);
  columns text := (select string_agg(quote_ident(attname), ', ' order by attnum)
                   from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped);
  old_columns text := (select string_agg('old.' || quote_ident(attname), ', ' order by attnum)
                       from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped);
  attribute record;
begin
  for attribute in
    select a.attname, format_type(a.atttypid, a.atttypmod) as type, col_description(a.attrelid, a.attnum) as meaning
    from pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and not exists (
      select from pg_attribute h
      where h.attrelid = format('history.%I', kept)::regclass and h.attname = a.attname and not h.attisdropped)
    order by a.attnum
  loop
    execute format('alter table history.%I add column %I %s', kept, attribute.attname, attribute.type);
    execute format('comment on column history.%I.%I is %L', kept, attribute.attname, attribute.meaning);
  end loop;
  execute format($body$
    create or replace function history.%I() returns trigger language plpgsql security definer set search_path = pg_catalog as $f$
    begin
      insert into history.%I (%s, recorded) values (%s, tstzrange(old.recorded_from,
        case tg_op when 'UPDATE' then new.recorded_from
        else greatest(transaction_timestamp(), old.recorded_from + interval '1 microsecond') end));
      return null;
    end
    $f$ $body$, 'keep_' || kept, kept, columns, old_columns);
  execute format($body$
    create or replace function history.%I(at timestamptz) returns setof %s language sql stable as $f$
      select %s from %s where recorded_from <= at
      union all
      select %s from history.%I where recorded @> at
    $f$ $body$, kept || '_as_of', relation, columns, relation, columns, kept);
end
$$;
comment on function history.follow is 'After a column was added to a tracked table: brings it to the table''s history';

-- The operation ----------------------------------------------------------------------------------------

create table land.operation (
  id bigint generated always as identity constraint operation_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null constraint operation_kind_is_known check (kind in
    ('split', 'merge', 'detach', 'adjust', 'replace', 'retire', 'correct', 'agree', 'load')),
  -- From this day on the land is as the operation leaves it.
  effective_on date not null default (now() at time zone 'America/Lima')::date,
  source_id bigint references land.source,
  -- The case on whose behalf it is done: its own lock does not stand in its way.
  case_reference text,
  -- A split that complies with the urban parameters gives its parts codes of their own.
  lawful boolean,
  -- A survey may uncover land that belongs to no parcel; it is never left free in silence.
  declares_gap boolean not null default false,
  reason text not null,
  role text not null,
  account text,
  request_id text,
  txid xid8 not null,
  at timestamptz not null,
  -- Statements that changed the fabric; each queues the judgement at commit.
  changes integer not null default 0,
  -- A restored cluster counts its transactions anew: the instant tells them apart.
  constraint operation_is_one_per_transaction unique (txid, at)
);
create index operation_effective_on on land.operation (ubigeo, effective_on);

-- What an operation found, parcel by parcel, written by the database itself.
create table land.operation_parcel (
  operation_id bigint not null references land.operation,
  parcel_id bigint not null references land.parcel,
  before_version_id bigint,
  before_state text,
  before_geom geometry(MultiPolygon, 32718),
  before_registered_area_m2 numeric(14, 4),
  lock_reference text,
  constraint operation_parcel_pkey primary key (operation_id, parcel_id)
);
create index operation_parcel_parcel on land.operation_parcel (parcel_id);

-- Places of the fabric that a transaction takes hold of: parcels that meet share a place.
create table land.fabric_cell (
  x integer not null,
  y integer not null,
  changes bigint not null default 1,
  constraint fabric_cell_pkey primary key (x, y)
) with (fillfactor = 70);

alter table land.parcel_version
  add column begun_by bigint constraint parcel_version_begun_by_exists references land.operation,
  add column ended_by bigint constraint parcel_version_ended_by_exists references land.operation,
  alter column fabric_state set default 'provisional';
create index parcel_version_begun_by on land.parcel_version (begun_by);
alter table land.lineage add column operation_id bigint constraint lineage_operation_exists references land.operation;

select service.describe('land.operation', 'es: Operaciones sobre el tejido catastral | en: Operations on the fabric',
  'effective_on=es: Rige desde | en: In force since',
  'case_reference=es: Expediente por el que se hace | en: Case on whose behalf it is done',
  'lawful=es: Cumple los parámetros urbanísticos | en: Complies with the urban parameters',
  'declares_gap=es: Declara tierra que queda libre | en: Declares land left free',
  'reason=es: Motivo | en: Reason', 'role=es: Rol | en: Role', 'account=es: Cuenta | en: Account',
  'request_id=es: Pedido | en: Request', 'txid=es: Transacción | en: Transaction', 'at=es: Cuándo | en: When',
  'changes=es: Sentencias que cambiaron el tejido | en: Statements that changed the fabric');
select service.describe('land.operation_parcel', 'es: Lotes que una operación tocó | en: Parcels that an operation touched',
  'operation_id=es: Operación | en: Operation',
  'before_version_id=es: Versión que regía | en: Version in force before',
  'before_state=es: Estado en el tejido antes | en: State in the fabric before',
  'before_geom=es: Polígono anterior, EPSG:32718 | en: Polygon before, EPSG:32718',
  'before_registered_area_m2=es: Área registrada anterior [m²] | en: Registered area before [m²]',
  'lock_reference=es: Expediente que lo retenía | en: Case that held it');
select service.describe('land.fabric_cell', 'es: Celdas para turnarse en el tejido | en: Cells by which writers of the fabric take turns',
  'x=es: Columna de 250 m | en: Column of 250 m', 'y=es: Fila de 250 m | en: Row of 250 m',
  'changes=es: Cambios | en: Changes');
comment on column land.parcel_version.begun_by is
  'es: Operación que le dio este polígono | en: Operation that gave it this polygon';
comment on column land.parcel_version.ended_by is 'es: Operación que le puso fin | en: Operation that ended it';
comment on column land.lineage.operation_id is 'es: Operación | en: Operation';
select history.follow('land.parcel_version');

-- One journal entry for the operation; the count of its statements is no news.
create trigger needs_reason before insert on land.operation
  for each statement execute function audit.require_reason();
create trigger journal_insert after insert on land.operation referencing new table as new_rows
  for each statement execute function audit.note_write('id');
create trigger legal_objects_are_not_deleted before delete on land.operation
  for each row execute function audit.refuse_delete();

-- Who and when are the database's to say, not the writer's.
create function land.begin_operation() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
begin
  if new.kind = 'load' and not pg_has_role(session_user, 'predio_owner', 'member') then
    raise exception using errcode = 'insufficient_privilege', constraint = 'operation_load_is_the_owners',
      message = 'a whole fabric is loaded by the owner of the schema only';
  end if;
  if new.effective_on > (now() at time zone 'America/Lima')::date then
    raise exception using errcode = 'check_violation', constraint = 'operation_takes_effect_by_today',
      message = 'an operation takes effect today or took effect before';
  end if;
  new.reason := current_setting('predio.reason', true);
  new.role := coalesce(nullif(current_setting('role', true), 'none'), session_user);
  new.account := nullif(current_setting('predio.account', true), '');
  new.request_id := nullif(current_setting('predio.request_id', true), '');
  new.txid := pg_current_xact_id();
  new.at := transaction_timestamp();
  new.changes := 0;
  return new;
end
$$;
create trigger begin_operation before insert on land.operation for each row execute function land.begin_operation();

create function land.current_operation() returns bigint language sql stable as $$
  select id from land.operation where txid = pg_current_xact_id_if_assigned() and at = transaction_timestamp()
$$;
comment on function land.current_operation is 'The operation of this transaction, if it has one';

-- Taking turns -----------------------------------------------------------------------------------------
-- One statement makes, locks and counts the cells in one order, so that two writers never wait for each other.
-- The count makes a writer of an older snapshot fail (40001) where a mere lock would let it judge what it cannot see.

create function land.take_turns(place geometry) returns void language sql volatile
security definer set search_path = pg_catalog, public set jit = off as $$
  insert into land.fabric_cell as cell (x, y)
  select distinct x, y
  from st_dump(place) d
  cross join lateral generate_series(floor(st_xmin(d.geom) / 250)::integer, floor(st_xmax(d.geom) / 250)::integer) x
  cross join lateral generate_series(floor(st_ymin(d.geom) / 250)::integer, floor(st_ymax(d.geom) / 250)::integer) y
  order by x, y
  on conflict (x, y) do update set changes = cell.changes + 1
$$;
comment on function land.take_turns is 'Waits for every other writer of the fabric at these places, until the end of the transaction';

grant insert (ubigeo, kind, effective_on, source_id, case_reference, lawful, declares_gap) on land.operation to predio_surveyor;
grant select on land.operation, land.operation_parcel to predio_planner, predio_surveyor, predio_titling;
grant delete on land.parcel_version to predio_surveyor;
