-- What limits a parcel or lies near it, theme by theme. $1 parcel, $2 day.
-- A strip or a line is reached also when the parcel only touches its edge (tolerance outward, so that a rounding
-- of 0.1 mm loses nothing); an area is reached only when it overlaps the parcel beyond the tolerance (inward).
with parcel as materialized (
  select p.id, p.code, p.ubigeo, v.geom
  from layer.parcels p
  cross join lateral (select case when st_isvalid(p.geom) then p.geom else st_makevalid(p.geom) end as geom) v
  where p.id = $1
    and p.valid @> $2::date
    and p.geom is not null
), theme as materialized (
  select t.code, t.reach, t.tolerance_m, t.near_m, s.geom as shrunk
  from layer.restriction_themes t
  left join parcel p on true
  cross join lateral (select st_buffer(p.geom, -t.tolerance_m) as geom) b
  -- A parcel narrower than twice the tolerance keeps its own outline.
  cross join lateral (select case when st_isempty(b.geom) then p.geom else b.geom end as geom) s
  where t.valid @> $2::date
), around as materialized (
  -- The box in which anything may be near: as a value of its own it lets every layer's index work.
  select st_expand(p.geom, (select max(t.near_m)::float8 from theme t)) as box from parcel p
), object as materialized (
  select case h.kind when 'other' then 'other_hazard' else h.kind end as theme, h.id, h.kind, null::text as name,
    h.level, h.mitigable, h.declared, h.declaration as document, null::text as state, null::text as note,
    h.norm, h.norm_certainty, h.authority as office, h.study, h.study_date, h.geom
  from parcel p, layer.hazard_zones h
  where h.valid @> $2::date and h.geom && (select box from around)
  union all
  select 'river_margin', m.id, 'river_margin', null, null, null, null, m.resolution, m.state, m.legal_value,
    m.norm, m.norm_certainty, null, null, lower(m.valid), m.geom
  from parcel p, layer.river_margins m
  where m.valid @> $2::date and m.geom && (select box from around)
  union all
  select 'river_bed_' || r.kind, r.id, r.kind, r.name, null, null, null, null, null, r.source,
    null, null, null, null, null, r.geom
  from parcel p, layer.river_beds r
  where r.geom && (select box from around)
  union all
  select 'river_bank', r.id, r.side, r.name, null, null, null, null, null, r.source,
    null, null, null, null, null, r.geom
  from parcel p, layer.river_banks r
  where r.geom && (select box from around)
  union all
  select 'archaeological', a.id, 'archaeological', a.name, null, null, null, null, a.state, null,
    a.norm, a.norm_certainty, a.office, a.study, lower(a.valid), a.geom
  from parcel p, layer.archaeological_areas a
  where a.valid @> $2::date and a.geom && (select box from around)
  union all
  select a.kind, a.id, a.kind, a.name, null, null, null, null, a.state, null,
    a.norm, a.norm_certainty, a.office, a.study, lower(a.valid), a.geom
  from parcel p, layer.restricted_areas a
  where a.valid @> $2::date and a.geom && (select box from around)
  union all
  select 'zoning_reserved', z.id, z.category, z.zone_class || ' ' || z.name, null, null, null, null, null, z.plan,
    z.norm, z.norm_certainty, null, null, lower(z.valid), z.geom
  from parcel p, layer.zones z
  where z.valid @> $2::date
    and z.category in ('education', 'health', 'recreation', 'special_use', 'special_regulation', 'protection', 'risk')
    and st_intersects(z.geom, p.geom)
  union all
  select 'zoning_reserved', e.id, 'expansion', e.name, null, null, null, null, null, e.source,
    null, null, null, null, null, e.geom
  from parcel p, layer.expansion_areas e
  where st_intersects(e.geom, p.geom)
    and not exists (select from layer.zones z where z.valid @> $2::date and st_covers(z.geom, p.geom))
  union all
  -- One without a polygon of its own holds for the whole parcel.
  select 'recorded', r.id, r.kind, r.title, null, null, null, null, null, r.description,
    r.norm, r.norm_certainty, r.office, null, r.since, coalesce(r.geom, p.geom)
  from parcel p, service.recorded_restrictions(p.id, $2::date) r
  union all
  select 'recorded', r.id, r.kind, r.title, null, null, null, null, null, r.description,
    r.norm, r.norm_certainty, r.office, null, lower(r.valid), r.geom
  -- Asked on its own (`offset`), so that the place goes into both parts of the view and each uses its index.
  from parcel p, lateral (
    select r.* from layer.restrictions r
    where r.geom && p.geom and r.valid @> $2::date and r.parcel_code is null
    offset 0) r
  where st_intersects(r.geom, p.geom)
    and r.id not in (select known.id from service.recorded_restrictions(p.id, $2::date) known)
), measured as materialized (
  select o.*, t.reach, t.tolerance_m, t.near_m, t.shrunk, d.distance_m,
    case when d.distance_m <= t.tolerance_m
      then st_intersection(st_makevalid(st_clipbybox2d(o.geom, st_expand(p.geom, 1)::box2d)), p.geom) end as piece
  from parcel p
  cross join object o
  join theme t on t.code = o.theme
  cross join lateral (select st_distance(o.geom, p.geom) as distance_m) d
  where d.distance_m <= t.near_m
), judged as materialized (
  select m.*,
    case when m.reach = 'area' then coalesce(st_area(st_intersection(m.piece, m.shrunk)) > 0, false)
      else m.distance_m <= m.tolerance_m end as is_reached
  from measured m
)
select
  j.theme as "theme!",
  j.id as "id!",
  j.kind as "kind!",
  j.name as "name?",
  j.level as "level?",
  j.mitigable as "mitigable?",
  j.declared as "declared?",
  j.document as "document?",
  j.state as "state?",
  j.note as "note?",
  j.norm as "norm?",
  j.norm_certainty as "norm_certainty?",
  j.office as "office?",
  j.study as "study?",
  j.study_date as "study_date?",
  j.distance_m as "distance_m!",
  j.is_reached as "is_reached!",
  case when j.reach <> 'line' and j.is_reached then st_area(j.piece) end as "area_m2?",
  case when j.reach <> 'line' and j.is_reached
    then st_area(st_union(case when j.is_reached then j.piece end) over (partition by j.theme)) end as "theme_area_m2?"
from judged j
where j.is_reached
  or j.distance_m = (select min(k.distance_m) from judged k where k.theme = j.theme)
order by j.theme, j.is_reached desc, j.distance_m, j.id
