-- Findings of the fabric's audit, kept so that their repair can be followed: open, accepted by somebody who says
-- why, repaired when the audit finds them no more.

create table land.fabric_finding (
  id bigint generated always as identity constraint fabric_finding_pkey primary key,
  ubigeo text not null references land.district (ubigeo),
  class text not null,
  code text not null,
  other text,
  measure double precision,
  detail text,
  state text not null default 'open' constraint fabric_finding_state_is_known check (state in ('open', 'accepted', 'repaired')),
  note text,
  found_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  repaired_at timestamptz,
  version integer not null default 1,
  recorded_from timestamptz not null default now(),
  geom geometry(Point, 32718),
  geom_crs84 geometry(Point, 4326) generated always as (st_transform(geom, 4326)) stored,
  constraint fabric_finding_accepted_says_why check (state <> 'accepted' or note is not null)
);
-- One defect is one finding: its class, its parcels and its place to the decimetre.
create unique index fabric_finding_is_one on land.fabric_finding
  (ubigeo, class, code, coalesce(other, ''), (coalesce(round(st_x(geom)::numeric, 1), 0)), (coalesce(round(st_y(geom)::numeric, 1), 0)));
create index fabric_finding_geom on land.fabric_finding using gist (geom);
create index fabric_finding_geom_crs84 on land.fabric_finding using gist (geom_crs84);

create view staff_layer.fabric_findings as
select id, ubigeo, class, code as parcel_code, other, measure, detail, state, note, found_at, seen_at, repaired_at, version,
  geom, geom_crs84
from land.fabric_finding;

select service.describe(r, 'es: Hallazgos del tejido catastral. | en: Findings of the parcel fabric.',
  'class=es: Clase de defecto | en: Class of defect', 'other=es: Otro lote o manzana | en: Other parcel or block',
  'measure=es: Medida | en: Measure', 'detail=es: Detalle | en: Detail',
  'state=es: Estado (open, accepted, repaired) | en: State (open, accepted, repaired)',
  'found_at=es: Hallado | en: Found', 'seen_at=es: Visto por última vez | en: Last seen',
  'repaired_at=es: Ya no hallado | en: No longer found')
from unnest(array['land.fabric_finding', 'staff_layer.fabric_findings']::regclass[]) r;

select history.track('land.fabric_finding');
grant select on land.fabric_finding to predio_planner, predio_surveyor, predio_titling;
grant select on staff_layer.fabric_findings to predio_planner, predio_surveyor, predio_titling, predio_admin;
grant insert, update on land.fabric_finding to predio_surveyor;
