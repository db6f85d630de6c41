-- Constraints that a plain pg_restore can check.
--
-- A dump is restored with an empty search path, and a function's text is read only when it runs: `st_x` is then not
-- found. A body of SQL statements (`begin atomic`) is read here and now, and means the same wherever it runs.

create or replace function land.on_grid(geom geometry) returns boolean language sql immutable parallel safe
begin atomic
  select coalesce(bool_and(round(st_x(d.geom) * 1000) / 1000 = st_x(d.geom)
                       and round(st_y(d.geom) * 1000) / 1000 = st_y(d.geom)), true)
  from st_dumppoints(geom) d;
end;

create or replace function land.to_grid(geom geometry) returns geometry language sql immutable parallel safe
begin atomic
  select st_geomfromewkt(st_asewkt(geom, 3));
end;
