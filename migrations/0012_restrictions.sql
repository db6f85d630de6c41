-- A restriction over a whole parcel is drawn as that parcel: only one over a part has a polygon of its own.
create or replace view layer.restrictions as
select r.id, r.ubigeo, r.kind, v.title, v.description, p.code as parcel_code, n.code as norm, n.certainty as norm_certainty,
  v.office, v.valid, v.version, v.geom, v.geom_crs84
from land.restriction_version v
join land.restriction r on r.id = v.restriction_id
left join land.parcel p on p.id = v.parcel_id
left join land.norm n on n.id = v.norm_id
where v.geom is not null or v.parcel_id is null
union all
-- In force as itself and upon that outline.
select r.id, r.ubigeo, r.kind, v.title, v.description, p.code, n.code, n.certainty,
  v.office, v.valid * w.valid, v.version, w.geom, w.geom_crs84
from land.restriction_version v
join land.restriction r on r.id = v.restriction_id
join land.parcel p on p.id = v.parcel_id
join land.parcel_version w on w.parcel_id = v.parcel_id and w.valid && v.valid
left join land.norm n on n.id = v.norm_id
where v.geom is null;
