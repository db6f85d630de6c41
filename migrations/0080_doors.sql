-- Doors: how a layer is written. A layer that can be written has a trigger `door` (INSTEAD OF) on its view, and its
-- grants say who may. QGIS over PostGIS, psql and OGC API write the same view, so all of them meet the same rules.
--
-- What a door needs to know is data, the argument of the trigger: which table it writes, which properties it takes,
-- which of them a new object must have. The service reads it from the catalogue, and describes the layer by it.

-- Shapes -----------------------------------------------------------------------------------------------

-- A client returns what it was told, in another system and with so many decimals: within a millimetre it is the same.
-- GeoJSON winds every ring its own way.
create function land.same_shape(a geometry, b geometry) returns boolean language sql immutable parallel safe
begin atomic
  select a is not distinct from b
    or st_geometrytype(a) is not distinct from st_geometrytype(b) and not exists (
      select from st_dumppoints(st_forcepolygonccw(a)) p full join st_dumppoints(st_forcepolygonccw(b)) q on q.path = p.path
      where p.geom is null or q.geom is null or st_distance(p.geom, q.geom) > 0.001);
end;
comment on function land.same_shape is 'Whether two shapes have the same vertices within the millimetre grid';

-- What was drawn, as it is kept: flat, on the grid, and a shape at all.
create function land.drawn(shape geometry) returns geometry language plpgsql immutable
set search_path = pg_catalog, public as $$
declare
  kept geometry := land.to_grid(st_force2d(shape));
  flaw record;
begin
  if st_isempty(kept) or not st_isvalid(kept) then
    select * into flaw from st_isvaliddetail(kept);
    raise exception using errcode = 'check_violation', constraint = 'layer_geometry_is_valid', column = 'geom',
      message = format('the geometry is not valid: %s at %s', coalesce(flaw.reason, 'it is empty'),
        coalesce(st_astext(flaw.location, 3), 'no place'));
  end if;
  return kept;
end
$$;
comment on function land.drawn is 'A drawn shape as it is kept: flat, on the millimetre grid, valid';

create function land.district_at(shape geometry) returns text language plpgsql stable
set search_path = pg_catalog, public as $$
declare
  found_there text;
begin
  if shape is null then
    return null;
  end if;
  select d.ubigeo into found_there from land.district d
  where st_intersects(d.geom, st_pointonsurface(st_makevalid(shape))) order by d.ubigeo limit 1;
  if found_there is null then
    raise exception using errcode = 'check_violation', constraint = 'layer_object_lies_in_a_district', column = 'ubigeo',
      message = 'no district of this cadastre lies there; say which one it belongs to (ubigeo)';
  end if;
  return found_there;
end
$$;
comment on function land.district_at is 'The district at a shape; refuses one that lies in none';

-- What doors share -------------------------------------------------------------------------------------

-- The id that a name stands for.
create function service.known(property text, said text, meant bigint) returns bigint language plpgsql immutable as $$
begin
  if said is not null and meant is null then
    raise exception using errcode = 'check_violation', constraint = 'layer_value_is_known', column = property,
      message = format('%s: nothing, or more than one thing, is called %L', property, said);
  end if;
  return meant;
end
$$;
comment on function service.known is 'Refuses a name that stands for nothing or for several things';

-- What is worked out by the database, or belongs to the object and not to its version, is not changed by a writer.
create function service.keep_derived(door jsonb, before jsonb, after jsonb) returns void language plpgsql immutable as $$
declare
  name text;
begin
  if after -> 'version' <> before -> 'version' then
    perform service.refuse_stale();
  end if;
  select n.key into name
  from jsonb_each(after) n join jsonb_each(before) o using (key)
  where n.value <> o.value and (not door -> 'receives' ? n.key or door -> 'only_new' ? n.key)
  order by n.key limit 1;
  if door -> 'only_new' ? name then
    raise exception using errcode = 'check_violation', constraint = 'layer_property_stays_with_the_object', column = name,
      message = format('%s belongs to the object for good; retire it and enter another one', name);
  elsif name is not null then
    raise exception using errcode = 'check_violation', constraint = 'layer_property_is_derived', column = name,
      message = format('%s is worked out by the database and is not written', name);
  end if;
end
$$;
comment on function service.keep_derived is 'Refuses a change of a property that a door does not take';

create function service.refuse_stale() returns void language plpgsql immutable as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'layer_version_is_current', column = 'version',
    message = 'somebody else changed it meanwhile', hint = 'read it again and repeat the change';
end
$$;
comment on function service.refuse_stale is 'No lost update: the version that the writer saw is no longer there';

create function service.refuse_past() returns void language plpgsql immutable as $$
begin
  raise exception using errcode = 'check_violation', constraint = 'layer_changes_what_is_in_force',
    message = 'only what is in force today is changed; a version of the past stays on record';
end
$$;
comment on function service.refuse_past is 'A version of the past stays on record';

-- A door on rows that are changed in place; the history keeps what was recorded.
create function service.write_rows() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  touched bigint;
begin
  if tg_op = 'INSERT' then
    execute format('insert into %s (%s) select %s from (select ($1).*) n returning id, version',
      door ->> 'base', door ->> 'columns', door ->> 'insert') into new.id, new.version using new;
    return new;
  elsif tg_op = 'UPDATE' then
    perform service.keep_derived(door, to_jsonb(old), to_jsonb(new));
    execute format('update %s b set (%s) = (select %s from (select ($1).*) n, (select ($2).*) o) '
      'where b.id = ($2).id and b.version = ($2).version', door ->> 'base', door ->> 'columns', door ->> 'update')
      using new, old;
    get diagnostics touched = row_count;
    new.version := old.version + 1;
  else
    execute format('delete from %s b where b.id = ($1).id and b.version = ($1).version', door ->> 'base') using old;
    get diagnostics touched = row_count;
  end if;
  if touched = 0 then
    perform service.refuse_stale();
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;
comment on function service.write_rows is 'Door of a layer whose rows are changed in place';

-- A door on objects with versions: a change of what was in force before today ends it and begins another version; a
-- delete ends it. What began today, and a draft, was never in force for a day: it is changed in place or taken away.
create function service.write_versions() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  base constant text := door ->> 'base';
  today constant date := (now() at time zone 'America/Lima')::date;
  period daterange;
  is_there boolean;
  version_id bigint;
begin
  if tg_op = 'INSERT' then
    execute format('insert into %s (%s) select %s from (select ($1).*) n returning id',
      door ->> 'identity', door ->> 'object_columns', door ->> 'object') into new.id using new;
    execute format('insert into %s (%I, valid, %s) select ($1).id, $2, %s from (select ($1).*) n returning version',
      base, door ->> 'key', door ->> 'columns', door ->> 'insert') into new.version
      using new, case when (door ->> 'dated')::boolean then daterange(today, null) end;
    return new;
  end if;
  if door ? 'open_while' then
    execute format('select %s from (select ($1).*) o', door ->> 'open_while') into is_there using old;
    if is_there is not true then
      raise exception using errcode = 'check_violation', constraint = 'layer_object_is_open',
        message = 'it is no longer open for changes by hand';
    end if;
  end if;
  period := (to_jsonb(old) ->> 'valid')::daterange;
  if not period @> today then
    -- Who names the object means the version in force.
    execute format('select exists (select from %s where %I = $1 and valid @> $2)', base, door ->> 'key')
      into is_there using old.id, today;
    if is_there then
      return null;
    end if;
    perform service.refuse_past();
  end if;
  execute format('select id from %s where %I = $1 and valid is not distinct from $2 and version = $3 for update',
    base, door ->> 'key') into version_id using old.id, period, old.version;
  if version_id is null then
    perform service.refuse_stale();
  end if;
  if tg_op = 'DELETE' then
    if period is null or lower(period) = today then
      execute format('delete from %s where id = $1', base) using version_id;
    else
      execute format('update %s set valid = daterange(lower(valid), $2) where id = $1', base) using version_id, today;
    end if;
    return old;
  end if;
  perform service.keep_derived(door, to_jsonb(old), to_jsonb(new));
  if to_jsonb(new) - 'geom' = to_jsonb(old) - 'geom' and land.same_shape(new.geom, old.geom) then
    return new;
  end if;
  if period is null or lower(period) = today then
    execute format('update %s b set (%s) = (select %s from (select ($1).*) n, (select ($2).*) o) where b.id = $3 returning version',
      base, door ->> 'columns', door ->> 'update') into new.version using new, old, version_id;
  else
    execute format('update %s set valid = daterange(lower(valid), $2) where id = $1', base) using version_id, today;
    execute format('insert into %s (%I, valid, %s) select ($2).id, $4, %s from (select ($1).*) n, (select ($2).*) o, %s b '
      'where b.id = $3 returning version', base, door ->> 'key', concat_ws(', ', door ->> 'columns', door ->> 'carried'),
      concat_ws(', ', door ->> 'update', door ->> 'carried_values'), base)
      into new.version using new, old, version_id, daterange(today, upper(period));
  end if;
  return new;
end
$$;
comment on function service.write_versions is 'Door of a layer whose objects have versions';

-- Versions of one object are counted through, so that a version that a writer saw names one state of the object.
create function history.count_on() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  last integer;
begin
  execute format('select max(version) from %I.%I where %I = ($1).%I', tg_table_schema, tg_table_name, tg_argv[0], tg_argv[0])
    into last using new;
  new.version := greatest(new.version, coalesce(last, 0) + 1);
  return new;
end
$$;
comment on function history.count_on is 'Before an insert: goes on counting the versions of the object. Argument: its column';
create trigger count_on before insert on risk.hazard_zone_version
  for each row execute function history.count_on('hazard_zone_id');

-- Opening a layer --------------------------------------------------------------------------------------

-- Works out what a door needs to know. A property is taken when the table has a column of its name that is not worked
-- out; `fixed` columns have one value in this layer; a property of `links` stands for an id, which `find` looks for
-- (SQL over the new row n); `derived` names columns that mean something else in the layer. With `identity`, `key` and
-- `object` the table holds versions of objects.
create function service.open_layer(layer regclass, base regclass, options jsonb default '{}') returns void
language plpgsql as $$
declare
  named constant text := (select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = base);
  door jsonb := '{"receives": [], "required": [], "only_new": []}'::jsonb || jsonb_build_object('base', named);
  columns text[] := '{}';
  inserts text[] := '{}';
  updates text[] := '{}';
  object_columns text[] := '{}';
  object_values text[] := '{}';
  item record;
  lookup text;
begin
  for item in
    select a.attname::text as name, a.attnotnull as is_needed, pg_get_expr(d.adbin, d.adrelid) as otherwise
    from pg_attribute a
    join pg_attribute v on v.attrelid = layer and v.attname = a.attname and v.attnum > 0 and not v.attisdropped
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = base and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
      and a.attname not in ('id', 'version', 'recorded_from', 'valid')
      and not coalesce(options -> 'derived' ? a.attname, false)
      and not coalesce(options -> 'fixed' ? a.attname, false)
    order by a.attnum
  loop
    door := jsonb_set(door, '{receives}', door -> 'receives' || to_jsonb(item.name));
    if item.is_needed and item.otherwise is null and item.name <> 'ubigeo' then
      door := jsonb_set(door, '{required}', door -> 'required' || to_jsonb(item.name));
    end if;
    columns := columns || quote_ident(item.name);
    inserts := inserts || case
      when item.name = 'geom' then 'land.drawn(n.geom)'
      when item.name = 'ubigeo' then 'coalesce(n.ubigeo, land.district_at(n.geom))'
      when item.is_needed and item.otherwise is not null then format('coalesce(n.%I, %s)', item.name, item.otherwise)
      else format('n.%I', item.name) end;
    updates := updates || case when item.name = 'geom'
      then 'case when land.same_shape(n.geom, o.geom) then b.geom else land.drawn(n.geom) end'
      else inserts[cardinality(inserts)] end;
  end loop;
  for item in select key as name, value #>> '{}' as fixed from jsonb_each(coalesce(options -> 'fixed', '{}')) loop
    columns := columns || quote_ident(item.name);
    inserts := inserts || quote_literal(item.fixed);
    updates := updates || quote_literal(item.fixed);
  end loop;
  for item in
    select l.key as name, l.value ->> 'column' as id_column, l.value ->> 'find' as find,
      (select a.attnotnull from pg_attribute a where a.attrelid = base and a.attname = l.value ->> 'column') as is_needed
    from jsonb_each(coalesce(options -> 'links', '{}')) l
  loop
    lookup := format('service.known(%L, n.%I::text, (%s))', item.name, item.name, item.find);
    door := jsonb_set(door, '{receives}', door -> 'receives' || to_jsonb(item.name));
    if item.is_needed then
      door := jsonb_set(door, '{required}', door -> 'required' || to_jsonb(item.name));
    end if;
    columns := columns || quote_ident(item.id_column);
    inserts := inserts || lookup;
    updates := updates || format('case when n.%1$I is not distinct from o.%1$I then b.%2$I else %3$s end',
      item.name, item.id_column, lookup);
  end loop;
  if options ? 'identity' then
    for item in
      select o.key as name, o.value ->> 'column' as id_column, o.value ->> 'find' as find
      from jsonb_each('{"ubigeo": {"column": "ubigeo"}}'::jsonb || (options -> 'object')) o
    loop
      door := jsonb_set(jsonb_set(door, '{receives}', door -> 'receives' || to_jsonb(item.name)),
        '{only_new}', door -> 'only_new' || to_jsonb(item.name));
      if item.name <> 'ubigeo' then
        door := jsonb_set(door, '{required}', door -> 'required' || to_jsonb(item.name));
      end if;
      object_columns := object_columns || quote_ident(item.id_column);
      object_values := object_values || case
        when item.name = 'ubigeo' then 'coalesce(n.ubigeo, land.district_at(n.geom))'
        when item.find is null then format('n.%I', item.name)
        else format('service.known(%L, n.%I::text, (%s))', item.name, item.name, item.find) end;
    end loop;
    door := door || jsonb_build_object('identity', options ->> 'identity', 'key', options ->> 'key',
      'object_columns', array_to_string(object_columns, ', '), 'object', array_to_string(object_values, ', '),
      'dated', exists (select from pg_attribute where attrelid = layer and attname = 'valid' and not attisdropped),
      -- What the layer does not show goes on in the next version.
      'carried', (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = base and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
          and attname not in ('id', 'version', 'recorded_from', 'valid', options ->> 'key') and quote_ident(attname) <> all (columns)),
      'carried_values', (select string_agg('b.' || quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = base and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
          and attname not in ('id', 'version', 'recorded_from', 'valid', options ->> 'key') and quote_ident(attname) <> all (columns)));
  end if;
  door := door || jsonb_build_object('columns', array_to_string(columns, ', '),
    'insert', array_to_string(inserts, ', '), 'update', array_to_string(updates, ', '));
  if options ? 'open_while' then
    door := door || jsonb_build_object('open_while', options ->> 'open_while');
  end if;
  execute format('drop trigger if exists door on %s', layer);
  execute format('create trigger door instead of insert or update or delete on %s for each row execute function service.%I(%L)',
    layer, case when options ? 'identity' then 'write_versions' else 'write_rows' end, jsonb_strip_nulls(door)::text);
end
$$;
comment on function service.open_layer is 'Lets a layer be written: makes the door of its view';

-- What a writer who saw an older version is told ----------------------------------------------------------

create function service.door_of(layer regclass) returns jsonb language sql stable
set search_path = pg_catalog as $$
  select convert_from(substr(t.tgargs, 1, octet_length(t.tgargs) - 1), 'UTF8')::jsonb
  from pg_trigger t where t.tgrelid = layer and t.tgname = 'door' and t.tgnargs = 1
$$;
comment on function service.door_of is 'What the door of a layer knows; nothing for a layer without one';

-- A login of somebody's own stands for the office that it is a member of.
create function service.office_of(role text) returns text language sql stable
set search_path = pg_catalog as $$
  select case
    when office_of.role = any (array['predio_planner', 'predio_surveyor', 'predio_titling', 'predio_admin', 'predio_owner']) then office_of.role
    else coalesce((
      select a.rolname::text
      from pg_roles l join pg_auth_members g on g.member = l.oid join pg_roles a on a.oid = g.roleid
      where l.rolname = office_of.role and a.rolname like 'predio\_%' order by a.rolname limit 1), 'predio_other') end
$$;
comment on function service.office_of is 'The office in which a role acts; never the name of a person''s login';

-- By the office and never by the person; whether all of it was the writer's own.
create function service.changes_since(layer regclass, feature bigint, seen integer)
returns table (role text, at timestamptz, operation text, changed text[], is_own boolean) language plpgsql stable
security definer set search_path = pg_catalog as $$
declare
  door constant jsonb := service.door_of(layer);
  base constant text := door ->> 'base';
  key constant text := coalesce(door ->> 'key', 'id');
  bookkeeping constant text[] := array['id', 'version', 'recorded_from', 'recorded', 'valid', 'geom_crs84', 'begun_by', 'ended_by'];
  before jsonb;
  after jsonb;
  ids bigint[];
  since timestamptz;
begin
  execute format('select to_jsonb(h), upper(h.recorded) from history.%I h where h.%I = $1 and h.version = $2 '
    'order by h.recorded desc limit 1', replace(base, '.', '_'), key) into before, since using feature, seen;
  execute format('select array_agg(b.id), (array_agg(to_jsonb(b) order by b.version desc))[1] from %s b where b.%I = $1', base, key)
    into ids, after using feature;
  return query
    with last as (
      select e.* from audit.entry e where e.relation = base order by e.id desc limit 1000
    ), own as (
      select l.* from last l where l.row_ids && ids and (since is null or l.at >= since)
    )
    select service.office_of(o.role), o.at, o.operation,
      (select array_agg(a.key order by a.key) from jsonb_each(after) a
       where a.key <> all (bookkeeping) and a.value is distinct from before -> a.key and before is not null),
      (select since is not null and bool_and(coalesce(w.account = current_setting('predio.account', true), false)) from own w)
    from own o order by o.id desc limit 1;
end
$$;
comment on function service.changes_since is 'What changed of a feature since a version, by which office, and whether the writer did it';

revoke execute on function land.same_shape(geometry, geometry), land.drawn(geometry), land.district_at(geometry),
  service.known(text, text, bigint), service.keep_derived(jsonb, jsonb, jsonb), service.refuse_stale(), service.refuse_past(),
  service.write_rows(), service.write_versions(), history.count_on(), service.open_layer(regclass, regclass, jsonb),
  service.door_of(regclass), service.office_of(text), service.changes_since(regclass, bigint, integer) from public;
grant execute on function service.changes_since(regclass, bigint, integer) to predio_planner, predio_surveyor, predio_titling;
