-- Every theme in force, with how much of the parcel was studied for it. $1 parcel, $2 day.
-- A corner a few millimetres off the edge of a study is inside it: the tolerance works inward.
with parcel as materialized (
  select p.ubigeo, p.grid_area_m2, v.geom
  from layer.parcels p
  cross join lateral (select case when st_isvalid(p.geom) then p.geom else st_makevalid(p.geom) end as geom) v
  where p.id = $1
    and p.valid @> $2::date
    and p.geom is not null
), theme as materialized (
  select t.*
  from layer.restriction_themes t
  where t.valid @> $2::date
), studied as (
  select a.theme, a.office, a.study, a.study_date,
    case when st_covers(a.geom, p.geom) then p.geom
      else st_intersection(st_makevalid(st_clipbybox2d(a.geom, st_expand(p.geom, 1)::box2d)), p.geom) end as geom
  from parcel p
  join layer.studied_areas a on a.valid @> $2::date and st_intersects(a.geom, p.geom)
  union all
  -- A plan in force has considered what it covers, and a zone what it says.
  select 'zoning', null, l.name, lower(l.valid),
    st_intersection(st_makevalid(st_clipbybox2d(l.geom, st_expand(p.geom, 1)::box2d)), p.geom)
  from parcel p
  join layer.plans l on l.valid @> $2::date and l.state = 'adopted' and st_intersects(l.geom, p.geom)
  union all
  select 'zoning', null, z.plan, lower(z.valid),
    st_intersection(st_makevalid(st_clipbybox2d(z.geom, st_expand(p.geom, 1)::box2d)), p.geom)
  from parcel p
  join layer.zones z on z.valid @> $2::date and st_intersects(z.geom, p.geom)
)
select
  t.code as "code!",
  t.title_es as "title_es!",
  t.title_en as "title_en!",
  t.reach as "reach!",
  t.near_m::float8 as "near_m!",
  t.needs_es as "needs_es!",
  t.needs_en as "needs_en!",
  t.office as "office!",
  t.norm as "norm?",
  t.norm_title as "norm_title?",
  t.norm_certainty as "norm_certainty?",
  s.office as "studied_by?",
  s.study as "study?",
  s.study_date as "study_date?",
  coalesce(s.studied_m2, 0) as "studied_m2!",
  coalesce(s.is_whole, false) as "studied_whole!"
from theme t
left join parcel p on true
left join lateral (
  select
    string_agg(distinct d.office, '; ') as office,
    string_agg(distinct d.study, '; ') as study,
    max(d.study_date) as study_date,
    st_area(st_union(d.geom)) as studied_m2,
    bool_or(st_equals(d.geom, p.geom)) or
      st_area(st_difference(p.geom, st_union(d.geom))) <= t.tolerance_m * st_perimeter(p.geom) as is_whole
  from studied d
  where d.theme = any (t.studied_as)
) s on true
order by t.position, t.code
