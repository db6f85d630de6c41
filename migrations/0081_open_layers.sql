-- The layers that are written by hand, each with its door and who may pass it. Fabric layers take attributes only: a
-- polygon changes by an operation.

select service.open_layer(l, 'utility.line', jsonb_build_object('fixed', jsonb_build_object('network', n)))
from (values ('layer.water_mains', 'water'), ('layer.sewer_mains', 'sewer'), ('layer.power_lines', 'power')) v(l, n);
select service.open_layer(l, 'utility.asset', jsonb_build_object('fixed', jsonb_build_object('network', n)))
from (values ('layer.water_assets', 'water'), ('layer.sewer_assets', 'sewer'), ('layer.power_assets', 'power')) v(l, n);
grant insert, update, delete on layer.water_mains, layer.sewer_mains, layer.power_lines, layer.water_assets,
  layer.sewer_assets, layer.power_assets to predio_planner;

select service.open_layer('layer.roads', 'land.road', '{"links": {
  "norm": {"column": "norm_id", "find": "select m.id from land.norm m where m.code = n.norm"}}}');
select service.open_layer('layer.streets', 'land.street', '{"links": {
  "settlement": {"column": "settlement_id", "find":
    "select min(s.id) from land.settlement s where s.name = n.settlement and s.ubigeo = coalesce(n.ubigeo, s.ubigeo) having count(*) = 1"}}}');
select service.open_layer('layer.facilities', 'land.facility', '{"links": {
  "settlement": {"column": "settlement_id", "find":
    "select min(s.id) from land.settlement s where s.name = n.settlement and s.ubigeo = coalesce(n.ubigeo, s.ubigeo) having count(*) = 1"},
  "parcel_code": {"column": "parcel_id", "find":
    "select min(p.id) from land.parcel p where p.code = n.parcel_code and p.ubigeo = coalesce(n.ubigeo, p.ubigeo) having count(*) = 1"}}}');
select service.open_layer('layer.buildings', 'land.building', '{"links": {
  "parcel_code": {"column": "parcel_id", "find":
    "select min(p.id) from land.parcel p where p.code = n.parcel_code and p.ubigeo = coalesce(n.ubigeo, p.ubigeo) having count(*) = 1"}}}');
grant insert, update, delete on layer.roads, layer.streets, layer.facilities, layer.buildings
  to predio_planner, predio_surveyor;

select service.open_layer('layer.hazard_zones', 'risk.hazard_zone_version', '{
  "identity": "risk.hazard_zone", "key": "hazard_zone_id", "object": {"kind": {"column": "kind"}},
  "links": {
    "study": {"column": "study_id", "find": "select min(t.id) from risk.study t where t.title = n.study having count(*) = 1"},
    "norm": {"column": "norm_id", "find": "select m.id from land.norm m where m.code = n.norm"}}}');
grant insert, update, delete on layer.hazard_zones to predio_planner;

-- A plan in consultation was shown to everybody: what was shown stays until its observations are answered.
select service.open_layer('staff_layer.zone_drafts', 'zoning.zone_version', '{
  "identity": "zoning.zone", "key": "zone_id", "derived": ["name"], "open_while": "o.plan_state = ''draft''",
  "object": {"plan": {"column": "plan_id", "find":
    "select min(p.id) from zoning.plan p where p.name = n.plan and p.state = ''draft'' having count(*) = 1"}},
  "links": {"zone_class": {"column": "zone_class_id", "find":
    "select min(c.id) from zoning.zone_class c join zoning.plan p on p.id = c.plan_id where c.code = n.zone_class and p.name = n.plan and p.state = ''draft'' having count(*) = 1"}}}');
grant insert, update, delete on staff_layer.zone_drafts to predio_planner;

-- Parcels ----------------------------------------------------------------------------------------------

create trigger count_on before insert on land.parcel_version
  for each row execute function history.count_on('parcel_id');

create function land.settlement_called(called text, district text) returns bigint language sql stable
set search_path = pg_catalog, public as $$
  select service.known('settlement', called, (select min(s.id) from land.settlement s
    where s.name = called and s.ubigeo = coalesce(district, s.ubigeo) having count(*) = 1))
$$;
comment on function land.settlement_called is 'The settlement of that name; refuses a name that stands for none or for several';

-- The fabric's own triggers judge (0021, 0022): a new parcel enters on free land and provisional, a delete retires.
create function land.write_parcel() returns trigger language plpgsql
security definer set search_path = pg_catalog, public as $$
declare
  door constant jsonb := tg_argv[0]::jsonb;
  today constant date := (now() at time zone 'America/Lima')::date;
  district text;
  settlement bigint;
  of_block bigint;
  version_id bigint;
begin
  if tg_op = 'INSERT' then
    district := coalesce(new.ubigeo, land.district_at(new.geom));
    settlement := land.settlement_called(new.settlement, district);
    of_block := service.known('block', new.block, (select b.id from land.block b
      where b.ubigeo = district and b.sector_code = new.sector and b.code = new.block));
    insert into land.parcel_version (ubigeo, fabric_state, settlement_id, sector_code, block_id, block_code, use, address,
      registered_area_m2, declared_area_m2, geom)
    values (district, coalesce(new.fabric_state, 'provisional'), settlement, new.sector, of_block, new.block, new.use,
      new.address, new.registered_area_m2, new.declared_area_m2, land.to_grid(st_force2d(new.geom)))
    returning parcel_id, version, fabric_state, valid into new.id, new.version, new.fabric_state, new.valid;
    new.ubigeo := district;
    new.code := (select p.code from land.parcel p where p.id = new.id);
    return new;
  end if;
  if not old.valid @> today then
    if exists (select from land.parcel_version v where v.parcel_id = old.id and v.valid @> today) then
      return null;
    end if;
    perform service.refuse_past();
  end if;
  select v.id into version_id from land.parcel_version v
  where v.parcel_id = old.id and v.valid = old.valid and v.version = old.version for update;
  if version_id is null then
    perform service.refuse_stale();
  end if;
  if tg_op = 'DELETE' then
    delete from land.parcel_version v where v.id = version_id;
    return old;
  end if;
  if not land.same_shape(new.geom, old.geom) then
    raise exception using errcode = 'check_violation', constraint = 'parcel_version_changes_by_operation', column = 'geom',
      message = 'the polygon, period and state of a parcel change by an operation only; attributes may be edited',
      hint = 'POST /api/v1/parcels/{code}/adjust moves a corner, …/replace takes a survey, …/split divides, …/retire ends';
  end if;
  perform service.keep_derived(door, to_jsonb(old) - 'geom', to_jsonb(new) - 'geom');
  if new.settlement is distinct from old.settlement then
    settlement := land.settlement_called(new.settlement, old.ubigeo);
  end if;
  update land.parcel_version v
  set use = new.use, address = new.address, registered_area_m2 = new.registered_area_m2,
    declared_area_m2 = new.declared_area_m2,
    settlement_id = case when new.settlement is distinct from old.settlement then settlement else v.settlement_id end
  where v.id = version_id returning v.version into new.version;
  return new;
end
$$;
comment on function land.write_parcel is 'Door of the parcels: attributes, provisional parcels on free land, retirement';
revoke execute on function land.write_parcel(), land.settlement_called(text, text) from public;
create trigger door instead of insert or update or delete on layer.parcels for each row execute function land.write_parcel('{
  "base": "land.parcel_version", "key": "parcel_id",
  "receives": ["ubigeo", "settlement", "sector", "block", "use", "address", "registered_area_m2", "declared_area_m2", "geom"],
  "required": [], "only_new": ["ubigeo", "sector", "block"]}');
grant insert, update, delete on layer.parcels to predio_surveyor;
