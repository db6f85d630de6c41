//! From one upload to frames: what it is, which data set of an archive is meant, who reads it. Runs only in the child
//! process of [`super::reader`].

mod archive;
mod format;

use std::path::{Path, PathBuf};

pub use format::Format;

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
    vector_file::read(source, layer, send)
}

fn layers_of(source: &Source) -> Result<Vec<String>, Failure> {
    vector_file::layers(source)
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

/// The refusal that lists the layers.
pub fn several(names: &[String]) -> Failure {
    let list = names.join(", ");
    Failure::new(
        "layers",
        format!("elija una capa con --layer; el archivo tiene: {list}"),
        format!("choose a layer with --layer; the file has: {list}"),
    )
}
