-- Every table, view, column, sequence and function of ours that a role may use, and how. A schema without USAGE is a
-- closed door, whatever is granted behind it.
with
role (rolname, oid) as (
  select rolname, oid from pg_roles
  where rolname in ('predio_public', 'predio_citizen', 'predio_planner', 'predio_surveyor', 'predio_titling',
    'predio_admin', 'predio_auditor', 'predio_gate', 'predio_service', 'predio_app')),
house as (
  select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
ours (class, oid) as (
  select 'pg_class'::regclass::oid, c.oid from pg_class c join house h on h.oid = c.relnamespace
  union all
  select 'pg_proc'::regclass::oid, p.oid from pg_proc p join house h on h.oid = p.pronamespace),
-- What an extension brought is the extension's business.
own as (
  select o.class, o.oid from ours o
  where not exists (select from pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype = 'e'))
select thing, rights, string_agg(substr(rolname, 8), ' ' order by rolname) as roles from (
  select r.rolname, h.nspname || '.' || c.relname as thing,
    concat_ws(' ', case when has_table_privilege(r.oid, c.oid, 'select') then 'select' end,
      case when has_table_privilege(r.oid, c.oid, 'insert') then 'insert' end,
      case when has_table_privilege(r.oid, c.oid, 'update') then 'update' end,
      case when has_table_privilege(r.oid, c.oid, 'delete') then 'delete' end,
      case when has_table_privilege(r.oid, c.oid, 'truncate') then 'truncate' end,
      case when has_table_privilege(r.oid, c.oid, 'references') then 'references' end,
      case when has_table_privilege(r.oid, c.oid, 'trigger') then 'trigger' end,
      (select 'select (' || string_agg(a.attname, ', ' order by a.attnum) || ')' from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r.oid, c.oid, a.attnum, 'select')
         and not has_table_privilege(r.oid, c.oid, 'select')),
      (select 'update (' || string_agg(a.attname, ', ' order by a.attnum) || ')' from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r.oid, c.oid, a.attnum, 'update')
         and not has_table_privilege(r.oid, c.oid, 'update')),
      (select 'insert (' || string_agg(a.attname, ', ' order by a.attnum) || ')' from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(r.oid, c.oid, a.attnum, 'insert')
         and not has_table_privilege(r.oid, c.oid, 'insert'))) as rights
  from own o join pg_class c on o.class = 'pg_class'::regclass and c.oid = o.oid
  join house h on h.oid = c.relnamespace cross join role r
  where c.relkind in ('r', 'v', 'm', 'p', 'f') and has_schema_privilege(r.oid, h.oid, 'usage')
  union all
  select r.rolname, h.nspname || '.' || c.relname,
    concat_ws(' ', case when has_sequence_privilege(r.oid, c.oid, 'usage') then 'usage' end,
      case when has_sequence_privilege(r.oid, c.oid, 'select') then 'select' end,
      case when has_sequence_privilege(r.oid, c.oid, 'update') then 'update' end)
  from own o join pg_class c on o.class = 'pg_class'::regclass and c.oid = o.oid
  join house h on h.oid = c.relnamespace cross join role r
  where c.relkind = 'S' and has_schema_privilege(r.oid, h.oid, 'usage')
  union all
  select r.rolname, h.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
    case when has_function_privilege(r.oid, p.oid, 'execute') then 'execute' else '' end
  from own o join pg_proc p on o.class = 'pg_proc'::regclass and p.oid = o.oid
  join house h on h.oid = p.pronamespace cross join role r
  where has_schema_privilege(r.oid, h.oid, 'usage')
    -- A trigger function runs as a trigger only.
    and p.prorettype <> 'trigger'::regtype
  union all
  select r.rolname, 'schema ' || h.nspname,
    concat_ws(' ', case when has_schema_privilege(r.oid, h.oid, 'usage') then 'usage' end,
      case when has_schema_privilege(r.oid, h.oid, 'create') then 'create' end)
  from house h cross join role r
) as r(rolname, thing, rights)
where rights <> ''
group by thing, rights
order by thing collate "C", rights collate "C"
