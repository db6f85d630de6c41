-- Accounts: who may sign in, in which offices; sessions, tokens, attempts. Nobody but the gate reads a secret's hash.

alter table access.account drop column audience;
alter table access.account
  -- The first office is the one in use where a route does not ask for another.
  add column offices text[] not null constraint account_offices_are_known
    check (cardinality(offices) > 0 and offices <@ array['citizen', 'planner', 'surveyor', 'titling', 'admin', 'auditor']),
  add column password_changed_at timestamptz,
  -- A login role of one's own in the database has the account's name, so names are lower case and short.
  add constraint account_name_is_plain check (name ~ '^[a-z][a-z0-9._-]{1,62}$'),
  -- Null means every district. An emptied list must not mean the same.
  add constraint account_districts_are_named check (cardinality(districts) > 0);

alter table access.session add column address inet;
create index session_account on access.session (account_id);

alter table access.token
  add column id bigint generated always as identity constraint token_id_is_unique unique,
  add constraint token_scopes_are_known check (cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'person']);
create index token_account on access.token (account_id);
-- Apart from the token, whose changes the journal keeps: a use is no change of it.
create table access.token_use (
  token_id bigint constraint token_use_pkey primary key references access.token (id),
  last_used_at timestamptz not null
);

-- What was typed as a name may be a password typed into the wrong box, so only its hash is kept.
create table access.login_attempt (
  id bigint generated always as identity constraint login_attempt_pkey primary key,
  at timestamptz not null default clock_timestamp(),
  name_hash bytea not null,
  address inet,
  succeeded boolean not null default false
);
create index login_attempt_name on access.login_attempt (name_hash, at);
create index login_attempt_address on access.login_attempt (address, at);

select service.describe('access.account', 'es: Cuentas | en: Accounts',
  'password_hash=es: Huella de la contraseña (argon2id) | en: Password hash (argon2id)',
  'offices=es: Oficinas (citizen, planner, surveyor, titling, admin, auditor) | en: Offices (citizen, planner, surveyor, titling, admin, auditor)',
  'districts=es: Distritos permitidos; vacío: todos | en: Districts allowed; empty: all',
  'disabled_at=es: Inhabilitada | en: Disabled', 'password_changed_at=es: Contraseña cambiada | en: Password changed');
select service.describe('access.session', 'es: Sesiones | en: Sessions', 'token_hash=es: Huella | en: Hash',
  'account_id=es: Cuenta | en: Account', 'last_seen_at=es: Vista por última vez | en: Last seen',
  'expires_at=es: Vence | en: Expires', 'address=es: Dirección IP | en: IP address');
select service.describe('access.token', 'es: Llaves para programas | en: Tokens for programs', 'token_hash=es: Huella | en: Hash',
  'account_id=es: Cuenta | en: Account', 'scopes=es: Alcances (read, write, person) | en: Scopes (read, write, person)',
  'expires_at=es: Vence | en: Expires', 'revoked_at=es: Revocada | en: Revoked');
select service.describe('access.token_use', 'es: Último uso de cada llave | en: Last use of each token', 'token_id=es: Llave | en: Token',
  'last_used_at=es: Usada por última vez | en: Last used');
select service.describe('access.login_attempt', 'es: Intentos de ingreso | en: Attempts to sign in', 'at=es: Cuándo | en: When',
  'name_hash=es: Huella del nombre escrito | en: Hash of the name typed', 'address=es: Dirección IP | en: IP address',
  'succeeded=es: Logrado | en: Succeeded');

select audit.watch(t) from unnest(array['access.account', 'access.token']::regclass[]) t;

-- Administrators see accounts and never a hash; the gate is the only role that reads one.
revoke all on all tables in schema access from predio_admin;
grant select (id, name, offices, districts, disabled_at, created_at, password_changed_at) on access.account to predio_admin;
grant select (id, account_id, name, scopes, created_at, expires_at, revoked_at) on access.token to predio_admin;
grant select on access.token_use to predio_admin;
grant select (account_id, created_at, last_seen_at, expires_at, address) on access.session to predio_admin;
grant select on access.login_attempt to predio_admin;

grant usage on schema access to predio_gate;
grant select on access.account to predio_gate;
grant update (password_hash, password_changed_at) on access.account to predio_gate;
grant select, insert, update, delete on access.session to predio_gate;
grant select, insert on access.token to predio_gate;
grant update (revoked_at) on access.token to predio_gate;
grant select, insert, update on access.token_use to predio_gate;
grant select, insert, update, delete on access.login_attempt to predio_gate;
