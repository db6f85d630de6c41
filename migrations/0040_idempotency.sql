-- Answers to repeated writes, and the role of the service's own work.
--
-- A key is claimed by the transaction that does the work, so the claim and the work are kept or lost together.
-- Nobody reads the keys of others: the audiences have these two functions and not the table.

alter table service.idempotency_key
  drop column answer,
  add column headers jsonb,
  add column answer text,
  add constraint idempotency_key_is_short check (length(key) between 8 and 128 and length(account) <= 200);
create index idempotency_key_age on service.idempotency_key (created_at);
comment on column service.idempotency_key.headers is
  'es: Encabezados de la respuesta | en: Headers of the answer';
comment on column service.idempotency_key.answer is
  'es: Respuesta, byte por byte | en: Answer, byte for byte';

create type service.kept_answer as (request_hash bytea, status integer, headers jsonb, answer text);

-- The second of two writers with one key waits here until the first has ended; then it reads the first one's
-- answer, or, when that one failed, does the work itself. No longer than five seconds: then 55P03.
create function service.claim_key(of_account text, wanted text, of_request bytea) returns setof service.kept_answer
language plpgsql security definer set search_path = pg_catalog set lock_timeout = '5s' as $$
begin
  loop
    insert into service.idempotency_key (account, key, request_hash) values (of_account, wanted, of_request)
      on conflict on constraint idempotency_key_pkey do nothing;
    if found then
      return;
    end if;
    return query select k.request_hash, k.status, k.headers, k.answer
      from service.idempotency_key k where k.account = of_account and k.key = wanted;
    -- It may have expired between the two statements.
    if found then
      return;
    end if;
  end loop;
end
$$;
comment on function service.claim_key is 'Claims an idempotency key; returns the answer that was kept under it, if any';

create function service.keep_answer(of_account text, of_key text, of_status integer, of_headers jsonb, of_answer text)
returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
  -- Only an answer that is not there yet: nobody rewrites what was answered.
  update service.idempotency_key k set status = of_status, headers = of_headers, answer = of_answer
    where k.account = of_account and k.key = of_key and k.status is null;
  if not found then
    raise exception 'the key was not claimed in this transaction';
  end if;
end
$$;
comment on function service.keep_answer is 'Keeps the answer of a claimed key, in the same transaction as the work';

revoke execute on function service.claim_key, service.keep_answer from public;
-- predio_public too: a citizen without an account may send an observation, and must not send it twice.
grant execute on function service.claim_key, service.keep_answer to predio_public;

-- What the service does on its own account: sealing, expiry. It owns nothing.
grant usage on schema service to predio_service;
grant select, delete on service.idempotency_key to predio_service;
