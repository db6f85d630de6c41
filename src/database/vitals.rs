//! What a server tells of its own health, for `predio doctor`.

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use super::schema;

/// A server's version and the state of its pages.
#[derive(Clone, Debug, FromRow)]
pub struct Vitals {
    /// Version in words.
    pub version: String,
    /// Version as a number: 150018 is 15.18.
    pub number: i32,
    /// Whether pages carry checksums.
    pub checksums: bool,
    /// Damaged pages that were met since the statistics began.
    pub damaged_pages: i64,
}

/// Reads the vitals.
///
/// # Errors
/// When the server fails.
pub async fn read(connection: &mut PgConnection) -> sqlx::Result<Vitals> {
    sqlx::query_as(
        "select current_setting('server_version') as version,
                current_setting('server_version_num')::int as number,
                current_setting('data_checksums')::bool as checksums,
                (select coalesce(sum(checksum_failures), 0)::bigint from pg_stat_database) as damaged_pages",
    )
    .fetch_one(connection)
    .await
}

/// An extension that the schema stands on.
#[derive(Clone, Debug, FromRow)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Version in this database; none when it is not there.
    pub installed: Option<String>,
    /// Version that the server's packages offer.
    pub offered: Option<String>,
}

/// The extensions of [`schema::EXTENSIONS`], in that order.
///
/// # Errors
/// When the server fails.
pub async fn extensions(connection: &mut PgConnection) -> sqlx::Result<Vec<Extension>> {
    sqlx::query_as(
        "select wanted as name, installed_version as installed, default_version as offered
           from unnest($1::text[]) with ordinality w(wanted, n)
           left join pg_available_extensions e on e.name = wanted
          order by n",
    )
    .bind(schema::EXTENSIONS.map(str::to_owned).to_vec())
    .fetch_all(connection)
    .await
}
