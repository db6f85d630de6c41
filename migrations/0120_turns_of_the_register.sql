-- Whoever reads what another may be writing waits for that other first, so that what is committed is what some order of
-- the transactions one after the other would have left. Writers of the fabric take turns by their cells (0020); here the
-- register and the cases join in: rights of a unit, and locks of cases.

-- An act waits before it reads, also in psql.
create or replace function land.begin_act() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  if new.effective_on > (now() at time zone 'America/Lima')::date then
    raise exception using errcode = 'check_violation', constraint = 'act_takes_effect_by_today',
      message = 'an act takes effect today or took effect before';
  end if;
  perform land.hold_unit(new.property_unit_id);
  new.ubigeo := (select u.ubigeo from land.property_unit u where u.id = new.property_unit_id);
  new.reason := current_setting('predio.reason', true);
  new.role := coalesce(nullif(current_setting('role', true), 'none'), session_user);
  new.account := nullif(current_setting('predio.account', true), '');
  new.request_id := nullif(current_setting('predio.request_id', true), '');
  new.txid := pg_current_xact_id();
  new.at := transaction_timestamp();
  return new;
end
$$;

-- So does the register that follows an operation: the parts get the holders that the whole has when it is divided. The
-- lineage is written before the register follows it (0022), which then sees what those others left.
create function land.hold_units_of_parents() returns trigger language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  unit bigint;
begin
  for unit in
    select distinct u.property_unit_id from new_rows n join land.property_unit_parcel u on u.parcel_id = n.parent_parcel_id
    order by 1
  loop
    perform land.hold_unit(unit);
  end loop;
  return null;
end
$$;
comment on function land.hold_units_of_parents is 'After parcels were linked: waits for every other writer of the rights over the parents';
create trigger hold_units_of_parents after insert on land.lineage referencing new table as new_rows
  for each statement execute function land.hold_units_of_parents();

-- A case takes hold of land that is there, after the operations on it have ended; one that comes later sees the lock.
create function land.lock_in_turn() returns trigger language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  gone text;
begin
  perform land.take_turns(st_collect(v.geom))
  from new_rows n join land.parcel_version v on v.parcel_id = n.parcel_id
  where upper_inf(v.valid) and v.geom is not null having count(*) > 0;
  -- A statement of its own, after the wait.
  select p.code into gone from new_rows n join land.parcel p on p.id = n.parcel_id
  where not exists (select from land.parcel_version v where v.parcel_id = n.parcel_id and upper_inf(v.valid))
  order by p.code limit 1;
  if gone is not null then
    raise exception using errcode = 'check_violation', constraint = 'parcel_lock_holds_what_is_in_force',
      message = format('parcel %s is no longer in force: a case cannot hold it', gone),
      hint = 'its lineage tells what it became';
  end if;
  return null;
end
$$;
comment on function land.lock_in_turn is 'After a case took parcels: waits for the operations on them, and refuses a parcel that has ended';
create trigger parcel_lock_in_turn after insert on land.parcel_lock referencing new table as new_rows
  for each statement execute function land.lock_in_turn();

-- The judgement sees a case that took the parcel while the operation was under way, also where the operation did not
-- take its turn before it wrote (psql).
create or replace function land.judge_locks(operation land.operation)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile as $$
  select 'parcel_lock_holds', p.parcel_id, null::bigint, null::double precision, st_pointonsurface(st_makevalid(p.before_geom))
  from land.operation_outcome(operation.id) p
  where p.before_geom is not null
    and exists (
      select from (select p.lock_reference as reference
        union all select l.reference from land.parcel_lock l where l.parcel_id = p.parcel_id) held
      where held.reference is not null and held.reference is distinct from operation.case_reference)
    and (p.geom is null
      or p.before_state <> p.fabric_state
      or st_area(st_symdifference(st_makevalid(p.before_geom), st_makevalid(p.geom))) > 0.00072 * st_perimeter(p.geom))
$$;

-- What an operation begins and ends, it begins and ends on its own day: the land is judged as it is on that day, and what
-- changed on another one would be changed unjudged.
create function land.judge_days(operation land.operation)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile as $$
  select distinct 'operation_takes_effect_on_its_day', v.parcel_id, null::bigint, null::double precision,
    st_pointonsurface(st_makevalid(v.geom))
  from land.operation_parcel p join land.parcel_version v on v.parcel_id = p.parcel_id
  where p.operation_id = operation.id
    and (v.begun_by = operation.id and lower(v.valid) <> operation.effective_on
      or v.ended_by = operation.id and upper(v.valid) <> operation.effective_on)
$$;
revoke execute on function land.judge_days(land.operation) from public;

-- As before (0021), and it waits for the writers of what ends too: a parcel that retires leaves no polygon to wait by.
-- It is never long enough to be compiled first, which the planner cannot know of the points of a shape.
create or replace function land.judge(operation_id bigint)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language plpgsql volatile
security definer set search_path = pg_catalog, public set jit = off as $$
declare
  operation land.operation;
begin
  select * into operation from land.operation o where o.id = operation_id;
  perform land.take_turns(st_collect(w.geom)) from (
    select v.geom from land.parcel_version v where v.begun_by = operation.id and v.fabric_state = 'agreed'
    union all
    select p.before_geom from land.operation_parcel p where p.operation_id = operation.id
  ) w where w.geom is not null having count(*) > 0;
  if operation.kind = 'describe' then
    return query select * from land.judge_description(operation.id);
    return;
  end if;
  return query select * from land.judge_overlaps(operation.id);
  return query select * from land.judge_corners(operation.id);
  if operation.kind not in ('load', 'correct') then
    return query select * from land.judge_days(operation);
  end if;
  if operation.kind <> 'load' then
    return query select * from land.judge_cover(operation)
      where not (operation.declares_gap and operation.kind in ('replace', 'retire', 'correct'));
    return query select * from land.judge_locks(operation);
    return query select * from land.judge_lineage(operation);
  end if;
end
$$;
