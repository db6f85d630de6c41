-- What is to be told of a return. `base` is what went out; the comparison stands in delivery.change.
insert into found (number, class, other)
select f.number, 'id_twice', f.id
from (select f.number, f.attributes ->> 'id' as id, count(*) over (partition by f.attributes ->> 'id') as times
  from delivery.feature f where f.delivery_id = $1) f
where f.id is not null and f.times > 1
-- next
insert into found (number, class, other)
select f.number, 'id_not_of_copy', f.attributes ->> 'id'
from delivery.feature f
where f.delivery_id = $1 and f.attributes ->> 'id' is not null and not exists (select from base b where b.id = f.attributes ->> 'id')
-- next
-- A value that the column's type cannot hold.
insert into found (number, class, field, detail)
select c.number, 'attribute_impossible', 'valor de la capa · value of the layer', left((f.attributes - 'id' - 'version')::text, 200)
from delivery.change c join delivery.feature f on f.delivery_id = c.delivery_id and f.number = c.number
where c.delivery_id = $1 and c.change = 'refused' and c.theirs is null and f.flaw is distinct from 'unreadable'
  and not exists (select from found x where x.number = c.number and x.class in ('id_twice', 'id_not_of_copy'))
-- next
insert into found (class, measure)
select 'absence_uncertain', count(*)
from delivery.change c where c.delivery_id = $1 and c.change = 'refused' and c.number is null
having count(*) > 0
-- next
-- A part of the file that was saved by itself would take everything else away.
insert into found (class, measure)
select 'many_absent', count(*) filter (where c.change = 'delete')
from delivery.change c where c.delivery_id = $1
having count(*) filter (where c.change = 'delete') > 3
  and count(*) filter (where c.change = 'delete') * 4 > (select count(*) from base)
-- next
insert into found (number, class, other, geom)
select c.number, 'polygon_by_operation', coalesce(b.attributes ->> 'code', c.object_id::text), st_pointonsurface(c.theirs_geom)
from delivery.change c join base b on b.id = c.object_id::text join delivery.delivery d on d.id = c.delivery_id
where c.delivery_id = $1 and d.target = 'parcels' and c.change <> 'refused' and 'geom' = any (c.their_fields)
  and (c.ours is null or not delivery.same_outline(c.theirs_geom, c.ours_geom))
-- next
-- What a field program changed and no door takes: it is not written, and is told.
insert into found (number, class, field, detail)
select c.number, 'property_not_taken', k.name, f.attributes ->> k.name
from delivery.change c
join delivery.feature f on f.delivery_id = c.delivery_id and f.number = c.number
join delivery.delivery d on d.id = c.delivery_id
join delivery.field_copy o on o.id = d.returns
join base b on b.id = c.object_id::text
cross join unnest(o.columns) k(name)
where c.delivery_id = $1 and c.change <> 'refused' and k.name <> 'id' and f.attributes -> k.name is distinct from b.attributes -> k.name
  and exists (select from jsonb_to_recordset(d.fields) as t(name text) where t.name = k.name)
  and not exists (select from jsonb_to_recordset(f.remarks) as r(field text) where r.field = k.name)
  and not exists (select from jsonb_to_recordset(d.properties) as p(name text, only_new boolean) where p.name = k.name and p.only_new is not true)
-- next
insert into found (class, field)
select 'column_not_of_copy', t.name
from delivery.delivery d join delivery.field_copy o on o.id = d.returns
cross join jsonb_to_recordset(d.fields) as t(name text)
where d.id = $1 and t.name <> all (o.columns)
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
delete from delivery.change c where c.delivery_id = $1 and c.change = 'same' and not exists (
  select from found x where x.number = c.number and x.class in ('property_not_taken', 'date_impossible', 'number_impossible'))
-- next
-- What nobody touched is nobody's fault now; nor is a shape that never was there.
delete from found x
where x.number is not null and x.class not in ('id_twice', 'id_not_of_copy') and (
  not exists (select from delivery.change c where c.delivery_id = $1 and c.number = x.number and c.change <> 'ours')
  or x.class = 'geometry_missing' and exists (select from delivery.change c
    where c.delivery_id = $1 and c.number = x.number and c.base is not null and c.base_geom is null))
-- next
delete from delivery.change c where c.delivery_id = $1 and c.change = 'same'
