-- A gap is told from the other side of a free edge by the length that the lost land shares with that edge. Measured
-- through a buffer, three corners that merely touch it came to a centimetre, and a gap passed; an edge counts when it
-- lies on the line from end to end.
create function land.runs_along(piece geometry, line geometry) returns double precision language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  select case when line is not null then coalesce(sum(st_length(s.geom)), 0) end
  from st_dumpsegments(st_boundary(piece)) s
  where st_dwithin(st_startpoint(s.geom), line, 0.001) and st_dwithin(st_endpoint(s.geom), line, 0.001)
    and st_dwithin(st_lineinterpolatepoint(s.geom, 0.5), line, 0.001)
$$;
comment on function land.runs_along is 'Metres of the outline of a piece of land that lie on a line, within a millimetre';
revoke execute on function land.runs_along(geometry, geometry) from public;

create or replace function land.judge_cover(operation land.operation)
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
      and (land.runs_along(d.geom, st_boundary(before_union)) < 0.001
        or coalesce(land.runs_along(d.geom, untouched), 0) > 0.001);
end
$$;
