-- What a layer's metadata say beside what the catalogue knows: where its data come from, how accurate they are, how often
-- they change, under which licence. What is not known has no row, or null, and is told as not known.

create table service.layer_metadata (
  layer text constraint layer_metadata_pkey primary key,
  lineage text,
  accuracy_m numeric(10, 3) constraint layer_metadata_accuracy_is_positive check (accuracy_m > 0),
  -- ISO 19115, MD_MaintenanceFrequencyCode.
  update_frequency text constraint layer_metadata_update_frequency_is_known check (update_frequency in
    ('continual', 'daily', 'weekly', 'fortnightly', 'monthly', 'quarterly', 'biannually', 'annually', 'asNeeded',
     'irregular', 'notPlanned', 'unknown')),
  licence text
);
select service.describe('service.layer_metadata', 'es: Metadatos de las capas | en: Metadata of the layers',
  'layer=es: Capa | en: Layer', 'lineage=es: De dónde vienen los datos | en: Where the data come from',
  'accuracy_m=es: Exactitud posicional [m] | en: Positional accuracy [m]',
  'update_frequency=es: Frecuencia de actualización | en: Update frequency', 'licence=es: Licencia | en: Licence');
-- Of the layers that the reader may read.
create view service.layer_about as
select m.layer, m.lineage, m.accuracy_m, m.update_frequency, m.licence
from service.layer_metadata m
where exists (
  select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('layer', 'staff_layer') and c.relname = m.layer and has_table_privilege(c.oid, 'select'));
select service.describe('service.layer_about', 'es: Metadatos de las capas que el lector ve | en: Metadata of the layers that the reader sees',
  'layer=es: Capa | en: Layer', 'lineage=es: De dónde vienen los datos | en: Where the data come from',
  'accuracy_m=es: Exactitud posicional [m] | en: Positional accuracy [m]',
  'update_frequency=es: Frecuencia de actualización | en: Update frequency', 'licence=es: Licencia | en: Licence');
grant select on service.layer_about to predio_public;
grant select, insert, update, delete on service.layer_metadata to predio_admin;

insert into service.layer_metadata (layer, lineage, update_frequency)
select layer, v.lineage, v.frequency
from (values
  (array['parcels', 'blocks', 'sectors'], 'continual', 'es: Operaciones sobre el parcelario y levantamientos, cada uno con su documento; cada vértice dice su método y su precisión en la capa de vértices | en: Operations on the fabric and surveys, each with its document; each corner says its method and precision in the layer of corners'),
  (array['buildings', 'streets', 'roads', 'facilities', 'settlements'], 'asNeeded', 'es: Digitación y entregas aceptadas por la oficina de catastro | en: Digitising, and deliveries that the cadastre accepted'),
  (array['zones', 'plans'], 'irregular', 'es: Planes urbanos con su norma; cada zona rige desde la fecha de su aprobación | en: Urban plans with their norm; each zone is in force from the day of its adoption'),
  (array['water_mains', 'water_assets', 'sewer_mains', 'sewer_assets', 'power_lines', 'power_assets', 'service_coverage'], 'asNeeded', 'es: Registros de las empresas de servicios; la cobertura se cuenta de las conexiones registradas | en: Records of the utilities; coverage is counted from recorded connections'),
  (array['hazard_zones', 'studied_areas'], 'irregular', 'es: Estudios de riesgo; fuera del área estudiada no se sabe | en: Risk studies; outside the area studied it is not known'),
  (array['river_beds', 'river_banks', 'river_margins', 'margin_markers'], 'irregular', 'es: Resoluciones y estudios de la Autoridad Nacional del Agua; una vista previa no tiene valor legal | en: Resolutions and studies of the national water authority; a preview has no legal force'),
  (array['archaeological_areas', 'restricted_areas', 'restrictions'], 'irregular', 'es: Resoluciones de la autoridad competente y cargas inscritas por acto con su documento | en: Resolutions of the authority, and restrictions recorded by an act with its document'),
  (array['titling_status'], 'continual', 'es: Estado público de los expedientes de titulación | en: Public state of the titling cases'),
  (array['district'], 'notPlanned', 'es: Límite referencial según su fuente; no es un límite legal exacto | en: Outline for reference by its source; no sharp legal limit')
) v(layers, frequency, lineage), unnest(v.layers) as layer;
