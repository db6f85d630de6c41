create index on earlier using gist (geom);
create index on later using gist (geom);
analyze earlier;
analyze later;
create temporary table matched (earlier bigint, later bigint, change text, share double precision) on commit drop;
create temporary table common on commit drop as
select e.number as earlier, l.number as later,
  case when st_dimension(e.geom) = 2 and st_dimension(l.geom) = 2
    then st_area(i.shared) / nullif(st_area(e.geom) + st_area(l.geom) - st_area(i.shared), 0)
    when st_equals(e.geom, l.geom) then 1
    else st_length(i.shared) / nullif(greatest(st_length(e.geom), st_length(l.geom)), 0) end as share,
  e.points = l.points and st_hausdorffdistance(e.geom, l.geom) <= 0.002 as same
from earlier e join later l on l.geom && e.geom
cross join lateral (select st_intersection(e.geom, l.geom) as shared) i
where st_intersects(e.geom, l.geom);
-- The same shape; of several the pair with like attributes first.
insert into matched
select earlier, later, change, 1 from (
  select c.earlier, c.later, case when e.attributes = l.attributes then 'same' else 'attributes' end as change,
    row_number() over (partition by c.earlier order by e.attributes = l.attributes desc, c.later) as of_earlier,
    row_number() over (partition by c.later order by e.attributes = l.attributes desc, c.earlier) as of_later
  from common c join earlier e on e.number = c.earlier join later l on l.number = c.later where c.same
) s where of_earlier = 1 and of_later = 1;
insert into matched
select earlier, later, 'reshaped', share from (
  select c.*, row_number() over (partition by c.earlier order by c.share desc, c.later) as of_earlier,
    row_number() over (partition by c.later order by c.share desc, c.earlier) as of_later
  from common c
  where c.share >= 0.5 and c.earlier not in (select m.earlier from matched m) and c.later not in (select m.later from matched m)
) s where of_earlier = 1 and of_later = 1;
-- The same outline at another place, as far as it is one of its kind.
insert into matched
select e.number, l.number, 'moved', 0
from earlier e
join later l on l.points = e.points and abs(st_area(l.geom) - st_area(e.geom)) <= 0.01 and abs(st_perimeter(l.geom) - st_perimeter(e.geom)) <= 0.01
  and abs(st_length(l.geom) - st_length(e.geom)) <= 0.01
where st_dimension(e.geom) > 0
  and e.number not in (select m.earlier from matched m where m.earlier is not null)
  and l.number not in (select m.later from matched m where m.later is not null)
  and st_hausdorffdistance(st_translate(e.geom, st_x(st_centroid(l.geom)) - st_x(st_centroid(e.geom)),
    st_y(st_centroid(l.geom)) - st_y(st_centroid(e.geom))), l.geom) <= 0.02
  and 1 = (select count(*) from later o where o.points = e.points and abs(st_area(o.geom) - st_area(e.geom)) <= 0.01
    and o.number not in (select m.later from matched m where m.later is not null)
    and abs(st_perimeter(o.geom) - st_perimeter(e.geom)) <= 0.01)
  and 1 = (select count(*) from earlier o where o.points = l.points and abs(st_area(o.geom) - st_area(l.geom)) <= 0.01
    and o.number not in (select m.earlier from matched m where m.earlier is not null)
    and abs(st_perimeter(o.geom) - st_perimeter(l.geom)) <= 0.01);
-- By their code, where the shapes have little in common.
insert into matched
select e.number, l.number, 'reshaped', 0
from earlier e join later l on l.code = e.code
where e.number not in (select m.earlier from matched m where m.earlier is not null)
  and l.number not in (select m.later from matched m where m.later is not null)
  and 1 = (select count(*) from earlier o where o.code = e.code) and 1 = (select count(*) from later o where o.code = e.code);
insert into matched select e.number, null, 'gone', null from earlier e where e.number not in (select m.earlier from matched m where m.earlier is not null);
insert into matched select null, l.number, 'new', null from later l where l.number not in (select m.later from matched m where m.later is not null);
