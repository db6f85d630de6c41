//! The features of a layer: a page that is whole in memory when it is small, a stream when it is not.
//!
//! A page is read in one query of up to [`FIRST_ROWS`] rows. What ends within that and [`WHOLE_BYTES`] is
//! answered whole. Anything larger goes on as a stream in the same snapshot, after a light query has found
//! where the page ends: the `Link` header needs `next` before the first byte of the body.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::catalogue::Catalogue;
use super::cursor::{self, Position};
use super::formats::{Format, RowWriter};
use super::json;
use super::model::Layer;
use super::request::{Request, Value};
use super::sql::{self, Plan};
use crate::database::Database;
use crate::database::reader::{Reader, Statement};
use crate::problem::{Error, Result};

/// Rows of a page that are read before a page may become a stream.
pub const FIRST_ROWS: u64 = 1_000;
/// Largest answer that is whole in memory.
pub const WHOLE_BYTES: usize = 4 << 20;
/// Matches are counted exactly up to here; beyond it the number is left out, never estimated.
pub const COUNTED: u64 = 10_000;
/// The limit of a request that wants everything.
pub const UNLIMITED: u64 = 1 << 62;
/// Bytes that a stream hands on at once.
const CHUNK_BYTES: usize = 64 << 10;
/// Chunks that wait for a slow client.
const CHUNKS: usize = 4;
/// Longest time a client may leave a chunk waiting; its database connection is worth more to others.
const STALLED: Duration = Duration::from_secs(30);

/// A layer to read from: where its features come from is nobody else's business.
#[derive(Clone, Debug)]
pub struct Source {
    /// The connections.
    pub database: Database,
    /// The layers.
    pub catalogue: Arc<Catalogue>,
    /// Streams at once: half of the pool, so that small requests always find a connection.
    pub streams: Arc<tokio::sync::Semaphore>,
}

/// The features that a request asked for.
pub struct Answer {
    /// How many match, where counted.
    pub matched: Option<u64>,
    /// Cursor of the next page, when there is one.
    pub next: Option<String>,
    /// The features.
    pub features: Features,
}

/// Features as text; in a JSON format with commas between them.
pub enum Features {
    /// All of them.
    Whole {
        /// The text.
        json: Vec<u8>,
        /// How many.
        returned: u64,
    },
    /// As they come.
    Streamed(Box<Stream>),
}

/// Features that are still being read; dropping it cancels the query.
pub struct Stream {
    first: Vec<u8>,
    first_rows: u64,
    reader: Reader,
    statement: Statement,
    writer: RowWriter,
    permit: OwnedSemaphorePermit,
}

impl Source {
    /// The same for work beside the requests, whose statements may run for as long as `most`.
    #[must_use]
    pub fn patient(&self, most: Duration) -> Self {
        Self { database: self.database.patient(most), ..self.clone() }
    }

    /// The features that `request` asks for.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when no connection comes free, [`Error::BadRequest`] for what cannot be expressed.
    pub async fn features(&self, layer: &Arc<Layer>, request: &Request) -> Result<Answer> {
        self.features_as(layer, request, Format::GeoJson).await
    }

    /// The features that `request` asks for, in `format`.
    ///
    /// # Errors
    /// As [`Source::features`].
    pub async fn features_as(&self, layer: &Arc<Layer>, request: &Request, format: Format) -> Result<Answer> {
        self.robust(layer, request, |plan| self.page(layer, request, format, plan)).await
    }

    /// A snapshot for a request, which also says whose knowledge its twins show.
    pub(super) async fn reader(&self, request: &Request) -> Result<Reader> {
        self.database.reader_at(self.catalogue.audience(), request.recorded, request.snapshot.as_ref()).await
    }

    /// Exactly how many features match.
    ///
    /// # Errors
    /// As [`Source::features`].
    pub async fn count(&self, layer: &Arc<Layer>, request: &Request) -> Result<u64> {
        self.robust(layer, request, |plan| async move {
            let mut reader = self.reader(request).await?;
            let counted = count(&mut reader, sql::count(layer, request, None, plan)?).await;
            reader.finish();
            counted
        })
        .await
    }

    /// The feature `id` in force, as GeoJSON, if it exists.
    ///
    /// # Errors
    /// As [`Source::features`].
    pub async fn feature(&self, layer: &Arc<Layer>, id: Value, request: &Request) -> Result<Option<Vec<u8>>> {
        let one = Request { equals: vec![(layer.id.clone(), id)], limit: 1, ..request.clone() };
        let answer = self.features(layer, &one).await?;
        Ok(match answer.features {
            Features::Whole { json, returned: 1 } => Some(json),
            Features::Whole { .. } | Features::Streamed(_) => None,
        })
    }

    /// Runs `attempt` again where that helps: without the prefilter when a box cannot be moved to the stored
    /// system, and with the catalogue read anew when the view has changed since.
    async fn robust<T, F>(&self, layer: &Layer, request: &Request, attempt: impl Fn(Plan) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut plan = Plan { prefilter: !spans_much_of_the_world(request) };
        for _ in 0..2 {
            match attempt(plan).await {
                Err(Error::Database(sqlx::Error::Database(cause))) => match cause.code().as_deref() {
                    Some("XX000") if plan.prefilter && request.is_placed() => plan.prefilter = false,
                    // The view was made anew under a prepared statement, or is gone.
                    Some("0A000") => {}
                    Some("42P01") if request.recorded.is_some() => {
                        return Err(Error::bad(
                            "recorded_as_of",
                            "this collection keeps no recorded history",
                        ));
                    }
                    Some("42P01" | "42703" | "42501") => {
                        self.catalogue.forget();
                        return Err(Error::NotFound(format!(
                            "there is no collection `{}` of that shape any more",
                            layer.name
                        )));
                    }
                    code => {
                        let refused = code.and_then(|code| refused(code, request));
                        return Err(refused.unwrap_or(Error::Database(sqlx::Error::Database(cause))));
                    }
                },
                other => return other,
            }
        }
        attempt(plan).await
    }

    async fn page(
        &self,
        layer: &Arc<Layer>,
        request: &Request,
        format: Format,
        plan: Plan,
    ) -> Result<Answer> {
        let mut reader = self.reader(request).await?;
        let writer = RowWriter::new(layer, request, format);
        let rows = request.limit.min(FIRST_ROWS);
        let first =
            First::read(&mut reader, &writer, sql::page(layer, request, rows + 1, plan)?, rows).await?;
        let is_whole = !first.has_more || (first.returned == request.limit && first.returned > 0);
        let matched = self.matched(&mut reader, layer, request, &first, plan).await?;
        if is_whole {
            reader.finish();
            let next = first.last.as_ref().filter(|_| first.has_more);
            return Ok(Answer {
                matched,
                next: next.map(|position| cursor::encode(layer, request, position)),
                features: Features::Whole { json: first.json, returned: first.returned },
            });
        }
        self.stream(reader, writer, layer, request, first, matched, plan).await
    }

    async fn matched(
        &self,
        reader: &mut Reader,
        layer: &Layer,
        request: &Request,
        first: &First,
        plan: Plan,
    ) -> Result<Option<u64>> {
        let from_start = request.after.is_none() && (request.offset == 0 || first.returned > 0);
        if from_start && !first.has_more {
            return Ok(Some(request.offset + first.returned).filter(|matched| *matched <= COUNTED));
        }
        let counted = count(reader, sql::count(layer, request, Some(COUNTED + 1), plan)?).await?;
        Ok(Some(counted).filter(|counted| *counted <= COUNTED))
    }

    #[expect(clippy::too_many_arguments, reason = "what the page has gathered so far")]
    async fn stream(
        &self,
        mut reader: Reader,
        writer: RowWriter,
        layer: &Arc<Layer>,
        request: &Request,
        first: First,
        matched: Option<u64>,
        plan: Plan,
    ) -> Result<Answer> {
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let rest = Request {
            offset: 0,
            after: first.last,
            limit: request.limit - first.returned,
            ..request.clone()
        };
        // What has no end needs no look at where it ends.
        let ends = if request.limit < UNLIMITED {
            sql::boundary(layer, &rest, rest.limit, plan)?.query().fetch_all(reader.connection()?).await?
        } else {
            Vec::new()
        };
        let next = match &ends[..] {
            [end, _after] => Some(json::position(end, layer.id.kind, 1, request.sort.len())?),
            _ => None,
        };
        let statement = sql::page(layer, &rest, rest.limit, plan)?;
        Ok(Answer {
            matched,
            next: next.map(|position: Position| cursor::encode(layer, request, &position)),
            features: Features::Streamed(Box::new(Stream {
                first: first.json,
                first_rows: first.returned,
                reader,
                statement,
                writer,
                permit,
            })),
        })
    }
}

/// What the first query of a page brought.
struct First {
    json: Vec<u8>,
    returned: u64,
    last: Option<Position>,
    has_more: bool,
}

impl First {
    /// Reads up to `wanted` rows, or until the answer is too large to be whole, and whether more follow.
    async fn read(
        reader: &mut Reader,
        writer: &RowWriter,
        statement: Statement,
        wanted: u64,
    ) -> Result<Self> {
        let mut first =
            Self { json: Vec::with_capacity(CHUNK_BYTES), returned: 0, last: None, has_more: false };
        let mut last: Option<PgRow> = None;
        let mut rows = statement.query().fetch(reader.connection()?);
        while let Some(row) = rows.try_next().await? {
            if first.returned == wanted || first.json.len() > WHOLE_BYTES {
                first.has_more = true;
                break;
            }
            if first.returned > 0 {
                first.json.extend_from_slice(writer.separator());
            }
            writer.write(&row, &mut first.json)?;
            first.returned += 1;
            last = Some(row);
        }
        drop(rows);
        first.last = last.map(|row| writer.position(&row)).transpose()?;
        Ok(first)
    }
}

async fn count(reader: &mut Reader, statement: Statement) -> Result<u64> {
    let row = statement.query().fetch_one(reader.connection()?).await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}

/// A box of more than 60 degrees, or 7,000 km, may have no image in a system made for one zone of the earth.
fn spans_much_of_the_world(request: &Request) -> bool {
    let Some(bbox) = &request.bbox else { return false };
    let limit = if bbox.crs.degrees { 60.0 } else { 7e6 };
    bbox.boxes.iter().any(|[west, south, east, north]| east - west > limit || north - south > limit)
}

/// What the database's code says of the request, where it is the request's fault: a shape without an image in a
/// reference system, a value that a type cannot hold.
pub(super) fn refused(code: &str, request: &Request) -> Option<Error> {
    let of_values = if request.filter.is_some() { "filter" } else { "query" };
    match code {
        "XX000" if request.filter.is_some() => Some(Error::bad(
            "filter",
            "the shapes cannot be compared in this reference system, or one of them is not valid",
        )),
        "XX000" => {
            let parameter = if request.bbox.is_some() { "bbox-crs" } else { "crs" };
            Some(Error::bad(parameter, "the features cannot be expressed in this reference system"))
        }
        "22003" | "22007" | "22008" | "22P02" | "22012" | "22025" | "2201F" => {
            Some(Error::bad(of_values, "holds a value that the column cannot have"))
        }
        // The statement is too complex for the server's stack or memory.
        "54001" | "54000" | "54011" if request.filter.is_some() => {
            Some(Error::bad("filter", "es: es demasiado complejo | en: is too complex"))
        }
        _ => None,
    }
}

type Chunk = Result<Bytes, std::io::Error>;

impl Stream {
    /// The answer's bytes: `head`, the features, and the tail that `tail` makes from their number. The rows are
    /// read by a task of their own, never further ahead than a few chunks.
    pub fn into_bytes<F>(
        self: Box<Self>,
        head: Vec<u8>,
        tail: F,
    ) -> Pin<Box<dyn futures_util::Stream<Item = Chunk> + Send>>
    where
        F: FnOnce(u64) -> Vec<u8> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(CHUNKS);
        tokio::spawn(async move {
            if let Err(error) = self.run(head, tail, &sender).await {
                tracing::warn!(?error, "a stream of features broke off");
                // The client must not take a cut answer for a whole one: the connection ends without its last chunk.
                let _ = sender.try_send(Err(std::io::Error::other("the features could not be read")));
            }
        });
        Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver))
    }

    async fn run<F>(self: Box<Self>, head: Vec<u8>, tail: F, sender: &mpsc::Sender<Chunk>) -> Result<()>
    where
        F: FnOnce(u64) -> Vec<u8>,
    {
        let Self { first, first_rows, mut reader, statement, writer, permit } = *self;
        let mut returned = first_rows;
        let mut buffer = head;
        for piece in first.chunks(CHUNK_BYTES) {
            buffer.extend_from_slice(piece);
            hand_on(&mut buffer, sender).await?;
        }
        drop(first);
        let mut rows = statement.query().fetch(reader.connection()?);
        loop {
            let row = tokio::select! {
                biased;
                () = sender.closed() => return Err(gone()),
                row = rows.try_next() => row?,
            };
            let Some(row) = row else { break };
            if returned > 0 {
                buffer.extend_from_slice(writer.separator());
            }
            writer.write(&row, &mut buffer)?;
            returned += 1;
            if buffer.len() >= CHUNK_BYTES {
                hand_on(&mut buffer, sender).await?;
            }
        }
        drop(rows);
        reader.finish();
        drop(permit);
        buffer.extend_from_slice(&tail(returned));
        hand_on(&mut buffer, sender).await
    }
}

fn gone() -> Error {
    Error::Internal(anyhow::anyhow!("the client went away"))
}

/// Passes the buffer to the client. One that takes nothing for long is given up.
async fn hand_on(buffer: &mut Vec<u8>, sender: &mpsc::Sender<Chunk>) -> Result<()> {
    let chunk = Bytes::from(std::mem::replace(buffer, Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4)));
    match sender.send_timeout(Ok(chunk), STALLED).await {
        Ok(()) => Ok(()),
        Err(_) => Err(gone()),
    }
}
