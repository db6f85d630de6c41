-- The database judges. Attributes of a parcel change freely; its polygon, its period and its state in the fabric
-- change within an operation only, and what the operation leaves behind is judged at commit, set-wise, after the
-- writers of the same places have taken turns. So the rules hold for the service, for psql and for QGIS, at READ
-- COMMITTED too, and a load of a whole district costs one judgement.

-- At each row: nothing of the fabric changes without an operation.
create function land.guard_fabric() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  operation bigint;
begin
  if tg_op = 'UPDATE' and new.geom is not distinct from old.geom and new.valid = old.valid
    and new.fabric_state = old.fabric_state and new.parcel_id = old.parcel_id and new.ubigeo = old.ubigeo
  then
    new.begun_by := old.begun_by;
    new.ended_by := old.ended_by;
    return new;
  end if;
  operation := land.current_operation();
  if tg_op = 'DELETE' then
    return land.retire_instead(old, operation);
  end if;
  if operation is null and tg_op = 'UPDATE' then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_changes_by_operation',
      message = 'the polygon, period and state of a parcel change by an operation only; attributes may be edited',
      hint = 'POST /api/v1/parcels/{code}/adjust moves a corner, …/replace takes a survey, …/split divides, …/retire ends';
  end if;
  if tg_op = 'UPDATE' then
    -- A period that only shrinks leaves nothing new to judge.
    new.begun_by := case when new.geom is not distinct from old.geom and new.fabric_state = old.fabric_state
      and new.parcel_id = old.parcel_id and new.ubigeo = old.ubigeo and new.valid <@ old.valid
      then old.begun_by else operation end;
    new.ended_by := case when upper(new.valid) is distinct from upper(old.valid)
      then case when not upper_inf(new.valid) then operation end else old.ended_by end;
    return new;
  end if;
  if operation is null then
    -- On free land, provisional, with a number of its own (0022).
    new := land.enter_as_provisional(new);
  end if;
  new.begun_by := operation;
  new.ended_by := case when not upper_inf(new.valid) then operation end;
  return new;
end
$$;

-- DELETE retires: the version ends today. One that began today was never in force for a day: it leaves the table,
-- and the history keeps what was recorded.
create function land.retire_instead(gone land.parcel_version, operation bigint)
returns land.parcel_version language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  today date := (now() at time zone 'America/Lima')::date;
begin
  if operation is not null then
    if lower(gone.valid) = (select o.effective_on from land.operation o where o.id = operation) then
      return gone;
    end if;
    raise exception using errcode = 'check_violation', constraint = 'legal_objects_are_not_deleted',
      message = 'a version that was in force ends, it is not deleted';
  end if;
  if not gone.valid @> today then
    raise exception using errcode = 'check_violation', constraint = 'legal_objects_are_not_deleted',
      message = 'a version of the past stays on record';
  end if;
  insert into land.operation (ubigeo, kind, effective_on, declares_gap) values (gone.ubigeo, 'retire', today, true);
  if lower(gone.valid) = today then
    return gone;
  end if;
  update land.parcel_version set valid = daterange(lower(valid), today) where id = gone.id;
  return null;
end
$$;

create trigger guard_fabric before insert or delete or update of geom, valid, fabric_state, parcel_id, ubigeo, begun_by, ended_by
  on land.parcel_version for each row execute function land.guard_fabric();

-- After each statement: the operation remembers what it found, and its judgement is queued (again).
create function land.note_fabric_change() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  operation land.operation;
begin
  select * into operation from land.operation o where o.id = land.current_operation();
  if operation.id is null then
    return null;
  end if;
  if operation.kind <> 'load' then
    if tg_op = 'INSERT' then
      insert into land.operation_parcel (operation_id, parcel_id, lock_reference)
      select distinct operation.id, n.parcel_id, l.reference
      from new_rows n left join land.parcel_lock l on l.parcel_id = n.parcel_id
      on conflict do nothing;
    else
      insert into land.operation_parcel (operation_id, parcel_id, before_version_id, before_state, before_geom,
        before_registered_area_m2, lock_reference)
      select operation.id, o.parcel_id, o.id, o.fabric_state, o.geom, o.registered_area_m2, l.reference
      from old_rows o left join land.parcel_lock l on l.parcel_id = o.parcel_id
      on conflict do nothing;
    end if;
  end if;
  update land.operation o set changes = o.changes + 1 where o.id = operation.id;
  return null;
end
$$;
create trigger note_fabric_insert after insert on land.parcel_version referencing new table as new_rows
  for each statement execute function land.note_fabric_change();
create trigger note_fabric_update after update on land.parcel_version referencing old table as old_rows new table as new_rows
  for each statement execute function land.note_fabric_change();
create trigger note_fabric_delete after delete on land.parcel_version referencing old table as old_rows
  for each statement execute function land.note_fabric_change();

-- Corners are facts of measurement: one that moves is another corner.
create function land.keep_corner() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'corner_place_never_changes',
    message = 'a corner is its place; a corner that moves is another one',
    hint = 'POST /api/v1/parcels/{code}/adjust moves it in every parcel that has it';
end
$$;
create trigger corner_place_never_changes before delete or update of ubigeo, x_mm, y_mm on land.corner
  for each row execute function land.keep_corner();

-- The judgement ----------------------------------------------------------------------------------------

-- The same statements judge one parcel and a whole district. How many rows an operation has is not known when they are
-- planned, so the plan that serves both is prescribed: from the operation's rows through the spatial index.

-- An overlap is any area at all on the millimetre grid. st_relate finds a shared interior before the dearer
-- intersection measures it; adjoining parcels have none.
create function land.judge_overlaps(operation bigint)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
  with own as materialized (
    select v.id, v.parcel_id, v.valid, v.geom
    from land.parcel_version v
    where v.begun_by = operation and v.fabric_state = 'agreed'
  )
  select 'parcel_version_agreed_do_not_overlap', own.parcel_id, w.parcel_id, st_area(s.shared), st_pointonsurface(s.shared)
  from own
  join land.parcel_version w on w.geom && own.geom and w.valid && own.valid and w.fabric_state = 'agreed'
    and w.parcel_id <> own.parcel_id and (w.begun_by is distinct from operation or w.id > own.id)
  cross join lateral (select st_intersection(own.geom, w.geom, 0.001) as shared) s
  where st_relate(own.geom, w.geom, '2********')
    and st_area(s.shared) > 0
$$;

-- Every vertex has its corner, and stands in each neighbour whose edge it touches, in either direction. Half a
-- millimetre is half the grid: a vertex so near to an edge cannot stand beside it.
create function land.judge_corners(operation bigint)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile
set enable_seqscan = off set enable_mergejoin = off set jit = off as $$
  with own as materialized (
    select v.id, v.parcel_id, v.ubigeo, v.valid, v.geom
    from land.parcel_version v
    where v.begun_by = operation and v.fabric_state = 'agreed'
  ), vertex as materialized (
    select distinct own.id, own.parcel_id, own.ubigeo, d.geom
    from own cross join lateral st_dumppoints(own.geom) d
  ), place as materialized (
    select vertex.geom, min(vertex.ubigeo) as ubigeo, min(vertex.parcel_id) as parcel_id, array_agg(vertex.id) as ids
    from vertex group by vertex.geom
  ), touched as materialized (
    select p.geom, p.ids, w.parcel_id, w.valid
    from place p
    join land.parcel_version w on w.geom && st_expand(p.geom, 0.0005) and w.fabric_state = 'agreed' and w.id <> all (p.ids)
    where st_dwithin(st_boundary(w.geom), p.geom, 0.0005)
      and not st_intersects(st_points(w.geom), p.geom)
  ), touching as materialized (
    select own.id, own.parcel_id, w.parcel_id as other_id, d.geom
    from own
    join land.parcel_version w on w.geom && st_expand(own.geom, 0.0005) and w.fabric_state = 'agreed' and w.valid && own.valid
      and w.parcel_id <> own.parcel_id and w.begun_by is distinct from operation
    cross join lateral st_dumppoints(w.geom) d
    where d.geom && st_expand(own.geom, 0.0005)
      and st_dwithin(st_boundary(own.geom), d.geom, 0.0005)
  )
  select 'parcel_version_agreed_corners_are_known', p.parcel_id, null::bigint, null::double precision, p.geom
  from place p
  where not exists (
    select from land.corner c
    where c.ubigeo = p.ubigeo and c.x_mm = round(st_x(p.geom) * 1000)::bigint and c.y_mm = round(st_y(p.geom) * 1000)::bigint
  )
  union all
  select 'parcel_version_agreed_corners_are_matched', t.parcel_id, v.parcel_id, null, t.geom
  from touched t
  cross join lateral (
    select o.parcel_id from land.parcel_version o
    where o.id = any (t.ids) and o.valid && t.valid and o.parcel_id <> t.parcel_id limit 1
  ) v
  union all
  select 'parcel_version_agreed_corners_are_matched', t.parcel_id, t.other_id, null, t.geom
  from touching t
  where not exists (select from vertex where vertex.id = t.id and vertex.geom = t.geom)
$$;

-- What an operation found and what it leaves, parcel by parcel. A correction leaves the version that it found.
create function land.operation_outcome(operation bigint)
returns table (parcel_id bigint, before_version_id bigint, before_state text, before_geom geometry,
  before_registered_area_m2 numeric, lock_reference text, version_id bigint, version integer, fabric_state text, geom geometry,
  registered_area_m2 numeric) language sql stable as $$
  select p.parcel_id, p.before_version_id, p.before_state, p.before_geom, p.before_registered_area_m2, p.lock_reference,
    v.id, v.version, v.fabric_state, v.geom, v.registered_area_m2
  from land.operation o
  join land.operation_parcel p on p.operation_id = o.id
  left join land.parcel_version v on v.parcel_id = p.parcel_id
    and case when o.kind = 'correct' then v.id = p.before_version_id else v.valid @> o.effective_on end
  where o.id = operation
$$;
comment on function land.operation_outcome is 'Each parcel that an operation touched, before and after';

-- What the operation changed of the land that parcels cover. Splitting, merging and agreeing change nothing but
-- what the grid asks for along a free edge: at most 0.71 mm times half its length for each new corner on it.
create function land.judge_cover(operation land.operation)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language plpgsql volatile as $$
declare
  before_union geometry;
  after_union geometry;
  untouched geometry;
  lost geometry;
  gained geometry;
  allowed double precision;
begin
  select st_unaryunion(st_collect(st_makevalid(p.before_geom))), st_unaryunion(st_collect(st_makevalid(p.geom)))
  into before_union, after_union
  from land.operation_outcome(operation.id) p
  where (operation.kind in ('split', 'merge', 'detach', 'agree') or p.before_state = 'agreed');
  if before_union is null then
    return;
  end if;
  lost := coalesce(st_difference(before_union, after_union), before_union);
  gained := st_difference(after_union, before_union);
  if operation.kind in ('split', 'merge', 'detach', 'agree') then
    select coalesce(sum(e.length), 0) * 0.000355 into allowed
    from (
      select distinct d.geom from st_dumppoints(after_union) d
      except select d.geom from st_dumppoints(before_union) d
    ) corner
    cross join lateral (
      select st_length(s.geom) as length from st_dumpsegments(st_boundary(before_union)) s
      where st_dwithin(s.geom, corner.geom, 0.00072) order by st_distance(s.geom, corner.geom) limit 1
    ) e;
    if st_area(lost) + coalesce(st_area(gained), 0) > allowed + 0.000001 then
      return query select 'operation_keeps_the_land', null::bigint, null::bigint,
        st_area(lost) + coalesce(st_area(gained), 0), st_pointonsurface(st_collect(lost, gained));
    end if;
    return;
  end if;
  select st_boundary(st_unaryunion(st_collect(w.geom))) into untouched
  from land.parcel_version w
  where w.geom && before_union and w.valid @> operation.effective_on and w.fabric_state = 'agreed'
    and not exists (select from land.operation_parcel p where p.operation_id = operation.id and p.parcel_id = w.parcel_id);
  -- A gap: land that was covered, is free now, and is not simply the other side of what was a free edge.
  return query
    select 'operation_opens_no_gap', null::bigint, null::bigint, st_area(d.geom), st_pointonsurface(d.geom)
    from st_dump(lost) d
    where st_dimension(d.geom) = 2 and st_area(d.geom) > 0.000001
      and (st_length(st_intersection(st_boundary(d.geom), st_buffer(st_boundary(before_union), 0.001))) < 0.01
        or st_length(st_intersection(st_boundary(d.geom), st_buffer(untouched, 0.001))) > 0.01);
end
$$;

-- A case that is open holds its parcel: no operation changes its ground, except on behalf of the case itself. A
-- corner that a neighbour inserts in its edge is no change of ground.
create function land.judge_locks(operation land.operation)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile as $$
  select 'parcel_lock_holds', p.parcel_id, null::bigint, null::double precision, st_pointonsurface(st_makevalid(p.before_geom))
  from land.operation_outcome(operation.id) p
  where p.before_geom is not null
    and p.lock_reference is distinct from operation.case_reference
    and p.lock_reference is not null
    and (p.geom is null
      or p.before_state <> p.fabric_state
      or st_area(st_symdifference(st_makevalid(p.before_geom), st_makevalid(p.geom))) > 0.00072 * st_perimeter(p.geom))
$$;

-- Parents and children are linked, and what is registered of the parts is what was registered of the whole.
create function land.judge_lineage(operation land.operation)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language sql volatile as $$
  with touched as (
    select p.* from land.operation_outcome(operation.id) p
  ), related as (
    select t.* from touched t
    where t.before_version_id is null or t.version_id is null
      or exists (select from land.lineage l where l.operation_id = operation.id and l.parent_parcel_id = t.parcel_id)
  ), sums as (
    select sum(r.before_registered_area_m2) as before_sum,
      sum(r.registered_area_m2) as after_sum,
      bool_and(r.before_registered_area_m2 is not null) filter (where r.before_version_id is not null) as before_known,
      bool_and(r.registered_area_m2 is not null) filter (where r.version_id is not null) as after_known
    from related r
  )
  select 'operation_keeps_lineage', t.parcel_id, null::bigint, null::double precision, st_pointonsurface(st_makevalid(coalesce(t.geom, t.before_geom)))
  from touched t
  where (t.before_version_id is null and not exists (
      select from land.lineage l where l.operation_id = operation.id and l.child_parcel_id = t.parcel_id))
    or (t.version_id is null and operation.kind <> 'retire' and not exists (
      select from land.lineage l where l.operation_id = operation.id and l.parent_parcel_id = t.parcel_id))
  union all
  select 'operation_registered_areas_add_up', null, null, (s.after_sum - s.before_sum)::double precision, null
  from sums s
  where operation.kind in ('split', 'merge', 'detach') and s.before_known and s.after_known and s.before_sum <> s.after_sum
$$;

-- Everything that is wrong with what an operation leaves behind. The dry run asks it, the commit enforces it.
create function land.judge(operation_id bigint)
returns table (rule text, parcel_id bigint, other_id bigint, measure double precision, place geometry) language plpgsql volatile
security definer set search_path = pg_catalog, public as $$
declare
  operation land.operation;
begin
  select * into operation from land.operation o where o.id = operation_id;
  perform land.take_turns(st_collect(v.geom))
  from land.parcel_version v where v.begun_by = operation.id and v.fabric_state = 'agreed' having count(*) > 0;
  return query select * from land.judge_overlaps(operation.id);
  return query select * from land.judge_corners(operation.id);
  if operation.kind <> 'load' then
    return query select * from land.judge_cover(operation)
      where not (operation.declares_gap and operation.kind in ('replace', 'retire', 'correct'));
    return query select * from land.judge_locks(operation);
    return query select * from land.judge_lineage(operation);
  end if;
end
$$;
comment on function land.judge is 'Rules that an operation breaks, with the parcels, the measure and the place of each';

create function land.judge_operation() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  broken jsonb;
begin
  -- Several statements queue several judgements; the last one sees everything.
  if new.changes <> (select o.changes from land.operation o where o.id = new.id) then
    return null;
  end if;
  -- What was done before what follows from it.
  select jsonb_agg(jsonb_build_object('rule', f.rule, 'parcel', p.code, 'other', q.code, 'measure', f.measure,
    'x', st_x(f.place), 'y', st_y(f.place)) order by f.rule like '%corners%', f.rule, p.code, q.code)
  into broken
  from (select * from land.judge(new.id) limit 100) f
  left join land.parcel p on p.id = f.parcel_id
  left join land.parcel q on q.id = f.other_id;
  if broken is not null then
    raise exception using errcode = 'check_violation', constraint = broken -> 0 ->> 'rule',
      message = format('the fabric would be broken: %s', broken -> 0 ->> 'rule'), detail = broken::text,
      table = 'parcel_version', schema = 'land';
  end if;
  return null;
end
$$;
create constraint trigger fabric_is_judged after update on land.operation
  deferrable initially deferred for each row execute function land.judge_operation();

-- What the triggers call is nobody else's to call.
revoke execute on function land.retire_instead(land.parcel_version, bigint), land.take_turns(geometry), land.judge(bigint)
  from public;
grant execute on function land.take_turns(geometry), land.judge(bigint) to predio_surveyor;
