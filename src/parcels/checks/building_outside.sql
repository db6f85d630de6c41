-- T37; 0.05 m is the default tolerance of the titling checks.
select 'building_outside' as "class!",
  p.code as "code!",
  b.id::text as "other",
  st_area(st_difference(b.geom, v.geom)) as "measure",
  null::text as "detail",
  st_x(st_centroid(b.geom)) as "x",
  st_y(st_centroid(b.geom)) as "y"
from land.building b
join land.parcel p on p.id = b.parcel_id
join land.parcel_version v on v.parcel_id = p.id and v.valid @> (now() at time zone 'America/Lima')::date
where ($1::text is null or v.ubigeo = $1)
  and st_isvalid(v.geom)
  and not st_coveredby(b.geom, v.geom)
  and st_area(st_difference(b.geom, st_buffer(v.geom, 0.05))) > 0
order by 2, 3
