-- The journal: source of a write, hashes over personal rows, seals.
--
-- A seal is a Merkle root over entries that are committed and in no seal yet, chained to the seal before it and signed
-- with a key that the database never sees. Which entries those are, a queue says: an entry comes in with its own
-- transaction and shows, as everything in PostgreSQL, from that transaction's end on. So writers wait for nobody, and
-- an entry that commits late is sealed late, but never lost and never twice.

alter table audit.entry add column source_id bigint;
comment on column audit.entry.source_id is 'es: Documento que sustenta la escritura | en: Document that supports the write';

create table audit.unsealed (
  entry_id bigint constraint unsealed_pkey primary key
);
select service.describe('audit.unsealed', 'es: Asientos de la bitácora aún sin sello | en: Journal entries without a seal so far',
  'entry_id=es: Asiento | en: Entry');

create function audit.queue_for_seal() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
begin
  insert into audit.unsealed select id from new_rows;
  return null;
end
$$;
create trigger queue_for_seal after insert on audit.entry referencing new table as new_rows
  for each statement execute function audit.queue_for_seal();
insert into audit.unsealed select id from audit.entry;

-- Its id tells the journals of two databases apart; its row lock lets one process seal at a time.
create table audit.journal (
  only_one boolean default true constraint journal_pkey primary key constraint journal_is_one check (only_one),
  id uuid not null default gen_random_uuid()
);
insert into audit.journal default values;
select service.describe('audit.journal', 'es: La bitácora de esta base | en: The journal of this database',
  'only_one=es: Una sola fila | en: One row only');

create table audit.seal (
  number bigint constraint seal_pkey primary key,
  -- The signed bytes. What they say is checked when the row comes in.
  statement text not null constraint seal_statement_is_one check (json_typeof(statement::json) = 'object'),
  hash bytea not null,
  signature bytea not null constraint seal_signature_has_64_bytes check (octet_length(signature) = 64),
  public_key bytea not null constraint seal_public_key_has_32_bytes check (octet_length(public_key) = 32),
  entries int8multirange not null constraint seal_has_entries check (not isempty(entries)),
  sealed_at timestamptz not null default clock_timestamp()
);
select service.describe('audit.seal', 'es: Sellos de la bitácora | en: Seals of the journal',
  'statement=es: Lo firmado | en: What is signed', 'hash=es: SHA-256 de lo firmado | en: SHA-256 of what is signed',
  'signature=es: Firma Ed25519 | en: Ed25519 signature', 'public_key=es: Clave pública | en: Public key',
  'entries=es: Asientos sellados | en: Entries sealed', 'sealed_at=es: Sellado | en: Sealed');

create trigger journal_is_append_only before update or delete or truncate on audit.seal
  for each statement execute function audit.refuse_change();
create trigger journal_is_append_only before update or delete or truncate on audit.journal
  for each statement execute function audit.refuse_change();

-- Only a seal takes an entry out of the queue.
create function audit.refuse_unqueue() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' or pg_trigger_depth() < 2 then
    raise exception using errcode = 'insufficient_privilege', constraint = 'only_a_seal_empties_the_queue',
      message = 'only a seal takes an entry out of the queue';
  end if;
  return null;
end
$$;
create trigger only_a_seal_empties_the_queue before update or delete or truncate on audit.unsealed
  for each statement execute function audit.refuse_unqueue();

create function audit.check_seal() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  said json := new.statement::json;
  last audit.seal;
  taken bigint;
begin
  select * into last from audit.seal order by number desc limit 1;
  if new.number <> coalesce(last.number, 0) + 1
    or (said ->> 'number')::bigint <> new.number
    or (said ->> 'previous') is distinct from encode(last.hash, 'hex')
    or (said ->> 'journal')::uuid <> (select id from audit.journal)
    or new.hash <> sha256(convert_to(new.statement, 'UTF8')) then
    raise exception using errcode = 'check_violation', constraint = 'seal_continues_the_chain',
      message = format('seal %s does not continue the chain', new.number);
  end if;
  delete from audit.unsealed where new.entries @> entry_id;
  get diagnostics taken = row_count;
  if taken <> (said ->> 'count')::bigint then
    raise exception using errcode = 'check_violation', constraint = 'seal_takes_what_it_counts',
      message = format('seal %s counts %s entries, %s were waiting', new.number, said ->> 'count', taken);
  end if;
  return new;
end
$$;
create trigger check_seal before insert on audit.seal for each row execute function audit.check_seal();

create function audit.claim_sealing() returns uuid language sql volatile
security definer set search_path = pg_catalog as $$
  select id from audit.journal for update skip locked
$$;
comment on function audit.claim_sealing is
  'Lets the calling transaction seal and returns the journal''s id; null while another one seals';
revoke execute on function audit.claim_sealing from public;

grant usage on schema audit to predio_service;
grant select on audit.entry, audit.unsealed, audit.seal, audit.journal to predio_service;
grant insert on audit.seal to predio_service;
grant execute on function audit.claim_sealing to predio_service;
grant select on audit.unsealed, audit.seal, audit.journal to predio_auditor;

-- As before, and: the source; hashes that do not depend on the order of rows with one key; hashes over personal rows,
-- each keyed with the row's salt, because a plain hash of an eight-digit number is no secret.
create or replace function audit.note_write() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  key_column text := coalesce(tg_argv[0], 'id');
  geometry_column text := tg_argv[1];
  relation text := format('%I.%I', tg_table_schema, tg_table_name);
  row_hash text := 'sha256(convert_to(r::text, ''UTF8''))';
  touched bigint;
  ids bigint[];
  before_hash bytea;
  after_hash bytea;
  extent_of geometry;
  summary text;
  -- The extent as a polygon also for a point or an upright line; none for rows without geometry.
  box constant text := 'select st_setsrid(st_envelope(st_expand(st_extent(g)::geometry, 0.001)), 32718) from (%s) s';
begin
  if tg_table_schema = 'person' then
    row_hash := case when exists (select from pg_attribute where attrelid = tg_relid and attname = 'salt' and not attisdropped)
      then 'sha256(r.salt || ' || row_hash || ')' else 'null::bytea' end;
  end if;
  summary := 'select count(*), (array_agg(k order by k))[1:1000], sha256(string_agg(h, '''' order by k, h)) '
    'from (select r.%1$I::bigint as k, ' || row_hash || ' as h from %2$s r) s';
  if tg_op in ('UPDATE', 'DELETE') then
    execute format(summary, key_column, 'old_rows') into touched, ids, before_hash;
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    execute format(summary, key_column, 'new_rows') into touched, ids, after_hash;
  end if;
  if touched = 0 then
    return null;
  end if;
  if geometry_column is not null then
    execute format(box, case tg_op
      when 'INSERT' then format('select %I as g from new_rows', geometry_column)
      when 'DELETE' then format('select %I as g from old_rows', geometry_column)
      else format('select %1$I as g from old_rows union all select %1$I from new_rows', geometry_column) end)
      into extent_of;
  end if;
  insert into audit.entry (account, request_id, reason, source_id, role, relation, operation, row_count, row_ids,
    hash_before, hash_after)
  values (nullif(current_setting('predio.account', true), ''), nullif(current_setting('predio.request_id', true), ''),
    nullif(current_setting('predio.reason', true), ''), nullif(current_setting('predio.source_id', true), '')::bigint,
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    relation, tg_op, touched, ids, before_hash, after_hash);
  insert into service.change (relation, operation, row_count, row_ids, extent)
  values (relation, tg_op, touched, ids, extent_of);
  perform pg_notify('predio_change', relation);
  return null;
end
$$;

-- A watched table of personal data has a salt; where the author forgot it, it gets one.
alter function audit.watch(regclass, text, text) rename to watch_without_salt;
create function audit.watch(relation regclass, geometry_column text default null, key_column text default 'id')
returns void language plpgsql as $$
begin
  if (select relnamespace = 'person'::regnamespace from pg_class where oid = relation)
    and not exists (select from pg_attribute where attrelid = relation and attname = 'salt' and not attisdropped) then
    execute format('alter table %s add column salt bytea not null default sha256(uuid_send(gen_random_uuid()))', relation);
    execute format('comment on column %s.salt is %L', relation,
      'es: Sal de las huellas de la bitácora | en: Salt of the journal''s hashes');
  end if;
  perform audit.watch_without_salt(relation, geometry_column, key_column);
end
$$;
comment on function audit.watch is 'Journals every write to a table and refuses one without a reason';
