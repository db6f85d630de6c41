select case
    when v.geom is null then 'no_geometry'
    when not st_isvalid(v.geom) then 'invalid_geometry'
    else 'off_grid'
  end as "class!",
  p.code as "code!",
  null::text as "other",
  null::double precision as "measure",
  case when not st_isvalid(v.geom) then st_isvalidreason(v.geom) end as "detail",
  st_x(place) as "x",
  st_y(place) as "y"
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
cross join lateral (
  select coalesce((st_isvaliddetail(v.geom)).location, st_centroid(v.geom)) as place
) w
where v.valid @> (now() at time zone 'America/Lima')::date
  and ($1::text is null or v.ubigeo = $1)
  and (v.geom is null or not st_isvalid(v.geom) or not land.on_grid(v.geom))
order by 1, 2
