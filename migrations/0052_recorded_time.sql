-- Recorded time: what every layer showed at an instant of the past. For each table there is a twin view that holds what
-- was on record at `service.recorded_at()`, a setting of the transaction; for each layer and each function of the
-- extract there is a twin that reads those. The twins are written by the database from the originals, so a layer that
-- a later migration adds or changes needs nothing by hand, and the ordinary path stays as it is.

-- A table without `id` is tracked by its own key.
create function history.track_by(relation regclass, key text) returns void language plpgsql as $$
declare
  kept text := (select format('%s_%s', n.nspname, c.relname)
                from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation);
  attribute record;
begin
  execute format('create table history.%I (like %s, recorded tstzrange not null)', kept, relation);
  execute format('create index on history.%I (%I)', kept, key);
  perform history.follow(relation);
  execute format('create trigger stamp_version before update on %s for each row execute function history.stamp()', relation);
  execute format('create trigger keep_history after update or delete on %s for each row execute function history.%I()',
    relation, 'keep_' || kept);
  execute format('comment on table history.%I is %L', kept,
    'es: Filas reemplazadas de ' || relation || ' | en: Replaced rows of ' || relation);
  for attribute in
    select attname, col_description(attrelid, attnum) as meaning
    from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped
  loop
    execute format('comment on column history.%I.%I is %L', kept, attribute.attname, attribute.meaning);
  end loop;
  execute format('comment on column history.%I.recorded is %L', kept, (select meaning from service.term where name = 'recorded'));
end
$$;
comment on function history.track_by is 'As history.track, for a table whose rows are named by another key than id';

-- What layers show besides versions: the identity of a parcel, the facts that other features keep about it, the rules.
do $$
declare
  tracked record;
begin
  for tracked in
    select t.relation::regclass as relation, t.key
    from (values ('land.parcel', 'id'), ('land.restriction', 'id'), ('land.norm', 'id'), ('land.tolerance_class', 'id'),
      ('land.restriction_theme', 'id'), ('land.property_unit_parcel', 'property_unit_id'), ('zoning.zone', 'id'),
      ('zoning.parcel_zone', 'parcel_id'), ('utility.parcel_service', 'parcel_id'), ('titling.parcel_state', 'parcel_id'))
      as t (relation, key)
  loop
    execute format('alter table %s add column if not exists version integer not null default 1, '
      'add column if not exists recorded_from timestamptz not null default now()', tracked.relation);
    execute format('comment on column %s.version is %L', tracked.relation, (select meaning from service.term where name = 'version'));
    execute format('comment on column %s.recorded_from is %L', tracked.relation, (select meaning from service.term where name = 'recorded_from'));
    if to_regclass(format('history.%s', replace(tracked.relation::text, '.', '_'))) is null then
      perform history.track_by(tracked.relation, tracked.key);
    end if;
  end loop;
end
$$;

-- A fact about a parcel belongs to the outline that it had then, or has since: not to one that had ended before.
create or replace view layer.parcels as
select p.id, p.code, v.ubigeo, s.name as settlement, v.sector_code as sector, v.block_code as block, v.lot_code as lot,
  p.kind, v.use, v.address, v.registered_area_m2, v.declared_area_m2, v.grid_area_m2, v.ellipsoidal_area_m2,
  z.zone_class, u.water, u.sewer, u.power, coalesce(t.state, 'no_data') as titling_state, v.fabric_state,
  v.valid, v.version, v.geom, v.geom_crs84
from land.parcel_version v
join land.parcel p on p.id = v.parcel_id
left join land.settlement s on s.id = v.settlement_id
left join zoning.parcel_zone z on z.parcel_id = v.parcel_id and (upper_inf(v.valid) or upper(v.valid) > z.as_of)
left join utility.parcel_service u on u.parcel_id = v.parcel_id and (upper_inf(v.valid) or upper(v.valid) > u.as_of)
left join titling.parcel_state t on t.parcel_id = v.parcel_id and (upper_inf(v.valid) or upper(v.valid) > t.as_of);

create function service.recorded_at() returns timestamptz language sql stable parallel safe as $$
  select current_setting('predio.recorded_as_of')::timestamptz
$$;
comment on function service.recorded_at is 'The instant whose knowledge the twins show: set local predio.recorded_as_of';

-- (Re)makes the twins: schemas recorded_<schema>, whose relations have the names of the originals. Returns how many
-- layers have one. A layer that reads what keeps no history (a published file) has none, and says so when asked.
create function history.build_twins() returns integer language plpgsql set search_path = pg_catalog as $build$
declare
  homes constant text[] := array['land', 'zoning', 'utility', 'risk', 'titling', 'programme', 'layer', 'staff_layer'];
  home text;
  item record;
  named record;
  body text;
  columns text;
  made integer;
  waiting integer;
begin
  foreach home in array homes || array['service'] loop
    execute format('drop schema if exists %I cascade', 'recorded_' || home);
    execute format('create schema %I', 'recorded_' || home);
    execute format('comment on schema %I is %L', 'recorded_' || home, 'Twins of ' || home || ' as of service.recorded_at()');
  end loop;

  -- Tables: the current rows that were there already, and the replaced ones of that time.
  for item in
    select n.nspname as home, c.relname as name, c.oid::regclass as relation,
      to_regclass(format('history.%I', n.nspname || '_' || c.relname)) as kept
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any (homes) and c.relkind = 'r'
  loop
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns
    from pg_attribute where attrelid = item.relation and attnum > 0 and not attisdropped;
    if item.kept is null then
      execute format('create view %I.%I as select %s from %s', 'recorded_' || item.home, item.name, columns, item.relation);
    else
      execute format('create view %1$I.%2$I as select %3$s from %4$s where recorded_from <= service.recorded_at() '
        'union all select %3$s from %5$s where recorded @> service.recorded_at()',
        'recorded_' || item.home, item.name, columns, item.relation, item.kept);
    end if;
  end loop;

  -- Views, each after those that it reads: a round makes all whose relations are there.
  loop
    made := 0;
    waiting := 0;
    for item in
      select n.nspname as home, c.relname as name, c.oid
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any (homes) and c.relkind = 'v'
        and to_regclass(format('%I.%I', 'recorded_' || n.nspname, c.relname)) is null
    loop
      body := pg_get_viewdef(item.oid);
      continue when body ~ '\mpublished\.';
      for named in
        select n.nspname as home, c.relname as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (homes) and c.relkind in ('r', 'v')
          and position(n.nspname || '.' || c.relname in body) > 0
      loop
        body := regexp_replace(body, '\m' || named.home || '\.' || named.name || '\M',
          'recorded_' || named.home || '.' || named.name, 'g');
      end loop;
      begin
        execute format('create view %I.%I as %s', 'recorded_' || item.home, item.name, body);
        made := made + 1;
      exception when undefined_table then
        waiting := waiting + 1;
      end;
    end loop;
    exit when waiting = 0 or made = 0;
  end loop;

  -- The functions of the extract.
  for item in
    select p.oid, p.proname as name from pg_proc p
    where p.pronamespace = 'service'::regnamespace
      and p.proname in ('parcel_facts', 'parcels_of_unit', 'zone_parameters', 'recorded_restrictions')
  loop
    body := replace(pg_get_functiondef(item.oid), 'FUNCTION service.', 'FUNCTION recorded_service.');
    for named in
      select n.nspname as home, c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any (homes) and c.relkind in ('r', 'v')
    loop
      body := regexp_replace(body, '\m' || named.home || '\.' || named.name || '\M',
        'recorded_' || named.home || '.' || named.name, 'g');
    end loop;
    execute body;
  end loop;

  revoke execute on all functions in schema recorded_service from public;
  grant usage on schema recorded_layer, recorded_staff_layer, recorded_service to predio_auditor;
  grant select on all tables in schema recorded_layer, recorded_staff_layer to predio_auditor;
  grant execute on all functions in schema recorded_service to predio_auditor;
  return (select count(*) from pg_class where relnamespace = 'recorded_layer'::regnamespace and relkind = 'v');
end
$build$;
comment on function history.build_twins is 'Makes the twins of all tables and layers anew; migrations end with it';
revoke execute on function history.build_twins() from public;

grant select on all tables in schema history to predio_auditor;
select history.build_twins();
