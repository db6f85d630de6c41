-- Who may read and write what. Nobody but the owner reads `person`; its readers come as logged functions.

grant usage on schema layer, service to predio_public;
grant select on all tables in schema layer to predio_public;
-- Settings hold nothing secret: the notice in every representation comes from the database's kind.
grant select on service.setting to predio_public;

grant usage on schema staff_layer to predio_planner, predio_surveyor, predio_titling, predio_admin;
grant select on all tables in schema staff_layer to predio_planner, predio_surveyor, predio_titling, predio_admin;

grant usage on schema land, utility, risk, zoning, programme to predio_planner, predio_surveyor, predio_titling;
grant select on all tables in schema land, utility, risk, zoning, programme
  to predio_planner, predio_surveyor, predio_titling;
grant insert, update on all tables in schema utility, risk, zoning, programme to predio_planner;
grant insert, update on land.settlement, land.street, land.road, land.facility, land.building to predio_planner;
grant insert, update on land.parcel, land.parcel_version, land.corner, land.lineage, land.survey, land.source, land.block,
  land.sector, land.street, land.road, land.building, land.facility, land.settlement to predio_surveyor;
grant usage on schema titling to predio_titling;
grant select, insert, update on titling.titling_case, titling.case_parcel, titling.case_event, titling.parcel_state
  to predio_titling;
grant insert, update on land.tenure_right, land.tenure_right_version, land.property_unit, land.property_unit_parcel,
  land.restriction, land.restriction_version, land.source, land.parcel_lock to predio_titling;

grant usage on schema access, service to predio_admin;
grant select, insert, update on all tables in schema access to predio_admin;
grant select, insert, update on service.job, service.idempotency_key to predio_admin;
grant usage on schema audit, history to predio_auditor;
grant select on all tables in schema audit, history to predio_auditor;
grant select on service.change to predio_auditor;
