//! Restrictions and responsibilities: what lies on a unit, what an act puts on and takes off.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::writing::first_after;
use crate::parties::model::{Burdened, NewRestriction, Restriction, Unit};
use crate::parties::rules::Broken;

/// Restrictions in force on `day` on a unit and its parcels.
pub async fn in_force(
    connection: &mut PgConnection,
    unit: i64,
    day: NaiveDate,
) -> sqlx::Result<Vec<Restriction>> {
    sqlx::query_as(
        "select b.id as restriction, b.kind, v.title, p.code as parcel, n.code as norm, v.office,
           lower(v.valid) as valid_from, upper(v.valid) - 1 as valid_until, v.source_id as source
         from land.restriction_version v
         join land.restriction b on b.id = v.restriction_id
         left join land.parcel p on p.id = v.parcel_id
         left join land.norm n on n.id = v.norm_id
         where v.valid @> $2 and (v.property_unit_id = $1
           or v.parcel_id in (select x.parcel_id from land.property_unit_parcel x where x.property_unit_id = $1))
         order by b.kind, v.title, b.id",
    )
    .bind(unit)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// Restrictions that forbid a transfer on `day`.
pub async fn bans(connection: &mut PgConnection, unit: i64, day: NaiveDate) -> sqlx::Result<Vec<Broken>> {
    let all = in_force(connection, unit, day).await?;
    let bans = all.into_iter().filter(|one| one.kind == "transfer_ban").map(|one| one.title);
    Ok(Broken::about("restriction_forbids_transfer", bans))
}

/// What a restriction names and nobody knows: a parcel that is not of the unit, a norm that is not on record.
pub async fn unknown(
    connection: &mut PgConnection,
    unit: i64,
    burden: &NewRestriction,
) -> sqlx::Result<Vec<Broken>> {
    let (has_parcel, has_norm): (bool, bool) = sqlx::query_as(
        "select $2::text is null or exists (
             select from land.property_unit_parcel x join land.parcel p on p.id = x.parcel_id
             where x.property_unit_id = $1 and p.code = $2),
           $3::text is null or exists (select from land.norm n where n.code = $3)",
    )
    .bind(unit)
    .bind(&burden.parcel)
    .bind(&burden.norm)
    .fetch_one(connection)
    .await?;
    let mut broken =
        Broken::about("restriction_lies_on_its_unit", burden.parcel.iter().filter(|_| !has_parcel));
    broken.extend(Broken::about("norm_is_recorded", burden.norm.iter().filter(|_| !has_norm)));
    Ok(broken)
}

/// Whether a restriction lies on the unit on `day` and did so before, and no act has ended it.
pub async fn lies_on(
    connection: &mut PgConnection,
    unit: i64,
    restriction: i64,
    day: NaiveDate,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (
           select from land.restriction_version v
           where v.restriction_id = $2 and v.valid @> $3 and v.valid @> $3 - 1 and (v.property_unit_id = $1
             or v.parcel_id in (select x.parcel_id from land.property_unit_parcel x where x.property_unit_id = $1)))",
    )
    .bind(unit)
    .bind(restriction)
    .bind(day)
    .fetch_one(connection)
    .await
}

/// Puts a restriction on the unit, or on one of its parcels.
pub async fn put_on(
    connection: &mut PgConnection,
    unit: &Unit,
    burden: &NewRestriction,
    day: NaiveDate,
    source: i64,
) -> sqlx::Result<()> {
    let restriction: i64 =
        sqlx::query_scalar("insert into land.restriction (ubigeo, kind) values ($1, $2) returning id")
            .bind(&unit.ubigeo)
            .bind(burden.kind.name())
            .fetch_one(&mut *connection)
            .await?;
    sqlx::query(
        "insert into land.restriction_version
           (restriction_id, valid, parcel_id, property_unit_id, title, description, norm_id, office, source_id)
         values ($1, daterange($2, $3),
           (select p.id from land.property_unit_parcel x join land.parcel p on p.id = x.parcel_id
            where x.property_unit_id = $4 and p.code = $5),
           $4, $6, $7, (select n.id from land.norm n where n.code = $8), $9, $10)",
    )
    .bind(restriction)
    .bind(day)
    .bind(burden.valid_until.and_then(first_after))
    .bind(unit.id)
    .bind(&burden.parcel)
    .bind(burden.title.trim())
    .bind(&burden.description)
    .bind(&burden.norm)
    .bind(&burden.office)
    .bind(source)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a restriction off: from `day` on it no longer lies there.
pub async fn take_off(connection: &mut PgConnection, restriction: i64, day: NaiveDate) -> sqlx::Result<()> {
    sqlx::query(
        "update land.restriction_version set valid = daterange(lower(valid), $2)
         where restriction_id = $1 and valid @> $2",
    )
    .bind(restriction)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(())
}

/// Undoes what an act did to restrictions.
pub async fn undo(connection: &mut PgConnection, act: i64) -> sqlx::Result<()> {
    sqlx::query("select land.undo_restrictions($1)").bind(act).execute(connection).await?;
    Ok(())
}

/// What an act did to which restriction.
pub async fn touched(connection: &mut PgConnection, act: i64) -> sqlx::Result<Vec<Burdened>> {
    sqlx::query_as(
        "select a.part, b.id as restriction, b.kind, v.title, lower(v.valid) as valid_from, upper(v.valid) - 1 as valid_until
         from land.act_restriction a
         join land.restriction b on b.id = a.restriction_id
         left join lateral (
           select w.title, w.valid from land.restriction_version w where w.restriction_id = b.id order by w.valid desc limit 1
         ) v on true
         where a.act_id = $1 order by b.id",
    )
    .bind(act)
    .fetch_all(connection)
    .await
}

/// Later acts that rest on what an act did to a restriction.
pub async fn hindrances(connection: &mut PgConnection, act: i64) -> sqlx::Result<Vec<Broken>> {
    let later: Vec<i64> = sqlx::query_scalar(
        "select l.act_id from land.act_restriction e
         join land.act_restriction l on l.restriction_id = e.restriction_id and l.act_id > e.act_id
         join land.act a on a.id = l.act_id and a.kind <> 'annulment'
         where e.act_id = $1 and not exists (select from land.act b where b.annulled_act_id = a.id)
         order by l.act_id",
    )
    .bind(act)
    .fetch_all(connection)
    .await?;
    Ok(Broken::about("act_is_the_last_on_its_entries", later))
}
