-- The outline of a district is no sharp legal limit; a parcel across it is looked at by a person.
select case
    when st_disjoint(v.geom, d.geom) then 'outside_district'
    else 'crosses_district'
  end as "class!",
  p.code as "code!",
  d.name as "other",
  st_area(st_difference(v.geom, d.geom)) as "measure",
  null::text as "detail",
  st_x(st_centroid(v.geom)) as "x",
  st_y(st_centroid(v.geom)) as "y"
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
join land.district d on d.ubigeo = v.ubigeo
where v.valid @> (now() at time zone 'America/Lima')::date
  and ($1::text is null or v.ubigeo = $1)
  and st_isvalid(v.geom)
  and not st_coveredby(v.geom, d.geom)
union all
select 'outside_block',
  p.code,
  b.label,
  st_area(st_difference(v.geom, b.geom, 0.001)),
  null,
  st_x(st_centroid(v.geom)),
  st_y(st_centroid(v.geom))
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
join land.block b on b.id = v.block_id
where v.valid @> (now() at time zone 'America/Lima')::date
  and ($1::text is null or v.ubigeo = $1)
  and st_isvalid(v.geom)
  and not st_coveredby(v.geom, b.geom)
  and st_area(st_difference(v.geom, b.geom, 0.001)) > 0
order by 1, 2
