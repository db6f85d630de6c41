-- Whoever holds a national code (CUC) may ask with it as with the code of a property unit (CRC). The extract shows
-- the CUC to everybody, so finding by it tells nothing new.
create or replace function service.parcels_of_unit(of_crc text) returns table (ubigeo text, code text)
language plpgsql stable security definer set search_path = pg_catalog rows 2 as $$
#variable_conflict use_column
begin
  return query select p.ubigeo, p.code
  from land.property_unit u
  join land.property_unit_parcel up on up.property_unit_id = u.id
  join land.parcel p on p.id = up.parcel_id
  where u.crc = of_crc
  union
  select p.ubigeo, p.code from land.parcel p where p.cuc = of_crc
  order by 1, 2;
end
$$;
