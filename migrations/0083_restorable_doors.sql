-- A comparison that a plain pg_restore can make anew: of a body of statements (`begin atomic`) the dump writes `is distinct
-- from` without the schema of its operator, and a restore with an empty search path finds several. No constraint needs
-- this function, so its text is read when it runs.

create or replace function land.same_shape(a geometry, b geometry) returns boolean language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  select a is not distinct from b
    or st_geometrytype(a) is not distinct from st_geometrytype(b) and not exists (
      select from st_dumppoints(st_forcepolygonccw(a)) p full join st_dumppoints(st_forcepolygonccw(b)) q on q.path = p.path
      where p.geom is null or q.geom is null or st_distance(p.geom, q.geom) > 0.001)
$$;
