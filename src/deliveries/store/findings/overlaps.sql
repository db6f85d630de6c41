-- Inside the delivery: more than a square decimetre. A shared interior is found before the dearer intersection measures it.
-- What is nowhere as wide as the tolerance is one boundary, measured twice.
create temporary table shared_inside on commit drop as
select p.number, p.other, p.shared, st_isempty(st_buffer(p.shared, -p.tolerance_m / 2)) as is_thin
from (
  select t.number, t.other, t.tolerance_m, st_collectionextract(st_intersection(t.geom, t.other_geom), 3) as shared
  from (
    select a.number, a.geom, b.number as other, b.geom as other_geom, s.tolerance_m
    from setting s cross join good a join good b on b.geom && a.geom and b.number > a.number
    where s.id = $1 and s.dimension = 2 and st_relate(a.geom, b.geom, '2********')
    offset 0
  ) t
  offset 0
) p
where st_area(p.shared) > 0.01
  and not exists (select from found x where x.class = 'duplicate_feature'
    and (x.number = p.other and x.other = p.number::text or x.number = p.number and x.other = p.other::text))
-- next
insert into found (number, class, other, measure, geom)
select greatest(p.number, p.other), 'overlap_in_delivery', least(p.number, p.other)::text, st_area(p.shared), st_pointonsurface(p.shared)
from shared_inside p, setting s where s.id = $1 and not p.is_thin
-- next
-- With the fabric: a new parcel enters on free land, so any area on an agreed parcel is one too much.
create temporary table shared_fabric on commit drop as
select g.number, g.fabric_state, g.other, g.shared, p.code,
  st_area(g.shared) / nullif(st_area(g.geom) + st_area(g.other) - st_area(g.shared), 0) as same,
  g.fabric_state <> 'agreed' and st_isempty(st_buffer(g.shared, -g.tolerance_m / 2)) as is_thin
from (
  select n.number, n.parcel_id, n.fabric_state, n.geom, n.other, n.tolerance_m,
    st_collectionextract(st_intersection(n.geom, n.other, 0.001), 3) as shared
  from (
    select g.number, g.geom, v.parcel_id, v.fabric_state, st_makevalid(v.geom) as other, s.tolerance_m
    from setting s cross join good g join land.parcel_version v on v.geom && g.geom and upper_inf(v.valid)
    where s.id = $1 and s.target = 'parcels' and st_relate(g.geom, st_makevalid(v.geom), '2********')
    offset 0
  ) n
  offset 0
) g
join land.parcel p on p.id = g.parcel_id
where st_area(g.shared) > case when g.fabric_state = 'agreed' then 0 else 0.01 end
-- next
insert into found (number, class, other, measure, geom)
select g.number, case when g.same > 0.95 then 'already_in_fabric' when g.fabric_state = 'agreed' then 'overlap_with_agreed'
    else 'overlap_with_provisional' end, g.code, st_area(g.shared), st_pointonsurface(g.shared)
from shared_fabric g, setting s where s.id = $1 and not g.is_thin
-- next
-- Land between lots that belongs to none: closed in all around, and so small or narrow that nobody can mean it.
insert into found (class, measure, geom)
select 'gap', st_area(h.geom), h.geom
from (
  select st_makepolygon(st_exteriorring(r.geom)) as geom
  from (select (st_dump(st_unaryunion(st_collect(geom)))).geom as geom from good) u
  cross join lateral st_dumprings(u.geom) r
  where r.path[1] > 0
) h, setting s
where s.id = $1 and s.target in ('parcels', 'zone_drafts')
  and (st_area(h.geom) < 5 or 2 * st_area(h.geom) < st_perimeter(h.geom))
  and not exists (select from good g where g.geom && h.geom and st_contains(h.geom, st_pointonsurface(g.geom)))
-- next
-- A corner that should be another one's, and is not: nearer than the tolerance, farther than the grid.
insert into found (number, class, part, ring, vertex, other, measure, repair, geom)
select distinct on (v.number) v.number, 'corner_not_matched', v.ring[1], v.ring[cardinality(v.ring)], v.vertex, w.number::text,
  st_distance(v.geom, w.geom), 'snap_corners', v.geom
from vertex v
join vertex w on w.geom && st_expand(v.geom, 0.05) and w.number < v.number
cross join setting s
where s.id = $1 and s.target in ('parcels', 'blocks', 'sectors', 'zone_drafts') and not v.geom = w.geom
  and st_dwithin(v.geom, w.geom, s.tolerance_m)
  and not exists (select from vertex x where x.geom && v.geom and x.geom = v.geom and x.number = w.number)
order by v.number, st_distance(v.geom, w.geom) desc
-- next
insert into found (number, class, part, ring, vertex, other, measure, repair, geom)
select distinct on (v.number) v.number, 'corner_near_fabric', v.ring[1], v.ring[cardinality(v.ring)], v.vertex, p.code,
  st_distance(v.geom, c.geom), 'snap_corners', v.geom
from vertex v
join land.parcel_version w on w.geom && st_expand(v.geom, 0.05) and upper_inf(w.valid)
join land.parcel p on p.id = w.parcel_id
cross join lateral st_dumppoints(w.geom) c
cross join setting s
where s.id = $1 and s.target = 'parcels' and st_dwithin(v.geom, c.geom, s.tolerance_m) and not st_equals(v.geom, c.geom)
  and not st_intersects(st_points(w.geom), v.geom)
  and not exists (select from found x where x.number = v.number and x.class = 'already_in_fabric')
order by v.number, st_distance(v.geom, c.geom) desc
-- next
-- One boundary, measured twice: it is told of the feature through whose edge a corner of the other one should go. Corners
-- that are not matched say the rest; of what neither says, nothing is offered.
create temporary table edge on commit drop as
select d.number, d.other, p.shared,
  exists (select from vertex v cross join lateral st_boundary(g.geom) b
    where v.geom && st_expand(p.shared, s.tolerance_m) and v.number = d.other and st_dwithin(v.geom, b, s.tolerance_m)
      and not exists (select from vertex x where x.number = d.number and x.geom && st_expand(v.geom, s.tolerance_m)
        and st_dwithin(x.geom, v.geom, s.tolerance_m))) as can_be_woven
from setting s cross join shared_inside p
cross join lateral (values (p.number, p.other), (p.other, p.number)) d(number, other)
join good g on g.number = d.number
where s.id = $1 and p.is_thin
-- next
insert into found (number, class, other, measure, repair, geom)
select e.number, 'edge_not_matched', e.other::text, 2 * st_area(e.shared) / st_perimeter(e.shared),
  case when e.can_be_woven then 'weave_edges' end, st_pointonsurface(e.shared)
from edge e cross join setting s
where s.id = $1 and (e.can_be_woven or e.number > e.other
  and not exists (select from edge o where o.number = e.other and o.other = e.number and o.can_be_woven)
  and not exists (select from found x where x.number = e.number and x.class = 'corner_not_matched'))
-- next
insert into found (number, class, other, measure, repair, geom)
select f.number, 'edge_near_fabric', f.code, 2 * st_area(f.shared) / st_perimeter(f.shared),
  case when w.can_be_woven then 'weave_edges' end, st_pointonsurface(f.shared)
from setting s cross join shared_fabric f
join good g on g.number = f.number
cross join lateral (select exists (select from st_dumppoints(f.other) c
  where st_dwithin(c.geom, st_boundary(g.geom), s.tolerance_m)
    and not exists (select from vertex x where x.number = f.number and x.geom && st_expand(c.geom, s.tolerance_m)
      and st_dwithin(x.geom, c.geom, s.tolerance_m))) as can_be_woven) w
where s.id = $1 and f.is_thin
  and (w.can_be_woven or not exists (select from found x where x.number = f.number and x.class = 'corner_near_fabric'))
