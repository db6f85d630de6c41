-- The document store of administrative sources: bytes addressed by their SHA-256, kept once. What a source is about
-- decides where: files about people lie in `person` and are read through a function that notes who and why.
-- The journal follows the small rows that name a hash, and so the bytes; not the bytes.

create table document.file (
  hash bytea constraint file_pkey primary key,
  media_type text not null constraint file_is_of_a_known_type
    check (media_type in ('application/pdf', 'image/png', 'image/jpeg')),
  bytes bytea not null,
  created_at timestamptz not null default now(),
  constraint file_hash_is_of_its_bytes check (hash = sha256(bytes)),
  constraint file_is_at_most_50_mb check (octet_length(bytes) between 1 and 52428800)
);
-- PDF, PNG and JPEG are compressed already.
alter table document.file alter column bytes set storage external;

create table person.file (
  hash bytea constraint person_file_pkey primary key,
  media_type text not null constraint person_file_is_of_a_known_type
    check (media_type in ('application/pdf', 'image/png', 'image/jpeg')),
  bytes bytea not null,
  created_at timestamptz not null default now(),
  constraint person_file_hash_is_of_its_bytes check (hash = sha256(bytes)),
  constraint person_file_is_at_most_50_mb check (octet_length(bytes) between 1 and 52428800)
);
alter table person.file alter column bytes set storage external;

create table land.source_file (
  source_id bigint not null references land.source,
  hash bytea not null references document.file,
  created_at timestamptz not null default now(),
  constraint source_file_pkey primary key (source_id, hash)
);

-- A document about a person points to its bytes.
insert into person.file (hash, media_type, bytes)
select distinct on (hash) hash, media_type, bytes from person.document order by hash, id;
alter table person.document
  drop column bytes,
  drop column media_type,
  add constraint document_file_is_kept foreign key (hash) references person.file,
  add constraint document_is_attached_once unique (source_id, hash);

select service.describe('document.file', 'es: Archivos de documentos que prueban asientos | en: Files of documents that prove entries',
  'hash=es: SHA-256 | en: SHA-256', 'media_type=es: Tipo | en: Media type', 'bytes=es: Contenido | en: Content');
select service.describe('person.file', 'es: Archivos de documentos sobre personas | en: Files of documents about people',
  'hash=es: SHA-256 | en: SHA-256', 'media_type=es: Tipo | en: Media type', 'bytes=es: Contenido | en: Content');
select service.describe('land.source_file', 'es: Archivos de cada documento | en: Files of each source', 'hash=es: SHA-256 | en: SHA-256');

select audit.watch('land.source_file', null, 'source_id');
select audit.watch('person.document');
select access.limit_to_districts('land.source_file', '(select s.ubigeo from land.source s where s.id = r.source_id)');
select access.limit_to_districts('person.document', '(select s.ubigeo from land.source s where s.id = r.source_id)');
create trigger legal_objects_are_not_deleted before delete on land.source_file
  for each row execute function audit.refuse_delete();
create trigger legal_objects_are_not_deleted before delete on person.document
  for each row execute function audit.refuse_delete();
create trigger files_are_append_only before update or delete or truncate on document.file
  for each statement execute function audit.refuse_change();
create trigger files_are_append_only before update or delete or truncate on person.file
  for each statement execute function audit.refuse_change();

-- A source with files stays what it is about: else its files would lie in the wrong room.
create function land.keep_subject_of_source() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  if exists (select from land.source_file f where f.source_id = new.id)
    or exists (select from person.document d where d.source_id = new.id) then
    raise exception using errcode = 'check_violation', constraint = 'source_with_files_keeps_its_subject',
      message = 'a source that has files stays about a person, or about none';
  end if;
  return new;
end
$$;
create trigger source_with_files_keeps_its_subject before update on land.source
  for each row when (new.about_person <> old.about_person) execute function land.keep_subject_of_source();

-- The room of the files that a source may have.
create function land.keep_room_of_file() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  if (select s.about_person from land.source s where s.id = new.source_id) is distinct from (tg_table_schema = 'person') then
    raise exception using errcode = 'check_violation', constraint = 'file_lies_in_its_room',
      message = 'files of a source about a person lie in schema person, all others in schema document';
  end if;
  return new;
end
$$;
create trigger file_lies_in_its_room before insert or update on land.source_file
  for each row execute function land.keep_room_of_file();
create trigger file_lies_in_its_room before insert or update on person.document
  for each row when (new.source_id is not null) execute function land.keep_room_of_file();

create function person.keep_file(source bigint, of_type text, content bytea) returns boolean language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  its_hash constant bytea := sha256(content);
begin
  insert into person.file (hash, media_type, bytes) values (its_hash, of_type, content) on conflict (hash) do nothing;
  insert into person.document (source_id, hash) values (source, its_hash)
  on conflict on constraint document_is_attached_once do nothing;
  return found;
end
$$;
comment on function person.keep_file is 'Attaches a file to a source about a person; false when it was attached before';

-- Names no person: which files there are, not what is in them.
create function person.files_of_source(source bigint)
returns table (hash bytea, media_type text, size bigint, created_at timestamptz) language sql stable
security definer set search_path = pg_catalog as $$
  select f.hash, f.media_type, octet_length(f.bytes)::bigint, d.created_at
  from person.document d join person.file f on f.hash = d.hash
  where d.source_id = source order by d.id
$$;
comment on function person.files_of_source is 'Files of a source about a person, without their content';

create function person.read_file(source bigint, of_hash bytea, purpose text)
returns table (media_type text, bytes bytea) language plpgsql volatile
security definer set search_path = pg_catalog as $$
declare
  documents bigint[] := coalesce((select array_agg(d.id) from person.document d
    where d.source_id = read_file.source and d.hash = of_hash), '{}');
begin
  if not access.may_act_in((select s.ubigeo from land.source s where s.id = read_file.source)) then
    raise exception using errcode = 'insufficient_privilege', constraint = 'right_is_limited_to_districts',
      message = 'the rights of this account are limited to other districts';
  end if;
  perform person.note_reading(purpose, 'person.document', documents);
  return query select f.media_type, f.bytes from person.file f where f.hash = of_hash and cardinality(documents) > 0;
end
$$;
comment on function person.read_file is 'A file about a person, for a purpose';

revoke execute on all functions in schema person from public;
revoke execute on function land.keep_subject_of_source(), land.keep_room_of_file() from public;
grant execute on function person.keep_file(bigint, text, bytea), person.files_of_source(bigint),
  person.read_file(bigint, bytea, text) to predio_titling;
grant usage on schema document to predio_titling;
grant select, insert on document.file, land.source_file to predio_titling;

select history.build_twins();
