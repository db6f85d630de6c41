-- Titling cases with their public state, proposals and indicators, and the rooms that later work fills:
-- documents, deliveries, publications, accounts.

create table titling.titling_case (
  id bigint generated always as identity constraint titling_case_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  number text not null,
  class text not null constraint titling_case_class_is_known check (class in ('urban', 'rural')),
  -- Stages of Ley 28687 and its rules; rural cases route to the regional government (Ley 31145).
  state text not null constraint titling_case_state_is_known check (state in ('diagnosis', 'physical_legal_saneamiento',
    'registration_of_plans', 'empadronamiento', 'assessment', 'publication', 'title_issued', 'registered', 'delivered',
    'observed', 'rejected', 'abandoned', 'annulled', 'routed_to_region')),
  opened_on date not null,
  closed_on date,
  norm_id bigint references land.norm,
  office text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint titling_case_number_is_unique unique (ubigeo, number),
  constraint titling_case_closes_after_it_opens check (closed_on >= opened_on)
);

create table titling.case_parcel (
  case_id bigint not null references titling.titling_case,
  parcel_id bigint not null references land.parcel,
  constraint case_parcel_pkey primary key (case_id, parcel_id)
);
create index case_parcel_parcel on titling.case_parcel (parcel_id);

create table titling.case_party (
  case_id bigint not null references titling.titling_case,
  party_id bigint not null references person.party,
  role text not null,
  constraint case_party_pkey primary key (case_id, party_id, role)
);
alter table titling.case_party enable row level security;
alter table titling.case_party force row level security;
create policy owner_loads on titling.case_party to predio_owner using (true) with check (true);

create table titling.case_event (
  id bigint generated always as identity constraint case_event_pkey primary key,
  case_id bigint not null references titling.titling_case,
  state text not null,
  happened_on date not null,
  note text
);
create index case_event_case on titling.case_event (case_id, happened_on);

-- What the public may know of a case: a stored fact, without row-level security.
create table titling.parcel_state (
  parcel_id bigint constraint parcel_state_pkey primary key references land.parcel,
  state text not null constraint parcel_state_is_known check (state in ('titled', 'in_process', 'none', 'no_data')),
  case_number text,
  as_of date not null default current_date
);

create table programme.proposal (
  id bigint generated always as identity constraint proposal_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  number text not null,
  title text not null,
  goal text,
  theme text not null,
  state text not null constraint proposal_state_is_known
    check (state in ('idea', 'planned', 'in_execution', 'done', 'suspended')),
  settlement_id bigint references land.settlement,
  source text,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(MultiPolygon, 32718),
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint proposal_number_is_unique unique (ubigeo, number)
);
create index proposal_geom_crs84 on programme.proposal using gist (geom_crs84);

-- A figure shows its working: numerator, denominator, unknown, date, source.
create table programme.indicator (
  id bigint generated always as identity constraint indicator_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  code text not null,
  name text not null,
  formula text not null,
  numerator numeric not null,
  denominator numeric not null constraint indicator_denominator_is_positive check (denominator >= 0),
  unknown numeric not null default 0,
  unit text not null,
  as_of date not null,
  source text not null,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  constraint indicator_is_unique unique (ubigeo, code, as_of)
);

create table document.document (
  id bigint generated always as identity constraint document_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  kind text not null,
  number text not null,
  issued_at timestamptz not null default now(),
  hash bytea not null,
  media_type text not null,
  bytes bytea not null constraint document_is_at_most_50_mb check (octet_length(bytes) <= 52428800),
  supersedes_id bigint references document.document,
  constraint document_number_is_unique unique (ubigeo, kind, number)
);

create table delivery.delivery (
  id bigint generated always as identity constraint delivery_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  file_name text not null,
  sha256 text not null,
  sender text,
  state text not null default 'staged' constraint delivery_state_is_known
    check (state in ('staged', 'accepted', 'rejected', 'revoked')),
  received_at timestamptz not null default now()
);
create table delivery.finding (
  id bigint generated always as identity constraint finding_pkey primary key,
  delivery_id bigint references delivery.delivery,
  ubigeo text not null references land.district (ubigeo),
  class text not null,
  severity text not null constraint finding_severity_is_known check (severity in ('blocks', 'observation', 'advice')),
  state text not null default 'open' constraint finding_state_is_known check (state in ('open', 'accepted', 'repaired')),
  relation text,
  feature text,
  explanation text not null,
  found_at timestamptz not null default now(),
  geom geometry(Geometry, 32718)
);

create table published.publication (
  name text constraint publication_pkey primary key,
  source_file text not null,
  sha256 text not null,
  audience text not null constraint publication_audience_is_known check (audience in ('public', 'staff')),
  srid integer,
  encoding text,
  read_count bigint not null,
  loaded_count bigint not null,
  repaired_count bigint not null,
  rejected_count bigint not null,
  report jsonb not null,
  published_at timestamptz not null default now(),
  constraint publication_accounts_for_every_feature check (read_count = loaded_count + repaired_count + rejected_count)
);

create table access.account (
  id bigint generated always as identity constraint account_pkey primary key,
  name text not null constraint account_name_is_unique unique,
  password_hash text,
  audience text not null constraint account_audience_is_known
    check (audience in ('citizen', 'planner', 'surveyor', 'titling', 'admin', 'auditor')),
  -- A right may be limited to some districts; empty means all.
  districts text[],
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);
create table access.session (
  token_hash bytea constraint session_pkey primary key,
  account_id bigint not null references access.account,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create table access.token (
  token_hash bytea constraint token_pkey primary key,
  account_id bigint not null references access.account,
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

select service.describe('titling.titling_case', 'es: Expedientes de titulación | en: Titling cases',
  'class=es: Clase (urban, rural) | en: Class (urban, rural)', 'opened_on=es: Abierto | en: Opened', 'closed_on=es: Cerrado | en: Closed');
select service.describe('titling.case_parcel', 'es: Lotes de cada expediente | en: Parcels of each case', 'case_id=es: Expediente | en: Case');
select service.describe('titling.case_party', 'es: Partes de cada expediente | en: Parties of each case',
  'case_id=es: Expediente | en: Case', 'role=es: Calidad | en: Role');
select service.describe('titling.case_event', 'es: Pasos de cada expediente | en: Events of each case',
  'case_id=es: Expediente | en: Case', 'happened_on=es: Fecha | en: Date');
select service.describe('titling.parcel_state', 'es: Estado público de titulación de cada lote | en: Public titling state of each parcel',
  'case_number=es: Número de expediente | en: Case number');
select service.describe('programme.proposal', 'es: Propuestas del plan de gobierno | en: Proposals of the government plan', 'goal=es: Objetivo | en: Goal');
select service.describe('programme.indicator', 'es: Indicadores | en: Indicators', 'formula=es: Fórmula | en: Formula',
  'numerator=es: Numerador | en: Numerator', 'denominator=es: Denominador | en: Denominator',
  'unknown=es: No se sabe | en: Not known', 'unit=es: Unidad | en: Unit');
select service.describe('document.document', 'es: Documentos numerados | en: Numbered documents', 'issued_at=es: Emitido | en: Issued',
  'hash=es: SHA-256 | en: SHA-256', 'media_type=es: Tipo | en: Media type', 'bytes=es: Contenido | en: Content',
  'supersedes_id=es: Reemplaza a | en: Supersedes');
select service.describe('delivery.delivery', 'es: Entregas de archivos | en: Deliveries', 'file_name=es: Archivo | en: File',
  'sha256=es: SHA-256 | en: SHA-256', 'sender=es: Remitente | en: Sender', 'received_at=es: Recibido | en: Received');
select service.describe('delivery.finding', 'es: Hallazgos | en: Findings', 'delivery_id=es: Entrega | en: Delivery',
  'class=es: Clase | en: Class', 'severity=es: Severidad | en: Severity', 'relation=es: Tabla | en: Table',
  'feature=es: Elemento | en: Feature', 'explanation=es: Explicación | en: Explanation', 'found_at=es: Hallado | en: Found');
select service.describe('published.publication', 'es: Archivos publicados como capas | en: Files published as layers',
  'source_file=es: Archivo | en: File', 'sha256=es: SHA-256 | en: SHA-256', 'audience=es: Destinatario | en: Audience',
  'srid=es: EPSG | en: EPSG', 'encoding=es: Codificación del texto | en: Text encoding', 'read_count=es: Leídos | en: Read',
  'loaded_count=es: Cargados | en: Loaded', 'repaired_count=es: Reparados | en: Repaired',
  'rejected_count=es: Rechazados | en: Rejected', 'report=es: Informe | en: Report', 'published_at=es: Publicado | en: Published');
select service.describe('access.account', 'es: Cuentas | en: Accounts', 'password_hash=es: Huella de la contraseña (argon2id) | en: Password hash (argon2id)',
  'audience=es: Destinatario | en: Audience', 'districts=es: Distritos permitidos | en: Districts allowed', 'disabled_at=es: Inhabilitada | en: Disabled');
select service.describe('access.session', 'es: Sesiones | en: Sessions', 'token_hash=es: Huella | en: Hash', 'account_id=es: Cuenta | en: Account',
  'last_seen_at=es: Vista por última vez | en: Last seen', 'expires_at=es: Vence | en: Expires');
select service.describe('access.token', 'es: Llaves para programas | en: Tokens for programs', 'token_hash=es: Huella | en: Hash', 'account_id=es: Cuenta | en: Account',
  'scopes=es: Alcances | en: Scopes', 'expires_at=es: Vence | en: Expires', 'revoked_at=es: Revocada | en: Revoked');

select history.track(t) from unnest(array['titling.titling_case', 'programme.proposal', 'programme.indicator']::regclass[]) t;
select audit.watch('programme.proposal', 'geom');
select audit.watch(t) from unnest(array['titling.titling_case', 'titling.case_event', 'programme.indicator']::regclass[]) t;
select audit.watch('titling.case_parcel', null, 'case_id');
select audit.watch('titling.case_party', null, 'case_id');
create trigger legal_objects_are_not_deleted before delete on titling.titling_case
  for each row execute function audit.refuse_delete();
