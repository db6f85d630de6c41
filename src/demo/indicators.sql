-- Figures of one district, each with its working; "not known" is never counted as "no".
insert into programme.indicator (ubigeo, code, name, formula, numerator, denominator, unknown, unit, as_of, source)
with lot as (
  select p.id, s.water, s.sewer, s.power, t.state
  from land.parcel p
  join utility.parcel_service s on s.parcel_id = p.id
  join titling.parcel_state t on t.parcel_id = p.id
  where p.ubigeo = '$ubigeo' and p.kind = 'urban'
), figure (code, name, formula, numerator, denominator, unknown) as (
  select 'water_connected', 'Cobertura de agua', 'lotes urbanos conectados ÷ lotes urbanos con dato',
    count(*) filter (where water = 'connected'), count(*) filter (where water <> 'unknown'), count(*) filter (where water = 'unknown') from lot
  union all select 'sewer_connected', 'Cobertura de desagüe', 'lotes urbanos conectados ÷ lotes urbanos con dato',
    count(*) filter (where sewer = 'connected'), count(*) filter (where sewer <> 'unknown'), count(*) filter (where sewer = 'unknown') from lot
  union all select 'power_connected', 'Cobertura de electricidad', 'lotes urbanos conectados ÷ lotes urbanos con dato',
    count(*) filter (where power = 'connected'), count(*) filter (where power <> 'unknown'), count(*) filter (where power = 'unknown') from lot
  union all select 'water_potential', 'Cobertura potencial de agua', 'lotes urbanos conectados o a 50 m de red en servicio ÷ lotes urbanos con dato',
    count(*) filter (where water in ('connected', 'reachable')), count(*) filter (where water <> 'unknown'), count(*) filter (where water = 'unknown') from lot
  union all select 'titled', 'Lotes urbanos titulados', 'lotes urbanos titulados ÷ lotes urbanos con dato',
    count(*) filter (where state = 'titled'), count(*) filter (where state <> 'no_data'), count(*) filter (where state = 'no_data') from lot
  union all select 'zoned', 'Lotes urbanos con zonificación', 'lotes urbanos con zona ÷ lotes urbanos',
    count(z.parcel_id), count(*), 0 from lot left join zoning.parcel_zone z on z.parcel_id = lot.id
)
select '$ubigeo', code, name, formula, numerator, denominator, unknown, 'lotes', date '2024-12-31',
  'Registro de demostración (DATOS FICTICIOS)' from figure
