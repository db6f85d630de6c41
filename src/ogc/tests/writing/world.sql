-- Two districts with something of every layer that is written by hand.
begin;
set local predio.reason = 'a world for writers';
insert into land.district (ubigeo, name, province, department, source, valid, geom)
select ubigeo, name, 'Barranca', 'Lima', 'test', '[2000-01-01,)', st_multi(st_makeenvelope(x, 8810000, x + 10000, 8820000, 32718))
from (values ('150203', 'Pativilca', 190000), ('150201', 'Barranca', 210000)) d(ubigeo, name, x);
insert into land.settlement (ubigeo, code, name, kind, source) values ('150203', '0001', 'Pativilca', 'urban', 'test');
insert into land.sector (ubigeo, code, geom) values ('150203', '01', st_multi(st_makeenvelope(195000, 8815000, 196000, 8816000, 32718)));
insert into land.block (ubigeo, sector_code, code, label, geom)
values ('150203', '01', '001', 'A', st_multi(st_makeenvelope(195000, 8815000, 195100, 8815100, 32718)));
insert into land.norm (code, title, certainty) values ('N-1', 'Una norma', 'KU');
insert into utility.line (ubigeo, network, kind, material, diameter_mm, installed_year, state, geom)
values ('150203', 'water', 'main', 'PVC', 110, 2010, 'in_service', 'SRID=32718;LINESTRING(195000 8815000, 195050.123 8815000.456)');
insert into risk.hazard_zone (ubigeo, kind) values ('150203', 'flood'), ('150203', 'flood');
insert into risk.study (ubigeo, kind, title) values ('150203', 'EVAR', 'Estudio 1');
insert into risk.hazard_zone_version (hazard_zone_id, valid, study_id, level, geom)
select 1, '[2020-01-01,)', s.id, 'high', st_multi(st_makeenvelope(195000, 8815000, 195500, 8815500, 32718)) from risk.study s;
insert into risk.hazard_zone_version (hazard_zone_id, valid, level, geom)
values (2, '[2015-01-01,2018-01-01)', 'low', st_multi(st_makeenvelope(196000, 8815000, 196500, 8815500, 32718)));
insert into zoning.plan (ubigeo, kind, name, state, fictitious)
values ('150203', 'PDU', 'Borrador', 'draft', true), ('150203', 'PDU', 'En consulta', 'consultation', true);
insert into zoning.zone_class (plan_id, code, name, category)
select p.id, c, c, 'residential' from zoning.plan p, unnest(array['RDM', 'RDB']) c;
insert into zoning.zone (ubigeo, plan_id) select ubigeo, id from zoning.plan order by id;
insert into zoning.zone_version (zone_id, zone_class_id, name, geom)
select z.id, c.id, 'Z-' || z.id, st_multi(st_makeenvelope(195000, 8815000, 195500, 8815500, 32718))
from zoning.zone z join zoning.zone_class c on c.plan_id = z.plan_id and c.code = 'RDM';
-- A lot that is agreed, and one that is not.
insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
insert into land.parcel (ubigeo, code, kind) values ('150203', '15020301001001', 'urban'), ('150203', '15020301001002', 'urban');
insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code, use, geom)
select id, ubigeo, '[2020-01-01,)', case right(code, 1) when '1' then 'agreed' else 'provisional' end, '01', '001', right(code, 3), 'vivienda',
  st_multi(st_makeenvelope(195000 + id * 20, 8815000, 195010 + id * 20, 8815020, 32718))
from land.parcel;
insert into land.corner (ubigeo, x_mm, y_mm, method)
select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
from land.parcel_version v cross join st_dumppoints(v.geom) d where v.fabric_state = 'agreed';
commit;
