-- From the pieces of demo_piece: one zone for each connected part of a class.
create temp table demo_zone on commit drop as
select nextval(pg_get_serial_sequence('zoning.zone', 'id')) as id, plan_id, class, place, part, geom
from (
  select plan_id, class, place, part, (st_dump(st_unaryunion(st_collect(geom)))).geom as geom
  from demo_piece group by plan_id, class, place, part
) u;
create index on demo_zone using gist (geom);
analyze demo_zone;

insert into zoning.zone (id, ubigeo, plan_id) overriding system value
select z.id, p.ubigeo, z.plan_id from demo_zone z join zoning.plan p on p.id = z.plan_id;

insert into zoning.zone_version (zone_id, valid, zone_class_id, name, geom)
select z.id, p.valid, c.id, c.code || ' ' || z.id, st_multi(z.geom)
from demo_zone z
join zoning.plan p on p.id = z.plan_id
join zoning.zone_class c on c.plan_id = z.plan_id and c.code = z.class;

create temp table demo_piece_zone on commit drop as
select d.block_id, d.parcel_id, z.id as zone_id, z.class
from demo_piece d
join zoning.plan p on p.id = d.plan_id and p.state = 'adopted'
join demo_zone z on z.plan_id = d.plan_id and z.class = d.class and z.geom && d.geom
  and st_contains(z.geom, st_pointonsurface(d.geom));
create index on demo_piece_zone (block_id);
analyze demo_piece_zone;
