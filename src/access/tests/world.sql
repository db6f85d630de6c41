-- Two districts, the same things in each: a parcel with a holder whose name, document and papers are canaries.
-- 150203 is the own district of the accounts in these tests, 150201 is another's.
begin;
set local predio.reason = 'a world for tests';
insert into land.district (ubigeo, name, province, department, source, geom)
select ubigeo, name, 'Barranca', 'Lima', 'test', st_multi(st_makeenvelope(x, 8810000, x + 10000, 8820000, 32718))
from (values ('150203', 'Pativilca', 190000), ('150201', 'Barranca', 210000)) d(ubigeo, name, x);
insert into land.parcel (ubigeo, code, kind) values
  ('150203', '15020301001001', 'urban'), ('150201', '15020101001001', 'urban');
insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, address, geom)
select p.id, p.ubigeo, daterange(current_date - 100, null), 'provisional', 'Jr. Central 120',
  st_multi(st_makeenvelope(x, 8815000, x + 10, 8815020, 32718))
from land.parcel p join (values ('150203', 195000), ('150201', 215000)) d(ubigeo, x) using (ubigeo);
insert into land.property_unit (ubigeo, crc) values
  ('150203', '15020301001001010101011'), ('150201', '15020101001001010101011');
insert into land.property_unit_parcel (property_unit_id, parcel_id)
select u.id, p.id from land.property_unit u join land.parcel p using (ubigeo);
insert into person.party (kind, name, document_kind, document_number) values
  ('natural', 'QUISPEVENTURA CANARIA ROSA', 'DNI', '90817263'), ('natural', 'HUAMANCANARIO LUZ', 'DNI', '91827364');
-- A name of the past is personal data as much.
update person.party set name = 'QUISPEVENTURA DEL PASADO ROSA' where document_number = '90817263';
update person.party set name = 'QUISPEVENTURA CANARIA ROSA' where document_number = '90817263';
insert into land.source (ubigeo, kind, title, about_person)
values ('150203', 'deed', 'Escritura de QUISPEVENTURA CANARIA ROSA', true);
insert into person.file (hash, media_type, bytes)
values (sha256('%PDF-1.4 PAPELCANARIO de la parte %%EOF'), 'application/pdf', '%PDF-1.4 PAPELCANARIO de la parte %%EOF');
insert into person.document (party_id, hash) select p.id, f.hash from person.party p, person.file f;
insert into person.document (source_id, hash) select s.id, f.hash from land.source s, person.file f;
with made as (
  insert into land.tenure_right (property_unit_id, kind) select id, 'ownership' from land.property_unit returning id, property_unit_id)
insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator)
select m.id, daterange(current_date - 50, null), p.id, 1, 1
from made m join land.property_unit u on u.id = m.property_unit_id
join person.party p on p.document_number = case u.ubigeo when '150203' then '90817263' else '91827364' end;
insert into titling.titling_case (ubigeo, number, class, state, opened_on)
select ubigeo, '001-2026', 'urban', 'diagnosis', current_date from land.district;
insert into titling.case_parcel (case_id, parcel_id) select c.id, p.id from titling.titling_case c join land.parcel p using (ubigeo);
insert into titling.case_party (case_id, party_id, role) select c.id, p.id, 'applicant' from titling.titling_case c, person.party p;
insert into titling.case_event (case_id, state, happened_on, note)
select id, 'diagnosis', current_date, 'Se visitó a QUISPEVENTURA CANARIA ROSA' from titling.titling_case;
insert into zoning.plan (ubigeo, kind, name, state, fictitious) values ('150203', 'PDU', 'Borrador', 'draft', true);
insert into zoning.zone_class (plan_id, code, name, category) select id, 'RDM', 'Densidad media', 'residential' from zoning.plan;
insert into zoning.zone (ubigeo, plan_id) select ubigeo, id from zoning.plan;
insert into zoning.zone_version (zone_id, zone_class_id, geom)
select z.id, c.id, st_multi(st_makeenvelope(195000, 8815000, 195500, 8815500, 32718)) from zoning.zone z, zoning.zone_class c;
commit;
