with in_force as materialized (
  select v.id, v.ubigeo, p.code, v.geom
  from land.parcel_version v
  join land.parcel p on p.id = v.parcel_id
  where v.valid @> (now() at time zone 'America/Lima')::date
    and ($1::text is null or v.ubigeo = $1)
    and st_isvalid(v.geom)
), place as materialized (
  -- Each place once, with everybody who has a corner there.
  select d.geom, min(a.code) as code, array_agg(a.id) as ids
  from in_force a
  cross join lateral st_dumppoints(a.geom) d
  group by d.geom
)
select 'unmatched_corner' as "class!",
  b.code as "code!",
  p.code as "other",
  null::double precision as "measure",
  null::text as "detail",
  st_x(p.geom) as "x",
  st_y(p.geom) as "y"
from place p
join land.parcel_version w on w.geom && st_expand(p.geom, 0.0005) and w.id <> all (p.ids)
  and w.valid @> (now() at time zone 'America/Lima')::date
join in_force b on b.id = w.id
where st_dwithin(st_boundary(b.geom), p.geom, 0.0005)
  and not st_dwithin(st_points(b.geom), p.geom, 0.0005)
order by 2, 3
