-- The same shape twice: the first stays.
insert into found (number, class, other, geom)
select d.number, 'duplicate_feature', d.first::text, st_pointonsurface(d.geom)
from (
  select g.number, g.geom, min(g.number) over (partition by md5(st_asbinary(st_normalize(g.geom)))) as first
  from good g, setting s where s.id = $1
) d
where d.number <> d.first
-- next
insert into found (number, class, measure, geom)
select g.number, 'sliver', 2 * st_area(g.geom) / st_perimeter(g.geom), st_pointonsurface(g.geom)
from good g, setting s
where s.id = $1 and s.dimension = 2 and s.target <> 'buildings' and 2 * st_area(g.geom) < 0.5 * st_perimeter(g.geom)
-- next
insert into found (number, class, measure, geom)
select g.number, 'area_outlier', st_area(g.geom), st_pointonsurface(g.geom)
from good g, setting s,
  (select percentile_cont(0.5) within group (order by st_area(geom)) as median, count(*) as n from good) m
where s.id = $1 and s.target = 'parcels' and m.n >= 20 and st_area(g.geom) > 10000 and st_area(g.geom) > 50 * m.median
