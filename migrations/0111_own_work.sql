-- QGIS says no version when it deletes over OGC API. Where nobody but the account that deletes ever wrote the object,
-- nobody's work can be lost by that. The journal knows; like service.changes_since it looks back as far as is cheap, and
-- what it does not find is not the account's own.
create function service.is_own_work(layer regclass, feature bigint) returns boolean language plpgsql stable
security definer set search_path = pg_catalog as $$
declare
  door constant jsonb := service.door_of(layer);
  base constant text := door ->> 'base';
  ids bigint[];
  found_own boolean;
begin
  execute format('select array_agg(b.id) from %s b where b.%I = $1', base, coalesce(door ->> 'key', 'id'))
    into ids using feature;
  with last as (
    select e.* from audit.entry e where e.relation = base order by e.id desc limit 1000
  ), about as (
    select l.* from last l where l.row_ids && ids
  )
  select coalesce(bool_and(a.account is not null and a.account = current_setting('predio.account', true)), false)
      -- Since each of its rows began.
      and not exists (select from unnest(ids) as one (id)
        where not exists (select from about i where i.operation = 'INSERT' and one.id = any (i.row_ids)))
    into found_own from about a;
  return coalesce(found_own, false);
end
$$;
comment on function service.is_own_work is 'Whether nobody but the account at work ever wrote a feature of a layer';
revoke execute on function service.is_own_work(regclass, bigint) from public;
grant execute on function service.is_own_work(regclass, bigint) to predio_planner, predio_surveyor, predio_titling;
