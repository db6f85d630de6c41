create schema fixture;

-- Lots with every type of column. Some have no geometry yet; each fifth is wound the wrong way round, with a hole.
create table fixture.lot (
  id bigint primary key, name text, small int2, size float8, amount numeric(12, 2), flag bool, day date,
  moment timestamptz, clock timestamp, tags text[], document jsonb, key uuid, span int4range, version integer not null default 1,
  geom geometry(MultiPolygon, 32718),
  geom_crs84 geometry(MultiPolygon, 4326) generated always as (ST_Transform(geom, 4326)) stored
);
insert into fixture.lot
select i, case when i % 11 = 0 then null else 'Lote ' || chr(65 + i % 7) end, i % 5, i / 3.0,
  case when i % 7 = 0 then null else i * 1.25 end, i % 2 = 0, date '2020-01-01' + i % 40,
  timestamptz '2024-01-01T00:00:00Z' + i % 9 * interval '1 hour', timestamp '2024-01-01' + i * interval '1 second',
  array['a', 'b"c'], jsonb_build_object('k', i), md5(i::text)::uuid, int4range(i, i + 3), 1,
  case
    when i % 50 = 0 then null
    when i % 5 = 0 then ST_Multi(ST_MakePolygon(
      ST_Reverse(ST_Boundary(ST_MakeEnvelope(195000 + i % 20 * 30, 8812000 + i / 20 * 30, 195028 + i % 20 * 30, 8812028 + i / 20 * 30, 32718))),
      array[ST_Boundary(ST_MakeEnvelope(195010 + i % 20 * 30, 8812010 + i / 20 * 30, 195015 + i % 20 * 30, 8812015 + i / 20 * 30, 32718))]))
    else ST_Multi(ST_MakeEnvelope(195000.1234 + i % 20 * 30, 8812000 + i / 20 * 30, 195028 + i % 20 * 30, 8812028.5678 + i / 20 * 30, 32718))
  end
from generate_series(1, 400) as i;
create index on fixture.lot using gist (geom);
create index on fixture.lot using gist (geom_crs84);
create view layer.t_lots as select * from fixture.lot;
comment on view layer.t_lots is 'es: Lotes de prueba. Con todo. | en: Test lots. With everything.';
comment on column layer.t_lots.size is 'es: Tamaño [m²] | en: Size [m²]';

-- The same, not stored in CRS84.
create view layer.t_plain as select id, name, geom from fixture.lot;

-- Ids that need care in an address.
create table fixture.word (id text primary key, note text, geom geometry(Point, 4326));
insert into fixture.word
select word, 'nota', ST_SetSRID(ST_MakePoint(-77.7, -10.7), 4326)
from unnest(array['a/b', 'c.d', 'e f', '.', 'ñ', '%25', 'q?x=1&y', '1']) as word;
create view layer.t_words as select * from fixture.word;

-- On both sides of the antimeridian.
create table fixture.far (id integer primary key, geom geometry(Point, 4326));
insert into fixture.far values (1, 'SRID=4326;POINT(178 66)'), (2, 'SRID=4326;POINT(-178 66)'), (3, 'SRID=4326;POINT(0 66)'), (4, null);
create view layer.t_far as select * from fixture.far;

-- Versions.
create table fixture.version (id integer, name text, valid daterange, version integer, geom geometry(Point, 32718));
insert into fixture.version values
  (1, 'first', '[2020-01-01,2022-01-01)', 1, 'SRID=32718;POINT(195000 8812000)'),
  (1, 'second', '[2022-01-01,2024-01-01)', 2, 'SRID=32718;POINT(195000 8812000)'),
  (1, 'third', '[2024-01-01,)', 3, 'SRID=32718;POINT(195000 8812000)'),
  (2, 'ended', '[2020-01-01,2021-07-01)', 1, 'SRID=32718;POINT(195010 8812000)'),
  (3, 'always', '(,)', 1, 'SRID=32718;POINT(195020 8812000)'),
  (4, 'later', '[2999-01-01,)', 1, 'SRID=32718;POINT(195030 8812000)');
create view layer.t_versions as select * from fixture.version;
create view layer.t_moments as
select id, name, tstzrange(lower(valid)::timestamptz, upper(valid)::timestamptz) as valid from fixture.version;

-- A list without shapes.
create view layer.t_list as select id, name, flag from fixture.lot where id <= 10;

-- More than fits into one answer in memory, and slower than anybody waits.
create view layer.t_many as
select i as id, 'parcel number ' || i as name, ST_SetSRID(ST_MakePoint(195000 + i % 1000, 8812000 + i / 1000), 32718)::geometry(Point, 32718) as geom
from generate_series(1, 1000000) as i;
create view layer.t_slow as select i as id, pg_sleep(0.002)::text as nap from generate_series(1, 1000000) as i;

-- Views that break the contract, each in its own way.
create view layer.bad_without_id as select name from fixture.lot;
create view layer.bad_untyped as select id, ST_Centroid(geom) as shape from fixture.lot;
create view layer.bad_two_shapes as select id, geom, ST_Centroid(geom)::geometry(Point, 32718) as middle from fixture.lot;
create view layer.bad_id as select flag as id from fixture.lot;
create view layer.bad_valid as select id, name as valid from fixture.lot;

grant select on all tables in schema layer to predio_public;
create view layer.bad_not_granted as select id from fixture.lot;
create view staff_layer.t_staff as select id from fixture.lot;
