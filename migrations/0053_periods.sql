-- Nearly every version is in force on any day that is asked for, so the index behind a constraint on periods finds
-- nothing that a place or an object has not found better. The planner does not know the day when it plans once for all,
-- takes it for rare, and intersects: a box of a hundred parcels among a million then reads a million periods. Written
-- over an expression the constraint says the same, and its index answers no question about `valid`.

alter table land.parcel_version drop constraint parcel_version_periods_do_not_overlap;
alter table land.parcel_version add constraint parcel_version_periods_do_not_overlap
  exclude using gist (parcel_id with =, (valid * daterange(null, null)) with &&);

alter table land.restriction_version drop constraint restriction_version_periods_do_not_overlap;
alter table land.restriction_version add constraint restriction_version_periods_do_not_overlap
  exclude using gist (restriction_id with =, (valid * daterange(null, null)) with &&);

alter table land.tenure_right_version drop constraint tenure_right_version_periods_do_not_overlap;
alter table land.tenure_right_version add constraint tenure_right_version_periods_do_not_overlap
  exclude using gist (tenure_right_id with =, (valid * daterange(null, null)) with &&) where (not annulled);

alter table zoning.zone_version drop constraint zone_version_periods_do_not_overlap;
alter table zoning.zone_version add constraint zone_version_periods_do_not_overlap
  exclude using gist (zone_id with =, (valid * daterange(null, null)) with &&);

alter table risk.hazard_zone_version drop constraint hazard_zone_version_periods_do_not_overlap;
alter table risk.hazard_zone_version add constraint hazard_zone_version_periods_do_not_overlap
  exclude using gist (hazard_zone_id with =, (valid * daterange(null, null)) with &&);

alter table risk.river_margin_version drop constraint river_margin_version_periods_do_not_overlap;
alter table risk.river_margin_version add constraint river_margin_version_periods_do_not_overlap
  exclude using gist (river_margin_id with =, (valid * daterange(null, null)) with &&);

alter table risk.restricted_area_version drop constraint restricted_area_version_periods_do_not_overlap;
alter table risk.restricted_area_version add constraint restricted_area_version_periods_do_not_overlap
  exclude using gist (restricted_area_id with =, (valid * daterange(null, null)) with &&);
