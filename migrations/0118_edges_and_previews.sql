-- Boundaries that were measured twice become one, a reading of a file's numbers is seen before it is chosen, and arcs that go
-- round nothing break no delivery.

-- Arcs within a millimetre; nothing where too little is left of a ring to be one, which text cannot even write down.
create function delivery.straightened(shape geometry) returns geometry language plpgsql immutable parallel safe
set search_path = pg_catalog, public as $$
begin
  return st_geomfromewkt(st_asewkt(st_curvetoline(shape, 0.001, 1, 1)));
exception when internal_error or invalid_parameter_value then
  return null;
end
$$;
comment on function delivery.straightened is 'A shape with arcs as straight lines within a millimetre; nothing where a ring is none';
create or replace function delivery.kept(shape geometry) returns geometry language sql immutable parallel safe
set search_path = pg_catalog, public as $$
  select land.to_grid(case when st_hasarc(shape)
    or geometrytype(shape) in ('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE')
    then delivery.straightened(shape) else shape end)
$$;

-- As before; a whole number that a program wrote with decimals is whole: a diameter of 110.0 is one of 110.
create or replace function delivery.value_of(said text, kind text, digits integer, factor double precision) returns text
language sql immutable parallel safe set search_path = pg_catalog as $$
  select case
    when btrim(said) in ('', '-', '<Null>', 'NULL', 'None', 'S/N', 's/n') then null
    when kind = 'number' and v.plain ~ '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'
      then case when coalesce(factor, 1) = 1 then regexp_replace(v.plain, '^([+-]?[0-9]+)[.]0+$', '\1')
        else trim_scale(v.plain::numeric * factor::numeric)::text end
    when digits is not null and v.whole ~ '^[0-9]+$' and length(v.whole) < digits then lpad(v.whole, digits, '0')
    when digits is not null then v.whole
    else btrim(said)
  end
  from (select case
      when said ~ '^\s*[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+\s*$' then replace(replace(btrim(said), '.', ''), ',', '.')
      when said ~ '^\s*[+-]?[0-9]+,[0-9]+\s*$' then replace(btrim(said), ',', '.')
      when said ~ '^\s*[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?\s*$' then replace(btrim(said), ',', '')
      else btrim(said) end as plain,
    -- A code that a table made a number: 7.0 is 7.
    regexp_replace(btrim(said), '^([0-9]+)[.]0+$', '\1') as whole) v
$$;

-- What GEOS says is wrong with a shape, by the class of its finding.
create function delivery.defect_class(reason text) returns text language sql immutable parallel safe set search_path = pg_catalog as $$
  select case reason when 'Self-intersection' then 'self_intersection' when 'Ring Self-intersection' then 'ring_self_intersection'
    when 'Hole lies outside shell' then 'hole_outside_shell' when 'Holes are nested' then 'holes_nested'
    when 'Interior is disconnected' then 'interior_disconnected' when 'Nested shells' then 'shells_nested'
    when 'Too few points in geometry component' then 'too_few_vertices' else 'geometry_invalid' end
$$;
comment on function delivery.defect_class is 'Class of the finding for what GEOS says is wrong with a shape';
revoke execute on function delivery.straightened(geometry), delivery.defect_class(text) from public;
grant execute on function delivery.straightened(geometry), delivery.defect_class(text) to predio_service, predio_surveyor, predio_planner;

-- As before, with one repair more: the corners of the neighbours that an edge passes by go into it. No corner moves.
create or replace function delivery.mended(shape geometry, repair text, near geometry, tolerance_m double precision) returns geometry
language sql immutable parallel safe set search_path = pg_catalog, public as $$
  select land.to_grid(case when m.made is null or st_isempty(m.made) then shape
    when geometrytype(shape) not like 'MULTI%' and st_numgeometries(m.made) = 1 then st_geometryn(m.made, 1) else m.made end)
  from (select case mended.repair
    when 'close_ring' then shape
    when 'make_valid' then st_collectionextract(st_makevalid(shape, 'method=structure keepcollapsed=false'), st_dimension(shape) + 1)
    when 'remove_repeated' then st_removerepeatedpoints(shape)
    when 'remove_spikes' then delivery.without_spikes(shape)
    when 'extract' then st_collectionextract(shape, st_dimension(shape) + 1)
    when 'merge_lines' then st_linemerge(shape)
    when 'snap_corners' then st_snap(shape, near, tolerance_m)
    when 'weave_edges' then st_snap(shape, (select st_collect(d.geom) from st_dumppoints(near) d
        where st_dwithin(d.geom, st_boundary(shape), tolerance_m) and not st_dwithin(d.geom, st_points(shape), tolerance_m)), tolerance_m)
    when 'snap_ends' then st_setpoint(st_setpoint(shape, 0, case when st_dwithin(st_startpoint(shape), near, tolerance_m)
        then st_closestpoint(near, st_startpoint(shape)) else st_startpoint(shape) end), st_npoints(shape) - 1,
      case when st_dwithin(st_endpoint(shape), near, tolerance_m) then st_closestpoint(near, st_endpoint(shape)) else st_endpoint(shape) end)
    end as made) m
$$;

-- Where an office would see a shape of its own on a map. A reading that is wrong may lead where no longitude is.
create function delivery.seen(shape geometry) returns geometry language plpgsql immutable parallel safe
set search_path = pg_catalog, public as $$
declare
  seen geometry := st_transform(shape, 4326);
begin
  return case when st_xmin(seen) >= -180 and st_xmax(seen) <= 180 and st_ymin(seen) >= -90 and st_ymax(seen) <= 90 then seen end;
exception when internal_error or invalid_parameter_value or numeric_value_out_of_range then
  return null;
end
$$;
comment on function delivery.seen is 'A placed shape in longitude and latitude; nothing where it has none';
revoke execute on function delivery.seen(geometry) from public;
grant execute on function delivery.seen(geometry), delivery.placed(geometry, integer, boolean, double precision),
  delivery.placed_all(geometry[], integer, boolean, double precision), delivery.kept(geometry) to predio_surveyor, predio_planner;
