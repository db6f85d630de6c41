-- What is asked across all features about one parcel: the themes that can limit it, and the few public facts
-- that no layer shows.

set local predio.reason = 'themes of restrictions and their norms';

insert into land.norm (code, title, certainty, valid, note) values
  ('Ley 26834', 'Áreas Naturales Protegidas', 'KS', '[1997-07-04,)', null),
  ('Ley 29151', 'Sistema Nacional de Bienes Estatales', 'KS', '[2007-12-14,)', null),
  ('DS 014-2017-MINAM', 'Reglamento de la gestión integral de residuos sólidos', 'KU', '[2017-12-21,)', 'Distancias por confirmar'),
  ('Faja de canales y drenes', 'Faja de los canales y drenes de riego, reglas de la ANA', 'KU', daterange(null, null), 'Anchos por confirmar con la ANA')
on conflict (code) do nothing;

-- One row = one theme of the extract. Where no studied area of the theme (by one of the names in `studied_as`)
-- covers a parcel, the answer is "no se sabe": the row says what is missing and whom to ask.
create table land.restriction_theme (
  id bigint generated always as identity constraint restriction_theme_pkey primary key,
  code text not null,
  position integer not null,
  title_es text not null,
  title_en text not null,
  -- strip: reached also when only its edge is touched (tolerance outward); area: only when it overlaps (tolerance
  -- inward); line: a line that is reached.
  reach text not null constraint restriction_theme_reach_is_known check (reach in ('strip', 'area', 'line')),
  tolerance_m numeric(6, 3) not null default 0.05 constraint restriction_theme_tolerance_is_not_negative check (tolerance_m >= 0),
  near_m numeric(8, 2) not null default 500 constraint restriction_theme_near_is_not_negative check (near_m >= 0),
  studied_as text[] not null,
  needs_es text not null,
  needs_en text not null,
  office text not null,
  norm_id bigint references land.norm,
  valid daterange not null default daterange(null, null),
  constraint restriction_theme_periods_do_not_overlap exclude using gist (code with =, valid with &&)
);

insert into land.restriction_theme (code, position, title_es, title_en, reach, studied_as, needs_es, needs_en, office, norm_id)
select v.code, v.position, v.es, v.en, v.reach, v.studied_as || array[v.code], v.needs_es, v.needs_en, v.office, n.id
from (values
  ('flood', 10, 'Peligro de inundación', 'Flood hazard', 'area', array['hazard', 'hazards', 'risk'],
    'una evaluación de riesgo (EVAR) vigente que cubra el predio', 'a risk assessment (EVAR) in force that covers the parcel',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; CENEPRED', 'Ley 29664'),
  ('erosion', 11, 'Peligro de erosión fluvial', 'River erosion hazard', 'area', array['hazard', 'hazards', 'risk'],
    'una evaluación de riesgo (EVAR) vigente que cubra el predio', 'a risk assessment (EVAR) in force that covers the parcel',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; CENEPRED', 'Ley 29664'),
  ('landslide', 12, 'Peligro de deslizamiento', 'Landslide hazard', 'area', array['hazard', 'hazards', 'risk'],
    'una evaluación de riesgo (EVAR) vigente que cubra el predio', 'a risk assessment (EVAR) in force that covers the parcel',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; CENEPRED', 'Ley 29664'),
  ('debris_flow', 13, 'Peligro de huaico o flujo de detritos', 'Debris flow hazard', 'area', array['hazard', 'hazards', 'risk'],
    'una evaluación de riesgo (EVAR) vigente que cubra el predio', 'a risk assessment (EVAR) in force that covers the parcel',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; CENEPRED', 'Ley 29664'),
  ('earthquake', 14, 'Peligro sísmico', 'Earthquake hazard', 'area', array['hazard', 'hazards', 'risk'],
    'una microzonificación sísmica o EVAR vigente', 'a seismic microzonation or a risk assessment in force',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; IGP', 'Ley 29664'),
  ('tsunami', 15, 'Peligro de tsunami', 'Tsunami hazard', 'area', array['hazard', 'hazards', 'risk'],
    'la carta de inundación por tsunami', 'the tsunami inundation chart',
    'Dirección de Hidrografía y Navegación (DHN)', 'Ley 29664'),
  ('other_hazard', 16, 'Otros peligros', 'Other hazards', 'area', array['other', 'hazard', 'hazards', 'risk'],
    'una evaluación de riesgo (EVAR) vigente que cubra el predio', 'a risk assessment (EVAR) in force that covers the parcel',
    'Municipalidad distrital, Gestión del Riesgo de Desastres; CENEPRED', 'Ley 29664'),
  ('river_margin', 20, 'Faja marginal', 'River margin', 'strip', array['river_margins', 'river'],
    'la resolución de la AAA que fija la faja marginal y sus hitos', 'the resolution of the water authority that sets the river margin and its markers',
    'ANA, AAA Cañete-Fortaleza, ALA Barranca', 'Ley 29338'),
  ('river_bed_active', 21, 'Cauce activo', 'Active river bed', 'strip', array['river_bed', 'river_beds', 'river'],
    'la delimitación del cauce', 'the delimitation of the river bed', 'ANA, AAA Cañete-Fortaleza, ALA Barranca', 'DS 001-2010-AG'),
  ('river_bed_inactive', 22, 'Cauce inactivo (propiedad del Estado)', 'Inactive river bed (State property)', 'strip', array['river_bed', 'river_beds', 'river'],
    'la delimitación de los cauces inactivos', 'the delimitation of inactive river beds', 'ANA, AAA Cañete-Fortaleza, ALA Barranca', 'DS 001-2010-AG'),
  ('river_bank', 23, 'Ribera', 'River bank', 'line', array['river_banks', 'river'],
    'la delimitación de la ribera', 'the delimitation of the river bank', 'ANA, AAA Cañete-Fortaleza, ALA Barranca', 'DS 001-2010-AG'),
  ('canal_strip', 24, 'Faja de canal o dren', 'Canal or drain strip', 'strip', array['canals', 'canal'],
    'el inventario de canales y drenes con sus fajas', 'the inventory of canals and drains with their strips',
    'ANA, ALA Barranca; Junta de Usuarios', 'Faja de canales y drenes'),
  ('archaeological', 30, 'Zona arqueológica o monumental', 'Archaeological or monumental area', 'area', array['archaeology', 'archaeological_areas'],
    'los polígonos del catastro arqueológico (SIGDA) o un CIRA', 'the polygons of the archaeological cadastre (SIGDA) or a CIRA certificate',
    'Ministerio de Cultura, DDC Lima', 'Ley 28296'),
  ('beach_public', 40, 'Playa: franja pública de 50 m', 'Beach: public strip of 50 m', 'strip', array['beach', 'coast'],
    'la línea de más alta marea determinada por la DHN', 'the high-tide line determined by the navy''s hydrographic office',
    'DICAPI; SBN', 'Ley 26856'),
  ('beach_restricted', 41, 'Playa: zona de dominio restringido (200 m)', 'Beach: restricted zone (200 m)', 'strip', array['beach', 'coast'],
    'la línea de más alta marea determinada por la DHN', 'the high-tide line determined by the navy''s hydrographic office',
    'SBN; DICAPI', 'Ley 26856'),
  ('road_right_of_way', 50, 'Derecho de vía', 'Road right of way', 'strip', array['road', 'roads'],
    'la resolución que fija el derecho de vía', 'the resolution that sets the right of way',
    'MTC, Provías Nacional; Gobierno Regional de Lima', 'Derecho de vía PE-1N'),
  ('power_easement', 51, 'Servidumbre eléctrica', 'Power easement', 'strip', array['power', 'power_lines'],
    'el trazo de las líneas con su tensión', 'the course of the lines with their voltage',
    'Concesionaria eléctrica; MINEM', 'CNE-Suministro 2011'),
  ('protected_area', 60, 'Área natural protegida', 'Protected natural area', 'area', array['protected_areas'],
    'los polígonos de las áreas naturales protegidas', 'the polygons of protected natural areas', 'SERNANP', 'Ley 26834'),
  ('defence', 61, 'Terreno de la defensa nacional', 'Defence land', 'area', array['military'],
    'los terrenos reservados para la defensa', 'the land reserved for defence', 'Ministerio de Defensa; SBN', 'Ley 29151'),
  ('public_space', 62, 'Espacio público', 'Public space', 'area', array['public_spaces'],
    'el registro municipal de espacios públicos', 'the municipal register of public spaces',
    'Municipalidad distrital, Desarrollo Urbano', 'Ley 31199'),
  ('state_project', 63, 'Predio o proyecto del Estado', 'State land or project', 'area', array['state_land', 'state_projects'],
    'los predios del SINABIP y las reservas de proyectos', 'the State''s land (SINABIP) and project reserves', 'SBN', 'Ley 29151'),
  ('landfill_buffer', 64, 'Entorno de relleno o botadero', 'Surroundings of a landfill or dump', 'area', array['landfill'],
    'la ubicación de rellenos y botaderos', 'the places of landfills and dumps',
    'Municipalidad distrital, Gestión Ambiental; OEFA', 'DS 014-2017-MINAM'),
  ('zoning_reserved', 70, 'Zonificación reservada o sin zonificación', 'Reserved zoning or none', 'area', array['zoning'],
    'un plan urbano en vigor que cubra el predio', 'an urban plan in force that covers the parcel',
    'Municipalidad Provincial de Barranca, Desarrollo Urbano', 'DS 012-2022-VIVIENDA'),
  ('recorded', 80, 'Cargas y restricciones inscritas', 'Recorded restrictions', 'area', array['restrictions', 'recorded_restrictions'],
    'el estudio de la partida registral', 'the study of the registry entry', 'SUNARP, Zona Registral IX', 'Res. 097-2013-SUNARP-SN')
) as v (code, position, es, en, reach, studied_as, needs_es, needs_en, office, norm)
left join land.norm n on n.code = v.norm;

select service.describe('land.restriction_theme', 'es: Temas del extracto | en: Themes of the extract',
  'position=es: Orden | en: Order', 'title_es=es: Título en castellano | en: Title in Spanish',
  'title_en=es: Título en inglés | en: Title in English',
  'reach=es: Cómo alcanza (strip, area, line) | en: How it reaches (strip, area, line)',
  'tolerance_m=es: Tolerancia [m] | en: Tolerance [m]', 'near_m=es: Hasta qué distancia se dice lo cercano [m] | en: Up to which distance nearness is told [m]',
  'studied_as=es: Nombres del tema en las áreas estudiadas | en: Names of the theme in the studied areas',
  'needs_es=es: Qué falta donde no se sabe, en castellano | en: What is missing where it is not known, in Spanish',
  'needs_en=es: Qué falta donde no se sabe, en inglés | en: What is missing where it is not known, in English');
select audit.watch('land.restriction_theme');

create view layer.norms as
select id, code, title, certainty, to_confirm, valid, note from land.norm;
select service.describe('layer.norms', 'es: Normas. Con su certeza; las KU están por confirmar. | en: Norms. With their certainty; KU ones are to be confirmed.',
  'to_confirm=es: Por confirmar | en: To be confirmed');

create view layer.tolerance_classes as
select t.id, t.kind, t.from_area_m2, t.to_area_m2, t.tolerance_pct, n.code as norm, n.certainty as norm_certainty, t.valid
from land.tolerance_class t join land.norm n on n.id = t.norm_id;
select service.describe('layer.tolerance_classes', 'es: Tolerancias catastral-registrales. Sobre el área registrada. | en: Cadastral-registral tolerances. On the registered area.',
  'kind=es: Clase (urban, rural) | en: Kind (urban, rural)', 'from_area_m2=es: Desde [m²] | en: From [m²]',
  'to_area_m2=es: Hasta, sin incluir [m²] | en: To, excluded [m²]', 'tolerance_pct=es: Tolerancia [%] | en: Tolerance [%]');

create view layer.restriction_themes as
select t.id, t.code, t.position, t.title_es, t.title_en, t.reach, t.tolerance_m, t.near_m, t.studied_as, t.needs_es, t.needs_en,
  t.office, n.code as norm, n.title as norm_title, n.certainty as norm_certainty, t.valid
from land.restriction_theme t left join land.norm n on n.id = t.norm_id;
select service.describe('layer.restriction_themes', 'es: Temas del extracto. Qué puede limitar un predio, con su norma y la oficina a la que consultar. | en: Themes of the extract. What can limit a parcel, with its norm and the office to ask.',
  'position=es: Orden | en: Order', 'title_es=es: Título en castellano | en: Title in Spanish',
  'title_en=es: Título en inglés | en: Title in English', 'norm_title=es: Título de la norma | en: Title of the norm',
  'reach=es: Cómo alcanza (strip, area, line) | en: How it reaches (strip, area, line)',
  'tolerance_m=es: Tolerancia [m] | en: Tolerance [m]', 'near_m=es: Hasta qué distancia se dice lo cercano [m] | en: Up to which distance nearness is told [m]',
  'studied_as=es: Nombres del tema en las áreas estudiadas | en: Names of the theme in the studied areas',
  'needs_es=es: Qué falta donde no se sabe, en castellano | en: What is missing where it is not known, in Spanish',
  'needs_en=es: Qué falta donde no se sabe, en inglés | en: What is missing where it is not known, in English');

create view layer.addresses as
select v.parcel_id as id, v.ubigeo, p.code as parcel_code, t.code as street_code, t.name as street, v.house_number,
  s.name as settlement, v.valid, v.version
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
join land.street t on t.id = v.street_id
left join land.settlement s on s.id = v.settlement_id;
select service.describe('layer.addresses', 'es: Direcciones. Calle y numeración de cada lote. | en: Addresses. Street and house number of each parcel.',
  'street_code=es: Código de la calle | en: Code of the street', 'street=es: Calle | en: Street', 'house_number=es: Numeración | en: House number');

grant select on layer.norms, layer.tolerance_classes, layer.restriction_themes, layer.addresses to predio_public;
grant select on land.restriction_theme to predio_planner, predio_surveyor, predio_titling;

-- Public facts of one parcel that no layer shows. The functions run as their owner and read no personal data:
-- no holder, no right, no registry entry. PL/pgSQL, because it keeps its plans: an SQL function that runs as its
-- owner is planned again for every call (2 ms).
create function service.parcel_facts(of_parcel bigint, day date)
returns table (cuc text, crcs text[], perimeter_m double precision, services_as_of date,
  titling_case text, titling_as_of date)
language plpgsql stable security definer set search_path = pg_catalog rows 1 as $$
#variable_conflict use_column
begin
  return query select p.cuc,
    array(select u.crc from land.property_unit_parcel up join land.property_unit u on u.id = up.property_unit_id
          where up.parcel_id = p.id and u.crc is not null order by u.crc),
    (select v.perimeter_m from land.parcel_version v where v.parcel_id = p.id and v.valid @> day),
    (select s.as_of from utility.parcel_service s where s.parcel_id = p.id),
    t.case_number, t.as_of
  from land.parcel p
  left join titling.parcel_state t on t.parcel_id = p.id
  where p.id = of_parcel;
end
$$;

create function service.parcels_of_unit(of_crc text) returns table (ubigeo text, code text)
language plpgsql stable security definer set search_path = pg_catalog rows 2 as $$
#variable_conflict use_column
begin
  return query select p.ubigeo, p.code
  from land.property_unit u
  join land.property_unit_parcel up on up.property_unit_id = u.id
  join land.parcel p on p.id = up.parcel_id
  where u.crc = of_crc
  order by p.ubigeo, p.code;
end
$$;
create index property_unit_crc on land.property_unit (crc);

create function service.zone_parameters(of_zone bigint, day date)
returns table (parameter text, applies text, value_text text, unit text, norm text, norm_certainty text)
language plpgsql stable security definer set search_path = pg_catalog rows 14 as $$
#variable_conflict use_column
begin
  return query select b.parameter, b.applies, b.value_text, b.unit, n.code, n.certainty
  from zoning.zone z
  join zoning.plan p on p.id = z.plan_id and p.state in ('adopted', 'superseded')
  join zoning.zone_version v on v.zone_id = z.id and v.valid @> day
  join zoning.building_parameter b on b.zone_class_id = v.zone_class_id
  left join land.norm n on n.id = b.norm_id
  where z.id = of_zone;
end
$$;

-- Restrictions recorded on a parcel or on one of its property units.
create function service.recorded_restrictions(of_parcel bigint, day date)
returns table (id bigint, kind text, title text, description text, norm text, norm_certainty text, office text,
  since date, geom public.geometry)
language plpgsql stable security definer set search_path = pg_catalog, public rows 2 as $$
#variable_conflict use_column
begin
  return query
  with version as (
    select v.id from land.restriction_version v where v.parcel_id = of_parcel and v.valid @> day
    union
    select v.id
    from land.property_unit_parcel up
    join land.restriction_version v on v.property_unit_id = up.property_unit_id
    where up.parcel_id = of_parcel and v.valid @> day
  )
  select r.id, r.kind, v.title, v.description, n.code, n.certainty, v.office, lower(v.valid), v.geom
  from version w
  join land.restriction_version v on v.id = w.id
  join land.restriction r on r.id = v.restriction_id
  left join land.norm n on n.id = v.norm_id;
end
$$;
create index restriction_version_unit on land.restriction_version (property_unit_id);

-- Names as people type them: without accents and capitals. `unaccent` is only stable, because a dictionary could
-- be edited; named with its dictionary and schema it is as good as immutable, which an index needs.
create function service.plain(said text) returns text
language sql immutable parallel safe strict as $$
  select lower(public.unaccent('public.unaccent', said))
$$;
create index settlement_plain_name on land.settlement using gin (service.plain(name) public.gin_trgm_ops);
create index street_plain_name on land.street using gin (service.plain(name) public.gin_trgm_ops);
create index parcel_code_pieces on land.parcel using gin (code public.gin_trgm_ops);

revoke execute on function service.parcel_facts(bigint, date), service.parcels_of_unit(text),
  service.zone_parameters(bigint, date), service.recorded_restrictions(bigint, date), service.plain(text) from public;
grant execute on function service.parcel_facts(bigint, date), service.parcels_of_unit(text),
  service.zone_parameters(bigint, date), service.recorded_restrictions(bigint, date), service.plain(text) to predio_public;

reset predio.reason;
