//! What the register holds.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgConnection};

use crate::parties::acts::last_before;
use crate::parties::model::{Act, Entry, Held, Unit};
use crate::parties::rules::Broken;
use crate::parties::share::Share;

/// The unit of that number.
pub async fn unit(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<Unit>> {
    sqlx::query_as(
        "select u.id, u.ubigeo, u.crc, u.registry_entry, coalesce(r.version, 0)::text as version,
           coalesce((select array_agg(p.code order by p.code) from land.property_unit_parcel x
                     join land.parcel p on p.id = x.parcel_id where x.property_unit_id = u.id), '{}') as parcels
         from land.property_unit u left join land.unit_rights r on r.property_unit_id = u.id
         where u.id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// The units over a parcel, each with its district.
pub async fn units_of(
    connection: &mut PgConnection,
    code: &str,
    ubigeo: Option<&str>,
) -> sqlx::Result<Vec<(i64, String)>> {
    sqlx::query_as(
        "select x.property_unit_id, p.ubigeo
         from land.parcel p join land.property_unit_parcel x on x.parcel_id = p.id
         where p.code = $1 and ($2::text is null or p.ubigeo = $2)
         order by x.property_unit_id",
    )
    .bind(code)
    .bind(ubigeo)
    .fetch_all(connection)
    .await
}

/// Whether a parcel has this code.
pub async fn is_parcel(connection: &mut PgConnection, code: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from land.parcel where code = $1)")
        .bind(code)
        .fetch_one(connection)
        .await
}

#[derive(FromRow)]
struct Row {
    entry: i64,
    right: i64,
    kind: String,
    party: i64,
    numerator: i64,
    denominator: i64,
    valid_from: Option<NaiveDate>,
    ends_before: Option<NaiveDate>,
    annulled: bool,
    source: Option<i64>,
    registry_entry: Option<String>,
}

impl Row {
    fn entry(self) -> Option<Entry> {
        Some(Entry {
            entry: self.entry,
            right: self.right,
            kind: self.kind,
            party: self.party,
            share: Share::new(self.numerator, self.denominator)?,
            valid_from: self.valid_from,
            valid_until: self.ends_before.and_then(last_before),
            annulled: self.annulled,
            source: self.source,
            registry_entry: self.registry_entry,
        })
    }
}

/// Every entry of these units, whenever it is in force, annulled ones too.
pub async fn entries(connection: &mut PgConnection, units: &[i64]) -> sqlx::Result<Vec<Entry>> {
    let rows: Vec<Row> = sqlx::query_as(
        "select v.id as entry, r.id as right, r.kind, v.party_id as party, v.share_numerator as numerator,
           v.share_denominator as denominator, lower(v.valid) as valid_from, upper(v.valid) as ends_before, v.annulled,
           v.source_id as source, v.registry_entry
         from land.tenure_right r join land.tenure_right_version v on v.tenure_right_id = r.id
         where r.property_unit_id = any($1)
         order by r.kind, r.id, v.valid, v.id",
    )
    .bind(units)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(Row::entry).collect())
}

/// Acts over a unit, the last one first.
pub async fn acts(connection: &mut PgConnection, unit: i64) -> sqlx::Result<Vec<Act>> {
    sqlx::query_as(
        "select a.id, a.kind as act, a.effective_on, a.source_id as source, a.annulled_act_id as annuls,
           exists (select from land.act b where b.annulled_act_id = a.id) as annulled, service.office_of(a.role) as role, a.at
         from land.act a where a.property_unit_id = $1 order by a.id desc",
    )
    .bind(unit)
    .fetch_all(connection)
    .await
}

/// What changed the rights of a unit last.
#[derive(FromRow)]
pub struct LastChange {
    changed_by: Option<String>,
    role: Option<String>,
    at: Option<DateTime<Utc>>,
}

impl LastChange {
    /// Who changed them, by the office and never by the person.
    pub fn told(&self, unit: i64) -> String {
        let what = self.changed_by.as_deref().unwrap_or("-");
        let by = match (&self.role, &self.at) {
            (Some(role), Some(at)) => format!("{what}, {role}, {}", at.to_rfc3339()),
            _ => "-".to_owned(),
        };
        format!(
            "es: los derechos de la unidad {unit} ya no son como usted los vio; último cambio: {by} | \
             en: the rights of unit {unit} are no longer as you saw them; last change: {by}"
        )
    }
}

/// What changed the rights of a unit last.
pub async fn last_change(connection: &mut PgConnection, unit: i64) -> sqlx::Result<LastChange> {
    sqlx::query_as("select changed_by, service.office_of(role) as role, at from land.unit_rights where property_unit_id = $1")
        .bind(unit)
        .fetch_one(connection)
        .await
}

/// Open cases that hold parcels of a unit.
pub async fn cases(connection: &mut PgConnection, unit: i64) -> sqlx::Result<Vec<Held>> {
    sqlx::query_as(
        "select p.code, l.reference
         from land.property_unit_parcel x
         join land.parcel_lock l on l.parcel_id = x.parcel_id
         join land.parcel p on p.id = x.parcel_id
         where x.property_unit_id = $1 order by p.code",
    )
    .bind(unit)
    .fetch_all(connection)
    .await
}

/// What keeps an act of this unit from being annulled.
pub async fn hindrances(connection: &mut PgConnection, unit: i64, act: i64) -> sqlx::Result<Vec<Broken>> {
    let is_there: bool = sqlx::query_scalar(
        "select exists (select from land.act a where a.id = $2 and a.property_unit_id = $1
           and a.kind in ('constitution', 'transfer', 'succession', 'extinction', 'burden', 'release')
           and not exists (select from land.act b where b.annulled_act_id = a.id))",
    )
    .bind(unit)
    .bind(act)
    .fetch_one(&mut *connection)
    .await?;
    if !is_there {
        return Ok(Broken::about("act_is_there", [act]));
    }
    // A later act that was annulled itself stands in no way. What changed without an act left no line here.
    let later: Vec<i64> = sqlx::query_scalar(
        "select v.id from land.act_entry e join land.tenure_right_version v on v.id = e.entry_id
         where e.act_id = $1 and (
           exists (
             select from land.act_entry l join land.act a on a.id = l.act_id
             where l.entry_id = e.entry_id and l.act_id > e.act_id and a.kind not in ('annulment', 'correction')
               and not exists (select from land.act b where b.annulled_act_id = a.id))
           or v.version <> (select max(l.version_after) from land.act_entry l where l.entry_id = e.entry_id))
         order by v.id",
    )
    .bind(act)
    .fetch_all(&mut *connection)
    .await?;
    let mut broken = Broken::about("act_is_the_last_on_its_entries", later);
    broken.extend(super::burdens::hindrances(connection, act).await?);
    Ok(broken)
}

/// What an act did to which entry.
pub async fn parts(connection: &mut PgConnection, act: i64) -> sqlx::Result<Vec<(i64, String)>> {
    sqlx::query_as("select entry_id, part from land.act_entry where act_id = $1 order by part desc, entry_id")
        .bind(act)
        .fetch_all(connection)
        .await
}

/// Every kind of right and day from which the shares of a unit do not sum to one.
pub async fn unbalanced(connection: &mut PgConnection, unit: i64) -> sqlx::Result<Vec<Broken>> {
    let found: Vec<(String, Option<NaiveDate>, String)> = sqlx::query_as(
        "select kind, case when isfinite(since) then since end, numerator || '/' || denominator
         from land.unbalanced_shares(array[$1])",
    )
    .bind(unit)
    .fetch_all(connection)
    .await?;
    let one = |(kind, since, sum): (String, Option<NaiveDate>, String)| {
        Some(Broken {
            about: Some(kind),
            since,
            sum: Some(sum),
            ..Broken::of("tenure_right_shares_sum_to_one")?
        })
    };
    Ok(found.into_iter().filter_map(one).collect())
}
