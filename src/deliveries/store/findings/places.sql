insert into found (number, class, measure, geom)
select g.number, case when st_intersects(d.geom, g.geom) then 'crosses_district' else 'outside_district' end,
  st_distance(d.geom, g.geom), st_pointonsurface(g.geom)
from good g, setting s join land.district d on d.ubigeo = s.ubigeo
where s.id = $1 and s.target <> 'sectors' and not st_covers(d.geom, g.geom)
-- next
-- What has no valid shape is placed by its box: one that lies elsewhere is told so as well.
insert into found (number, class, measure, geom)
select f.number, 'outside_district', st_distance(d.geom, b.box), st_centroid(b.box)
from delivery.feature f
cross join lateral (select st_setsrid(st_envelope(f.geom), 32718) as box) b, setting s join land.district d on d.ubigeo = s.ubigeo
where f.delivery_id = $1 and not st_isempty(f.geom) and not st_isvalid(f.geom) and not st_intersects(d.geom, b.box)
-- next
-- The block of each lot by its place: the one that holds most of it.
create temporary table in_block on commit drop as
select distinct on (n.number) n.number, n.sector_code, n.code, n.label, n.area / nullif(n.own_area, 0) as share
from (
  select g.number, b.id, b.sector_code, b.code, b.label, st_area(g.geom) as own_area,
    case when st_covers(k.valid, g.geom) then st_area(g.geom)
      when st_relate(g.geom, k.valid, '2********') then st_area(st_intersection(g.geom, k.valid)) else 0 end as area
  from setting s
  join (select b.*, st_makevalid(b.geom) as valid from land.block b offset 0) k on k.ubigeo = s.ubigeo
  join land.block b on b.id = k.id
  join good g on g.geom && k.valid
  where s.id = $1 and s.target = 'parcels'
  offset 0
) n
where n.area > 0
order by n.number, n.area desc, n.id
-- next
-- The place decides; the file's own word is compared with it, as a code or as the letter of the block.
insert into found (number, class, other, measure, detail, geom)
select g.number,
  case when b.number is null then 'block_not_found' when b.share < 0.9 then 'lot_crosses_block'
    when g.mapped ->> 'given_block' is null then 'block_by_place' else 'block_not_of_place' end,
  b.sector_code || '-' || b.code || ' ' || b.label, round(b.share::numeric, 4), g.mapped ->> 'given_block', st_pointonsurface(g.geom)
from good g
left join in_block b on b.number = g.number
cross join setting s
where s.id = $1 and s.target = 'parcels'
  and (b.number is null or b.share < 0.9 or g.mapped ->> 'given_block' is null
    or (lpad(g.mapped ->> 'given_block', 3, '0') <> b.code and upper(g.mapped ->> 'given_block') <> upper(b.label)))
  and (b.number is not null or exists (select from land.block k where k.ubigeo = s.ubigeo))
-- next
update delivery.feature f
set mapped = f.mapped || jsonb_build_object('sector', b.sector_code, 'block', b.code)
from in_block b
where f.delivery_id = $1 and f.number = b.number and b.share >= 0.9
