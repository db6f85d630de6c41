with in_force as materialized (
  select v.id, p.code, v.geom
  from land.parcel_version v
  join land.parcel p on p.id = v.parcel_id
  where v.valid @> (now() at time zone 'America/Lima')::date
    and ($1::text is null or v.ubigeo = $1)
    and st_isvalid(v.geom)
), corner as materialized (
  select distinct a.id, a.code, d.geom
  from in_force a
  cross join lateral st_dumppoints(a.geom) d
)
select 'unmatched_corner' as "class!",
  b.code as "code!",
  a.code as "other",
  null::double precision as "measure",
  null::text as "detail",
  st_x(a.geom) as "x",
  st_y(a.geom) as "y"
from corner a
join land.parcel_version w on w.geom && a.geom and w.id <> a.id and w.valid @> (now() at time zone 'America/Lima')::date
join in_force b on b.id = w.id
where st_dwithin(st_boundary(b.geom), a.geom, 0.0005)
  and not exists (
    select from corner c
    where c.id = b.id and c.geom && st_expand(a.geom, 0.0005)
  )
order by 2, 3
