-- Field copies: what went out to be edited in the field, kept as it went out. A return is compared with it, three ways.
--
-- The copy is the base, and not the record as of its instant: a transaction that had begun and not yet committed when the
-- file was written is on record since before, and was not in the file; a layer of the municipality's own may keep no
-- history at all. The bytes that went out are exact for each of them.

create table delivery.field_copy (
  id bigint generated always as identity constraint field_copy_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  -- The database role of the office that took it.
  office text not null constraint field_copy_office_takes_files check (office in ('predio_surveyor', 'predio_planner')),
  target text not null,
  -- Stands in the file, too, and tells a return whose copy it is.
  mark text not null constraint field_copy_mark_is_unique unique,
  bbox text,
  filter text,
  -- Columns of the file.
  columns text[] not null,
  features bigint not null,
  sha256 text not null constraint field_copy_sha256_is_hexadecimal check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null,
  account text default nullif(current_setting('predio.account', true), ''),
  taken_at timestamptz not null default now()
);
create index field_copy_ubigeo on delivery.field_copy (ubigeo, id);

-- Apart, because the journal follows the small row, which names the hash; not the bytes.
create table delivery.field_copy_file (
  copy_id bigint constraint field_copy_file_pkey primary key references delivery.field_copy,
  bytes bytea not null constraint field_copy_file_is_at_most_50_mb check (octet_length(bytes) between 1 and 52428800)
);

select service.describe('delivery.field_copy', 'es: Salidas de campo | en: Field copies', 'office=es: Rol de la oficina que la sacó | en: Role of the office that took it',
  'target=es: Capa | en: Layer', 'mark=es: Marca que lleva el archivo | en: Mark that the file carries', 'bbox=es: Ventana | en: Box',
  'filter=es: Filtro CQL2 | en: CQL2 filter', 'columns=es: Columnas del archivo | en: Columns of the file', 'features=es: Elementos | en: Features',
  'sha256=es: SHA-256 | en: SHA-256', 'bytes=es: Tamaño [bytes] | en: Size [bytes]', 'account=es: Cuenta | en: Account', 'taken_at=es: Sacada | en: Taken');
select service.describe('delivery.field_copy_file', 'es: Archivos de las salidas de campo | en: Files of the field copies',
  'copy_id=es: Salida de campo | en: Field copy', 'bytes=es: Contenido | en: Content');

select audit.watch('delivery.field_copy');
select access.limit_to_districts('delivery.field_copy');
create trigger field_copies_are_append_only before update or delete or truncate on delivery.field_copy
  for each statement execute function audit.refuse_change();
create trigger field_copies_are_append_only before update or delete or truncate on delivery.field_copy_file
  for each statement execute function audit.refuse_change();

create view delivery.own_field_copy with (security_barrier) as
select * from delivery.field_copy c where c.office = service.office_of(current_user) and access.may_act_in(c.ubigeo)
with check option;
create view delivery.own_field_copy_file with (security_barrier) as
select * from delivery.field_copy_file f where f.copy_id in (select c.id from delivery.own_field_copy c)
with check option;
select service.describe('delivery.own_field_copy', 'es: Lo propio de la oficina | en: What is the office''s own', 'office=es: Rol de la oficina que la sacó | en: Role of the office that took it',
  'target=es: Capa | en: Layer', 'mark=es: Marca que lleva el archivo | en: Mark that the file carries', 'bbox=es: Ventana | en: Box',
  'filter=es: Filtro CQL2 | en: CQL2 filter', 'columns=es: Columnas del archivo | en: Columns of the file', 'features=es: Elementos | en: Features',
  'sha256=es: SHA-256 | en: SHA-256', 'bytes=es: Tamaño [bytes] | en: Size [bytes]', 'account=es: Cuenta | en: Account', 'taken_at=es: Sacada | en: Taken');
select service.describe('delivery.own_field_copy_file', 'es: Lo propio de la oficina | en: What is the office''s own',
  'copy_id=es: Salida de campo | en: Field copy', 'bytes=es: Contenido | en: Content');

grant select on delivery.field_copy, delivery.field_copy_file to predio_service;
grant select, insert on delivery.own_field_copy, delivery.own_field_copy_file to predio_surveyor, predio_planner;
