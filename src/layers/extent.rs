//! The box, period and count of each layer, measured behind the requests and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use sqlx::Row;

use super::bbox::Rectangle;
use super::model::Layer;
use super::sql;
use crate::database::Audience;
use crate::database::Database;
use crate::database::reader::Snapshot;
use crate::problem::Result;

/// Longest time a request waits for a first measurement; without it the collection is served without extent.
const PATIENCE: Duration = Duration::from_secs(2);
/// A measurement is repeated after this time, and after fifty times what it took: it costs at most 2 % of a core.
const FRESH: Duration = Duration::from_secs(30);

/// Where and when a layer's features are; none of it where there are none, or not measured yet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// West, south, east, north in CRS84.
    pub rectangle: Option<Rectangle>,
    /// First and last day of validity; none at an end that is open.
    pub period: Option<(Option<NaiveDate>, Option<NaiveDate>)>,
    /// How many are in force.
    pub count: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    extent: Extent,
    at: Instant,
    cost: Duration,
}

#[derive(Clone, Default, Debug)]
pub(super) struct Extents {
    known: Arc<Mutex<HashMap<u32, Measured>>>,
    running: Arc<Mutex<std::collections::HashSet<u32>>>,
}

impl Extents {
    pub(super) async fn of(&self, database: &Database, audience: Audience, layer: &Arc<Layer>) -> Extent {
        let known = lock(&self.known).get(&layer.oid).copied();
        match known {
            Some(known) if known.at.elapsed() < FRESH.max(50 * known.cost) => known.extent,
            Some(known) => {
                drop(self.measure(database, audience, layer));
                known.extent
            }
            None => {
                let Some(task) = self.measure(database, audience, layer) else { return Extent::default() };
                tokio::time::timeout(PATIENCE, task)
                    .await
                    .ok()
                    .and_then(std::result::Result::ok)
                    .unwrap_or_default()
            }
        }
    }

    fn measure(
        &self,
        database: &Database,
        audience: Audience,
        layer: &Arc<Layer>,
    ) -> Option<tokio::task::JoinHandle<Extent>> {
        if !lock(&self.running).insert(layer.oid) {
            return None;
        }
        let (extents, database, layer) = (self.clone(), database.clone(), layer.clone());
        Some(tokio::spawn(async move {
            let begun = Instant::now();
            let extent = match read(&database, audience, &layer, None).await {
                Ok(extent) => extent,
                Err(error) => {
                    tracing::warn!(?error, layer = layer.name, "extent could not be measured");
                    Extent::default()
                }
            };
            let measured = Measured { extent, at: Instant::now(), cost: begun.elapsed() };
            lock(&extents.known).insert(layer.oid, measured);
            lock(&extents.running).remove(&layer.oid);
            extent
        }))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The box grown by a fiftieth of its longer side. A client that carries it into another system by two corners, as
/// many do, would else lose what lies at its edges: the grid's north deviates from true north by half a degree here.
fn generous([west, south, east, north]: Rectangle) -> Rectangle {
    let margin = 0.02 * (east - west).max(north - south);
    [
        (west - margin).max(-180.0),
        (south - margin).max(-90.0),
        (east + margin).min(180.0),
        (north + margin).min(90.0),
    ]
}

pub(super) async fn read(
    database: &Database,
    audience: Audience,
    layer: &Layer,
    snapshot: Option<&Snapshot>,
) -> Result<Extent> {
    let mut reader = database.reader_in(audience, snapshot).await?;
    let row = sql::extent(layer).query().fetch_one(reader.connection()?).await;
    let row = match row {
        Ok(row) => row,
        Err(error) => {
            reader.finish();
            return Err(error.into());
        }
    };
    reader.finish();
    let side =
        |index: usize| row.try_get::<Option<f64>, _>(index).ok().flatten().filter(|side| side.is_finite());
    let rectangle = match (side(0), side(1), side(2), side(3)) {
        (Some(west), Some(south), Some(east), Some(north)) => Some(generous([west, south, east, north])),
        _ => None,
    };
    let day = |index: usize, open: usize| -> Result<Option<NaiveDate>> {
        let is_open = row.try_get::<Option<bool>, _>(open)?.unwrap_or(true);
        Ok(if is_open { None } else { row.try_get::<Option<NaiveDate>, _>(index)? })
    };
    let period = if layer.valid.is_some() { Some((day(4, 7)?, day(5, 6)?)) } else { None };
    Ok(Extent { rectangle, period, count: row.try_get(8)? })
}
