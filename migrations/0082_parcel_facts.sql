-- What other features keep about a parcel (its zone, its services, its public titling state) is worked out for the parcels
-- that an operation makes, in the same transaction. A whole load brings its own facts.

-- The zone in force that covers most of the parcel.
create function zoning.work_out_parcels(parcels bigint[], day date) returns void language sql volatile
security definer set search_path = pg_catalog, public as $$
  insert into zoning.parcel_zone (parcel_id, zone_id, zone_class, share_pct, as_of)
  select distinct on (v.parcel_id) v.parcel_id, z.id, c.code, least(round((s.area / st_area(v.geom) * 100)::numeric, 2), 100), day
  from land.parcel_version v
  join zoning.zone_version w on w.geom && v.geom and w.valid @> day
  join zoning.zone z on z.id = w.zone_id
  join zoning.plan p on p.id = z.plan_id and p.state = 'adopted'
  join zoning.zone_class c on c.id = w.zone_class_id
  cross join lateral (select st_area(st_intersection(st_makevalid(w.geom), st_makevalid(v.geom))) as area) s
  where v.parcel_id = any (parcels) and v.valid @> day and s.area > 0
  order by v.parcel_id, s.area desc, z.id
  on conflict (parcel_id) do nothing
$$;
comment on function zoning.work_out_parcels is 'The zone of parcels that have none on record yet, on a day';

-- Connected: a connection of the parcel, or of one that it comes from, lies on it. Reachable: a line in service within
-- 50 m. Unserved: neither, where connections were recorded at all. Otherwise it is not known.
create function utility.service_of(parcel bigint, network text, shape geometry) returns text language sql stable
security definer set search_path = pg_catalog, public as $$
  select case
    when exists (
      select from utility.service_connection k
      where k.network = service_of.network and st_dwithin(k.geom, shape, 0.5)
        and k.parcel_id in (select service_of.parcel union all
          select l.parent_parcel_id from land.lineage l where l.child_parcel_id = service_of.parcel)) then 'connected'
    when exists (
      select from utility.line l where l.network = service_of.network and l.state = 'in_service' and st_dwithin(l.geom, shape, 50))
      then 'reachable'
    when exists (
      select from utility.recorded_area a where a.network = service_of.network and st_intersects(a.geom, st_pointonsurface(shape)))
      then 'unserved'
    else 'unknown' end
$$;
comment on function utility.service_of is 'connected, reachable, unserved or unknown: the service of a parcel with this shape';

create function utility.work_out_parcels(parcels bigint[], day date) returns void language sql volatile
security definer set search_path = pg_catalog, public as $$
  insert into utility.parcel_service (parcel_id, water, sewer, power, as_of)
  select v.parcel_id, utility.service_of(v.parcel_id, 'water', g.shape), utility.service_of(v.parcel_id, 'sewer', g.shape),
    utility.service_of(v.parcel_id, 'power', g.shape), day
  from land.parcel_version v cross join lateral (select st_makevalid(v.geom) as shape) g
  where v.parcel_id = any (parcels) and v.valid @> day
  on conflict (parcel_id) do nothing
$$;
comment on function utility.work_out_parcels is 'The services of parcels that have none on record yet, on a day';

-- Who held the whole holds the parts, until an act says otherwise; so does what the public knows of the title. Parents
-- that differ leave it open.
create function titling.work_out_parcels(parcels bigint[], day date) returns void language sql volatile
security definer set search_path = pg_catalog, public as $$
  insert into titling.parcel_state (parcel_id, state, case_number, as_of)
  select l.child_parcel_id, min(t.state), case when count(distinct t.case_number) = 1 then min(t.case_number) end, day
  from land.lineage l left join titling.parcel_state t on t.parcel_id = l.parent_parcel_id
  where l.child_parcel_id = any (parcels)
  group by l.child_parcel_id
  having count(distinct t.state) = 1 and bool_and(t.state is not null)
  on conflict (parcel_id) do nothing
$$;
comment on function titling.work_out_parcels is 'The public titling state that parcels have from those that they come from';

-- After the lineage is written: then the parts know what they come from.
create function land.work_out_facts() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  made bigint[] := (select array_agg(distinct n.child_parcel_id) from new_rows n);
  day date := (select max(n.effective_on) from new_rows n);
begin
  if (select o.kind from land.operation o where o.id = land.current_operation()) = 'load' then
    return null;
  end if;
  perform zoning.work_out_parcels(made, day);
  perform utility.work_out_parcels(made, day);
  perform titling.work_out_parcels(made, day);
  return null;
end
$$;
comment on function land.work_out_facts is 'After parcels were linked with their parents: zone, services, titling state';
create trigger work_out_facts after insert on land.lineage referencing new table as new_rows
  for each statement execute function land.work_out_facts();

revoke execute on function zoning.work_out_parcels(bigint[], date), utility.service_of(bigint, text, geometry),
  utility.work_out_parcels(bigint[], date), titling.work_out_parcels(bigint[], date), land.work_out_facts() from public;
