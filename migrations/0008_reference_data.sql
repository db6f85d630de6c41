-- Rules are dated rows with their norm and how sure it is; none is a constant in code. A norm of certainty KU
-- is "por confirmar" wherever it is shown.

set local predio.reason = 'reference data of the schema';

insert into land.norm (code, title, certainty, valid, note) values
  ('Ley 27972', 'Ley Orgánica de Municipalidades, art. 79', 'V', '[2003-05-28,)', null),
  ('Ley 28294', 'Sistema Nacional Integrado de Información Catastral Predial', 'V', '[2004-07-21,)', null),
  ('DS 005-2006-JUS', 'Reglamento de la Ley 28294', 'V', '[2006-02-12,)', null),
  ('Directiva 01-2008-SNCP/CNC', 'Tolerancias catastral-registrales', 'V', '[2008-08-28,)', 'El lado exacto de las igualdades está por confirmar'),
  ('Directiva 001-2006-SNCP/CNC', 'Código Único Catastral', 'V', '[2006-01-01,)', null),
  ('RM 155-2006-VIVIENDA', 'Normas técnicas del catastro urbano', 'V', '[2006-06-13,)', null),
  ('Res. 097-2013-SUNARP-SN', 'Reglamento de Inscripciones del Registro de Predios', 'V', '[2013-05-04,)', null),
  ('Ley 28687', 'Formalización de la propiedad informal', 'V', '[2006-03-17,)', null),
  ('Ley 31056', 'Ampliación de plazos de titulación', 'V', '[2020-10-22,)', null),
  ('Ley 31560', 'Competencia compartida de las municipalidades en la formalización', 'V', '[2022-08-13,)', null),
  ('Ley 32267', 'Fecha límite de posesión: 31-12-2021', 'V', '[2025-03-22,)', null),
  ('Ley 31145', 'Saneamiento físico-legal de predios rurales', 'V', '[2021-03-27,)', 'Competencia del Gobierno Regional'),
  ('DS 017-2006-VIVIENDA', 'Reglamento de la Ley 28687, servicios básicos', 'V', '[2006-07-27,)', 'Art. 29 verificado; los demás por lectura secundaria'),
  ('Ley 29338', 'Ley de Recursos Hídricos, art. 74', 'V', '[2009-03-31,)', null),
  ('DS 001-2010-AG', 'Reglamento de la Ley de Recursos Hídricos, arts. 108-115', 'V', '[2010-03-24,)', null),
  ('RJ 332-2016-ANA', 'Delimitación y mantenimiento de fajas marginales', 'KU', '[2016-12-28,)', 'Anchos mínimos por confirmar; solo vista previa sin valor legal'),
  ('Ley 26856', 'Playas: uso público y zona de dominio restringido', 'V', '[1997-09-08,)', null),
  ('Ley 29664', 'Sistema Nacional de Gestión del Riesgo de Desastres', 'KS', '[2011-02-19,)', null),
  ('Ley 29869', 'Reasentamiento poblacional, zonas de muy alto riesgo no mitigable', 'V', '[2012-05-29,)', null),
  ('Ley 30645', 'Prohíbe títulos y servicios en zonas de riesgo no mitigable', 'V', '[2017-08-17,)', null),
  ('DS 142-2021-PCM', 'Reglamento de la Ley 29869', 'V', '[2021-08-25,)', null),
  ('Ley 28296', 'Patrimonio Cultural de la Nación', 'KS', '[2004-07-22,)', null),
  ('Ley 29090', 'Habilitaciones urbanas y edificaciones, art. 14', 'V', '[2007-09-25,)', null),
  ('DS 022-2016-VIVIENDA', 'Reglamento de acondicionamiento territorial y desarrollo urbano', 'V', '[2016-12-24,)', 'Derogado en parte por DS 012-2022-VIVIENDA'),
  ('DS 012-2022-VIVIENDA', 'Reglamento de desarrollo urbano sostenible', 'V', '[2022-10-05,)', null),
  ('Ley 31313', 'Ley de Desarrollo Urbano Sostenible', 'V', '[2021-07-25,)', null),
  ('Ley 31199', 'Gestión y protección de los espacios públicos', 'KS', '[2021-05-22,)', null),
  ('CNE-Suministro 2011', 'Código Nacional de Electricidad, fajas de servidumbre', 'V', '[2011-05-05,)', 'Verificado para 138 y 220 kV; los demás anchos por confirmar'),
  ('CNE-Suministro 2011 (media tensión)', 'Fajas de servidumbre de 10 a 70 kV', 'KU', '[2011-05-05,)', null),
  ('Derecho de vía PE-1N', 'Derecho de vía de la red vial nacional', 'KU', daterange(null, null), 'Ancho por confirmar con el MTC'),
  ('Ley 29733', 'Protección de datos personales', 'KS', '[2011-07-03,)', null);

insert into land.tolerance_class (kind, from_area_m2, to_area_m2, tolerance_pct, norm_id, valid)
select v.kind, v.from_area, v.to_area, v.pct, n.id, daterange('2008-08-28', null)
from land.norm n, (values
  ('urban', 0, 200, 2.5), ('urban', 200, 1000, 2.0), ('urban', 1000, null, 1.0),
  ('rural', 0, 10000, 7.5), ('rural', 10000, 50000, 6.3), ('rural', 50000, null, 3.0)
) as v (kind, from_area, to_area, pct)
where n.code = 'Directiva 01-2008-SNCP/CNC';

insert into land.code_piece (code_kind, position, name, digits, norm_id)
select v.code_kind, v.position, v.name, v.digits, n.id
from land.norm n, (values
  ('lot', 1, 'ubigeo', 6), ('lot', 2, 'sector', 2), ('lot', 3, 'block', 3), ('lot', 4, 'lot', 3),
  ('crc', 1, 'ubigeo', 6), ('crc', 2, 'sector', 2), ('crc', 3, 'block', 3), ('crc', 4, 'lot', 3),
  ('crc', 5, 'building', 2), ('crc', 6, 'entrance', 2), ('crc', 7, 'floor', 2), ('crc', 8, 'unit', 3)
) as v (code_kind, position, name, digits)
where n.code = 'RM 155-2006-VIVIENDA';

reset predio.reason;
