-- Files that are prepared and kept until they are fetched: exports that somebody asked for, and the dated downloads of a
-- district.
--
-- The bytes are rows, as those of documents are: whichever process is asked has them, a broken download is resumed at
-- another one, and they expire in the transaction that forgets what they were. They can be made again, so backups leave
-- them out. Nobody but the service's own work reaches these tables; it makes a file as the audience that asked, and gives
-- it to who asked only.

create table service.kept_file (
  id bigint generated always as identity constraint kept_file_pkey primary key,
  sha256 text not null constraint kept_file_sha256_is_hexadecimal check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null constraint kept_file_has_bytes check (bytes > 0),
  created_at timestamptz not null default now()
);
-- Pieces of one length but for the last, so that a range is found by arithmetic.
create table service.kept_piece (
  file_id bigint not null references service.kept_file on delete cascade,
  number bigint not null,
  content bytea not null constraint kept_piece_is_at_most_1_mib check (octet_length(content) between 1 and 1048576),
  constraint kept_piece_pkey primary key (file_id, number)
);
-- Compressed pieces could not be read in part.
alter table service.kept_piece alter column content set storage external;

create table service.export (
  -- Random: where nobody is signed in, it is what proves who asked.
  id uuid constraint export_pkey primary key,
  account text,
  office text not null,
  format text not null,
  asked jsonb not null,
  state text not null default 'open' constraint export_state_is_known check (state in ('open', 'ready', 'broken')),
  trouble jsonb,
  file_id bigint references service.kept_file,
  row_count bigint,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  expires_at timestamptz not null,
  constraint export_is_ready_with_its_file check ((state = 'ready') = (file_id is not null and row_count is not null and ready_at is not null)),
  constraint export_says_why_it_broke check ((state = 'broken') = (trouble is not null))
);
create index export_account on service.export (account);
create index export_file on service.export (file_id);

-- How far the work is, and whether it was ended: rows of their own, because the work holds that of its export.
create table service.export_progress (
  export_id uuid constraint export_progress_pkey primary key references service.export on delete cascade,
  phase text not null default 'waiting'
    constraint export_progress_phase_is_known check (phase in ('waiting', 'counting', 'writing', 'keeping')),
  done bigint not null default 0,
  total bigint,
  bytes bigint,
  started_at timestamptz,
  at timestamptz not null default now(),
  is_ended boolean not null default false
);

create table service.district_download (
  ubigeo text not null references land.district (ubigeo),
  day date not null,
  file_id bigint not null references service.kept_file,
  layers text[] not null,
  row_count bigint not null,
  made_at timestamptz not null default clock_timestamp(),
  constraint district_download_pkey primary key (ubigeo, day)
);
create index district_download_file on service.district_download (file_id);

select service.describe('service.kept_file', 'es: Archivos preparados | en: Prepared files', 'sha256=es: SHA-256 | en: SHA-256',
  'bytes=es: Tamaño [bytes] | en: Size [bytes]', 'created_at=es: Creado | en: Created');
select service.describe('service.kept_piece', 'es: Contenido de los archivos preparados, por partes | en: Content of prepared files, in pieces',
  'file_id=es: Archivo | en: File', 'number=es: Número de la parte, desde 0 | en: Number of the piece, from 0', 'content=es: Contenido | en: Content');
select service.describe('service.export', 'es: Exportaciones pedidas | en: Exports that were asked for', 'account=es: Cuenta que la pidió | en: Account that asked',
  'office=es: Público cuyas capas lee | en: Audience whose layers it reads', 'format=es: Formato | en: Format', 'asked=es: Lo que se pidió | en: What was asked for',
  'trouble=es: Por qué se interrumpió | en: Why it broke', 'file_id=es: Archivo | en: File', 'row_count=es: Objetos | en: Features',
  'created_at=es: Pedida | en: Asked for', 'ready_at=es: Lista desde | en: Ready since', 'expires_at=es: Se olvida | en: Is forgotten');
select service.describe('service.export_progress', 'es: Avance de las exportaciones | en: Progress of the exports', 'export_id=es: Exportación | en: Export',
  'phase=es: Fase | en: Phase', 'done=es: Objetos escritos | en: Features written', 'total=es: Objetos contados | en: Features counted',
  'bytes=es: Bytes guardados | en: Bytes kept', 'started_at=es: Comenzó | en: Began', 'at=es: Cuándo | en: When', 'is_ended=es: Fue terminada por quien la pidió | en: Was ended by who asked');
select service.describe('service.district_download', 'es: Descargas fechadas de los distritos | en: Dated downloads of the districts', 'day=es: Fecha de los datos | en: Date of the data',
  'file_id=es: Archivo | en: File', 'layers=es: Capas | en: Layers', 'row_count=es: Objetos | en: Features', 'made_at=es: Hecha | en: Made');

grant select, insert, delete on service.kept_file, service.kept_piece, service.district_download to predio_service;
grant select, insert, update, delete on service.export, service.export_progress to predio_service;
-- An export that is asked for twice is made once.
grant execute on function service.claim_key, service.keep_answer to predio_service;
