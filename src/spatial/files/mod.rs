//! From one upload to frames: what it is, which data set of an archive is meant, who reads it. Runs only in the child
//! process of [`super::reader`].

mod archive;
mod format;
mod json_fg;
mod network;
mod table;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use format::Format;
use memchr::memmem::Finder;

use super::vector_file;
use super::wire::{Failure, Frame};

/// Takes over each frame.
pub type Send<'a> = dyn FnMut(Frame) -> std::io::Result<()> + 'a;

/// One data set: a file with its parts.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
    /// How an archive calls it.
    pub name: String,
}

/// Reads the only layer of `path`, or `layer`, and hands over frames; a file that cannot be read is a `Failure`.
///
/// # Errors
/// Why the file cannot be read.
pub fn read(path: &Path, layer: Option<&str>, send: &mut Send<'_>) -> Result<(), Failure> {
    vector_file::restrict_gdal();
    let format = format::sniff(path)?;
    if format != Format::Archive {
        let name = format::shown(path);
        return read_layer(&Source { path: path.to_owned(), format, name }, layer, send);
    }
    let unpacked = archive::unpack(path)?;
    let sources = format::data_sets(unpacked.path())?;
    let (source, layer) = choose(&sources, layer)?;
    read_layer(source, layer.as_deref(), send)
}

fn read_layer(source: &Source, layer: Option<&str>, send: &mut Send<'_>) -> Result<(), Failure> {
    match source.format {
        Format::JsonFg => json_fg::read(source, send),
        Format::Network => network::read(source, layer, send),
        _ => vector_file::read(source, layer, send),
    }
}

fn layers_of(source: &Source) -> Result<Vec<String>, Failure> {
    match source.format {
        Format::JsonFg => Ok(vec![stem(&source.path)]),
        Format::Network => Ok(network::LAYERS.map(str::to_owned).to_vec()),
        _ => vector_file::layers(source),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether any of the words is somewhere in the file.
fn holds_any(path: &Path, words: &[&str]) -> bool {
    const PIECE: usize = 1 << 20;
    let finders: Vec<_> = words.iter().map(Finder::new).collect();
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    // What cannot be opened is told by who reads it.
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let mut bytes = Vec::with_capacity(PIECE + longest);
    loop {
        let kept = bytes.len().min(longest);
        bytes.drain(..bytes.len() - kept);
        match (&mut file).take(PIECE as u64).read_to_end(&mut bytes) {
            Ok(0) | Err(_) => return false,
            Ok(_) if finders.iter().any(|finder| finder.find(&bytes).is_some()) => return true,
            Ok(_) => {}
        }
    }
}

/// The data set of an archive that is meant, and its layer.
fn choose<'a>(sources: &'a [Source], wanted: Option<&str>) -> Result<(&'a Source, Option<String>), Failure> {
    if let [only] = sources {
        return Ok((only, wanted.map(str::to_owned)));
    }
    let mut found = Vec::new();
    for source in sources {
        for layer in layers_of(source)? {
            found.push((source, layer));
        }
    }
    let unique = |layer: &str| found.iter().filter(|(_, other)| other == layer).count() == 1;
    let word = |source: &Source, layer: &str| {
        if unique(layer) { layer.to_owned() } else { format!("{}:{layer}", source.name) }
    };
    let meant = match (wanted, found.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(wanted), _) => found.iter().find(|(source, layer)| word(source, layer) == wanted),
    };
    let Some((source, layer)) = meant else {
        let words: Vec<_> = found.iter().map(|(source, layer)| word(source, layer)).collect();
        return Err(several(&words));
    };
    Ok((source, Some(layer.clone())))
}

/// The failure that nobody will hear.
pub fn lost<E>(_: E) -> Failure {
    Failure::new("broken", "el lector perdió a quien lo llamó", "the reader lost its caller")
}

/// The refusal that lists the layers.
pub fn several(names: &[String]) -> Failure {
    let list = names.join(", ");
    Failure::new(
        "layers",
        format!("elija una capa con --layer; el archivo tiene: {list}"),
        format!("choose a layer with --layer; the file has: {list}"),
    )
}
