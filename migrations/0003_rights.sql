-- Parties (personal data) and the rights they hold.

create table person.party (
  id bigint generated always as identity constraint party_pkey primary key,
  kind text not null constraint party_kind_is_known check (kind in ('natural', 'legal', 'group')),
  name text not null,
  document_kind text,
  document_number text,
  fictitious boolean not null default false,
  -- Keys the journal's hashes over this row: a plain hash of an eight-digit number is no secret.
  salt bytea not null default sha256(uuid_send(gen_random_uuid())),
  version integer not null default 1,
  recorded_from timestamptz not null default now()
);
create index party_document on person.party (document_number);

create table person.party_member (
  group_id bigint not null references person.party,
  member_id bigint not null references person.party,
  share_numerator bigint,
  share_denominator bigint,
  constraint party_member_pkey primary key (group_id, member_id),
  constraint party_member_is_another check (group_id <> member_id),
  constraint party_member_share_is_a_fraction check (share_numerator > 0 and share_numerator <= share_denominator)
);

create table person.document (
  id bigint generated always as identity constraint document_pkey primary key,
  party_id bigint references person.party,
  source_id bigint references land.source,
  hash bytea not null,
  media_type text not null,
  bytes bytea not null constraint document_is_at_most_50_mb check (octet_length(bytes) <= 52428800),
  created_at timestamptz not null default now()
);

create table person.access_log (
  id bigint generated always as identity constraint access_log_pkey primary key,
  at timestamptz not null default clock_timestamp(),
  login text not null default session_user,
  account text,
  purpose text not null constraint access_log_purpose_says_something check (length(trim(purpose)) >= 3),
  relation text not null,
  row_ids bigint[] not null
);
create trigger access_log_is_append_only before update or delete or truncate on person.access_log
  for each statement execute function audit.refuse_change();

create table land.tenure_right (
  id bigint generated always as identity constraint tenure_right_pkey primary key,
  property_unit_id bigint not null references land.property_unit,
  kind text not null constraint tenure_right_kind_is_known
    check (kind in ('ownership', 'possession', 'usufruct', 'lease', 'surface', 'use'))
);
create index tenure_right_unit on land.tenure_right (property_unit_id, kind);

create table land.tenure_right_version (
  id bigint generated always as identity constraint tenure_right_version_pkey primary key,
  tenure_right_id bigint not null references land.tenure_right,
  valid daterange not null constraint tenure_right_version_valid_is_not_empty check (not isempty(valid)),
  party_id bigint not null references person.party,
  -- Exact fractions: 1/3 + 1/3 + 1/3 is 1.
  share_numerator bigint not null,
  share_denominator bigint not null,
  source_id bigint references land.source,
  registry_entry text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint tenure_right_version_share_is_a_fraction
    check (share_numerator > 0 and share_numerator <= share_denominator),
  constraint tenure_right_version_periods_do_not_overlap exclude using gist (tenure_right_id with =, valid with &&)
);
create index tenure_right_version_party on land.tenure_right_version (party_id);

select service.describe('person.party', 'es: Titulares y partes | en: Parties',
  'document_kind=es: Clase de documento de identidad | en: Kind of identity document',
  'document_number=es: Número de documento de identidad | en: Number of identity document',
  'salt=es: Sal de las huellas de la bitácora | en: Salt of the journal''s hashes');
select service.describe('person.party_member', 'es: Integrantes de un grupo | en: Members of a group',
  'group_id=es: Grupo | en: Group', 'member_id=es: Integrante | en: Member',
  'share_numerator=es: Numerador de la cuota | en: Numerator of the share',
  'share_denominator=es: Denominador de la cuota | en: Denominator of the share');
select service.describe('person.document', 'es: Documentos sobre personas | en: Documents about people',
  'hash=es: SHA-256 | en: SHA-256', 'media_type=es: Tipo | en: Media type', 'bytes=es: Contenido | en: Content');
select service.describe('person.access_log', 'es: Lecturas de datos personales | en: Readings of personal data',
  'at=es: Cuándo | en: When', 'login=es: Usuario de la base | en: Database login', 'account=es: Cuenta | en: Account',
  'purpose=es: Finalidad | en: Purpose', 'relation=es: Tabla | en: Table', 'row_ids=es: Identificadores | en: Identifiers');
select service.describe('land.tenure_right', 'es: Derechos, identidad | en: Tenure rights, identity');
select service.describe('land.tenure_right_version', 'es: Derechos, versiones | en: Tenure rights, versions',
  'tenure_right_id=es: Derecho | en: Tenure right',
  'share_numerator=es: Numerador de la cuota | en: Numerator of the share',
  'share_denominator=es: Denominador de la cuota | en: Denominator of the share',
  'registry_entry=es: Partida registral (referencia) | en: Registry entry (reference)');

-- The history of personal data is personal data: it stays inside `person`.
select history.track('person.party');
alter table history.person_party set schema person;
alter table person.person_party rename to party_history;
drop function history.person_party_as_of(timestamptz);
create or replace function history.keep_person_party() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  insert into person.party_history values (old.*, tstzrange(old.recorded_from,
    case tg_op when 'UPDATE' then new.recorded_from
    else greatest(transaction_timestamp(), old.recorded_from + interval '1 microsecond') end));
  return null;
end
$$;
select history.track('land.tenure_right_version');
select audit.watch(t) from unnest(array['person.party', 'land.tenure_right', 'land.tenure_right_version']::regclass[]) t;

create trigger legal_objects_are_not_deleted before delete on person.party
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on land.tenure_right
  for each row execute function audit.refuse_delete();
