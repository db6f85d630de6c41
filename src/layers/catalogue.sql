select
  n.nspname::text as schema,
  c.relname::text as name,
  c.oid::oid as oid,
  has_schema_privilege($1, n.oid, 'usage') and has_table_privilege($1, c.oid, 'select') as granted,
  obj_description(c.oid, 'pg_class') as comment,
  a.attname::text as column_name,
  col_description(c.oid, a.attnum) as column_comment,
  format_type(t.oid, null) as sql_type,
  b.typname::text as base_type,
  b.typcategory::text as category,
  case when b.typname = 'geometry' then postgis_typmod_type(m.typmod) end as geometry_type,
  case when b.typname = 'geometry' then postgis_typmod_srid(m.typmod) end as srid,
  case when b.typname = 'geometry' then
    (select s.srtext from spatial_ref_sys as s where s.srid = postgis_typmod_srid(m.typmod))
  end as wkt,
  d.events as door_events,
  d.argument as door,
  -- With the bits of a trigger's events.
  has_table_privilege($1, c.oid, 'insert')::integer * 4 + has_table_privilege($1, c.oid, 'delete')::integer * 8
    + has_table_privilege($1, c.oid, 'update')::integer * 16 as granted_events
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type as t on t.oid = a.atttypid
join pg_type as b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
cross join lateral (select case when t.typtype = 'd' then t.typtypmod else a.atttypmod end as typmod) as m
left join lateral (
  -- INSTEAD OF triggers only; the argument ends with a zero byte.
  select bit_or(g.tgtype)::integer as events,
    max(convert_from(substr(g.tgargs, 1, octet_length(g.tgargs) - 1), 'UTF8')) filter (where g.tgname = 'door' and g.tgnargs = 1) as argument
  from pg_trigger as g
  where g.tgrelid = c.oid and not g.tgisinternal and g.tgtype & 64 <> 0
) as d on true
where n.nspname in ('layer', 'staff_layer') and c.relkind in ('v', 'm', 'r', 'p', 'f')
order by n.nspname, c.relname, a.attnum
