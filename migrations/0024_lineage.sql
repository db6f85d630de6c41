-- Lineage is what operations did: a link belongs to the operation of its transaction, and stays.

create function land.keep_lineage() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
begin
  if tg_op <> 'INSERT' then
    raise exception using errcode = 'check_violation', constraint = 'lineage_is_append_only',
      message = 'what an operation linked stays linked';
  end if;
  new.operation_id := land.current_operation();
  if new.operation_id is null then
    raise exception using errcode = 'check_violation', constraint = 'lineage_comes_from_an_operation',
      message = 'parents and children are linked by an operation only',
      hint = 'POST /api/v1/parcels/{code}/split, …/detach or /api/v1/parcels/merge';
  end if;
  return new;
end
$$;
create trigger keep_lineage before insert or update or delete on land.lineage
  for each row execute function land.keep_lineage();
