-- A follower's place carries its time, so how far notices were forgotten needs no row.
--
-- The horizon of 0042 was a transaction number; beside one transaction that stays open, in whatever database of the
-- server, every place looked too old. Now a place is too old after a week, and notices are kept a day longer: no
-- transaction that was open when the place was taken is open for a day.

create or replace function service.forget_changes(older_than interval) returns bigint language plpgsql
security definer set search_path = pg_catalog as $$
declare
  gone bigint;
begin
  delete from service.change where at < now() - older_than;
  get diagnostics gone = row_count;
  return gone;
end
$$;
drop table service.change_horizon;

-- 0041 made `audit.watch` anew, and with it the right of everybody that 0033 had taken away.
revoke execute on function audit.watch(regclass, text, text) from public;
