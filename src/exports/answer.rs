//! A file as an answer: its name, its length, its digest, its bytes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::work::File;
use crate::http::attachment;
use crate::problem::Result;

/// RFC 9530: the digest of the whole file.
pub const DIGEST: HeaderName = HeaderName::from_static("repr-digest");
const CHUNK_BYTES: usize = 256 << 10;
/// Longest time that a client may leave a chunk waiting: the file takes room that others need.
const STALLED: Duration = Duration::from_secs(30);

type Chunk = std::io::Result<Bytes>;

/// Makes `response`, which has everything else, the answer that brings `file` under `name`. The file goes away when the
/// last byte was sent, or when nobody takes them any more.
///
/// # Errors
/// When the file cannot be opened.
pub async fn answer(
    file: File,
    permit: OwnedSemaphorePermit,
    name: &str,
    respond: impl FnOnce(Body) -> Response,
) -> Result<Response> {
    let opened = tokio::fs::File::open(&file.written.path).await.map_err(anyhow::Error::from)?;
    let (length, digest) = (file.length, file.digest());
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        send(opened, &sender).await;
        drop((file, permit));
    });
    let mut response = respond(Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::CONTENT_DISPOSITION, attachment::named(name));
    headers.insert(DIGEST, HeaderValue::try_from(digest).map_err(anyhow::Error::from)?);
    Ok(response)
}

async fn send(mut file: tokio::fs::File, sender: &mpsc::Sender<Chunk>) {
    loop {
        let mut buffer = Vec::with_capacity(CHUNK_BYTES);
        let read = (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut buffer).await;
        let is_last = !matches!(read, Ok(read) if read > 0);
        let chunk = match read {
            Ok(0) => return,
            Ok(_) => Ok(Bytes::from(buffer)),
            Err(error) => Err(error),
        };
        if sender.send_timeout(chunk, STALLED).await.is_err() || is_last {
            return;
        }
    }
}
