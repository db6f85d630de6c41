-- Returns: a field copy that comes back edited. What went out, what came back and what is on record now are compared
-- feature by feature; what only they changed goes through the door of the layer with the version that it was compared
-- with, what both changed is a conflict that an office decides.
--
-- The comparison and every change run in the name of the office, through the grants on the view, so that nothing is read
-- or written that the office could not read or write itself.

alter table delivery.delivery add column returns bigint constraint delivery_returns_a_field_copy references delivery.field_copy;
comment on column delivery.delivery.returns is 'es: Salida de campo que devuelve | en: Field copy that it returns';
select history.follow('delivery.delivery');
create or replace view delivery.own with (security_barrier) as
select * from delivery.delivery d where d.office = service.office_of(current_user) and access.may_act_in(d.ubigeo)
with check option;
comment on column delivery.own.returns is 'es: Salida de campo que devuelve | en: Field copy that it returns';

-- A row for each object that is not the same on all three sides.
create table delivery.change (
  id bigint generated always as identity constraint change_pkey primary key,
  delivery_id bigint not null references delivery.delivery,
  -- Feature of the file; none: it is absent there.
  number bigint,
  -- None: it is new.
  object_id bigint,
  change text not null constraint change_is_known check (change in
    ('same', 'ours', 'equal', 'update', 'merge', 'create', 'delete', 'conflict', 'operation', 'refused')),
  state text not null default 'open' constraint change_state_is_known check (state in ('open', 'applied', 'kept', 'revoked')),
  -- Versions: that which went out, that which it was compared with, that which it got.
  base_version integer,
  seen integer,
  written integer,
  base jsonb,
  theirs jsonb,
  ours jsonb,
  base_geom geometry(Geometry, 32718),
  theirs_geom geometry(Geometry, 32718),
  ours_geom geometry(Geometry, 32718),
  -- What each side changed, what of theirs is still to be written, what stands against each other; `geom` is the shape.
  their_fields text[] not null default '{}',
  our_fields text[] not null default '{}',
  fields text[] not null default '{}',
  conflicts text[] not null default '{}',
  constraint change_feature_exists foreign key (delivery_id, number) references delivery.feature (delivery_id, number)
);
create index change_delivery on delivery.change (delivery_id, id);
create index change_feature on delivery.change (delivery_id, number);

create view delivery.own_change with (security_barrier) as
select * from delivery.change c where c.delivery_id in (select d.id from delivery.own d)
with check option;

do $$
declare
  relation regclass;
begin
  foreach relation in array array['delivery.change', 'delivery.own_change']::regclass[] loop
    perform service.describe(relation, 'es: Cambios de una devolución | en: Changes of a return', 'delivery_id=es: Entrega | en: Delivery',
      'object_id=es: Objeto en la capa | en: Object in the layer', 'change=es: Clase de cambio | en: Kind of change',
      'base_version=es: Versión que salió | en: Version that went out', 'seen=es: Versión con que se comparó | en: Version that it was compared with',
      'written=es: Versión que recibió | en: Version that it got', 'base=es: Lo que salió | en: What went out', 'theirs=es: Lo que volvió | en: What came back',
      'ours=es: Lo que consta | en: What is on record', 'base_geom=es: Geometría que salió | en: Geometry that went out',
      'theirs_geom=es: Geometría que volvió | en: Geometry that came back', 'ours_geom=es: Geometría que consta | en: Geometry on record',
      'their_fields=es: Lo que cambió el campo | en: What the field changed', 'our_fields=es: Lo que cambió aquí | en: What changed here',
      'fields=es: Lo que se escribe | en: What is written', 'conflicts=es: Lo que se contradice | en: What stands against each other');
  end loop;
end
$$;

-- What is compared ----------------------------------------------------------------------------------------

-- A GeoPackage has no empty text that GDAL would tell from none.
create function delivery.filled(said jsonb) returns jsonb language sql immutable parallel safe
set search_path = pg_catalog as $$
  select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(said) e where e.value not in ('null', '""')
$$;
comment on function delivery.filled is 'The members that have a value';

-- Through the layer's own types: 12.5 of a file is the 12.50 of a column, and 1 is true. Nothing where a value has no such type.
create function delivery.read_as(layer regclass, columns text[], attributes jsonb) returns jsonb language plpgsql stable
set search_path = pg_catalog, public as $$
declare
  said jsonb;
begin
  execute format('select to_jsonb(r) from (select %s from jsonb_populate_record(null::%s, $1) p) r',
    (select string_agg(format('p.%I', c), ', ') from unnest(columns) c), layer)
    into said using (
      -- A file keeps lists and structures as text.
      select coalesce(jsonb_object_agg(e.key, case when jsonb_typeof(e.value) = 'string' and (t.typcategory = 'A' or t.typname in ('json', 'jsonb'))
        then (e.value #>> '{}')::jsonb else e.value end), '{}')
      from jsonb_each(attributes) e
      join pg_attribute a on a.attrelid = layer and a.attname = e.key and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
      where e.key = any (columns));
  return delivery.filled(said);
exception when data_exception then
  return null;
end
$$;
comment on function delivery.read_as is 'Attributes of a file as the columns of a layer have them';

-- A program may begin a ring elsewhere or wind it the other way.
create function delivery.same_outline(a geometry, b geometry) returns boolean language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  select land.same_shape(a, b) or coalesce(st_npoints(a) = st_npoints(b)
    and st_orderingequals(st_normalize(a), st_normalize(b)), false)
$$;
comment on function delivery.same_outline is 'Whether two shapes are the same within the millimetre grid, wherever their rings begin';

-- Safe SQL: one of three texts.
create function delivery.in_force(layer regclass) returns text language sql stable
set search_path = pg_catalog as $$
  select coalesce((
    select case a.atttypid when 'daterange'::regtype then $t$v.valid @> (now() at time zone 'America/Lima')::date$t$
      else 'v.valid @> now()' end
    from pg_attribute a where a.attrelid = layer and a.attname = 'valid' and not a.attisdropped), 'true')
$$;
comment on function delivery.in_force is 'Condition on rows v of a layer that are in force';

-- Pairs what went out (the temporary table `base`: id, version, attributes, geom) with what came back, by the id. A
-- column that the file has not (`said` are those that it has), and a value that could not be read, say nothing.
create function delivery.pair(of_delivery bigint, layer regclass, columns text[], said text[]) returns void
language plpgsql volatile set search_path = pg_catalog, public as $$
declare
  is_multi constant boolean := (select postgis_typmod_type(a.atttypmod) like 'Multi%' from pg_attribute a
    where a.attrelid = layer and a.attname = 'geom');
  -- Which object an unreadable feature is, nobody knows: then nothing counts as taken away.
  is_blind constant boolean := exists (select from delivery.own_feature f where f.delivery_id = of_delivery and f.flaw = 'unreadable');
begin
  delete from delivery.own_change c where c.delivery_id = of_delivery;
  insert into delivery.own_change (delivery_id, number, object_id, change, base_version, base, theirs, base_geom, theirs_geom)
  with theirs as (
    select f.number, f.attributes, f.attributes ->> 'id' as id, count(*) over (partition by f.attributes ->> 'id') as times,
      case when is_multi then st_multi(f.geom) else f.geom end as geom,
      array(select unnest(said) except select r ->> 'field' from jsonb_array_elements(f.remarks) r) as said
    from delivery.own_feature f where f.delivery_id = of_delivery
  ), single as (
    select * from theirs t where t.id is not null and t.times = 1
  ), twice as (
    select t.id, min(t.number) as number from theirs t where t.id is not null and t.times > 1 group by t.id
  ), known as (
    select b.id, b.version, b.attributes, delivery.read_as(layer, columns, b.attributes) as content,
      case when is_multi then st_multi(b.geom) else b.geom end as geom
    from base b
  ), paired as (
    select coalesce(t.number, w.number) as number, k.id, k.version, k.content as base, k.geom as base_geom, t.geom as theirs_geom,
      case when t.number is null or k.id is null then null when t.attributes = k.attributes then k.content
        else (k.content - t.said) || delivery.read_as(layer, t.said, t.attributes) end as theirs,
      case when k.id is null or w.number is not null or t.number is null and is_blind then 'refused' else 'same' end as change
    from known k full join single t on t.id = k.id left join twice w on w.id = k.id
  )
  select of_delivery, p.number, p.id::bigint,
    case when p.number is not null and p.theirs is null then 'refused' else p.change end,
    p.version, p.base, p.theirs, p.base_geom, p.theirs_geom
  from paired p
  union all
  select of_delivery, t.number, null, case when r.content is null then 'refused' else 'create' end, null, null, r.content, null, t.geom
  from theirs t cross join lateral (select delivery.read_as(layer, columns, t.attributes) as content offset 0) r
  where t.id is null;
end
$$;
comment on function delivery.pair is 'Pairs what went out with what came back';

-- Weighs pairs (all, or one) against what is on record now: who changed what, and what follows.
create function delivery.weigh(of_delivery bigint, layer regclass, columns text[], changeable text[], only_change bigint default null)
returns void language plpgsql volatile set search_path = pg_catalog, public as $$
declare
  -- A polygon of the fabric changes by an operation only.
  is_fabric constant boolean := layer = 'layer.parcels'::regclass;
begin
  execute format(
    'update delivery.own_change c set ours = o.content, ours_geom = o.geom, seen = o.version
     from delivery.own_change k left join (
       select v.id, v.version::integer as version, delivery.filled(to_jsonb(r)) as content, v.geom
       from %s v cross join lateral (select %s) r where %s) o on o.id = k.object_id
     where c.id = k.id and k.delivery_id = $1 and k.object_id is not null and k.change <> ''refused'' and ($2 is null or k.id = $2)',
    layer, (select string_agg(format('v.%I', name), ', ') from unnest(columns) name), delivery.in_force(layer))
    using of_delivery, only_change;
  update delivery.own_change c
  set their_fields = t.fields, our_fields = o.fields, fields = d.fields, conflicts = s.fields,
    change = case
      when c.theirs is null then case when c.ours is null then 'equal' when o.fields = '{}' then 'delete' else 'conflict' end
      when c.ours is null then case when t.fields = '{}' then 'ours' else 'conflict' end
      when t.fields = '{}' then case when o.fields = '{}' then 'same' else 'ours' end
      when s.fields <> '{}' then 'conflict'
      when d.fields = '{}' then case when d.has_polygon then 'operation' else 'equal' end
      when o.fields <@ t.fields then 'update'
      else 'merge' end
  from delivery.own_change k
  cross join lateral (select array(select n from unnest(changeable || 'geom'::text) n
    where k.theirs is not null and case when n = 'geom' then not delivery.same_outline(k.theirs_geom, k.base_geom)
      else k.theirs -> n is distinct from k.base -> n end) as fields offset 0) t
  cross join lateral (select array(select n from unnest(changeable || 'geom'::text) n
    where k.ours is not null and k.seen is distinct from k.base_version and case when n = 'geom'
      then not delivery.same_outline(k.ours_geom, k.base_geom) else k.ours -> n is distinct from k.base -> n end) as fields offset 0) o
  cross join lateral (select array(select n from unnest(t.fields) n where k.ours is null or case when n = 'geom'
      then not delivery.same_outline(k.theirs_geom, k.ours_geom) else k.theirs -> n is distinct from k.ours -> n end) as fields offset 0) raw
  cross join lateral (select case when is_fabric then array_remove(raw.fields, 'geom') else raw.fields end as fields,
    is_fabric and 'geom' = any (raw.fields) as has_polygon) d
  cross join lateral (select case when k.theirs is null then o.fields when k.ours is null then t.fields
    else array(select unnest(d.fields) intersect select unnest(o.fields)) end as fields) s
  where c.id = k.id and k.delivery_id = of_delivery and k.object_id is not null and k.change <> 'refused'
    and case when only_change is not null then k.id = only_change
      -- What nobody touched is the same already; that is most of a layer.
      else (k.theirs, k.theirs_geom, k.seen) is distinct from (k.base, k.base_geom, k.base_version) end;
end
$$;
comment on function delivery.weigh is 'Compares the pairs of a return with what is on record now';

-- Through the door -------------------------------------------------------------------------------------------

-- Gives an object other values of some fields; nothing where the version that was seen is no longer in force.
create function delivery.put(layer regclass, object bigint, seen integer, fields text[], content jsonb, shape geometry)
returns integer language plpgsql volatile set search_path = pg_catalog, public as $$
declare
  got integer;
begin
  execute format('update %1$s v set %2$s from jsonb_populate_record(null::%1$s, $1) r
    where v.id = $2 and v.version = $3 and %3$s returning v.version::integer', layer,
    (select string_agg(case when f = 'geom' then 'geom = $4' else format('%1$I = r.%1$I', f) end, ', ') from unnest(fields) f),
    delivery.in_force(layer))
    into got using content, object, seen, shape;
  return got;
end
$$;
comment on function delivery.put is 'Changes fields of an object through the door of its layer, where the version that was seen is still there';

create function delivery.take(layer regclass, object bigint, seen integer) returns integer language plpgsql volatile
set search_path = pg_catalog, public as $$
declare
  touched integer;
begin
  execute format('delete from %s v where v.id = $1 and v.version = $2 and %s', layer, delivery.in_force(layer)) using object, seen;
  get diagnostics touched = row_count;
  return case when touched > 0 then seen end;
end
$$;
comment on function delivery.take is 'Takes an object away through the door of its layer, where the version that was seen is still there';

-- Enters a feature, and notes it as what the delivery entered.
create function delivery.add(of_delivery bigint, feature bigint, layer regclass, columns text[], content jsonb, shape geometry)
returns table (object_id bigint, version integer) language plpgsql volatile set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
  made record;
  has_code constant boolean := exists (select from pg_attribute where attrelid = layer and attname = 'code' and not attisdropped);
  district constant text := (select d.ubigeo from delivery.own d where d.id = of_delivery);
begin
  execute format('insert into %1$s (%2$s, geom) select %3$s, $2 from jsonb_populate_record(null::%1$s, $1) r
    returning id::bigint as id, version::integer as version, %4$s as code', layer,
    (select string_agg(quote_ident(c), ', ') from unnest(columns) c),
    (select string_agg('r.' || quote_ident(c), ', ') from unnest(columns) c),
    case when has_code then 'code::text' else 'null::text' end)
    into made using content || jsonb_build_object('ubigeo', district), shape;
  insert into delivery.own_entered (delivery_id, number, object_id, version, code)
  values (of_delivery, feature, made.id, made.version, made.code);
  return query select made.id, made.version;
end
$$;
comment on function delivery.add is 'Enters a feature of a return through the door of its layer';

-- Applies what may be applied (all, or one that was decided), each through the door with the version that it was compared
-- with. What changed meanwhile becomes a conflict; what a rule refuses is told; neither stops the others.
create function delivery.apply(of_delivery bigint, layer regclass, columns text[], changeable text[], only_change bigint default null)
returns table (change_id bigint, number bigint, object_id bigint, rule text, message text) language plpgsql volatile
set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
  item record;
  object bigint;
  got integer;
  refused_rule text;
  refused_text text;
  refused_state text;
begin
  for item in
    select c.* from delivery.own_change c
    where c.delivery_id = of_delivery and c.state = 'open'
      and case when only_change is null then c.change in ('update', 'merge', 'create', 'delete') else c.id = only_change end
    order by c.id
  loop
    got := null;
    refused_rule := null;
    refused_text := null;
    object := item.object_id;
    begin
      if item.theirs is null then
        got := delivery.take(layer, item.object_id, item.seen);
      elsif item.ours is null then
        select a.object_id, a.version into object, got
        from delivery.add(of_delivery, item.number, layer, columns, item.theirs, item.theirs_geom) a;
      else
        got := delivery.put(layer, item.object_id, item.seen, item.fields, item.theirs, item.theirs_geom);
      end if;
      update delivery.own_change c set state = 'applied', written = got, object_id = object where c.id = item.id and got is not null;
    exception when integrity_constraint_violation or data_exception then
      get stacked diagnostics refused_rule = constraint_name, refused_text = message_text, refused_state = returned_sqlstate;
      got := null;
      -- foreign_key_violation, from the side that is referred to
      if refused_state = '23503' and item.theirs is null then
        refused_text := 'otros todavía se refieren a él · others still refer to it';
      end if;
    end;
    if got is null and (refused_text is null or refused_rule = 'layer_version_is_current') then
      perform delivery.weigh(of_delivery, layer, columns, changeable, item.id);
      update delivery.own_change c
      set change = 'conflict', conflicts = case when c.conflicts = '{}' then c.fields else c.conflicts end
      where c.id = item.id and c.change in ('update', 'merge', 'delete');
    elsif got is null then
      update delivery.own_change c set change = 'refused' where c.id = item.id;
      change_id := item.id;
      number := item.number;
      object_id := item.object_id;
      rule := refused_rule;
      message := refused_text;
      return next;
    end if;
  end loop;
end
$$;
comment on function delivery.apply is 'Applies the changes of a return through the door of its layer; returns those that a rule refused';

-- What stands in the way of taking a return back: what was taken away has no way back to its number, and what somebody
-- changed since is theirs.
create function delivery.stands_on(of_delivery bigint, layer regclass) returns table (number bigint, code text, what text, which text)
language plpgsql stable set search_path = pg_catalog, public as $$
#variable_conflict use_column
begin
  return query execute format(
    'select coalesce(c.number, 0), c.object_id::text, case when c.theirs is null then ''deleted'' when v.id is null then ''gone'' else ''version'' end, v.version::text
     from delivery.own_change c left join %s v on v.id = c.object_id and %s
     where c.delivery_id = $1 and c.state = ''applied'' and (c.theirs is null or v.version is distinct from c.written)
     order by c.id', layer, delivery.in_force(layer)) using of_delivery;
end
$$;
comment on function delivery.stands_on is 'What was built on the changes of a return, or cannot be undone';

-- Gives what was changed its values of before, through the door. What was entered is taken back by delivery.take_back.
create function delivery.undo(of_delivery bigint, layer regclass) returns bigint language plpgsql volatile
set search_path = pg_catalog, public as $$
declare
  item record;
  undone bigint := 0;
begin
  for item in
    select c.* from delivery.own_change c
    where c.delivery_id = of_delivery and c.state = 'applied' and c.theirs is not null and c.ours is not null order by c.id desc
  loop
    if delivery.put(layer, item.object_id, item.written, item.fields, item.ours, item.ours_geom) is null then
      raise exception using errcode = 'check_violation', constraint = 'delivery_is_as_it_was_entered',
        message = format('object %s: changed or gone since', item.object_id);
    end if;
    undone := undone + 1;
  end loop;
  update delivery.own_change c set state = 'revoked' where c.delivery_id = of_delivery and c.state = 'applied';
  return undone;
end
$$;
comment on function delivery.undo is 'Takes the changes of a return back';

-- Rights.
grant select, insert, update, delete on delivery.change to predio_service;
grant select, insert, update, delete on delivery.own_change to predio_surveyor, predio_planner;
revoke execute on function delivery.filled(jsonb), delivery.read_as(regclass, text[], jsonb), delivery.same_outline(geometry, geometry),
  delivery.in_force(regclass), delivery.pair(bigint, regclass, text[], text[]), delivery.weigh(bigint, regclass, text[], text[], bigint),
  delivery.put(regclass, bigint, integer, text[], jsonb, geometry), delivery.take(regclass, bigint, integer),
  delivery.add(bigint, bigint, regclass, text[], jsonb, geometry), delivery.apply(bigint, regclass, text[], text[], bigint),
  delivery.stands_on(bigint, regclass), delivery.undo(bigint, regclass) from public;
grant execute on function delivery.same_outline(geometry, geometry), land.same_shape(geometry, geometry) to predio_service;
grant execute on function delivery.filled(jsonb), delivery.read_as(regclass, text[], jsonb), delivery.same_outline(geometry, geometry),
  delivery.in_force(regclass), delivery.pair(bigint, regclass, text[], text[]), delivery.weigh(bigint, regclass, text[], text[], bigint),
  delivery.put(regclass, bigint, integer, text[], jsonb, geometry), delivery.take(regclass, bigint, integer),
  delivery.add(bigint, bigint, regclass, text[], jsonb, geometry), delivery.apply(bigint, regclass, text[], text[], bigint),
  delivery.stands_on(bigint, regclass), delivery.undo(bigint, regclass), land.same_shape(geometry, geometry)
  to predio_surveyor, predio_planner;
