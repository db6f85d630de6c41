-- Shares of a property unit, by kind of right, sum to exactly one at every moment of valid time at which a right
-- of that kind is in force. Judged when the transaction commits, so that one holder may leave before the next
-- enters; judged once for all units that it touched, so that loading a district stays one question.

-- An annulled version stays on record and no longer counts.
alter table land.tenure_right_version
  add column annulled boolean not null default false;
alter table land.tenure_right_version
  drop constraint tenure_right_version_periods_do_not_overlap,
  add constraint tenure_right_version_periods_do_not_overlap
    exclude using gist (tenure_right_id with =, valid with &&) where (not annulled);
alter table history.land_tenure_right_version add column annulled boolean;

create or replace function history.keep_land_tenure_right_version() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  insert into history.land_tenure_right_version (id, tenure_right_id, valid, party_id, share_numerator, share_denominator,
    source_id, registry_entry, version, recorded_from, annulled, recorded)
  values (old.id, old.tenure_right_id, old.valid, old.party_id, old.share_numerator, old.share_denominator,
    old.source_id, old.registry_entry, old.version, old.recorded_from, old.annulled, tstzrange(old.recorded_from,
      case tg_op when 'UPDATE' then new.recorded_from
      else greatest(transaction_timestamp(), old.recorded_from + interval '1 microsecond') end));
  return null;
end
$$;
create or replace function history.land_tenure_right_version_as_of(at timestamptz)
returns setof land.tenure_right_version language sql stable as $$
  select id, tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id, registry_entry, version,
    recorded_from, annulled
  from land.tenure_right_version where recorded_from <= at
  union all
  select id, tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id, registry_entry, version,
    recorded_from, annulled
  from history.land_tenure_right_version where recorded @> at
$$;
comment on column land.tenure_right_version.annulled is 'es: Anulado: consta y no cuenta | en: Annulled: on record and without effect';
comment on column history.land_tenure_right_version.annulled is 'es: Anulado: consta y no cuenta | en: Annulled: on record and without effect';

create trigger legal_objects_are_not_deleted before delete on land.tenure_right_version
  for each row execute function audit.refuse_delete();

-- What a right is about never changes: another unit or another kind is another right.
create function land.keep_identity_of_right() returns trigger language plpgsql as $$
begin
  if (new.id, new.property_unit_id, new.kind) is distinct from (old.id, old.property_unit_id, old.kind) then
    raise exception using errcode = 'check_violation', constraint = 'tenure_right_identity_is_fixed',
      schema = 'land', table = 'tenure_right',
      message = format('right %s: its property unit and its kind never change', old.id),
      hint = 'end this right and constitute another';
  end if;
  return new;
end
$$;
create trigger tenure_right_identity_is_fixed before update on land.tenure_right
  for each row execute function land.keep_identity_of_right();

-- The row of a unit is the lock under which its shares are judged: writing it makes a second writer wait at READ
-- COMMITTED and fail with 40001 above, where a mere lock would let it judge by an old snapshot. Its number tells a
-- client whether the rights have changed since it read them.
create table land.unit_rights (
  property_unit_id bigint constraint unit_rights_pkey primary key references land.property_unit,
  version bigint not null default 1
);
select service.describe('land.unit_rights', 'es: Cuenta de los cambios en los derechos de cada unidad | en: Count of the changes to the rights of each unit');

-- Units whose shares this transaction has yet to answer for: one row for each statement, gone at its commit.
create table land.shares_to_judge (
  txid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  property_unit_ids bigint[] not null,
  constraint shares_to_judge_pkey primary key (txid, id)
);
select service.describe('land.shares_to_judge', 'es: Unidades por verificar al confirmar | en: Units to be judged at commit',
  'txid=es: Transacción | en: Transaction', 'property_unit_ids=es: Unidades prediales | en: Property units');

create aggregate land.common_denominator(numeric) (sfunc = pg_catalog.lcm, stype = numeric, initcond = '1', parallel = safe, combinefunc = pg_catalog.lcm);
comment on aggregate land.common_denominator(numeric) is 'Least common multiple: fractions are added exactly';

-- Where the shares of these units do not sum to one: the first day of each such period, and the sum. The set in
-- force changes only where a period begins or ends, so those days are all that must be looked at.
create function land.unbalanced_shares(of_units bigint[])
returns table (property_unit_id bigint, kind text, since date, numerator numeric, denominator numeric)
language sql stable set search_path = pg_catalog as $$
  with held as (
    select r.property_unit_id, r.kind, v.valid, v.share_numerator::numeric as part, v.share_denominator::numeric as whole
    from land.tenure_right r
    join land.tenure_right_version v on v.tenure_right_id = r.id
    where r.property_unit_id = any (of_units) and not v.annulled
  ), day as (
    select h.property_unit_id, h.kind, coalesce(lower(h.valid), '-infinity') as since from held h
    union
    select h.property_unit_id, h.kind, upper(h.valid) from held h where not upper_inf(h.valid)
  ), in_force as (
    select d.property_unit_id, d.kind, d.since, h.part, h.whole,
      land.common_denominator(h.whole) over (partition by d.property_unit_id, d.kind, d.since) as common
    from day d
    join held h on h.property_unit_id = d.property_unit_id and h.kind = d.kind and h.valid @> d.since
  )
  select f.property_unit_id, f.kind, f.since, sum(f.part * div(f.common, f.whole)), f.common
  from in_force f
  group by f.property_unit_id, f.kind, f.since, f.common
  having sum(f.part * div(f.common, f.whole)) <> f.common
  order by 1, 2, 3
$$;
comment on function land.unbalanced_shares is 'Days from which the shares of a kind of right do not sum to one, with their sum';

create function land.queue_shares() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  units bigint[];
begin
  if tg_op = 'INSERT' then
    units := array(select distinct r.property_unit_id from new_rows n join land.tenure_right r on r.id = n.tenure_right_id);
  else
    units := array(select distinct r.property_unit_id
      from (select tenure_right_id from new_rows union select tenure_right_id from old_rows) n
      join land.tenure_right r on r.id = n.tenure_right_id);
  end if;
  if cardinality(units) > 0 then
    insert into land.shares_to_judge (property_unit_ids) values (units);
  end if;
  return null;
end
$$;
create trigger queue_shares_insert after insert on land.tenure_right_version
  referencing new table as new_rows for each statement execute function land.queue_shares();
create trigger queue_shares_update after update on land.tenure_right_version
  referencing old table as old_rows new table as new_rows for each statement execute function land.queue_shares();

-- The first of the queued rows answers for all of its transaction: units are locked once and in one order.
create function land.judge_shares() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  units bigint[];
  wrong record;
begin
  with taken as (
    delete from land.shares_to_judge where txid = pg_current_xact_id() returning property_unit_ids
  )
  select array_agg(distinct unit) into units from taken t, unnest(t.property_unit_ids) unit;
  if units is null then
    return null;
  end if;
  insert into land.unit_rights as u (property_unit_id)
  select unit from unnest(units) unit order by unit
  on conflict (property_unit_id) do update set version = u.version + 1;
  -- A statement of its own, after the lock: at READ COMMITTED it sees what the writer before us committed.
  select * into wrong from land.unbalanced_shares(units) limit 1;
  if found then
    raise exception using errcode = 'check_violation', constraint = 'tenure_right_shares_sum_to_one',
      schema = 'land', table = 'tenure_right_version',
      message = format('property unit %s: the shares of %s sum to %s/%s from %s on, not to 1', wrong.property_unit_id,
        wrong.kind, wrong.numerator, wrong.denominator, wrong.since),
      hint = 'write all shares of a unit and kind of right in one transaction';
  end if;
  return null;
end
$$;
create constraint trigger tenure_right_shares_sum_to_one after insert on land.shares_to_judge
  deferrable initially deferred for each row execute function land.judge_shares();

revoke execute on function land.unbalanced_shares(bigint[]), land.queue_shares(), land.judge_shares() from public;
grant execute on function land.unbalanced_shares(bigint[]) to predio_titling;
grant select on land.unit_rights to predio_titling;
