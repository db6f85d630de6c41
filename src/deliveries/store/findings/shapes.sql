-- What reading found. The path of a vertex is `part 2, ring 1, vertex 5`.
insert into found (number, class, part, ring, vertex, detail, repair, geom)
select f.number, case f.flaw when 'open_ring' then 'ring_not_closed' when 'too_few_positions' then 'too_few_vertices'
    when 'not_finite' then 'coordinate_not_finite' when 'unsupported_type' then 'geometry_type_unsupported'
    else 'unreadable' end,
  substring(f.flaw_detail from 'part ([0-9]+)')::integer, substring(f.flaw_detail from 'ring ([0-9]+)')::integer,
  substring(f.flaw_detail from 'vertex ([0-9]+)')::integer, f.flaw_detail,
  case when f.flaw = 'open_ring' and f.geom is not null then 'close_ring' end,
  delivery.placed(st_makepoint(f.flaw_x, f.flaw_y), d.srid, d.axes_swapped, d.unit_m)
from delivery.feature f join delivery.delivery d on d.id = f.delivery_id
where f.delivery_id = $1 and f.flaw is not null and not f.is_repaired
-- next
insert into found (number, class)
select f.number, case when f.shape is null then 'geometry_missing'
    when delivery.placed(f.shape, d.srid, d.axes_swapped, d.unit_m) is null then 'position_impossible' else 'too_few_vertices' end
from delivery.feature f join delivery.delivery d on d.id = f.delivery_id
where f.delivery_id = $1 and f.flaw is null and (f.geom is null or st_isempty(f.geom))
-- next
insert into found (number, class, detail, repair, geom)
select f.number, case when geometrytype(f.geom) = 'GEOMETRYCOLLECTION' then 'mixed_dimensions' else 'geometry_type_wrong' end,
  geometrytype(f.geom),
  case when geometrytype(f.geom) = 'GEOMETRYCOLLECTION'
    and not st_isempty(st_collectionextract(f.geom, s.dimension + 1)) then 'extract' end,
  st_setsrid(st_centroid(st_envelope(f.geom)), 32718)
from delivery.feature f, setting s
where f.delivery_id = $1 and not st_isempty(f.geom) and s.dimension is not null
  and (st_dimension(f.geom) <> s.dimension or geometrytype(f.geom) = 'GEOMETRYCOLLECTION')
-- next
insert into found (number, class, measure, repair, geom)
select f.number, case when s.is_single then 'parts_not_taken' else 'several_parts' end, st_numgeometries(f.geom),
  case when s.is_single and s.dimension = 1 and geometrytype(st_linemerge(f.geom)) = 'LINESTRING' then 'merge_lines' end,
  st_pointonsurface(f.geom)
from delivery.feature f, setting s
where f.delivery_id = $1 and st_dimension(f.geom) = s.dimension and geometrytype(f.geom) like 'MULTI%' and st_numgeometries(f.geom) > 1
-- next
-- GEOS names the kind, but takes two rings that are the same for one that crosses itself; the vertex is the one that stands
-- where it points, if one does. A repair is offered where the made valid shape has as many parts as before.
insert into found (number, class, part, ring, vertex, detail, repair, geom)
select w.number,
  case when twins.has_some then 'rings_duplicate' else delivery.defect_class(w.reason) end,
  at.part, at.ring, at.vertex, w.reason,
  case when m.made is not null and not st_isempty(m.made) and st_numgeometries(m.made) = st_numgeometries(w.geom) then 'make_valid' end,
  st_setsrid(w.location, 32718)
from (
  select f.number, f.geom, v.reason, v.location
  from delivery.feature f, setting s, lateral st_isvaliddetail(f.geom) v
  where f.delivery_id = $1 and st_dimension(f.geom) = s.dimension and not v.valid and (f.flaw is null or f.is_repaired)
  offset 0
) w
cross join lateral (
  select st_collectionextract(st_makevalid(w.geom, 'method=structure keepcollapsed=false'), st_dimension(w.geom) + 1) as made
) m
cross join lateral (
  select count(*) > count(distinct st_asbinary(st_normalize(r.geom))) as has_some
  from st_dump(w.geom) d cross join lateral st_dumprings(d.geom) r
  where geometrytype(d.geom) = 'POLYGON'
) twins
left join lateral (
  select p.path[1] as part, p.path[cardinality(p.path) - 1] as ring, p.path[cardinality(p.path)] as vertex
  from st_dumppoints(w.geom) p where st_equals(p.geom, st_setsrid(w.location, 32718)) limit 1
) at on true
-- next
insert into found (number, class) select f.number, 'has_height' from delivery.feature f where f.delivery_id = $1 and f.had_height
-- next
insert into found (number, class) select f.number, 'has_arcs' from delivery.feature f where f.delivery_id = $1 and f.had_arcs
