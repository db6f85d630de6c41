-- Acts: what changes a right. An act (transfer, succession, …) has its source, its reason and the day from which it
-- holds, is about one property unit, and is one transaction. What it did to which entry of the register is written by
-- the database itself. An entry is a version of a right (`land.tenure_right_version`).

create table land.act (
  id bigint generated always as identity constraint act_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  property_unit_id bigint not null references land.property_unit,
  kind text not null constraint act_kind_is_known
    check (kind in ('constitution', 'transfer', 'succession', 'correction', 'annulment')),
  effective_on date,
  source_id bigint not null constraint act_source_is_recorded references land.source,
  annulled_act_id bigint constraint act_annulled_is_an_act references land.act,
  reason text not null,
  role text not null,
  account text,
  request_id text,
  txid xid8 not null,
  at timestamptz not null,
  -- A correction puts right what was recorded, not what was in force.
  constraint act_has_a_day check ((kind = 'correction') = (effective_on is null)),
  constraint act_annuls_by_annulment check (annulled_act_id is null or kind = 'annulment'),
  constraint act_is_one_per_transaction unique (txid, at)
);
create index act_unit on land.act (property_unit_id, id);
create index act_source on land.act (source_id);
create unique index act_is_annulled_once on land.act (annulled_act_id);

create table land.act_entry (
  act_id bigint not null references land.act,
  entry_id bigint not null references land.tenure_right_version,
  part text not null constraint act_entry_part_is_known
    check (part in ('begins', 'ends', 'corrected', 'annulled', 'restored')),
  valid_before daterange,
  annulled_before boolean,
  version_after integer not null,
  constraint act_entry_pkey primary key (act_id, entry_id)
);
create index act_entry_entry on land.act_entry (entry_id);

select service.describe('land.act', 'es: Actos sobre los derechos de una unidad predial | en: Acts over the rights of a property unit',
  'effective_on=es: Rige desde | en: In force since', 'annulled_act_id=es: Acto que anula | en: Act that it annuls',
  'reason=es: Motivo | en: Reason', 'role=es: Rol | en: Role', 'account=es: Cuenta | en: Account',
  'request_id=es: Pedido | en: Request', 'txid=es: Transacción | en: Transaction', 'at=es: Cuándo | en: When');
select service.describe('land.act_entry', 'es: Qué hizo cada acto con cada asiento | en: What each act did to each entry',
  'act_id=es: Acto | en: Act', 'entry_id=es: Asiento, una versión de un derecho | en: Entry, a version of a right',
  'part=es: Qué le hizo (begins, ends, corrected, annulled, restored) | en: What it did to it (begins, ends, corrected, annulled, restored)',
  'valid_before=es: Vigencia anterior | en: Valid period before', 'annulled_before=es: Anulado antes | en: Annulled before',
  'version_after=es: Versión que dejó | en: Version that it left');

select audit.watch('land.act');
create trigger legal_objects_are_not_deleted before delete on land.act
  for each row execute function audit.refuse_delete();
create trigger act_is_append_only before update or truncate on land.act
  for each statement execute function audit.refuse_change();
create trigger legal_objects_are_not_deleted before delete on land.act_entry
  for each row execute function audit.refuse_delete();
select access.limit_to_districts('land.act');

-- Who, when and in which district are the database's to say, not the writer's.
create function land.begin_act() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  if new.effective_on > (now() at time zone 'America/Lima')::date then
    raise exception using errcode = 'check_violation', constraint = 'act_takes_effect_by_today',
      message = 'an act takes effect today or took effect before';
  end if;
  new.ubigeo := (select u.ubigeo from land.property_unit u where u.id = new.property_unit_id);
  new.reason := current_setting('predio.reason', true);
  new.role := coalesce(nullif(current_setting('role', true), 'none'), session_user);
  new.account := nullif(current_setting('predio.account', true), '');
  new.request_id := nullif(current_setting('predio.request_id', true), '');
  new.txid := pg_current_xact_id();
  new.at := transaction_timestamp();
  return new;
end
$$;
create trigger begin_act before insert on land.act for each row execute function land.begin_act();

create function land.current_act() returns land.act language sql stable set search_path = pg_catalog as $$
  select a from land.act a where a.txid = pg_current_xact_id_if_assigned() and a.at = transaction_timestamp()
$$;
comment on function land.current_act is 'The act of this transaction, if it has one';

-- Rights change by an act, or follow an operation on the fabric; only the owner of the schema loads them.
create function land.note_act_entries() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  act land.act := land.current_act();
begin
  if not exists (select from new_rows) then
    return null;
  end if;
  if act.id is null then
    if land.current_operation() is null and not pg_has_role(session_user, 'predio_owner', 'member') then
      raise exception using errcode = 'check_violation', constraint = 'tenure_right_changes_by_act',
        message = 'rights change by an act with its source',
        hint = 'POST /api/v1/units/{id}/rights/{operation}; in SQL insert into land.act first';
    end if;
    return null;
  end if;
  if exists (
    select from new_rows n join land.tenure_right r on r.id = n.tenure_right_id
    where r.property_unit_id <> act.property_unit_id
  ) then
    raise exception using errcode = 'check_violation', constraint = 'act_is_about_its_unit',
      message = 'an act changes rights over its own property unit only';
  end if;
  if tg_op = 'INSERT' then
    insert into land.act_entry (act_id, entry_id, part, version_after)
    select act.id, n.id, 'begins', n.version from new_rows n;
  else
    insert into land.act_entry (act_id, entry_id, part, valid_before, annulled_before, version_after)
    select act.id, n.id,
      case when act.kind = 'correction' then 'corrected'
        when n.annulled and not o.annulled then 'annulled'
        when act.kind = 'annulment' then 'restored'
        else 'ends' end,
      o.valid, o.annulled, n.version
    from new_rows n join old_rows o on o.id = n.id
    on conflict (act_id, entry_id) do update set version_after = excluded.version_after;
  end if;
  return null;
end
$$;
create trigger note_act_entries_insert after insert on land.tenure_right_version
  referencing new table as new_rows for each statement execute function land.note_act_entries();
create trigger note_act_entries_update after update on land.tenure_right_version
  referencing old table as old_rows new table as new_rows for each statement execute function land.note_act_entries();

-- What changed the rights of a unit last, and in which office: told to a writer who saw them before.
alter table land.unit_rights
  add column changed_by text,
  add column role text,
  add column at timestamptz;
comment on column land.unit_rights.changed_by is 'es: Acto u operación que los cambió | en: Act or operation that changed them';
comment on column land.unit_rights.role is 'es: Rol | en: Role';
comment on column land.unit_rights.at is 'es: Cuándo | en: When';

-- As before, and who it was.
create or replace function land.judge_shares() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  units bigint[];
  wrong record;
  act land.act := land.current_act();
begin
  with taken as (
    delete from land.shares_to_judge where txid = pg_current_xact_id() returning property_unit_ids
  )
  select array_agg(distinct unit) into units from taken t, unnest(t.property_unit_ids) unit;
  if units is null then
    return null;
  end if;
  insert into land.unit_rights as u (property_unit_id, changed_by, role, at)
  select unit, coalesce(act.kind, (select o.kind from land.operation o where o.id = land.current_operation())),
    coalesce(nullif(current_setting('role', true), 'none'), session_user), transaction_timestamp()
  from unnest(units) unit order by unit
  on conflict (property_unit_id) do update
    set version = u.version + 1, changed_by = excluded.changed_by, role = excluded.role, at = excluded.at;
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

-- An act reads what it changes only after every other writer of the unit has ended; that lock is held to its end.
create function land.hold_unit(unit bigint) returns bigint language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  held bigint;
begin
  if not access.may_act_in((select u.ubigeo from land.property_unit u where u.id = hold_unit.unit)) then
    raise exception using errcode = 'insufficient_privilege', constraint = 'right_is_limited_to_districts',
      message = 'the rights of this account are limited to other districts';
  end if;
  insert into land.unit_rights as u (property_unit_id, version) values (hold_unit.unit, 0)
  on conflict (property_unit_id) do update set version = u.version
  returning u.version into held;
  return held;
end
$$;
comment on function land.hold_unit is 'Waits for every other writer of a unit''s rights; returns the count of their changes';

revoke execute on function land.hold_unit(bigint), land.current_act(), land.begin_act(), land.note_act_entries() from public;
grant execute on function land.hold_unit(bigint) to predio_titling;
grant select on land.act, land.act_entry to predio_titling;
grant insert (property_unit_id, kind, effective_on, source_id, annulled_act_id) on land.act to predio_titling;

select history.build_twins();
