//! The statements that write a layer, through the door of its view.
//!
//! Why text built at run time is safe here: identifiers come from the database's catalogue and are quoted, types from
//! `pg_catalog.format_type`, SRIDs are numbers, and every value is a bound parameter. A layer has one text for each
//! action and reference system, whatever a writer sends: an absent property is a bound null.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};

use super::crs::Crs;
use super::model::{Column, Geometry, Layer, quoted};
use super::request::{Request, Value};
use super::sql::{Writer, computed};
use crate::problem::Result;

/// A feature as a writer wants it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Every property that the layer receives, in the database's text form; none: empty.
    pub values: Vec<(Column, Option<String>)>,
    /// The geometry as GeoJSON text with x before y; none: the feature has none.
    pub geometry: Option<String>,
    /// System of the geometry's numbers.
    pub crs: Crs,
}

/// What was written: the id as it stands in addresses, and the version now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The id.
    pub id: String,
    /// The version.
    pub version: i64,
}

/// What happened to a feature since a version.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Since {
    /// Database role of the office that did it.
    pub role: String,
    /// When.
    pub at: DateTime<Utc>,
    /// `INSERT`, `UPDATE` or `DELETE` of a row.
    pub operation: String,
    /// Columns that differ; none where the older version is no longer told apart.
    pub changed: Option<Vec<String>>,
    /// Whether all of it was done by the account that writes now.
    pub is_own: bool,
}

/// The version of the feature in force, if it exists.
///
/// # Errors
/// When the database fails.
pub async fn version(connection: &mut PgConnection, layer: &Layer, id: &Value) -> Result<Option<i64>> {
    let mut writer = Writer::default();
    let _ = write!(writer.text, "select v.\"version\"::bigint from {} as v where ", layer.relation);
    this_one(&mut writer, layer, id)?;
    let row = writer.finish().query().fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Enters a feature.
///
/// # Errors
/// What the door or a rule behind it refuses.
pub async fn create(connection: &mut PgConnection, layer: &Layer, draft: &Draft) -> sqlx::Result<Written> {
    let mut writer = Writer::default();
    let set = assignments(&mut writer, layer, draft).map_err(internal)?;
    let (columns, values): (Vec<_>, Vec<_>) = set.into_iter().unzip();
    let _ = write!(
        writer.text,
        "insert into {} ({}) values ({}) returning \"id\"::text, \"version\"::bigint",
        layer.relation,
        columns.join(", "),
        values.join(", ")
    );
    let row = writer.finish().query().fetch_one(connection).await?;
    Ok(Written { id: row.try_get(0)?, version: row.try_get(1)? })
}

/// Gives the feature in force another content. None when its version is no longer `seen`: at READ COMMITTED each
/// statement sees what was committed before it, so the version is compared by the very statement that writes.
///
/// # Errors
/// As [`create`].
pub async fn replace(
    connection: &mut PgConnection,
    layer: &Layer,
    (id, seen): (&Value, i64),
    draft: &Draft,
) -> sqlx::Result<Option<Written>> {
    let mut writer = Writer::default();
    let set = assignments(&mut writer, layer, draft).map_err(internal)?;
    let stays = |column: &str| layer.door.as_ref().is_some_and(|door| door.is_only_new(column));
    let set: Vec<_> = set
        .into_iter()
        .map(|(column, value)| match column.trim_matches('"') {
            // What an object has for good is compared by the door, and need not be said again.
            name if stays(name) => format!("{column} = coalesce({value}, v.{column})"),
            _ => format!("{column} = {value}"),
        })
        .collect();
    let _ = write!(writer.text, "update {} as v set {} where ", layer.relation, set.join(", "));
    this_version(&mut writer, layer, id, seen).map_err(internal)?;
    writer.text.push_str(" returning \"id\"::text, \"version\"::bigint");
    let row = writer.finish().query().fetch_optional(connection).await?;
    row.map(|row| Ok(Written { id: row.try_get(0)?, version: row.try_get(1)? })).transpose()
}

/// From here on the transaction puts right what was recorded, for the whole period of each version.
///
/// # Errors
/// When the database fails.
pub async fn correct(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("set local predio.corrects = 'on'").execute(connection).await?;
    Ok(())
}

/// Takes the feature in force away, or retires it. False when its version is no longer `seen`.
///
/// # Errors
/// As [`create`].
pub async fn delete(
    connection: &mut PgConnection,
    layer: &Layer,
    (id, seen): (&Value, i64),
) -> sqlx::Result<bool> {
    let mut writer = Writer::default();
    let _ = write!(writer.text, "delete from {} as v where ", layer.relation);
    this_version(&mut writer, layer, id, seen).map_err(internal)?;
    Ok(writer.finish().query().execute(connection).await?.rows_affected() > 0)
}

/// What happened to a feature since the version that a writer saw.
///
/// # Errors
/// When the database fails.
pub async fn changes_since(
    connection: &mut PgConnection,
    layer: &Layer,
    id: i64,
    seen: i64,
) -> Result<Option<Since>> {
    let seen = i32::try_from(seen).unwrap_or(0);
    let since = sqlx::query_as("select * from service.changes_since($1::text::regclass, $2, $3)")
        .bind(&layer.relation)
        .bind(id)
        .bind(seen);
    Ok(since.fetch_optional(connection).await?)
}

/// Whether nobody but the account at work ever wrote a feature.
///
/// # Errors
/// When the database fails.
pub async fn is_own_work(connection: &mut PgConnection, layer: &Layer, id: i64) -> Result<bool> {
    let asked = sqlx::query_scalar("select service.is_own_work($1::text::regclass, $2)");
    Ok(asked.bind(&layer.relation).bind(id).fetch_one(connection).await?)
}

/// `id` in force today.
fn this_one(writer: &mut Writer, layer: &Layer, id: &Value) -> Result<()> {
    let place = writer.bind(&layer.id, id)?;
    let _ = write!(writer.text, "{} = {place}", layer.id.source);
    writer.in_force(layer, &Request::all(Utc::now().into()))
}

/// `id` in force today, in the version `seen`.
fn this_version(writer: &mut Writer, layer: &Layer, id: &Value, seen: i64) -> Result<()> {
    this_one(writer, layer, id)?;
    let place = writer.push(seen)?;
    let _ = write!(writer.text, " and v.\"version\" = {place}");
    Ok(())
}

/// Each column with its value. An unknown literal's type would be the column's: the cast says it aloud.
fn assignments(writer: &mut Writer, layer: &Layer, draft: &Draft) -> Result<Vec<(String, String)>> {
    let mut set = Vec::new();
    for (column, value) in &draft.values {
        let place = writer.push(value.clone())?;
        set.push((quoted(&column.name), format!("{place}::text::{}", column.sql_type)));
    }
    let door = layer.door.as_ref();
    if let Some(geometry) =
        layer.geometry.as_ref().filter(|g| door.is_some_and(|door| door.receives(&g.column)))
    {
        let place = writer.push(draft.geometry.clone())?;
        set.push((quoted(&geometry.column), shape(geometry, &draft.crs, &place)));
    }
    Ok(set)
}

/// SQL for the drawn geometry in the layer's own system and type.
fn shape(geometry: &Geometry, crs: &Crs, place: &str) -> String {
    let drawn = format!("ST_SetSRID(ST_GeomFromGeoJSON({place}::text), {})", computed(crs.srid));
    let moved = if computed(crs.srid) == computed(geometry.srid) {
        format!("ST_SetSRID({drawn}, {})", geometry.srid)
    } else {
        format!("ST_Transform({drawn}, {})", geometry.srid)
    };
    if geometry.kind.starts_with("Multi") { format!("ST_Multi({moved})") } else { moved }
}

fn internal(error: crate::problem::Error) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
