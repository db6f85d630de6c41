create temporary table good on commit drop as
select f.number, f.geom, f.mapped
from delivery.feature f, setting s
where f.delivery_id = s.id and not st_isempty(f.geom) and (s.dimension is null or st_dimension(f.geom) = s.dimension)
  and st_isvalid(f.geom);
create index on good using gist (geom);
create unique index on good (number);
analyze good;
create temporary table vertex on commit drop as
select g.number, d.path[1:cardinality(d.path) - 1] as ring, d.path[cardinality(d.path)] as vertex, d.geom
from good g cross join st_dumppoints(g.geom) d;
create index on vertex using gist (geom);
analyze vertex;
