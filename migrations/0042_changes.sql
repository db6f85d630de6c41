-- The change feed: what changed behind the layers that a reader may read.
--
-- Notices are forgotten after a week; a reader that comes later is told to read everything anew.

create table service.change_horizon (
  only_one boolean default true constraint change_horizon_pkey primary key constraint change_horizon_is_one check (only_one),
  txid xid8 not null default '0'
);
insert into service.change_horizon default values;
select service.describe('service.change_horizon', 'es: Hasta dónde se olvidaron los avisos | en: How far notices were forgotten',
  'only_one=es: Una sola fila | en: One row only', 'txid=es: Transacción más nueva olvidada | en: Newest transaction forgotten');

create function service.forget_changes(older_than interval) returns bigint language plpgsql
security definer set search_path = pg_catalog as $$
declare
  newest xid8;
  gone bigint;
begin
  select txid into newest from service.change where at < now() - older_than order by txid desc limit 1;
  if newest is null then
    return 0;
  end if;
  -- First the horizon: a reader between the two statements rather reads anew than misses one.
  update service.change_horizon set txid = greatest(txid, newest);
  delete from service.change where at < now() - older_than;
  get diagnostics gone = row_count;
  return gone;
end
$$;
comment on function service.forget_changes is 'Forgets notices that are older than this; returns how many';
revoke execute on function service.forget_changes from public;
grant execute on function service.forget_changes to predio_service;

-- Tables that a layer's view reads, also through other views. Personal data stands behind no layer.
create view service.layer_relation as
with recursive uses as (
  select c.oid as layer, c.oid as used
  from pg_class c
  where c.relnamespace in ('layer'::regnamespace, 'staff_layer'::regnamespace) and c.relkind in ('v', 'm')
  union
  select u.layer, d.refobjid
  from uses u
  join pg_rewrite r on r.ev_class = u.used
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> u.used
)
select l.oid as layer_oid, l.relname::text as layer, format('%I.%I', n.nspname, t.relname) as relation
from uses u
join pg_class l on l.oid = u.layer
join pg_class t on t.oid = u.used and t.relkind in ('r', 'p')
join pg_namespace n on n.oid = t.relnamespace
where n.nspname not in ('person', 'pg_catalog');
select service.describe('service.layer_relation', 'es: Tablas detrás de cada capa | en: Tables behind each layer',
  'layer_oid=es: Vista | en: View', 'layer=es: Capa | en: Layer', 'relation=es: Tabla | en: Table');

-- The reader's own privileges decide: `current_user` is the role that asks. No row number, no account, no reason.
create view service.layer_change as
select c.id, c.txid, c.at, c.operation, c.row_count, l.layers, c.extent
from service.change c
join (
  select relation, array_agg(distinct layer order by layer) as layers
  from service.layer_relation
  where has_table_privilege(layer_oid, 'select')
  group by relation
) l on l.relation = c.relation;
select service.describe('service.layer_change', 'es: Avisos de cambio de las capas que el lector ve | en: Change notices of the layers that the reader sees',
  'txid=es: Transacción | en: Transaction', 'at=es: Cuándo | en: When', 'operation=es: Operación | en: Operation',
  'row_count=es: Filas | en: Rows', 'layers=es: Capas | en: Layers', 'extent=es: Extensión de lo cambiado | en: Extent of what changed');
grant select on service.layer_change, service.change_horizon to predio_public;
