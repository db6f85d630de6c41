-- Declared against drawn area, with the tolerance of its class (Directiva 01-2008-SNCP/CNC).
insert into found (number, class, field, measure, detail, geom)
select g.number, 'area_differs', 'declared_area_m2', round((abs(v.declared - st_area(g.geom)) / v.declared * 100)::numeric, 2),
  format('%s / %s m², %s %%', round(v.declared::numeric, 2), round(st_area(g.geom)::numeric, 2), t.tolerance_pct), st_pointonsurface(g.geom)
from good g
cross join setting s
cross join lateral (select case when g.mapped ->> 'declared_area_m2' ~ '^[0-9]+([.][0-9]+)?$' then (g.mapped ->> 'declared_area_m2')::float8 end as declared) v
join land.tolerance_class t on t.kind = 'urban' and t.valid @> current_date
  and numrange(t.from_area_m2, t.to_area_m2) @> v.declared::numeric
where s.id = $1 and s.target = 'parcels' and v.declared > 0
  and abs(v.declared - st_area(g.geom)) / v.declared * 100 > t.tolerance_pct
-- next
insert into found (number, class, field, detail, geom)
select f.number, 'code_syntax', 'given_code', f.mapped ->> 'given_code', st_pointonsurface(st_envelope(f.geom))
from delivery.feature f, setting s
where f.delivery_id = $1 and s.target = 'parcels'
  and f.mapped ->> 'given_code' !~ format('^%s[0-9]{%s}$', s.ubigeo, (select sum(digits) from land.code_piece where code_kind = 'lot') - 6)
-- next
insert into found (number, class, field, other, detail, geom)
select c.number, 'code_duplicate', c.field, c.first::text, c.word, st_pointonsurface(st_envelope(c.geom))
from (
  select f.number, f.geom, k.field, k.word, min(f.number) over (partition by k.field, k.word) as first
  from delivery.feature f
  cross join lateral (values ('given_code', f.mapped ->> 'given_code'),
    ('given_lot', (f.mapped ->> 'given_block') || '-' || (f.mapped ->> 'given_lot')), ('code', f.mapped ->> 'code')) k(field, word)
  where f.delivery_id = $1 and k.word is not null
) c
where c.number <> c.first
-- next
insert into found (number, class, field, other, detail, geom)
select g.number, 'code_not_of_place', 'given_code', s.ubigeo || b.sector_code || b.code, g.mapped ->> 'given_code', st_pointonsurface(g.geom)
from good g join in_block b on b.number = g.number cross join setting s
where s.id = $1 and g.mapped ->> 'given_code' ~ '^[0-9]{14}$' and b.share >= 0.9
  and left(g.mapped ->> 'given_code', 11) <> s.ubigeo || b.sector_code || b.code
-- next
insert into found (number, class, field, detail, geom)
select f.number, 'code_taken', 'given_code', f.mapped ->> 'given_code', st_pointonsurface(st_envelope(f.geom))
from delivery.feature f join land.parcel p on p.code = f.mapped ->> 'given_code' cross join setting s
where f.delivery_id = $1 and s.target = 'parcels' and p.ubigeo = s.ubigeo
-- next
-- A code whose zeros were put back.
insert into found (number, class, field, detail)
select f.number, 'zeros_restored', m.field, f.attributes ->> m.field
from delivery.feature f
join delivery.delivery d on d.id = f.delivery_id
cross join lateral jsonb_to_recordset(d.mapping) as m(property text, field text, digits integer)
where f.delivery_id = $1 and m.digits is not null and f.mapped ->> m.property <> regexp_replace(btrim(f.attributes ->> m.field), '[.]0+$', '')
  and ltrim(f.mapped ->> m.property, '0') = ltrim(regexp_replace(btrim(f.attributes ->> m.field), '[.]0+$', ''), '0')
-- next
insert into found (number, class, field)
select f.number, 'attribute_missing', p.name
from delivery.feature f
join delivery.delivery d on d.id = f.delivery_id
cross join lateral jsonb_to_recordset(d.properties) as p(name text, required boolean)
where f.delivery_id = $1 and p.required and coalesce(f.mapped ->> p.name, '') = ''
-- next
insert into found (number, class, field, detail)
select f.number, 'attribute_impossible', p.name, left(f.mapped ->> p.name, 100)
from delivery.feature f
join delivery.delivery d on d.id = f.delivery_id
cross join lateral jsonb_to_recordset(d.properties) as p(name text, sql_type text)
where f.delivery_id = $1 and f.mapped ? p.name and case
  when p.sql_type in ('integer', 'bigint', 'smallint') then f.mapped ->> p.name !~ '^[+-]?[0-9]{1,9}$'
  when p.sql_type like 'numeric%' or p.sql_type in ('double precision', 'real') then f.mapped ->> p.name !~ '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'
  when p.sql_type = 'boolean' then lower(f.mapped ->> p.name) not in ('true', 'false', 't', 'f', '0', '1', 'yes', 'no')
  when p.sql_type = 'date' then f.mapped ->> p.name !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}'
  else false end
-- next
insert into found (number, class, field, detail)
select f.number, r.class, r.field, r.value
from delivery.feature f cross join lateral jsonb_to_recordset(f.remarks) as r(class text, field text, value text)
where f.delivery_id = $1
-- next
insert into found (class, detail)
select 'file_note', format('es: %s | en: %s', n.es, n.en)
from delivery.delivery d cross join lateral jsonb_to_recordset(d.notes) as n(es text, en text)
where d.id = $1
-- next
insert into found (class, field, detail)
select 'personal_column', c.name, c.personal
from delivery.delivery d cross join lateral jsonb_to_recordset(d.fields) as c(name text, personal text)
where d.id = $1 and c.personal is not null
-- next
insert into found (class, detail)
select 'encoding_not_as_declared', (d.encoding ->> 'declared') || ' → ' || (d.encoding ->> 'name')
from delivery.delivery d
where d.id = $1 and d.encoding ->> 'declared' is not null and d.encoding ->> 'name' is distinct from d.encoding ->> 'declared'
  and (d.encoding ->> 'name' = 'UTF-8') <> (upper(d.encoding ->> 'declared') in ('UTF-8', 'UTF8', '65001'))
  and d.encoding ->> 'why_es' not like 'no hay letras%'
-- next
insert into found (class, detail)
select case when d.srid in (24877, 24878) then 'datum_changed' else 'zone_changed' end, d.operation
from delivery.delivery d where d.id = $1 and d.srid in (24877, 24878, 32717)
