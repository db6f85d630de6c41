-- The zones that a parcel lies in, largest first, each with its building parameters. $1 parcel, $2 day.
with parcel as materialized (
  select p.grid_area_m2, case when st_isvalid(p.geom) then p.geom else st_makevalid(p.geom) end as geom
  from layer.parcels p
  where p.id = $1
    and p.valid @> $2::date
    and p.geom is not null
)
select
  z.id as "id!",
  z.zone_class as "zone_class!",
  z.name as "name!",
  z.category as "category!",
  z.plan as "plan!",
  l.state as "plan_state?",
  l.ordinance as "ordinance?",
  l.fictitious as "fictitious?",
  z.norm as "norm?",
  z.norm_certainty as "norm_certainty?",
  i.area_m2 as "area_m2!",
  coalesce((
    select jsonb_agg(jsonb_build_object('parameter', q.parameter, 'applies', q.applies, 'value', q.value_text,
      'unit', q.unit, 'norm', q.norm, 'norm_certainty', q.norm_certainty))
    from service.zone_parameters(z.id, $2::date) q
  ), '[]') as "parameters!: Json<Vec<ZoneParameter>>"
from parcel p
join layer.zones z on z.valid @> $2::date and st_intersects(z.geom, p.geom)
left join lateral (
  select n.state, n.ordinance, n.fictitious
  from layer.plans n
  where n.ubigeo = z.ubigeo and n.name = z.plan and n.valid @> $2::date
  order by n.id desc
  limit 1
) l on true
cross join lateral (
  select st_area(st_intersection(st_makevalid(st_clipbybox2d(z.geom, st_expand(p.geom, 1)::box2d)), p.geom)) as area_m2
) i
where i.area_m2 > 0.5
order by i.area_m2 desc, z.id
