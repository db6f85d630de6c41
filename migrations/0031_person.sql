-- The doors to personal data: functions that ask for the purpose and note who read what and why, in the same
-- transaction. No role reads a table of `person`; the titling office executes these functions, nobody else does.

alter table person.access_log
  add column role text not null default coalesce(nullif(current_setting('role', true), 'none'), session_user),
  add column request_id text;
select service.describe('person.access_log', 'es: Lecturas de datos personales | en: Readings of personal data',
  'at=es: Cuándo | en: When', 'login=es: Usuario de la base | en: Database login', 'account=es: Cuenta | en: Account',
  'purpose=es: Finalidad | en: Purpose', 'relation=es: Qué se leyó | en: What was read', 'row_ids=es: Identificadores | en: Identifiers',
  'role=es: Rol | en: Role', 'request_id=es: Pedido | en: Request');

-- Names that a transaction acts under: the account that the service names, and a person's own login.
create function access.may_act_in(ubigeo text) returns boolean language sql stable security definer
set search_path = pg_catalog as $$
  select not exists (
    select from access.account a
    where a.name in (session_user::text, current_setting('predio.account', true))
      and coalesce(ubigeo, '') <> all (a.districts))
$$;
comment on function access.may_act_in is 'Whether the rights of who acts reach to a district; a list of districts that is null reaches to all';

create function person.note_reading(purpose text, what text, ids bigint[]) returns void language plpgsql
security definer set search_path = pg_catalog as $$
declare
  account text := nullif(current_setting('predio.account', true), '');
  request_id text := nullif(current_setting('predio.request_id', true), '');
begin
  if length(trim(coalesce(purpose, ''))) < 8 then
    raise exception using errcode = 'check_violation', constraint = 'person_needs_a_purpose',
      message = 'personal data are read for a purpose: say it in at least 8 letters';
  end if;
  if account is null and session_user = 'predio_app' then
    raise exception using errcode = 'insufficient_privilege', constraint = 'person_needs_an_account',
      message = 'personal data are read by an account';
  end if;
  insert into person.access_log (account, purpose, relation, row_ids, request_id)
  values (account, trim(purpose), what, ids, request_id);
  -- Whoever rolls back takes the row away and has seen the data; the server's log keeps the line all the same.
  raise log 'personal data: % % read by % (%) for: %', what, ids, coalesce(account, session_user), request_id, trim(purpose);
end
$$;
comment on function person.note_reading is 'Notes a reading of personal data; refuses one without purpose or account';

-- Whether one of the party's rights lies where the rights of who acts reach to; one who holds nothing is nobody's.
create function person.is_within_reach(party bigint) returns boolean language sql stable security definer
set search_path = pg_catalog as $$
  select not exists (select from land.tenure_right_version v where v.party_id = party) or exists (
    select from land.tenure_right_version v
    join land.tenure_right t on t.id = v.tenure_right_id
    join land.property_unit u on u.id = t.property_unit_id
    where v.party_id = party and access.may_act_in(u.ubigeo))
$$;
comment on function person.is_within_reach is 'Whether a party holds something in a district that who acts may act in';

create function person.read_parties(ids bigint[], purpose text)
returns table (id bigint, kind text, name text, document_kind text, document_number text) language plpgsql
security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
  found bigint[] := coalesce((select array_agg(p.id order by p.id) from person.party p
    where p.id = any (read_parties.ids) and person.is_within_reach(p.id)), '{}');
begin
  perform person.note_reading(purpose, 'person.party', found);
  return query select p.id, p.kind, p.name, p.document_kind, p.document_number
    from person.party p where p.id = any (found) order by p.id;
end
$$;
comment on function person.read_parties is 'Parties by number, for a purpose';

create function person.find_parties(document text, purpose text)
returns table (id bigint, kind text, name text, document_kind text, document_number text) language plpgsql
security definer set search_path = pg_catalog as $$
#variable_conflict use_column
declare
  found bigint[] := coalesce((select array_agg(p.id order by p.id) from person.party p
    where p.document_number = find_parties.document and person.is_within_reach(p.id)), '{}');
begin
  perform person.note_reading(purpose, 'person.party by document', found);
  return query select p.id, p.kind, p.name, p.document_kind, p.document_number
    from person.party p where p.id = any (found) order by p.id;
end
$$;
comment on function person.find_parties is 'Parties by the number of their identity document, for a purpose';

create function person.holders_of_parcel(parcel bigint, purpose text, on_day date)
returns table (crc text, right_kind text, share_numerator bigint, share_denominator bigint, valid daterange,
  registry_entry text, party_id bigint, party_kind text, name text, document_kind text, document_number text)
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
  join land.tenure_right_version v on v.tenure_right_id = t.id and v.valid @> on_day
  where x.parcel_id = holders_of_parcel.parcel;
  perform person.note_reading(purpose, 'holders of parcel ' || parcel, held);
  return query
    select u.crc, t.kind, v.share_numerator, v.share_denominator, v.valid, v.registry_entry,
      p.id, p.kind, p.name, p.document_kind, p.document_number
    from land.property_unit_parcel x
    join land.property_unit u on u.id = x.property_unit_id
    join land.tenure_right t on t.property_unit_id = x.property_unit_id
    join land.tenure_right_version v on v.tenure_right_id = t.id and v.valid @> on_day
    join person.party p on p.id = v.party_id
    where x.parcel_id = holders_of_parcel.parcel
    order by u.id, t.kind, t.id;
end
$$;
comment on function person.holders_of_parcel is 'Who holds the property units of a parcel on a day, for a purpose';

-- The auditor sees who read what and why, and not what was read.
create view audit.person_reading as
select id, at, login, role, account, request_id, purpose, relation, row_ids from person.access_log;
select service.describe('audit.person_reading', 'es: Lecturas de datos personales | en: Readings of personal data',
  'at=es: Cuándo | en: When', 'login=es: Usuario de la base | en: Database login', 'role=es: Rol | en: Role',
  'account=es: Cuenta | en: Account', 'request_id=es: Pedido | en: Request', 'purpose=es: Finalidad | en: Purpose',
  'relation=es: Qué se leyó | en: What was read', 'row_ids=es: Identificadores | en: Identifiers');
grant select on audit.person_reading to predio_auditor;

revoke execute on all functions in schema person, access from public;
grant usage on schema person to predio_titling;
grant execute on function person.read_parties(bigint[], text), person.find_parties(text, text),
  person.holders_of_parcel(bigint, text, date) to predio_titling;
