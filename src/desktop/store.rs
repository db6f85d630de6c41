//! What the database says of a layer's data.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

/// What is on record of a layer; everything may be absent, and is then told as not known.
#[derive(Clone, Debug, Default, FromRow)]
pub struct Facts {
    /// Where the data come from, in both languages.
    pub lineage: Option<String>,
    /// Positional accuracy in metres.
    pub accuracy_m: Option<f64>,
    /// ISO 19115's code.
    pub update_frequency: Option<String>,
    /// Licence.
    pub licence: Option<String>,
    /// Who answers for the data: the setting `contact`, an object with `organisation`, `email`, `phone`, `url`.
    pub contact: Option<serde_json::Value>,
    /// When the data changed last, where that was within the time for which changes are told.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What is on record of a layer.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(snapshot: &mut PgConnection, layer: &str) -> sqlx::Result<Facts> {
    sqlx::query_as(
        "select m.lineage, m.accuracy_m::float8 as accuracy_m, m.update_frequency, m.licence,
           (select s.value from service.setting s where s.name = 'contact') as contact,
           (select max(c.at) from service.layer_change c where $1 = any (c.layers)) as changed_at
         from (select $1::text as layer) asked left join service.layer_about m using (layer)",
    )
    .bind(layer)
    .fetch_one(snapshot)
    .await
}

/// West, south, east, north of the districts in EPSG:32718; none where there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn district(snapshot: &mut PgConnection) -> sqlx::Result<Option<[f64; 4]>> {
    let sides: Option<Vec<f64>> = sqlx::query_scalar(
        "select array[st_xmin(e), st_ymin(e), st_xmax(e), st_ymax(e)] from (select st_extent(geom) as e from layer.district) d",
    )
    .fetch_one(snapshot)
    .await?;
    Ok(sides.and_then(|sides| sides.try_into().ok()))
}
