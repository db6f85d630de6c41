-- Buildings stand in parcels.
create temporary table in_parcel on commit drop as
select distinct on (g.number) g.number, p.code, st_area(st_intersection(g.geom, k.valid)) / nullif(st_area(g.geom), 0) as share
from good g
join land.parcel_version v on v.geom && g.geom and upper_inf(v.valid)
join land.parcel p on p.id = v.parcel_id
cross join lateral (select st_makevalid(v.geom) as valid) k
cross join setting s
where s.id = $1 and s.target = 'buildings' and v.ubigeo = s.ubigeo and st_relate(g.geom, k.valid, '2********')
order by g.number, st_area(st_intersection(g.geom, k.valid)) desc, p.id
-- next
insert into found (number, class, other, measure, geom)
select g.number, case when b.number is null then 'building_outside_parcels' else 'building_crosses_parcel' end, b.code,
  round(b.share::numeric, 4), st_pointonsurface(g.geom)
from good g left join in_parcel b on b.number = g.number cross join setting s
where s.id = $1 and s.target = 'buildings' and (b.number is null or b.share < 0.9)
-- next
update delivery.feature f set mapped = f.mapped || jsonb_build_object('parcel_code', b.code)
from in_parcel b where f.delivery_id = $1 and f.number = b.number and b.share >= 0.9 and not f.mapped ? 'parcel_code'
-- next
-- The ends of lines: what they touch, here and in the network that is on record.
create temporary table line_end on commit drop as
select g.number, e.which, e.geom,
  (select min(st_distance(e.geom, o.geom)) from good o where o.number <> g.number and o.geom && st_expand(e.geom, 1)) as own_m,
  (select min(st_distance(e.geom, o.geom)) from utility.line o where o.ubigeo = s.ubigeo and o.network = s.network and o.geom && st_expand(e.geom, 1)) as line_m,
  (select min(st_distance(e.geom, o.geom)) from utility.asset o where o.ubigeo = s.ubigeo and o.network = s.network and o.geom && st_expand(e.geom, 1)) as asset_m
from good g
cross join setting s
cross join lateral (values (1, st_startpoint(st_geometryn(g.geom, 1))), (2, st_endpoint(st_geometryn(g.geom, st_numgeometries(g.geom))))) e(which, geom)
where s.id = $1 and s.dimension = 1 and (s.network is not null or s.target in ('streets', 'roads'))
-- next
insert into found (number, class, vertex, measure, repair, geom)
select e.number, case when n.near_m is null then 'line_end_free' else 'line_end_near' end, e.which, n.near_m,
  case when n.near_m is not null and n.near_m = e.own_m then 'snap_ends' end, e.geom
from line_end e cross join lateral (select least(e.own_m, e.line_m, e.asset_m) as near_m) n
cross join setting s
where s.id = $1 and (n.near_m is null or n.near_m > 0.001 and n.near_m <= 1)
-- next
insert into found (number, class, measure, geom)
select g.number, 'line_too_short', st_length(g.geom), st_startpoint(g.geom)
from good g, setting s where s.id = $1 and s.dimension = 1 and st_length(g.geom) < 0.1
-- next
insert into found (number, class, other, geom)
select b.number, 'lines_cross', a.number::text, st_pointonsurface(st_intersection(a.geom, b.geom))
from good a join good b on b.geom && a.geom and b.number > a.number cross join setting s
where s.id = $1 and s.dimension = 1 and s.network is not null and st_crosses(a.geom, b.geom)
-- next
insert into found (number, class, field, measure)
select f.number, 'diameter_unlikely', 'diameter_mm', (f.mapped ->> 'diameter_mm')::float8
from delivery.feature f, setting s
where f.delivery_id = $1 and s.network is not null and f.mapped ->> 'diameter_mm' ~ '^[0-9]+([.][0-9]+)?$'
  and (f.mapped ->> 'diameter_mm')::float8 not between 15 and 3000
-- next
insert into found (number, class, measure, geom)
select g.number, 'asset_off_network', n.near_m, g.geom
from good g cross join setting s
cross join lateral (select min(st_distance(g.geom, o.geom)) as near_m from utility.line o
  where o.ubigeo = s.ubigeo and o.network = s.network and o.geom && st_expand(g.geom, 50)) n
where s.id = $1 and s.dimension = 0 and s.network is not null and coalesce(n.near_m, 99) > 1
-- next
insert into found (number, class, field, detail)
select f.number, 'zone_class_unknown', 'zone_class', f.mapped ->> 'zone_class'
from delivery.feature f, setting s
where f.delivery_id = $1 and s.target = 'zone_drafts' and f.mapped ->> 'zone_class' is not null
  and not exists (select from zoning.zone_class c join zoning.plan p on p.id = c.plan_id
    where p.name = f.mapped ->> 'plan' and p.state = 'draft' and c.code = f.mapped ->> 'zone_class')
