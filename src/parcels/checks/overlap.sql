-- The fabric's rule: any area at all on the millimetre grid. (The titling rule's 0.5 m² is another thing.)
-- st_relate finds a shared interior before the dearer intersection measures it.
with in_force as materialized (
  select v.id, v.ubigeo, p.code, v.geom
  from land.parcel_version v
  join land.parcel p on p.id = v.parcel_id
  where v.valid @> (now() at time zone 'America/Lima')::date
    and ($1::text is null or v.ubigeo = $1)
    and st_isvalid(v.geom)
)
select 'overlap' as "class!",
  a.code as "code!",
  b.code as "other",
  st_area(shared) as "measure",
  null::text as "detail",
  st_x(st_pointonsurface(shared)) as "x",
  st_y(st_pointonsurface(shared)) as "y"
from in_force a
join land.parcel_version w on w.geom && a.geom and w.id > a.id and w.valid @> (now() at time zone 'America/Lima')::date
join in_force b on b.id = w.id
cross join lateral (select st_intersection(a.geom, b.geom, 0.001) as shared) s
where st_relate(a.geom, b.geom, '2********')
  and st_area(shared) > 0
order by 2, 3
