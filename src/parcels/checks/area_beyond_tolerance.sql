-- Directiva 01-2008-SNCP/CNC: the difference in percent of the registered area, by its class.
select 'area_beyond_tolerance' as "class!",
  p.code as "code!",
  null::text as "other",
  difference.pct as "measure",
  format('tolerance %s %%', t.tolerance_pct) as "detail",
  st_x(st_centroid(v.geom)) as "x",
  st_y(st_centroid(v.geom)) as "y"
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
join land.tolerance_class t on t.kind = p.kind
  and v.registered_area_m2 >= t.from_area_m2
  and (t.to_area_m2 is null or v.registered_area_m2 < t.to_area_m2)
  and t.valid @> (now() at time zone 'America/Lima')::date
cross join lateral (
  select abs(v.registered_area_m2 - v.grid_area_m2) / v.registered_area_m2 * 100 as pct
) difference
where v.valid @> (now() at time zone 'America/Lima')::date
  and ($1::text is null or v.ubigeo = $1)
  and difference.pct > t.tolerance_pct
order by 2
