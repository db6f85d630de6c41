-- Width of a piece = twice its area over its perimeter (T04: narrower than half a metre).
select 'sliver_gap' as "class!",
  b.ubigeo || b.sector_code || b.code as "code!",
  b.label as "other",
  st_area(piece.geom) as "measure",
  null::text as "detail",
  st_x(st_pointonsurface(piece.geom)) as "x",
  st_y(st_pointonsurface(piece.geom)) as "y"
from land.block b
cross join lateral (
  select st_union(v.geom) as parcels
  from land.parcel_version v
  where v.block_id = b.id
    and v.valid @> (now() at time zone 'America/Lima')::date
    and st_isvalid(v.geom)
) u
cross join lateral st_dump(st_difference(b.geom, u.parcels, 0.001)) piece
where ($1::text is null or b.ubigeo = $1)
  and st_dimension(piece.geom) = 2
  and st_area(piece.geom) > 0
  and 2 * st_area(piece.geom) / st_perimeter(piece.geom) < 0.5
order by 2, 4
