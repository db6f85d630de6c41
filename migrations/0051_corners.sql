-- Corners as a layer, and the pinned way in for coordinates on another datum.

set local predio.reason = 'corners get their place as geometry';

-- The double nearest to a whole millimetre, so the corner is identical to the vertices that it stands for.
alter table land.corner
  add column geom geometry(Point, 32718)
    generated always as (st_setsrid(st_makepoint(x_mm / 1000.0::float8, y_mm / 1000.0::float8), 32718)) stored,
  add column geom_crs84 geometry(Point, 4326)
    generated always as (st_transform(st_setsrid(st_makepoint(x_mm / 1000.0::float8, y_mm / 1000.0::float8), 32718), 4326)) stored;
create index corner_geom on land.corner using gist (geom);
create index corner_geom_crs84 on land.corner using gist (geom_crs84);
comment on column land.corner.geom is 'es: Geometría, EPSG:32718 | en: Geometry, EPSG:32718';
comment on column land.corner.geom_crs84 is 'es: Geometría en longitud y latitud | en: Geometry in longitude and latitude';
select history.follow('land.corner');

create view layer.corners as
select c.id, c.ubigeo, c.x_mm, c.y_mm, c.method, c.sigma_m::float8 as sigma_m, c.measured_on, c.monument,
  c.survey_id,
  -- The title of a document about a person may name that person.
  case when not o.about_person then o.title end as source, s.srid_in, s.operation, c.version, c.geom, c.geom_crs84
from land.corner c
left join land.survey s on s.id = c.survey_id
left join land.source o on o.id = s.source_id;
select service.describe('layer.corners', 'es: Vértices. Con método, desviación estándar, fuente y fecha. | en: Corners. With method, standard deviation, source and date.',
  'x_mm=es: Este [mm] | en: Easting [mm]', 'y_mm=es: Norte [mm] | en: Northing [mm]', 'method=es: Método | en: Method',
  'sigma_m=es: Desviación estándar [m] | en: Standard deviation [m]', 'measured_on=es: Fecha de medición | en: Date measured',
  'monument=es: Hito | en: Monument', 'survey_id=es: Levantamiento | en: Survey', 'srid_in=es: EPSG de las coordenadas de origen | en: EPSG of the incoming coordinates',
  'operation=es: Operación de transformación | en: Transformation operation');
grant select on layer.corners to predio_public;

-- PSAD56 comes in by EPSG:1208 and by nothing else: the text names the three parameters, so that no search decides.
-- What is done is returned with it, to be recorded on the survey.
create function land.into_utm_18s(geom geometry, out moved geometry, out operation text)
language plpgsql immutable strict parallel safe as $$
declare
  zone integer := case st_srid(geom) when 24877 then 17 when 24878 then 18 end;
begin
  case st_srid(geom)
    when 32718 then
      moved := geom;
      operation := 'identidad';
    when 5387 then
      moved := st_setsrid(geom, 32718);
      operation := 'EPSG:5378 Peru96 a WGS 84, nula (1 m)';
    when 24878, 24877 then
      moved := st_transform(geom, format('+proj=utm +zone=%s +south +ellps=intl +towgs84=-279,175,-379,0,0,0,0 +units=m +no_defs', zone), 32718);
      operation := 'EPSG:1208 PSAD56 a WGS 84, Perú, dX -279 dY 175 dZ -379 (16 m)';
    when 4326, 32717 then
      moved := st_transform(geom, 32718);
      operation := 'proyección dentro de WGS 84';
    else
      raise exception using errcode = 'check_violation', constraint = 'coordinates_have_a_known_way_in',
        message = format('no pinned operation leads from EPSG:%s to EPSG:32718', st_srid(geom));
  end case;
end
$$;
comment on function land.into_utm_18s is 'Moves a geometry to EPSG:32718 by the pinned operation, and names it';
alter table land.survey add constraint survey_of_another_datum_names_its_operation
  check (srid_in is null or srid_in in (32718, 4326) or operation is not null);

reset predio.reason;
