//! Files that are text themselves (CSV, GeoJSON): GDAL takes them for UTF-8, so one in another encoding is
//! rewritten into a temporary file before GDAL sees it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use encoding_rs::{CoderResult, Encoding, UTF_8};

use super::encoding::{Decision, Evidence};
use super::wire::Failure;

/// A text file whose encoding is known.
pub struct Text {
    path: PathBuf,
    folder: Option<PathBuf>,
    /// The encoding that was found.
    pub decision: Decision,
}

impl Text {
    /// The file in UTF-8.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // Left to the system's own cleaning where it cannot be removed.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Looks at a text file's bytes and rewrites it where it is not UTF-8. `None` for other formats.
pub fn prepare(path: &Path) -> Result<Option<Text>, Failure> {
    let unreadable = |error: std::io::Error| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Failure::new(
            "not_found",
            format!("no se puede leer {name}: {error}"),
            format!("cannot read {name}: {error}"),
        )
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if !matches!(extension.as_str(), "csv" | "json" | "geojson" | "geojsonl" | "geojsons") {
        return Ok(None);
    }
    let mut head = [0; 3];
    let known = file.read(&mut head).map_err(unreadable)?;
    if let Some((marked, _)) = Encoding::for_bom(&head[..known]) {
        let decision = Decision::given(
            marked.name(),
            "lo dice la marca al inicio del archivo",
            "the file's byte order mark says so",
        );
        let path = path.to_owned();
        return if marked == UTF_8 {
            Ok(Some(Text { path, folder: None, decision }))
        } else {
            rewrite(&path, marked, decision).map(Some).map_err(unreadable)
        };
    }
    let decision = weigh(path).map_err(unreadable)?;
    match decision.web() {
        Some(encoding) if encoding == UTF_8 => {
            Ok(Some(Text { path: path.to_owned(), folder: None, decision }))
        }
        Some(encoding) => rewrite(path, encoding, decision).map(Some).map_err(unreadable),
        None => Ok(Some(Text { path: path.to_owned(), folder: None, decision })),
    }
}

/// Feeds the file line by line; a line of any length is cut into pieces at 64 KiB.
fn weigh(path: &Path) -> std::io::Result<Decision> {
    use std::io::BufRead;
    let mut lines = std::io::BufReader::new(File::open(path)?);
    let mut evidence = Evidence::default();
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let read = (&mut lines).take(1 << 16).read_until(b'\n', &mut piece)?;
        if read == 0 {
            return Ok(evidence.decide(None));
        }
        // A piece cut in the middle of a character is completed from what follows it.
        while std::str::from_utf8(&piece)
            .is_err_and(|error| error.error_len().is_none() && piece.len() - error.valid_up_to() < 4)
        {
            let mut next = [0];
            if lines.read(&mut next)? == 0 {
                break;
            }
            piece.push(next[0]);
        }
        evidence.add(&piece, false);
    }
}

fn rewrite(path: &Path, encoding: &'static Encoding, decision: Decision) -> std::io::Result<Text> {
    let folder = std::env::temp_dir().join(format!("predio-{}", uuid::Uuid::new_v4()));
    std::fs::DirBuilder::new().create(&folder)?;
    let text =
        Text { path: folder.join(path.file_name().unwrap_or_default()), folder: Some(folder), decision };
    let mut source = File::open(path)?;
    let mut target = std::io::BufWriter::new(File::create(&text.path)?);
    let mut decoder = encoding.new_decoder();
    let mut bytes = vec![0; 1 << 16];
    let mut chunk = String::with_capacity(1 << 18);
    loop {
        let read = source.read(&mut bytes)?;
        let mut rest = &bytes[..read];
        loop {
            let (result, used, _) = decoder.decode_to_string(rest, &mut chunk, read == 0);
            rest = &rest[used..];
            target.write_all(chunk.as_bytes())?;
            chunk.clear();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if read == 0 {
            target.flush()?;
            return Ok(text);
        }
    }
}
