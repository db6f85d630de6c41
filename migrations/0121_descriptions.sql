-- What is said of a parcel (its use, address, settlement, registered and declared area) has a period too: who asks for a
-- day of last year is told what was so then. A change through the layer holds from today on, by an operation `describe`
-- that leaves every polygon as it is; a writer who puts right what was recorded says so (set local predio.corrects = 'on').

alter table land.operation drop constraint operation_kind_is_known;
alter table land.operation add constraint operation_kind_is_known check (kind in
  ('split', 'merge', 'detach', 'adjust', 'replace', 'retire', 'correct', 'agree', 'load', 'describe'));

create function service.corrects() returns boolean language sql stable set search_path = pg_catalog as $$
  select coalesce(current_setting('predio.corrects', true), '') = 'on'
$$;
comment on function service.corrects is 'Whether this transaction puts right what was recorded, instead of telling what is so from today on';
revoke execute on function service.corrects() from public;

-- As before (0080), and a correction changes the version that is there.
create or replace function service.write_versions() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  base constant text := door ->> 'base';
  today constant date := (now() at time zone 'America/Lima')::date;
  period daterange;
  is_there boolean;
  version_id bigint;
begin
  if tg_op = 'INSERT' then
    execute format('insert into %s (%s) select %s from (select ($1).*) n returning id',
      door ->> 'identity', door ->> 'object_columns', door ->> 'object') into new.id using new;
    execute format('insert into %s (%I, valid, %s) select ($1).id, $2, %s from (select ($1).*) n returning version',
      base, door ->> 'key', door ->> 'columns', door ->> 'insert') into new.version
      using new, case when (door ->> 'dated')::boolean then daterange(today, null) end;
    return new;
  end if;
  if door ? 'open_while' then
    execute format('select %s from (select ($1).*) o', door ->> 'open_while') into is_there using old;
    if is_there is not true then
      raise exception using errcode = 'check_violation', constraint = 'layer_object_is_open',
        message = 'it is no longer open for changes by hand';
    end if;
  end if;
  period := (to_jsonb(old) ->> 'valid')::daterange;
  if not period @> today then
    -- Who names the object means the version in force.
    execute format('select exists (select from %s where %I = $1 and valid @> $2)', base, door ->> 'key')
      into is_there using old.id, today;
    if is_there then
      return null;
    end if;
    perform service.refuse_past();
  end if;
  execute format('select id from %s where %I = $1 and valid is not distinct from $2 and version = $3 for update',
    base, door ->> 'key') into version_id using old.id, period, old.version;
  if version_id is null then
    perform service.refuse_stale();
  end if;
  if tg_op = 'DELETE' then
    if period is null or lower(period) = today then
      execute format('delete from %s where id = $1', base) using version_id;
    else
      execute format('update %s set valid = daterange(lower(valid), $2) where id = $1', base) using version_id, today;
    end if;
    return old;
  end if;
  perform service.keep_derived(door, to_jsonb(old), to_jsonb(new));
  if to_jsonb(new) - 'geom' = to_jsonb(old) - 'geom' and land.same_shape(new.geom, old.geom) then
    return new;
  end if;
  if period is null or lower(period) = today or service.corrects() then
    execute format('update %s b set (%s) = (select %s from (select ($1).*) n, (select ($2).*) o) where b.id = $3 returning version',
      base, door ->> 'columns', door ->> 'update') into new.version using new, old, version_id;
  else
    execute format('update %s set valid = daterange(lower(valid), $2) where id = $1', base) using version_id, today;
    execute format('insert into %s (%I, valid, %s) select ($2).id, $4, %s from (select ($1).*) n, (select ($2).*) o, %s b '
      'where b.id = $3 returning version', base, door ->> 'key', concat_ws(', ', door ->> 'columns', door ->> 'carried'),
      concat_ws(', ', door ->> 'update', door ->> 'carried_values'), base)
      into new.version using new, old, version_id, daterange(today, upper(period));
  end if;
  return new;
end
$$;

-- Land that is as it was needs no other judgement.
create function land.judge_description(operation bigint)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile as $$
  select 'operation_describes_only', p.parcel_id, null::bigint, null::double precision,
    st_pointonsurface(st_makevalid(coalesce(p.before_geom, p.geom)))
  from land.operation_outcome(operation) p
  where p.before_version_id is null or p.version_id is null or p.fabric_state <> p.before_state
    or p.geom::bytea is distinct from p.before_geom::bytea
$$;
revoke execute on function land.judge_description(bigint) from public;

-- The operation in which a writer by hand changes parcels: one for all that a transaction (a saved edit of QGIS) does.
-- Parcels that retire beside others that are described make it a retirement.
create function land.operation_by_hand(of_kind text, district text) returns bigint language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  today constant date := (now() at time zone 'America/Lima')::date;
  present land.operation;
begin
  select * into present from land.operation o where o.id = land.current_operation();
  if present.id is null then
    insert into land.operation (ubigeo, kind, effective_on, declares_gap)
    values (district, of_kind, today, of_kind = 'retire') returning id into present.id;
  elsif present.kind not in ('describe', 'retire') or present.effective_on <> today then
    raise exception using errcode = 'check_violation', constraint = 'operation_is_one_per_transaction',
      message = format('this transaction does another operation already (%s)', present.kind),
      hint = 'change what is said of parcels in a transaction of its own';
  elsif of_kind = 'retire' and present.kind = 'describe' then
    update land.operation o set kind = 'retire', declares_gap = true where o.id = present.id;
  end if;
  return present.id;
end
$$;
comment on function land.operation_by_hand is 'The operation of this transaction that describes or retires, begun where there is none';
revoke execute on function land.operation_by_hand(text, text) from public;

-- As before (0021), and a second parcel may retire in the transaction of the first.
create or replace function land.retire_instead(gone land.parcel_version, operation bigint)
returns land.parcel_version language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  today date := (now() at time zone 'America/Lima')::date;
  present land.operation;
begin
  select * into present from land.operation o where o.id = operation;
  if present.id is not null and not (present.kind in ('describe', 'retire') and present.effective_on = today) then
    if lower(gone.valid) = present.effective_on then
      return gone;
    end if;
    raise exception using errcode = 'check_violation', constraint = 'legal_objects_are_not_deleted',
      message = 'a version that was in force ends, it is not deleted';
  end if;
  if not gone.valid @> today then
    raise exception using errcode = 'check_violation', constraint = 'legal_objects_are_not_deleted',
      message = 'a version of the past stays on record';
  end if;
  perform land.operation_by_hand('retire', gone.ubigeo);
  if lower(gone.valid) = today then
    return gone;
  end if;
  update land.parcel_version set valid = daterange(lower(valid), today) where id = gone.id;
  return null;
end
$$;

-- A new period of the same parcel, with everything that its last one said but for what is said anew; returns its version.
create function land.begin_period(last bigint, day date, said jsonb) returns integer language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  period daterange;
  columns text;
  made integer;
begin
  select v.valid into period from land.parcel_version v where v.id = last;
  update land.parcel_version v set valid = daterange(lower(period), day) where v.id = last;
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns
  from pg_attribute a
  where a.attrelid = 'land.parcel_version'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and a.attidentity = '' and a.attname not in ('valid', 'version', 'recorded_from', 'begun_by', 'ended_by');
  execute format('insert into land.parcel_version (valid, %1$s) select $1, %1$s '
    'from (select (jsonb_populate_record(v, $3)).* from land.parcel_version v where v.id = $2) r returning version', columns)
    into made using daterange(day, upper(period)), last, said;
  return made;
end
$$;
comment on function land.begin_period is 'Ends a version of a parcel on a day and begins the next one like it, within an operation';
revoke execute on function land.begin_period(bigint, date, jsonb) from public;

-- As before (0081), and what was in force before today is not overwritten.
create or replace function land.write_parcel() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  today constant date := (now() at time zone 'America/Lima')::date;
  district text;
  settlement bigint;
  of_block bigint;
  version_id bigint;
  said jsonb;
begin
  if tg_op = 'INSERT' then
    district := coalesce(new.ubigeo, land.district_at(new.geom));
    settlement := land.settlement_called(new.settlement, district);
    of_block := service.known('block', new.block, (select b.id from land.block b
      where b.ubigeo = district and b.sector_code = new.sector and b.code = new.block));
    insert into land.parcel_version (ubigeo, fabric_state, settlement_id, sector_code, block_id, block_code, use, address,
      registered_area_m2, declared_area_m2, geom)
    values (district, coalesce(new.fabric_state, 'provisional'), settlement, new.sector, of_block, new.block, new.use,
      new.address, new.registered_area_m2, new.declared_area_m2, land.to_grid(st_force2d(new.geom)))
    returning parcel_id, version, fabric_state, valid into new.id, new.version, new.fabric_state, new.valid;
    new.ubigeo := district;
    new.code := (select p.code from land.parcel p where p.id = new.id);
    return new;
  end if;
  if not old.valid @> today then
    if exists (select from land.parcel_version v where v.parcel_id = old.id and v.valid @> today) then
      return null;
    end if;
    perform service.refuse_past();
  end if;
  -- Turns are taken before the row: whoever divides this parcel holds the place first.
  perform land.take_turns(v.geom) from land.parcel_version v
  where v.parcel_id = old.id and v.valid = old.valid and v.geom is not null;
  select v.id into version_id from land.parcel_version v
  where v.parcel_id = old.id and v.valid = old.valid and v.version = old.version for update;
  if version_id is null then
    perform service.refuse_stale();
  end if;
  if tg_op = 'DELETE' then
    delete from land.parcel_version v where v.id = version_id;
    return old;
  end if;
  if not land.same_shape(new.geom, old.geom) then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_changes_by_operation', column = 'geom',
      message = 'the polygon, period and state of a parcel change by an operation only; attributes may be edited',
      hint = 'POST /api/v1/parcels/{code}/adjust moves a corner, …/replace takes a survey, …/split divides, …/retire ends';
  end if;
  perform service.keep_derived(door, to_jsonb(old) - 'geom', to_jsonb(new) - 'geom');
  if to_jsonb(new) - 'geom' = to_jsonb(old) - 'geom' then
    return new;
  end if;
  said := jsonb_build_object('use', new.use, 'address', new.address, 'registered_area_m2', new.registered_area_m2,
    'declared_area_m2', new.declared_area_m2);
  if new.settlement is distinct from old.settlement then
    said := said || jsonb_build_object('settlement_id', land.settlement_called(new.settlement, old.ubigeo));
  end if;
  if lower(old.valid) < today and not service.corrects() then
    perform land.operation_by_hand('describe', old.ubigeo);
    new.version := land.begin_period(version_id, today, said);
    new.valid := daterange(today, upper(old.valid));
    return new;
  end if;
  update land.parcel_version v
  set (use, address, registered_area_m2, declared_area_m2, settlement_id) =
    (select r.use, r.address, r.registered_area_m2, r.declared_area_m2, r.settlement_id
     from jsonb_populate_record(v, said) r)
  where v.id = version_id returning v.version into new.version;
  return new;
end
$$;

-- Who changed it last is told by the office, also where somebody wrote with a login of their own.
grant execute on function service.office_of(text) to predio_planner, predio_surveyor, predio_titling;
