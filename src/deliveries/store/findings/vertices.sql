-- On the millimetre grid two vertices at one place are equal to the bit.
insert into found (number, class, part, ring, vertex, measure, repair, geom)
select distinct on (w.number) w.number, 'duplicate_vertex', w.ring[1], w.ring[cardinality(w.ring)], w.vertex,
  count(*) over (partition by w.number), 'remove_repeated', w.geom
from (
  select v.number, v.ring, v.vertex, v.geom, lag(v.geom) over (partition by v.number, v.ring order by v.vertex) as before from vertex v
) w, setting s
where s.id = $1 and s.dimension > 0 and w.geom = w.before
order by w.number, w.ring, w.vertex
-- next
-- A spike: the outline comes back the way it went, to less than half a degree, and both ways are longer than a decimetre.
insert into found (number, class, part, ring, vertex, measure, repair, geom)
select distinct on (t.number) t.number, 'spike', t.ring[1], t.ring[cardinality(t.ring)], t.vertex, t.angle, 'remove_spikes', t.geom
from (
  select w.*, degrees(acos(greatest(-1, least(1,
    ((st_x(w.before) - st_x(w.geom)) * (st_x(w.after) - st_x(w.geom)) + (st_y(w.before) - st_y(w.geom)) * (st_y(w.after) - st_y(w.geom)))
    / (st_distance(w.before, w.geom) * st_distance(w.after, w.geom)))))) as angle
  from (
    select v.number, v.ring, v.vertex, v.geom,
      coalesce(lag(v.geom) over r, nth_value(v.geom, 1) over (partition by v.number, v.ring order by v.vertex desc
        rows between 1 following and 1 following)) as before,
      lead(v.geom) over r as after
    from vertex v, setting s where s.id = $1 and s.dimension = 2
    window r as (partition by v.number, v.ring order by v.vertex)
  ) w
  where st_distance(w.before, w.geom) > 0.1 and st_distance(w.after, w.geom) > 0.1
) t
where t.angle < 0.5
order by t.number, t.angle
