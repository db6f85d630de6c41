//! A file as it comes in over HTTP: onto the disk, hashed on the way, under a name of our own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use super::model::About;
use crate::http::body;
use crate::http::parameters::Parameters;
use crate::problem::{Error, Result};
use crate::spatial::private_folder::PrivateFolder;

/// Largest file that is taken.
pub const MOST_BYTES: usize = 512 << 20;
/// Longest pause in which nothing comes in.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest text of a form.
const MOST_TEXT: usize = 4_000;
/// Files that come in at the same time; the others wait.
static ROOM: Semaphore = Semaphore::const_new(4);

/// Files of one delivery: the parts of a shapefile and some.
const MOST_PARTS: usize = 12;

/// Largest body at `path`, where it is a delivery that comes in.
pub fn body_limit(path: &str) -> Option<usize> {
    ["/api/v1/deliveries", "/api/v1/deliveries/layers"].contains(&path).then_some(MOST_BYTES)
}

/// What came in, and what was said about it.
#[derive(Debug)]
pub struct Received<A = About> {
    pub about: A,
    /// The file that is opened; others of its name lie beside it.
    pub file: PathBuf,
    pub file_name: String,
    /// Of the file, or of all parts in the order of their endings.
    pub sha256: String,
    pub bytes: i64,
    /// Gone when the work is done.
    pub folder: PrivateFolder,
}

/// Texts by their names, as forms and addresses have them.
pub type Said = Vec<(String, String)>;

impl<A> Received<A> {
    /// Takes a request in: one file as the body, or a form with `file` parts. `read` reads what is said about it.
    ///
    /// # Errors
    /// A bad request that names the member; too large.
    pub async fn take(request: Request, parameters: Parameters, read: fn(Said) -> Result<A>) -> Result<Self> {
        let _room = ROOM.acquire().await.map_err(anyhow::Error::from)?;
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let form = Multipart::from_request(request, &()).await;
            return take_form(form.map_err(|error| Error::bad("body", error.body_text()))?, parameters, read)
                .await;
        }
        take_body(request.into_body(), parameters, read).await
    }
}

async fn take_body<A>(
    body: Body,
    mut parameters: Parameters,
    read: fn(Said) -> Result<A>,
) -> Result<Received<A>> {
    let name = parameters.take("file_name");
    let name = name.ok_or_else(|| Error::bad("file_name", "names the file: its ending tells the format"))?;
    let about = read(parameters.take_rest())?;
    let folder = PrivateFolder::create()?;
    let file = place(&folder, &name);
    let part = write(
        &file,
        body.into_data_stream().map(|piece| piece.map_err(|error| body::unread(&error, MOST_BYTES))),
    )
    .await?;
    finish(about, folder, vec![(name, part)])
}

async fn take_form<A>(
    mut form: Multipart,
    mut parameters: Parameters,
    read: fn(Said) -> Result<A>,
) -> Result<Received<A>> {
    let mut said: Said = parameters.take_rest();
    let folder = PrivateFolder::create()?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| of_form(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            said.push((name.clone(), text(&name, field).await?));
            continue;
        }
        let file_name = field.file_name().unwrap_or("entrega").to_owned();
        let path = place(&folder, &file_name);
        if parts.len() >= MOST_PARTS || path.exists() {
            return Err(Error::bad("file", "a delivery is one file, or the parts of one shapefile"));
        }
        parts.push((
            file_name,
            write(&path, field.map(|piece| piece.map_err(|error| of_form(&error)))).await?,
        ));
    }
    // The parts have names of their own.
    said.retain(|(name, _)| name != "file_name");
    finish(read(said)?, folder, parts)
}

/// A text of the form, within what a text may be.
async fn text(name: &str, mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| of_form(&error))? {
        if bytes.len() + piece.len() > MOST_TEXT {
            return Err(Error::bad(name, "is a text of at most 4000 bytes"));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| Error::bad(name, "is no UTF-8"))
}

/// A part that was written.
struct Part {
    path: PathBuf,
    sha256: [u8; 32],
    bytes: u64,
}

fn finish<A>(about: A, folder: PrivateFolder, mut parts: Vec<(String, Part)>) -> Result<Received<A>> {
    parts.sort_by(|(_, a), (_, b)| a.path.cmp(&b.path));
    let is_main = |(_, part): &&(String, Part)| {
        parts.len() == 1 || part.path.extension().is_some_and(|end| end == "shp")
    };
    let (name, main) = parts
        .iter()
        .find(is_main)
        .ok_or_else(|| Error::bad("file", "is missing; of several parts one is the .shp"))?;
    let bytes: u64 = parts.iter().map(|(_, part)| part.bytes).sum();
    if main.bytes == 0 {
        return Err(Error::bad("file", "is empty"));
    }
    let hash = match parts.as_slice() {
        [(_, one)] => one.sha256,
        all => {
            all.iter().fold(Sha256::new(), |hash, (_, part)| hash.chain_update(part.sha256)).finalize().into()
        }
    };
    let file_name: String = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
    Ok(Received {
        about,
        file: main.path.clone(),
        file_name,
        sha256: hex::encode(hash),
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        folder,
    })
}

/// A stranger's name gives its ending and nothing else.
fn place(folder: &PrivateFolder, name: &str) -> PathBuf {
    let ending: String = Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(10)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    folder.path().join(format!("entrega.{ending}"))
}

async fn write(path: &Path, pieces: impl Stream<Item = Result<Bytes>>) -> Result<Part> {
    let mut file = tokio::fs::File::create(path).await.map_err(anyhow::Error::from)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut pieces = std::pin::pin!(pieces);
    loop {
        let next = tokio::time::timeout(PATIENCE, pieces.next()).await;
        let Some(piece) = next.map_err(|_| Error::bad("body", "did not come in time"))? else { break };
        let piece = piece?;
        hash.update(&piece);
        bytes += piece.len() as u64;
        file.write_all(&piece).await.map_err(anyhow::Error::from)?;
    }
    file.flush().await.map_err(anyhow::Error::from)?;
    Ok(Part { path: path.to_owned(), sha256: hash.finalize().into(), bytes })
}

/// What is said about a file that is delivered.
///
/// # Errors
/// A bad request that names the member.
pub fn about(said: Said) -> Result<About> {
    let mut members = Map::new();
    for (name, text) in said {
        let number = || text.trim().parse::<f64>().map_err(|_| Error::bad(name.clone(), "is a number"));
        let whole = || text.trim().parse::<i64>().map_err(|_| Error::bad(name.clone(), "is a whole number"));
        let value = match name.as_str() {
            "source_id" | "srid" | "returns" => json!(whole()?),
            "accuracy_m" => json!(number()?),
            "layers" => {
                serde_json::from_str(&text).map_err(|error| Error::bad("layers", error.to_string()))?
            }
            _ => Value::String(text),
        };
        members.insert(name, value);
    }
    let about: About = serde_json::from_value(Value::Object(members))
        .map_err(|error| Error::bad("delivery", error.to_string()))?;
    about.check()?;
    Ok(about)
}

fn of_form(error: &MultipartError) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge(MOST_BYTES);
    }
    Error::bad("body", error.body_text())
}
