-- $1 delivery, $2 srid, $3 axes swapped, $4 unit, $5 ubigeo, $6 one of how many features, $7 corners, $8 shapes
with sample as materialized (
  select c.number, st_makevalid(delivery.kept(c.geom)) as geom
  from (
    select unnest(array_agg(f.number order by f.number)) as number,
      unnest(delivery.placed_all(array_agg(f.shape order by f.number), $2, $3, $4)) as geom
    from delivery.feature f
    where f.delivery_id = $1 and f.shape is not null and f.number % $6 = 0
    group by f.number / ($6 * 250)
  ) c
), middle as materialized (
  select s.number, s.geom, st_setsrid(st_centroid(st_envelope(s.geom)), 32718) as place
  from sample s where s.geom is not null and not st_isempty(s.geom)
), district as materialized (
  select d.geom from land.district d where d.ubigeo = $5
), here as materialized (
  select m.* from middle m, district d where st_intersects(d.geom, m.place)
), corner as materialized (
  select p.geom, (select min(st_distance(p.geom, v.geom)) from (
      select c.geom from land.corner c
      where c.ubigeo = $5 and c.geom && st_expand(p.geom, 600)
      order by c.geom <-> p.geom limit 1) v) as offset_m
  from (select d.geom from here h cross join st_dumppoints(h.geom) d limit $7) p
), provisional as materialized (
  -- A fabric that is not agreed yet has no corners on record: its vertices serve.
  select p.geom, (select min(st_distance(p.geom, d.geom)) from land.parcel_version v cross join st_dumppoints(v.geom) d
      where v.ubigeo = $5 and upper_inf(v.valid) and v.geom && st_expand(p.geom, 50)) as offset_m
  from (select c.geom from corner c where c.offset_m is null limit $7 / 10) p
), offsets as (
  select offset_m from corner where offset_m is not null
  union all select offset_m from provisional where offset_m is not null
), shape as materialized (
  select h.number, (select max(st_area(st_intersection(h.geom, g.valid)) / nullif(st_area(st_union(h.geom, g.valid)), 0))
      from land.parcel_version v cross join lateral (select st_makevalid(v.geom) as valid) g
      where v.ubigeo = $5 and upper_inf(v.valid) and v.geom && h.geom) as overlap
  from (select * from here where st_dimension(geom) = 2 limit $8) h
)
select (select count(*) from sample) as looked_at,
  coalesce((select count(*) from here)::float8 / nullif((select count(*) from sample), 0), 0) as inside_share,
  case when exists (select from land.parcel_version v where v.ubigeo = $5) and exists (select from here)
    then coalesce((select count(*) filter (where offset_m <= 0.05)::float8 from offsets)
      / nullif((select count(*) from corner), 0), 0) end as corner_share,
  case when exists (select from land.parcel_version v where v.ubigeo = $5) and exists (select from shape)
    then (select coalesce(avg(coalesce(overlap, 0)), 0) from shape) end as overlap_share,
  (select percentile_cont(0.5) within group (order by offset_m) from offsets) as median_offset_m,
  (select st_distance(d.geom, st_centroid(st_collect(m.place))) / 1000 from middle m, district d group by d.geom) as distance_km
