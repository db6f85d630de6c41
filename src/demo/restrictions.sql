-- A burden on every 150th agreed parcel of a district; $4 shifts the kinds apart.
with burdened as (
  select v.parcel_id, v.geom, nextval(pg_get_serial_sequence('land.restriction', 'id')) as restriction_id
  from land.parcel_version v
  where v.ubigeo = $1 and v.fabric_state = 'agreed' and upper_inf(v.valid) and v.parcel_id % 450 = $4 * 150 + 7
), identities as (
  insert into land.restriction (id, ubigeo, kind) overriding system value
  select restriction_id, $1, $2 from burdened returning id
)
insert into land.restriction_version (restriction_id, valid, parcel_id, property_unit_id, title, norm_id, office, geom)
select b.restriction_id, case when $2 = 'transfer_ban' then daterange('2023-11-15', '2028-11-15') else daterange('2020-01-01', null) end,
  b.parcel_id, u.property_unit_id, $3, (select id from land.norm where code = 'Ley 28687' and $2 = 'transfer_ban'),
  'Registros Públicos (referencia ficticia)', case when $2 = 'right_of_way' then b.geom end
from burdened b
join identities i on i.id = b.restriction_id
left join land.property_unit_parcel u on u.parcel_id = b.parcel_id
