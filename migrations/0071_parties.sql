-- Parties are recorded through a function, as they are read through functions: no role touches a table of `person`.

alter table person.party
  drop constraint party_kind_is_known,
  -- spouses: the two of a marriage under community of property, who hold as one and have no shares.
  add constraint party_kind_is_known check (kind in ('natural', 'legal', 'group', 'spouses'));

select audit.watch('person.party_member', null, 'group_id');

-- Members belong to groups and spouses; spouses are two natural persons without shares, and shares in a group,
-- where there are any, sum to one.
create function person.judge_members() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  of_group bigint;
  group_kind text;
  common numeric;
  wrong text;
begin
  if tg_table_name = 'party' then
    of_group := new.id;
  else
    of_group := new.group_id;
  end if;
  group_kind := (select p.kind from person.party p where p.id = of_group);
  select case
      when group_kind not in ('group', 'spouses') and count(*) > 0 then 'party_alone_has_no_members'
      when group_kind = 'spouses' and (count(*) <> 2 or count(*) filter (where p.kind <> 'natural') > 0
        or count(m.share_numerator) > 0) then 'party_spouses_are_two'
      when count(m.share_numerator) > 0 and count(m.share_numerator) <> count(*) then 'party_member_shares_sum_to_one'
    end, land.common_denominator(m.share_denominator::numeric)
    into wrong, common
  from person.party_member m join person.party p on p.id = m.member_id
  where m.group_id = of_group;
  if wrong is null and exists (
    select from person.party_member m where m.group_id = of_group and m.share_numerator is not null
    having sum(m.share_numerator * div(common, m.share_denominator)) <> common
  ) then
    wrong := 'party_member_shares_sum_to_one';
  end if;
  if wrong is not null then
    raise exception using errcode = 'check_violation', constraint = wrong, message = format('party %s: %s', of_group, wrong);
  end if;
  return null;
end
$$;
create constraint trigger party_members_fit after insert or update of kind on person.party
  deferrable initially deferred for each row when (new.kind in ('group', 'spouses')) execute function person.judge_members();
create constraint trigger party_members_fit after insert or update on person.party_member
  deferrable initially deferred for each row execute function person.judge_members();

-- A new party, with its members. Whose document is on record already is that party: its number is told.
create function person.record_party(of_kind text, of_name text, of_document_kind text, of_document_number text,
  members bigint[], numerators bigint[], denominators bigint[], is_fictitious boolean) returns bigint language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  known bigint;
  made bigint;
begin
  if of_document_number is not null then
    -- Two writers of one document meet here.
    perform pg_advisory_xact_lock(hashtextextended('person.party ' || of_document_number, 0));
    select p.id into known from person.party p
    where p.document_number = of_document_number and p.document_kind is not distinct from of_document_kind limit 1;
    if found then
      raise exception using errcode = 'unique_violation', constraint = 'party_document_is_recorded_once',
        message = format('a party with this document is recorded: %s', known), detail = known::text;
    end if;
  end if;
  insert into person.party (kind, name, document_kind, document_number, fictitious)
  values (of_kind, of_name, of_document_kind, of_document_number, is_fictitious) returning id into made;
  if cardinality(members) > 0 then
    insert into person.party_member (group_id, member_id, share_numerator, share_denominator)
    select made, m.member, m.numerator, m.denominator
    from unnest(members, numerators, denominators) m(member, numerator, denominator);
  end if;
  return made;
end
$$;
comment on function person.record_party is 'Records a party with its members; the journal notes who and why';

-- Numbers tell nothing of a person; so this one needs no purpose.
create function person.unknown_parties(ids bigint[]) returns bigint[] language sql stable
security definer set search_path = pg_catalog as $$
  select coalesce(array_agg(i order by i), '{}') from unnest(ids) i where not exists (select from person.party p where p.id = i)
$$;
comment on function person.unknown_parties is 'Which of these numbers are no party''s';

create function person.members_of(groups bigint[], purpose text)
returns table (group_id bigint, party_id bigint, name text, share_numerator bigint, share_denominator bigint)
language plpgsql volatile security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
  found bigint[] := coalesce((select array_agg(distinct m.member_id order by m.member_id) from person.party_member m
    where m.group_id = any (groups) and person.is_within_reach(m.group_id)), '{}');
begin
  perform person.note_reading(purpose, 'members of groups', found);
  return query select m.group_id, m.member_id, p.name, m.share_numerator, m.share_denominator
    from person.party_member m join person.party p on p.id = m.member_id
    where m.group_id = any (groups) and p.id = any (found) order by m.group_id, m.member_id;
end
$$;
comment on function person.members_of is 'Members of groups and spouses, for a purpose';

-- As before, but what was annulled does not count, and each line says which entry of which right it is.
drop function person.holders_of_parcel(bigint, text, date);
create function person.holders_of_parcel(parcel bigint, purpose text, on_day date)
returns table (crc text, right_kind text, share_numerator bigint, share_denominator bigint, valid daterange,
  registry_entry text, party_id bigint, party_kind text, name text, document_kind text, document_number text,
  unit_id bigint, right_id bigint, entry_id bigint)
language plpgsql security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
  held bigint[];
begin
  if not access.may_act_in((select p.ubigeo from land.parcel p where p.id = holders_of_parcel.parcel)) then
    raise exception using errcode = 'insufficient_privilege', constraint = 'right_is_limited_to_districts',
      message = 'the rights of this account are limited to other districts';
  end if;
  select coalesce(array_agg(distinct v.party_id), '{}') into held
  from land.property_unit_parcel x
  join land.tenure_right t on t.property_unit_id = x.property_unit_id
  join land.tenure_right_version v on v.tenure_right_id = t.id and v.valid @> on_day and not v.annulled
  where x.parcel_id = holders_of_parcel.parcel;
  perform person.note_reading(purpose, 'holders of parcel ' || parcel, held);
  return query
    select u.crc, t.kind, v.share_numerator, v.share_denominator, v.valid, v.registry_entry,
      p.id, p.kind, p.name, p.document_kind, p.document_number, u.id, t.id, v.id
    from land.property_unit_parcel x
    join land.property_unit u on u.id = x.property_unit_id
    join land.tenure_right t on t.property_unit_id = x.property_unit_id
    join land.tenure_right_version v on v.tenure_right_id = t.id and v.valid @> on_day and not v.annulled
    join person.party p on p.id = v.party_id
    where x.parcel_id = holders_of_parcel.parcel
    order by u.id, t.kind, t.id;
end
$$;
comment on function person.holders_of_parcel is 'Who holds the property units of a parcel on a day, for a purpose';

revoke execute on all functions in schema person from public;
grant execute on function person.record_party(text, text, text, text, bigint[], bigint[], bigint[], boolean),
  person.unknown_parties(bigint[]), person.members_of(bigint[], text), person.holders_of_parcel(bigint, text, date)
  to predio_titling;
