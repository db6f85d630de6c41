-- A right that is limited to a list of districts ends at their borders, whatever program writes.

create function access.refuse_other_districts() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare
  -- The migration's own text, an expression over the row r.
  ubigeo_of constant text := tg_argv[0];
  rows_of text := case tg_op when 'INSERT' then 'new_rows' when 'DELETE' then 'old_rows'
    else '(select * from old_rows union all select * from new_rows)' end;
  other text;
begin
  -- Most writers are limited to nothing; they pay for one look at a small table.
  if not exists (select from access.account a
      where a.name in (session_user::text, current_setting('predio.account', true)) and a.districts is not null) then
    return null;
  end if;
  execute format('select coalesce(t.ubigeo, ''-'') from (select %s as ubigeo from %s r) t '
    'where not access.may_act_in(t.ubigeo) limit 1', ubigeo_of, rows_of) into other;
  if other is not null then
    raise exception using errcode = 'insufficient_privilege', constraint = 'right_is_limited_to_districts',
      message = format('%I.%I: the rights of this account are limited to other districts than %s',
        tg_table_schema, tg_table_name, other);
  end if;
  return null;
end
$$;
comment on function access.refuse_other_districts is
  'After each statement: refuses rows of a district that the rights of who acts do not reach to. Argument: expression for the ubigeo of row r';

create function access.limit_to_districts(relation regclass, ubigeo_of text default 'r.ubigeo') returns void language plpgsql as $$
begin
  execute format('create trigger district_insert after insert on %s referencing new table as new_rows '
    'for each statement execute function access.refuse_other_districts(%L)', relation, ubigeo_of);
  execute format('create trigger district_update after update on %s referencing old table as old_rows new table as new_rows '
    'for each statement execute function access.refuse_other_districts(%L)', relation, ubigeo_of);
  execute format('create trigger district_delete after delete on %s referencing old table as old_rows '
    'for each statement execute function access.refuse_other_districts(%L)', relation, ubigeo_of);
end
$$;
comment on function access.limit_to_districts is
  'Holds writers to the districts of their account; takes the ubigeo of row r, a column unless said otherwise';

-- Every journalled table with a district of its own, and those that have it through another.
select access.limit_to_districts(t.tgrelid::regclass)
from pg_trigger t
join pg_attribute a on a.attrelid = t.tgrelid and a.attname = 'ubigeo' and not a.attisdropped
where t.tgname = 'needs_reason'
order by t.tgrelid::regclass::text;
select access.limit_to_districts('land.lineage', '(select p.ubigeo from land.parcel p where p.id = r.child_parcel_id)');
select access.limit_to_districts(t, '(select p.ubigeo from land.parcel p where p.id = r.parcel_id)')
from unnest(array['land.parcel_lock', 'land.property_unit_parcel', 'titling.case_parcel']::regclass[]) t;
select access.limit_to_districts('land.tenure_right', '(select u.ubigeo from land.property_unit u where u.id = r.property_unit_id)');
select access.limit_to_districts('land.tenure_right_version', '(select u.ubigeo from land.tenure_right t '
  'join land.property_unit u on u.id = t.property_unit_id where t.id = r.tenure_right_id)');
select access.limit_to_districts('risk.hazard_zone_version', '(select z.ubigeo from risk.hazard_zone z where z.id = r.hazard_zone_id)');
select access.limit_to_districts(t, '(select c.ubigeo from titling.titling_case c where c.id = r.case_id)')
from unnest(array['titling.case_event', 'titling.case_party']::regclass[]) t;
select access.limit_to_districts('zoning.zone_class', '(select p.ubigeo from zoning.plan p where p.id = r.plan_id)');
select access.limit_to_districts(t, '(select p.ubigeo from zoning.zone_class c join zoning.plan p on p.id = c.plan_id where c.id = r.zone_class_id)')
from unnest(array['zoning.building_parameter', 'zoning.use_index']::regclass[]) t;
select access.limit_to_districts('zoning.zone_version', '(select z.ubigeo from zoning.zone z where z.id = r.zone_id)');

revoke execute on all functions in schema access from public;
