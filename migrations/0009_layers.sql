-- The public layers: one view each. Columns are the properties, comments the data dictionary, grants the
-- audience. A view with `valid` holds all versions of its objects; a request without a date asks for today's.
-- None joins personal data.

create view layer.district as
select id, ubigeo, name, province, department, official_area_km2, source, sharp, valid, version, geom, geom_crs84
from land.district;
select service.describe('layer.district', 'es: Distrito. Límite referencial, no es un límite legal exacto. | en: District. Indicative outline, not a sharp legal limit.',
  'province=es: Provincia | en: Province', 'department=es: Departamento | en: Department',
  'official_area_km2=es: Área oficial [km²] | en: Official area [km²]', 'sharp=es: Sirve como límite legal exacto | en: Serves as a sharp legal limit');

create view layer.settlements as
select id, ubigeo, code, name, kind, population, source, position_is_invented, version, geom, geom_crs84
from land.settlement;
select service.describe('layer.settlements', 'es: Centros poblados. Centros poblados del INEI y asentamientos. | en: Settlements. INEI places and informal settlements.',
  'kind=es: Clase (urban, rural, expansion) | en: Kind (urban, rural, expansion)', 'position_is_invented=es: Posición inventada | en: Position is invented');

create view layer.expansion_areas as
select id, ubigeo, code, name, source, position_is_invented, version, extent as geom
from land.settlement where kind = 'expansion';
select service.describe('layer.expansion_areas', 'es: Zonas de expansión. Áreas de expansión urbana; no llevan zonificación. | en: Expansion areas. Urban expansion areas; they carry no zoning.',
  'position_is_invented=es: Posición inventada | en: Position is invented');

create view layer.sectors as
select id, ubigeo, code, name, version, geom, geom_crs84 from land.sector;
select service.describe('layer.sectors', 'es: Sectores catastrales. | en: Cadastral sectors.');

create view layer.blocks as
select b.id, b.ubigeo, b.sector_code as sector, b.code, b.label, s.name as settlement, b.version, b.geom, b.geom_crs84
from land.block b left join land.settlement s on s.id = b.settlement_id;
select service.describe('layer.blocks', 'es: Manzanas. | en: Blocks.', 'label=es: Letra de la manzana | en: Label of the block');

create view layer.parcels as
select p.id, p.code, v.ubigeo, s.name as settlement, v.sector_code as sector, v.block_code as block, v.lot_code as lot,
  p.kind, v.use, v.address, v.registered_area_m2, v.declared_area_m2, v.grid_area_m2, v.ellipsoidal_area_m2,
  z.zone_class, u.water, u.sewer, u.power, coalesce(t.state, 'no_data') as titling_state, v.fabric_state,
  v.valid, v.version, v.geom, v.geom_crs84
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
left join land.settlement s on s.id = v.settlement_id
left join zoning.parcel_zone z on z.parcel_id = v.parcel_id
left join utility.parcel_service u on u.parcel_id = v.parcel_id
left join titling.parcel_state t on t.parcel_id = v.parcel_id;
select service.describe('layer.parcels', 'es: Lotes y predios. Con sus cuatro áreas, zona, servicios y estado público de titulación. | en: Parcels. With their four areas, zone, services and public titling state.',
  'kind=es: Clase (urban, rural) | en: Kind (urban, rural)');

create view layer.buildings as
select b.id, b.ubigeo, p.code as parcel_code, b.floors, b.material, b.use, b.state, b.built_year, b.version, b.geom, b.geom_crs84
from land.building b left join land.parcel p on p.id = b.parcel_id;
select service.describe('layer.buildings', 'es: Edificaciones. | en: Buildings.', 'built_year=es: Año de construcción | en: Year built');

create view layer.streets as
select t.id, t.ubigeo, t.code, t.name, t.kind, t.surface, t.width_m, s.name as settlement, t.version, t.geom, t.geom_crs84
from land.street t left join land.settlement s on s.id = t.settlement_id;
select service.describe('layer.streets', 'es: Calles. | en: Streets.', 'surface=es: Superficie | en: Surface');

create view layer.roads as
select r.id, r.ubigeo, r.code, r.name, r.category, r.surface, r.right_of_way_m, n.code as norm, n.certainty as norm_certainty,
  r.version, r.geom, r.geom_crs84
from land.road r left join land.norm n on n.id = r.norm_id;
select service.describe('layer.roads', 'es: Carreteras y caminos. | en: Roads.',
  'category=es: Categoría (national, departmental, local) | en: Category (national, departmental, local)', 'surface=es: Superficie | en: Surface',
  'right_of_way_m=es: Derecho de vía, ancho total [m] | en: Right of way, total width [m]');

create view layer.plans as
select p.id, p.ubigeo, p.kind, p.name, p.state, p.ordinance, n.code as norm, n.certainty as norm_certainty, p.fictitious,
  p.valid, p.version, p.geom, p.geom_crs84
from zoning.plan p left join land.norm n on n.id = p.norm_id
where p.state in ('consultation', 'adopted', 'superseded');
select service.describe('layer.plans', 'es: Planes. Planes urbanos en vigor, en consulta y anteriores. | en: Plans. Urban plans in force, in consultation and earlier ones.',
  'kind=es: Clase (PAT, PDM, PDU, EU, PE, PI) | en: Kind (PAT, PDM, PDU, EU, PE, PI)',
  'state=es: Estado (consultation, adopted, superseded) | en: State (consultation, adopted, superseded)', 'ordinance=es: Ordenanza | en: Ordinance');

create view zoning.zone_with_parameters as
select z.id, z.ubigeo, c.code as zone_class, c.name, c.category, p.name as plan, p.state as plan_state,
  x.floors_max, x.height_max_m, x.min_lot_area_m2, x.min_front_m, x.free_area_pct, x.setback_m, x.coefficient_max, x.net_density,
  n.code as norm, n.certainty as norm_certainty, v.valid, v.version, v.geom, v.geom_crs84
from zoning.zone_version v
join zoning.zone z on z.id = v.zone_id
join zoning.plan p on p.id = z.plan_id
join zoning.zone_class c on c.id = v.zone_class_id
left join land.norm n on n.id = v.norm_id
left join lateral (
  select max(w.said) filter (where w.parameter = 'floors_max') as floors_max,
    max(w.said) filter (where w.parameter = 'height_max_m') as height_max_m,
    max(w.said) filter (where w.parameter = 'min_lot_area_m2') as min_lot_area_m2,
    max(w.said) filter (where w.parameter = 'min_front_m') as min_front_m,
    max(w.said) filter (where w.parameter = 'free_area_pct') as free_area_pct,
    max(w.said) filter (where w.parameter = 'setback_m') as setback_m,
    max(w.said) filter (where w.parameter = 'coefficient_max') as coefficient_max,
    max(w.said) filter (where w.parameter = 'net_density') as net_density
  from (select b.parameter, case b.applies when 'value' then b.value_text when 'not_applicable' then 'no aplica' else 'no normado' end as said
        from zoning.building_parameter b where b.zone_class_id = c.id) w
) x on true;
select service.describe('zoning.zone_with_parameters', 'es: Zonas con sus parámetros | en: Zones with their parameters',
  'category=es: Categoría | en: Category', 'plan_state=es: Estado del plan | en: State of the plan', 'floors_max=es: Altura máxima en pisos | en: Maximum floors', 'height_max_m=es: Altura máxima [m] | en: Maximum height [m]',
  'min_lot_area_m2=es: Área de lote normativo [m²] | en: Minimum lot area [m²]', 'min_front_m=es: Frente mínimo [m] | en: Minimum front [m]',
  'free_area_pct=es: Área libre mínima [%] | en: Minimum free area [%]', 'setback_m=es: Retiros [m] | en: Setbacks [m]',
  'coefficient_max=es: Coeficiente máximo de edificación | en: Maximum floor area ratio', 'net_density=es: Densidad neta [hab/ha] | en: Net density [inhabitants/ha]');

create view layer.zones as
select id, ubigeo, zone_class, name, category, plan, floors_max, height_max_m, min_lot_area_m2, min_front_m, free_area_pct,
  setback_m, coefficient_max, net_density, norm, norm_certainty, valid, version, geom, geom_crs84
from zoning.zone_with_parameters
where plan_state in ('adopted', 'superseded');
select service.describe('layer.zones', 'es: Zonificación. Zonas del plan con sus parámetros: valor, "no aplica" o "no normado". | en: Zoning. Zones of the plan with their parameters: value, not applicable ("no aplica") or not regulated ("no normado").',
  'category=es: Categoría | en: Category', 'floors_max=es: Altura máxima en pisos | en: Maximum floors', 'height_max_m=es: Altura máxima [m] | en: Maximum height [m]',
  'min_lot_area_m2=es: Área de lote normativo [m²] | en: Minimum lot area [m²]', 'min_front_m=es: Frente mínimo [m] | en: Minimum front [m]',
  'free_area_pct=es: Área libre mínima [%] | en: Minimum free area [%]', 'setback_m=es: Retiros [m] | en: Setbacks [m]',
  'coefficient_max=es: Coeficiente máximo de edificación | en: Maximum floor area ratio', 'net_density=es: Densidad neta [hab/ha] | en: Net density [inhabitants/ha]');

create view staff_layer.zone_drafts as
select id, ubigeo, zone_class, name, category, plan, plan_state, version, geom, geom_crs84
from zoning.zone_with_parameters
where plan_state in ('draft', 'consultation');
select service.describe('staff_layer.zone_drafts', 'es: Borradores de zonificación. | en: Zoning drafts.',
  'category=es: Categoría | en: Category', 'plan_state=es: Estado del plan | en: State of the plan');

create view utility.line_with_age as
select id, ubigeo, network, kind, name, material, diameter_mm, voltage_kv, installed_year,
  extract(year from current_date)::integer - installed_year as age_years, state, provider, version, geom, geom_crs84
from utility.line;
select service.describe('utility.line_with_age', 'es: Líneas de red con su antigüedad | en: Network lines with their age');

create view layer.water_mains as
select id, ubigeo, kind, name, material, diameter_mm, installed_year, age_years, state, provider, version, geom, geom_crs84
from utility.line_with_age where network = 'water';
select service.describe('layer.water_mains', 'es: Redes de agua. | en: Water mains.');
create view layer.sewer_mains as
select id, ubigeo, kind, name, material, diameter_mm, installed_year, age_years, state, provider, version, geom, geom_crs84
from utility.line_with_age where network = 'sewer';
select service.describe('layer.sewer_mains', 'es: Redes de desagüe. | en: Sewer mains.');
create view layer.power_lines as
select id, ubigeo, kind, name, material, voltage_kv, installed_year, age_years, state, provider, version, geom, geom_crs84
from utility.line_with_age where network = 'power';
select service.describe('layer.power_lines', 'es: Líneas eléctricas. | en: Power lines.');
create view layer.water_assets as
select id, ubigeo, kind, code, material, installed_year, state, provider, version, geom, geom_crs84
from utility.asset where network = 'water';
select service.describe('layer.water_assets', 'es: Elementos de la red de agua. Reservorios, válvulas, hidrantes. | en: Water assets. Reservoirs, valves, hydrants.');
create view layer.sewer_assets as
select id, ubigeo, kind, code, material, installed_year, state, provider, version, geom, geom_crs84
from utility.asset where network = 'sewer';
select service.describe('layer.sewer_assets', 'es: Elementos de la red de desagüe. Buzones, cámaras. | en: Sewer assets. Manholes, chambers.');
create view layer.power_assets as
select id, ubigeo, kind, code, material, installed_year, state, provider, version, geom, geom_crs84
from utility.asset where network = 'power';
select service.describe('layer.power_assets', 'es: Elementos de la red eléctrica. Postes, transformadores. | en: Power assets. Poles, transformers.');

-- Counted per block and only for the blocks asked for (lateral); "unknown" is never counted as unserved.
create view layer.service_coverage as
select b.id, b.ubigeo, b.sector_code as sector, b.code as block, b.label, s.name as settlement, c.parcels,
  c.water_connected, c.water_reachable, c.water_unserved, c.water_unknown,
  c.sewer_connected, c.sewer_reachable, c.sewer_unserved, c.sewer_unknown,
  c.power_connected, c.power_reachable, c.power_unserved, c.power_unknown, c.as_of, b.geom, b.geom_crs84
from land.block b
left join land.settlement s on s.id = b.settlement_id
cross join lateral (
  select count(*) as parcels,
    count(*) filter (where u.water = 'connected') as water_connected, count(*) filter (where u.water = 'reachable') as water_reachable,
    count(*) filter (where u.water = 'unserved') as water_unserved, count(*) filter (where coalesce(u.water, 'unknown') = 'unknown') as water_unknown,
    count(*) filter (where u.sewer = 'connected') as sewer_connected, count(*) filter (where u.sewer = 'reachable') as sewer_reachable,
    count(*) filter (where u.sewer = 'unserved') as sewer_unserved, count(*) filter (where coalesce(u.sewer, 'unknown') = 'unknown') as sewer_unknown,
    count(*) filter (where u.power = 'connected') as power_connected, count(*) filter (where u.power = 'reachable') as power_reachable,
    count(*) filter (where u.power = 'unserved') as power_unserved, count(*) filter (where coalesce(u.power, 'unknown') = 'unknown') as power_unknown,
    max(u.as_of) as as_of
  from land.parcel_version v
  left join utility.parcel_service u on u.parcel_id = v.parcel_id
  where v.block_id = b.id and v.valid @> (now() at time zone 'America/Lima')::date
) c;
select service.describe('layer.service_coverage', 'es: Cobertura de servicios por manzana. Lotes conectados, alcanzables, sin servicio y no se sabe. | en: Service coverage by block. Parcels connected, reachable, unserved and not known.',
  'label=es: Letra de la manzana | en: Label of the block', 'parcels=es: Lotes | en: Parcels',
  'water_connected=es: Agua: conectados | en: Water: connected', 'water_reachable=es: Agua: alcanzables | en: Water: reachable',
  'water_unserved=es: Agua: sin servicio | en: Water: unserved', 'water_unknown=es: Agua: no se sabe | en: Water: not known',
  'sewer_connected=es: Desagüe: conectados | en: Sewer: connected', 'sewer_reachable=es: Desagüe: alcanzables | en: Sewer: reachable',
  'sewer_unserved=es: Desagüe: sin servicio | en: Sewer: unserved', 'sewer_unknown=es: Desagüe: no se sabe | en: Sewer: not known',
  'power_connected=es: Electricidad: conectados | en: Power: connected', 'power_reachable=es: Electricidad: alcanzables | en: Power: reachable',
  'power_unserved=es: Electricidad: sin servicio | en: Power: unserved', 'power_unknown=es: Electricidad: no se sabe | en: Power: not known');

create view layer.hazard_zones as
select z.id, z.ubigeo, z.kind, v.level, v.mitigable, v.declared, v.declaration, t.title as study, t.performed_on as study_date,
  t.authority, n.code as norm, n.certainty as norm_certainty, v.valid, v.version, v.geom, v.geom_crs84
from risk.hazard_zone_version v
join risk.hazard_zone z on z.id = v.hazard_zone_id
left join risk.study t on t.id = v.study_id
left join land.norm n on n.id = v.norm_id;
select service.describe('layer.hazard_zones', 'es: Zonas de peligro. Fuera del área estudiada la respuesta es "no se sabe". | en: Hazard zones. Outside the studied area the answer is "not known".');

create view layer.studied_areas as
select a.id, a.ubigeo, a.theme, a.office, t.title as study, t.performed_on as study_date, a.valid, a.version, a.geom, a.geom_crs84
from risk.studied_area a left join risk.study t on t.id = a.study_id;
select service.describe('layer.studied_areas', 'es: Áreas estudiadas. Dónde se estudió cada tema; fuera de ellas no se sabe. | en: Studied areas. Where each theme was studied; outside them it is not known.');

create view layer.river_beds as
select id, ubigeo, name, kind, source, version, geom, geom_crs84 from risk.river_bed;
select service.describe('layer.river_beds', 'es: Cauces. Activos e inactivos; los inactivos siguen siendo del Estado. | en: River beds. Active and inactive; inactive ones remain State property.',
  'kind=es: Clase (active, inactive) | en: Kind (active, inactive)');
create view layer.river_banks as
select id, ubigeo, name, side, return_period_years, source, version, geom, geom_crs84 from risk.river_bank;
select service.describe('layer.river_banks', 'es: Riberas. | en: River banks.', 'side=es: Margen (left, right) | en: Side (left, right)',
  'return_period_years=es: Período de retorno [años] | en: Return period [years]');
create view layer.river_margins as
select m.id, m.ubigeo, v.state, v.resolution, v.width_m, v.legal_value, n.code as norm, n.certainty as norm_certainty,
  v.valid, v.version, v.geom, v.geom_crs84
from risk.river_margin_version v
join risk.river_margin m on m.id = v.river_margin_id
left join land.norm n on n.id = v.norm_id;
select service.describe('layer.river_margins', 'es: Fajas marginales. Las estimadas no tienen valor legal. | en: River margins. Estimated ones have no legal value.',
  'state=es: Estado (estimated, approved) | en: State (estimated, approved)', 'resolution=es: Resolución | en: Resolution', 'legal_value=es: Valor legal | en: Legal value');
create view layer.margin_markers as
select id, ubigeo, code, state, version, geom, geom_crs84 from risk.margin_marker;
select service.describe('layer.margin_markers', 'es: Hitos de la faja marginal. | en: Markers of the river margin.');
create view layer.coastline as
select id, ubigeo, kind, source, version, geom, geom_crs84 from risk.coastline;
select service.describe('layer.coastline', 'es: Línea de costa. | en: Coastline.');

create view risk.restricted_area_in_words as
select a.id, a.ubigeo, a.kind, v.name, v.state, n.code as norm, n.certainty as norm_certainty, v.office, t.title as study,
  v.valid, v.version, v.geom, v.geom_crs84
from risk.restricted_area_version v
join risk.restricted_area a on a.id = v.restricted_area_id
left join land.norm n on n.id = v.norm_id
left join risk.study t on t.id = v.study_id;
select service.describe('risk.restricted_area_in_words', 'es: Áreas restringidas con su norma | en: Restricted areas with their norm');
create view layer.archaeological_areas as
select id, ubigeo, name, state, norm, norm_certainty, office, study, valid, version, geom, geom_crs84
from risk.restricted_area_in_words where kind = 'archaeological';
select service.describe('layer.archaeological_areas', 'es: Zonas arqueológicas. | en: Archaeological areas.');
create view layer.restricted_areas as
select id, ubigeo, kind, name, state, norm, norm_certainty, office, study, valid, version, geom, geom_crs84
from risk.restricted_area_in_words where kind <> 'archaeological';
select service.describe('layer.restricted_areas', 'es: Otras áreas restringidas. Playas, derecho de vía, servidumbres, espacios públicos. | en: Other restricted areas. Beaches, rights of way, easements, public spaces.');

create view layer.restrictions as
select r.id, r.ubigeo, r.kind, v.title, v.description, p.code as parcel_code, n.code as norm, n.certainty as norm_certainty,
  v.office, v.valid, v.version, v.geom, v.geom_crs84
from land.restriction_version v
join land.restriction r on r.id = v.restriction_id
left join land.parcel p on p.id = v.parcel_id
left join land.norm n on n.id = v.norm_id;
select service.describe('layer.restrictions', 'es: Cargas y restricciones inscritas sobre predios. | en: Restrictions recorded on parcels.');

create view layer.facilities as
select f.id, f.ubigeo, f.kind, f.name, f.level, f.state, s.name as settlement, p.code as parcel_code, f.version, f.geom, f.geom_crs84
from land.facility f
left join land.settlement s on s.id = f.settlement_id
left join land.parcel p on p.id = f.parcel_id;
select service.describe('layer.facilities', 'es: Equipamiento. Colegios, salud, mercados, parques. | en: Facilities. Schools, health, markets, parks.', 'level=es: Nivel | en: Level');

create view layer.titling_status as
select p.id, p.code, v.ubigeo, t.state as titling_state, t.case_number, t.as_of, v.valid, v.version, v.geom, v.geom_crs84
from titling.parcel_state t
join land.parcel p on p.id = t.parcel_id
join land.parcel_version v on v.parcel_id = t.parcel_id;
select service.describe('layer.titling_status', 'es: Estado de titulación. Estado público por número de expediente; sin datos personales. | en: Titling status. Public state by case number; no personal data.',
  'case_number=es: Número de expediente | en: Case number');

create view layer.proposals as
select p.id, p.ubigeo, p.number, p.title, p.goal, p.theme, p.state, s.name as settlement, p.source, p.version, p.geom, p.geom_crs84
from programme.proposal p left join land.settlement s on s.id = p.settlement_id;
select service.describe('layer.proposals', 'es: Propuestas del plan de gobierno. | en: Proposals of the government plan.', 'goal=es: Objetivo | en: Goal');
create view layer.indicators as
select id, ubigeo, code, name, formula, numerator, denominator, unknown, unit,
  case when denominator > 0 then round(numerator / denominator * 100, 2) end as value_pct, as_of, source, version
from programme.indicator;
select service.describe('layer.indicators', 'es: Indicadores. Cada cifra con su numerador, denominador, lo que no se sabe, fecha y fuente. | en: Indicators. Each figure with its numerator, denominator, what is not known, date and source.',
  'formula=es: Fórmula | en: Formula', 'numerator=es: Numerador | en: Numerator', 'denominator=es: Denominador | en: Denominator',
  'unknown=es: No se sabe | en: Not known', 'unit=es: Unidad | en: Unit', 'value_pct=es: Valor [%] | en: Value [%]');
