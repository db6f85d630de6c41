-- The parcels of a code on a day, with what is said about them. $1 code, $2 day.
select
  p.id as "id!",
  p.ubigeo as "ubigeo!",
  p.code as "code!",
  p.kind as "kind!",
  f.cuc as "cuc?",
  f.crcs as "crcs!",
  p.settlement as "settlement?",
  p.sector as "sector?",
  p.block as "block?",
  b.label as "block_label?",
  p.lot as "lot?",
  p.use as "land_use?",
  p.address as "address?",
  p.fabric_state as "fabric_state!",
  lower(p.valid) as "valid_from?",
  upper(p.valid) as "valid_to?",
  p.version as "version!",
  p.registered_area_m2::float8 as "registered_area_m2?",
  p.declared_area_m2::float8 as "declared_area_m2?",
  p.grid_area_m2 as "grid_area_m2?",
  p.ellipsoidal_area_m2 as "ellipsoidal_area_m2?",
  f.perimeter_m as "perimeter_m?",
  p.water as "water?",
  p.sewer as "sewer?",
  p.power as "power?",
  f.services_as_of as "services_as_of?",
  p.titling_state as "titling_state!",
  f.titling_case as "titling_case?",
  f.titling_as_of as "titling_as_of?",
  t.tolerance_pct::float8 as "tolerance_pct?",
  t.norm as "tolerance_norm?",
  t.norm_certainty as "tolerance_norm_certainty?",
  st_asgeojson(p.geom_crs84, 7) as "geometry?",
  st_x(m.middle) as "lon?",
  st_y(m.middle) as "lat?",
  st_xmin(p.geom_crs84) as "west?",
  st_ymin(p.geom_crs84) as "south?",
  st_xmax(p.geom_crs84) as "east?",
  st_ymax(p.geom_crs84) as "north?",
  st_x(m.middle_on_grid) as "easting?",
  st_y(m.middle_on_grid) as "northing?",
  d.name as "district?",
  d.province as "province?",
  d.department as "department?",
  (select s.value #>> '{}' from service.setting s where s.name = 'kind') as "database_kind?"
from layer.parcels p
cross join lateral service.parcel_facts(p.id, $2::date) f
cross join lateral (
  select st_pointonsurface(p.geom_crs84) as middle, st_pointonsurface(p.geom) as middle_on_grid
) m
left join layer.blocks b on b.ubigeo = p.ubigeo and b.sector = p.sector and b.code = p.block
left join layer.district d on d.ubigeo = p.ubigeo
left join layer.tolerance_classes t on t.kind = p.kind and t.valid @> $2::date
  and p.registered_area_m2 >= t.from_area_m2 and (t.to_area_m2 is null or p.registered_area_m2 < t.to_area_m2)
where p.code = $1
  and p.valid @> $2::date
order by p.ubigeo
