//! A district into the database, in one transaction: parents before children, each table by `COPY`.

mod land;
mod networks;
mod parcels;
mod rights;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, PgConnection};

pub use land::land;
pub use networks::networks;
pub use parcels::parcels;
pub use rights::rights;

/// Rows by table.
pub type Counts = BTreeMap<&'static str, u64>;

/// The first free identifier of every table that the generator numbers itself.
pub struct Bases(BTreeMap<&'static str, i64>);

const NUMBERED: [&str; 18] = [
    "land.settlement",
    "land.block",
    "land.street",
    "land.survey",
    "land.parcel",
    "land.parcel_version",
    "land.property_unit",
    "land.tenure_right",
    "land.tenure_right_version",
    "person.party",
    "utility.line",
    "zoning.plan",
    "zoning.zone_class",
    "zoning.zone",
    "titling.titling_case",
    "land.source",
    "risk.study",
    "land.restriction",
];

impl Bases {
    pub async fn read(connection: &mut PgConnection) -> Result<Bases> {
        let mut bases = BTreeMap::new();
        for table in NUMBERED {
            // Safe SQL: the names are constants.
            let sql = AssertSqlSafe(format!("select coalesce(max(id), 0) + 1 from {table}"));
            bases.insert(table, sqlx::query_scalar(sql).fetch_one(&mut *connection).await?);
        }
        Ok(Bases(bases))
    }

    /// Identifier of the `index`-th row that the generator writes to a numbered table.
    pub fn of(&self, table: &'static str, index: usize) -> i64 {
        self.0.get(table).copied().unwrap_or(1) + index as i64
    }
}

/// `COPY` does not move the sequences; the next insert must not meet our identifiers.
pub async fn advance_sequences(connection: &mut PgConnection) -> Result<()> {
    for table in NUMBERED {
        // Safe SQL: the names are constants.
        let sql = AssertSqlSafe(format!(
            "select setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) is not null) from {table}"
        ));
        sqlx::query(sql).execute(&mut *connection).await.with_context(|| format!("sequence of {table}"))?;
    }
    Ok(())
}

/// The day from which most of the district is in force.
pub const IN_FORCE: &str = "[2019-06-01,)";
/// The earlier period of what changed once.
const BEFORE: &str = "[2012-03-01,2019-06-01)";
