-- Acts that end a right (extinction), put a restriction or a responsibility on a unit (burden) and take it off (release).
-- As with rights: by an act with its source, or with the operation that the burdened parcel goes through.

alter table land.act drop constraint act_kind_is_known;
alter table land.act add constraint act_kind_is_known check (kind in
  ('constitution', 'transfer', 'succession', 'extinction', 'burden', 'release', 'correction', 'annulment'));

create table land.act_restriction (
  act_id bigint not null references land.act,
  restriction_id bigint not null references land.restriction,
  part text not null constraint act_restriction_part_is_known check (part in ('begins', 'ends', 'annulled', 'restored')),
  valid_before daterange,
  constraint act_restriction_pkey primary key (act_id, restriction_id)
);
create index act_restriction_restriction on land.act_restriction (restriction_id);
select service.describe('land.act_restriction', 'es: Qué hizo cada acto con cada carga | en: What each act did to each restriction',
  'act_id=es: Acto | en: Act', 'restriction_id=es: Carga | en: Restriction',
  'part=es: Qué le hizo (begins, ends, annulled, restored) | en: What it did to it (begins, ends, annulled, restored)',
  'valid_before=es: Vigencia anterior | en: Valid period before');
create trigger legal_objects_are_not_deleted before delete on land.act_restriction
  for each row execute function audit.refuse_delete();

create function land.note_act_restriction() returns trigger language plpgsql
security definer set search_path = pg_catalog as $$
declare
  act land.act := land.current_act();
  touched land.restriction_version;
begin
  if tg_op = 'DELETE' then
    touched := old;
  else
    touched := new;
  end if;
  if act.id is null then
    if land.current_operation() is null and not pg_has_role(session_user, 'predio_owner', 'member') then
      raise exception using errcode = 'check_violation', constraint = 'restriction_changes_by_act',
        message = 'a restriction is put on and taken off by an act with its source',
        hint = 'POST /api/v1/units/{id}/rights/burden or …/release; in SQL insert into land.act first';
    end if;
    return touched;
  end if;
  if touched.property_unit_id is distinct from act.property_unit_id and not exists (
    select from land.property_unit_parcel x
    where x.property_unit_id = act.property_unit_id and x.parcel_id = touched.parcel_id
  ) then
    raise exception using errcode = 'check_violation', constraint = 'act_is_about_its_unit',
      message = 'an act puts restrictions on its own property unit only';
  end if;
  insert into land.act_restriction (act_id, restriction_id, part, valid_before)
  values (act.id, touched.restriction_id,
    case when tg_op = 'INSERT' then 'begins' when tg_op = 'DELETE' then 'annulled'
      when act.kind = 'annulment' then 'restored' else 'ends' end,
    case when tg_op <> 'INSERT' then old.valid end)
  on conflict do nothing;
  -- Counts as a change of what lies on the unit: who saw it before, learns of it.
  insert into land.shares_to_judge (property_unit_ids) values (array[act.property_unit_id]);
  return touched;
end
$$;
create trigger note_act_restriction before insert or update or delete on land.restriction_version
  for each row execute function land.note_act_restriction();

-- An act over a restriction that is annulled: what it put on was never there (the history keeps what was recorded), what
-- it took off goes on as before.
create function land.undo_restrictions(undone bigint) returns void language plpgsql volatile
security definer set search_path = pg_catalog as $$
begin
  if not exists (select from land.current_act() a where a.annulled_act_id = undone) then
    raise exception using errcode = 'insufficient_privilege', constraint = 'act_is_there',
      message = 'an act is undone by the annulment that names it';
  end if;
  delete from land.restriction_version v using land.act_restriction r
  where r.act_id = undone and r.part = 'begins' and v.restriction_id = r.restriction_id;
  update land.restriction_version v set valid = r.valid_before
  from land.act_restriction r
  where r.act_id = undone and r.part = 'ends' and v.restriction_id = r.restriction_id
    and lower(v.valid) is not distinct from lower(r.valid_before);
end
$$;
comment on function land.undo_restrictions is 'Undoes what an act did to restrictions, for the annulment of this transaction';

revoke execute on function land.note_act_restriction(), land.undo_restrictions(bigint) from public;
grant execute on function land.undo_restrictions(bigint) to predio_titling;
grant select on land.act_restriction to predio_titling;

-- Shapes of lines and points hold for whoever writes the table, not only through the door of a layer.
alter table utility.line add constraint line_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));
alter table utility.asset add constraint asset_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));
alter table land.road add constraint road_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));
alter table land.street add constraint street_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));
alter table land.building add constraint building_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));
alter table land.facility add constraint facility_geometry_is_valid check (st_isvalid(geom) and not st_isempty(geom));

alter table risk.hazard_zone_version add constraint hazard_zone_version_geometry_is_valid check (st_isvalid(geom));
alter table zoning.zone_version add constraint zone_version_geometry_is_valid check (st_isvalid(geom));
alter table land.restriction_version add constraint restriction_version_geometry_is_valid check (st_isvalid(geom));

select history.build_twins();
