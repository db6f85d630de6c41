//! Every SQL statement of the change feed.

use serde::Serialize;
use sqlx::postgres::PgListener;
use sqlx::{FromRow, PgConnection};

use super::cursor::Cursor;
use crate::database::{Audience, Database};
use crate::problem::Result;

/// Longest age of a place, in seconds.
const LONGEST_AWAY_S: i64 = 7 * 86_400;
/// Days after which a notice is forgotten: one more, for what was open when the oldest place was taken.
const KEPT_DAYS: f64 = 8.0;

/// One statement's change, as a reader sees it.
#[derive(Clone, Debug, PartialEq, FromRow, Serialize)]
pub struct Change {
    /// Number of the notice.
    #[serde(skip)]
    pub id: i64,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// INSERT, UPDATE, DELETE.
    pub operation: String,
    /// Rows.
    #[sqlx(rename = "row_count")]
    pub rows: i64,
    /// Layers that may look different now.
    pub layers: Vec<String>,
    /// Where: west, south, east, north in degrees; none when the rows have no place of their own.
    pub bbox: Option<Vec<f64>>,
}

/// A piece of the feed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// What changed, in an order in which no change precedes what it builds on.
    pub changes: Vec<Change>,
    /// The reader's next place.
    #[serde(serialize_with = "as_text")]
    pub cursor: Cursor,
    /// There is more right now.
    pub more: bool,
    /// The cursor is too old or of another server: read everything anew, and go on from this one.
    pub reset: bool,
}

fn as_text<S: serde::Serializer>(cursor: &Cursor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&cursor.text())
}

/// The piece after `cursor`; without one, an empty piece that begins now.
///
/// # Errors
/// When the database fails.
pub async fn page(
    database: &Database,
    audience: Audience,
    cursor: Option<&Cursor>,
    limit: i64,
) -> Result<Page> {
    let mut reader = database.read(audience).await?;
    let (line, taken, now) = place(&mut reader).await?;
    let empty = |reset| Page {
        changes: Vec::new(),
        cursor: Cursor::after(&line, taken, now.clone()),
        more: false,
        reset,
    };
    let Some(cursor) = cursor else { return Ok(empty(false)) };
    if cursor.line != line || cursor.taken < taken - LONGEST_AWAY_S {
        return Ok(empty(true));
    }
    // The rest of a page is as old as its beginning.
    let taken = if cursor.within.is_some() { cursor.taken } else { taken };
    let (to, after) = cursor.within.clone().unwrap_or((now, 0));
    let mut changes = between(&mut reader, &cursor.from, &to, after, limit + 1).await?;
    reader.rollback().await?;
    let more = changes.len() as i64 > limit;
    changes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let cursor = match changes.last() {
        Some(last) if more => Cursor { within: Some((to, last.id)), ..cursor.clone() },
        // What began after the page's snapshot comes with the next page.
        _ => Cursor::after(&line, taken, to),
    };
    Ok(Page { changes, cursor, more, reset: false })
}

/// The server's line of transactions, its clock, and what is visible now. A restored or promoted server is another line: its
/// transaction numbers may have been used before for something else.
async fn place(connection: &mut PgConnection) -> sqlx::Result<(String, i64, String)> {
    sqlx::query_as(
        "select (select system_identifier from pg_control_system()) || '.' || (select timeline_id from pg_control_checkpoint())
                || '.' || (select oid from pg_database where datname = current_database()),
                extract(epoch from clock_timestamp())::bigint, pg_current_snapshot()::text",
    )
    .fetch_one(connection)
    .await
}

async fn between(
    connection: &mut PgConnection,
    from: &str,
    to: &str,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<Change>> {
    sqlx::query_as(
        "select id, at, operation, row_count, layers,
                case when g is not null then array[st_xmin(g), st_ymin(g), st_xmax(g), st_ymax(g)] end as bbox
           from (select c.*, st_transform(c.extent, 4326) as g
                   from service.layer_change c
                  where c.txid >= pg_snapshot_xmin($1::text::pg_snapshot)
                    and not pg_visible_in_snapshot(c.txid, $1::text::pg_snapshot)
                    and pg_visible_in_snapshot(c.txid, $2::text::pg_snapshot)
                    and c.id > $3
                  order by c.id
                  limit $4) s
          order by id",
    )
    .bind(from)
    .bind(to)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await
}

/// Listens for notices, on a connection of its own beside the pool.
///
/// # Errors
/// When the database is away.
pub async fn listen(database: &Database) -> sqlx::Result<PgListener> {
    let options = (*database.pool().connect_options()).clone();
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("predio_change").await?;
    Ok(listener)
}

/// Forgets notices that are older than a week; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn forget(database: &Database) -> Result<i64> {
    let mut transaction = database.begin_service().await?;
    let gone = sqlx::query_scalar("select service.forget_changes(make_interval(secs => $1 * 86400))")
        .bind(KEPT_DAYS)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(gone)
}
