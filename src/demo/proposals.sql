-- Proposals of an invented programme, each where it would happen.
insert into programme.proposal (ubigeo, number, title, goal, theme, state, source, geom)
with place (name, geom) as (
  select kind, st_multi(st_union(extent)) from land.settlement where ubigeo = '$ubigeo' and extent is not null group by kind
  union all select name, extent from land.settlement where ubigeo = '$ubigeo' and name = 'Upaca'
  union all select 'sectors', st_multi(st_union(geom)) from land.sector where ubigeo = '$ubigeo'
  union all select 'plan', st_multi(st_union(geom)) from zoning.plan where ubigeo = '$ubigeo' and state = 'adopted'
  union all select 'margin', st_multi(st_union(v.geom)) from risk.river_margin_version v
    join risk.river_margin m on m.id = v.river_margin_id where m.ubigeo = '$ubigeo' and upper_inf(v.valid)
), proposal (number, title, theme, state, place) as (values
  ('P-01', 'Titulación de los asentamientos de la ciudad', 'titling', 'in_execution', 'urban'),
  ('P-02', 'Agua y desagüe para Costa Verde, Las Lomas y Santa Rosa (Fujimori)', 'utilities', 'planned', 'expansion'),
  ('P-03', 'Mejora de la red Upaca', 'utilities', 'in_execution', 'Upaca'),
  ('P-04', 'Plan de Desarrollo Urbano', 'planning', 'done', 'plan'),
  ('P-05', 'Reubicación de viviendas del borde del río', 'risk', 'idea', 'margin'),
  ('P-06', 'Catastro urbano actualizado', 'cadastre', 'planned', 'sectors'),
  ('P-07', 'Nueva losa deportiva', 'facilities', 'suspended', 'sectors'))
select '$ubigeo', q.number, q.title, 'Meta de demostración', q.theme, q.state, 'Programa de demostración (ficticio)',
  coalesce(p.geom, (select geom from place where name = 'sectors'))
from proposal q left join place p on p.name = q.place
order by q.number;
