-- The zone of each parcel of the plan in force, from demo_piece_zone of zones.sql.
insert into zoning.parcel_zone (parcel_id, zone_id, zone_class, share_pct, as_of)
select distinct on (v.parcel_id) v.parcel_id, d.zone_id, d.class, 100, date '2024-12-31'
from demo_piece_zone d join land.parcel_version v on v.block_id = d.block_id
where upper_inf(v.valid) and v.fabric_state = 'agreed'
union all
select parcel_id, zone_id, class, 100, date '2024-12-31' from demo_piece_zone where parcel_id is not null;
