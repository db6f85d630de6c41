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
select distinct on (g.number) g.number, b.sector_code, b.code, b.label,
  st_area(st_intersection(g.geom, k.valid)) / nullif(st_area(g.geom), 0) as share
from good g
join land.block b on b.geom && g.geom
cross join lateral (select st_makevalid(b.geom) as valid) k
cross join setting s
where s.id = $1 and s.target = 'parcels' and b.ubigeo = s.ubigeo and st_relate(g.geom, k.valid, '2********')
order by g.number, st_area(st_intersection(g.geom, k.valid)) desc, b.id
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
