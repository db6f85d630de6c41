-- Whoever edits in QGIS cannot say `set local`: what a refusal advises must be of use there too.
create or replace function audit.require_reason() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('predio.reason', true), '') = '' then
    raise exception using errcode = 'check_violation', constraint = 'write_needs_a_reason',
      message = format('%I.%I: a write to a legal table needs its reason', tg_table_schema, tg_table_name),
      hint = 'psql: begin; set local predio.reason = ''why''; …; commit; — QGIS: options=-c predio.reason=why in the '
        'service of the connection (pg_service.conf), a backslash before each blank';
  end if;
  return null;
end
$$;
