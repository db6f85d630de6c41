-- Roles are cluster-wide, so they are made here, idempotently, and not in a numbered migration.
-- Run as a superuser or a login with CREATEROLE. Logins get their passwords elsewhere.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'predio_owner', 'predio_app', 'predio_public', 'predio_citizen', 'predio_planner', 'predio_surveyor',
    'predio_titling', 'predio_admin', 'predio_auditor', 'predio_service', 'predio_gate'
  ] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
  -- The service's login owns nothing and has no right of its own: it acts only as an audience.
  alter role predio_app noinherit;
end
$$;

grant predio_public, predio_citizen, predio_planner, predio_surveyor, predio_titling, predio_admin, predio_auditor
  to predio_app;
grant predio_service, predio_gate to predio_app;
-- What the public sees, everybody sees.
grant predio_public to predio_citizen, predio_planner, predio_surveyor, predio_titling, predio_admin, predio_auditor;

comment on role predio_owner is 'Owns the schema of Predio; runs migrations, loads and publishes';
comment on role predio_app is 'Login of the service; owns nothing, acts as the audience of each request';
comment on role predio_public is 'Audience: anybody';
comment on role predio_citizen is 'Audience: a person with an account and no office';
comment on role predio_planner is 'Audience: plans, networks, risk and programmes';
comment on role predio_surveyor is 'Audience: the fabric and its surveys';
comment on role predio_titling is 'Audience: titling cases, rights and holders';
comment on role predio_admin is 'Audience: accounts and settings';
comment on role predio_auditor is 'Audience: the journal';
comment on role predio_service is 'What the service does by itself: seals the journal, lets keys and notices expire, stages and examines deliveries';
comment on role predio_gate is 'Looks up accounts, sessions and tokens for the service; sees nothing else';
