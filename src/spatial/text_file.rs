//! Files that are text themselves (CSV, GeoJSON): GDAL takes them for UTF-8, so one in another encoding is
//! rewritten into a temporary file before GDAL sees it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use encoding_rs::{CoderResult, Encoding, UTF_8};
use tempfile::TempDir;

use super::encoding::{Decision, Evidence};
use super::wire::Failure;

/// A text file whose encoding is known.
pub struct Text {
    path: PathBuf,
    /// Where it was rewritten; goes away with it.
    _folder: Option<TempDir>,
    /// The encoding that was found.
    pub decision: Decision,
}

impl Text {
    /// The file in UTF-8.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Looks at a text file's bytes and rewrites it where it is not UTF-8.
///
/// # Errors
/// `not_found` where it cannot be read or rewritten.
pub fn prepare(path: &Path) -> Result<Text, Failure> {
    let unreadable = |error: std::io::Error| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Failure::new(
            "not_found",
            format!("no se puede leer {name}: {error}"),
            format!("cannot read {name}: {error}"),
        )
    };
    let marked = mark(path).map_err(unreadable)?;
    let decision = match marked {
        Some(encoding) => Decision::given(
            encoding.name(),
            "lo dice la marca al inicio del archivo",
            "the file's byte order mark says so",
        ),
        None => weigh(path).map_err(unreadable)?,
    };
    match marked.or(decision.web()) {
        Some(encoding) if encoding != UTF_8 => rewrite(path, encoding, decision).map_err(unreadable),
        _ => Ok(Text { path: path.to_owned(), _folder: None, decision }),
    }
}

fn mark(path: &Path) -> std::io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    File::open(path)?.take(3).read_to_end(&mut head)?;
    Ok(Encoding::for_bom(&head).map(|(encoding, _)| encoding))
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
    let folder = tempfile::tempdir()?;
    let rewritten = folder.path().join(path.file_name().unwrap_or_default());
    let text = Text { path: rewritten, _folder: Some(folder), decision };
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
