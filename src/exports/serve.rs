//! A kept file as an answer: whole, or the part that a broken download still lacks.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use futures_util::{Stream, TryStreamExt};

use super::answer::DIGEST;
use super::store::{self, Kept};
use crate::database::Database;
use crate::http::ask::Ask;
use crate::http::range::{self, Wanted};
use crate::http::{attachment, etag};
use crate::ogc::reply::Head;
use crate::problem::Result;

/// The file under `name`, with what `head` says of it. Its pieces are read one after another, as the client takes them.
///
/// # Errors
/// When its digest is none.
pub fn serve(database: &Database, ask: &Ask, head: &Head, kept: &Kept, name: &str) -> Result<Response> {
    let length = kept.bytes.unsigned_abs();
    // The bytes are its tag: a part of them belongs to no other state.
    let tag = format!("\"{}\"", kept.sha256);
    let tag_value = HeaderValue::try_from(&tag).map_err(anyhow::Error::from)?;
    let wanted = range::wanted(&ask.headers, length, &tag);
    let mut response = if etag::is_known(&ask.headers, &tag_value) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        part(database, ask, head, kept, wanted)?
    };
    let digest = hex::decode(&kept.sha256).map_err(anyhow::Error::from)?;
    let digest = format!("sha-256=:{}:", STANDARD.encode(digest));
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag_value);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(DIGEST, HeaderValue::try_from(digest).map_err(anyhow::Error::from)?);
    headers.insert(header::CONTENT_DISPOSITION, attachment::named(name));
    Ok(response)
}

fn part(database: &Database, ask: &Ask, head: &Head, kept: &Kept, wanted: Wanted) -> Result<Response> {
    let length = kept.bytes.unsigned_abs();
    let (status, from, to) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0, length),
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let body = Body::from_stream(pieces(database.clone(), kept.id, from, to));
    let mut response = head.streamed(ask, body);
    *response.status_mut() = status;
    let said = match wanted {
        Wanted::Whole => None,
        Wanted::Part(..) => Some(format!("bytes {from}-{}/{length}", to - 1)),
        Wanted::Nothing => Some(format!("bytes */{length}")),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, (to - from).into());
    if let Some(said) = said {
        headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(said).map_err(anyhow::Error::from)?);
    }
    Ok(response)
}

/// The bytes from `from` to before `to`. A file that is forgotten meanwhile breaks the answer off: it is never cut in
/// silence.
fn pieces(
    database: Database,
    file: i64,
    from: u64,
    to: u64,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let read = try_unfold((database, from), move |(database, at)| async move {
        if at >= to {
            return Ok(None);
        }
        let piece = store::piece(&database, file, at, to).await?;
        let next = at + piece.len() as u64;
        Ok(Some((Bytes::from(piece), (database, next))))
    });
    read.map_err(move |error: crate::problem::Error| {
        tracing::warn!(?error, file, "a kept file could not be sent to its end");
        std::io::Error::other("the file could not be read")
    })
}
