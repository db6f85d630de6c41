//! From one upload to frames: what it is, which data set of an archive is meant, who reads it. Runs only in the child
//! process of [`super::reader`].

mod archive;
mod drawing;
mod format;
mod json_fg;
mod listing;
mod network;
mod power;
mod table;

use std::io::Read;
use std::path::{Path, PathBuf};

pub use drawing::declared as declared_by_drawing;
pub use format::Format;
pub use listing::list;
use memchr::memmem::Finder;

use super::vector_file;
use super::wire::{Failure, Frame};

/// Takes over each frame.
pub type Send<'a> = dyn FnMut(Frame) -> std::io::Result<()> + 'a;

/// What is asked of a file.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Wanted {
    /// Layer to read, where the file has several.
    #[arg(long)]
    pub layer: Option<String>,

    /// How lots are made of a drawing.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// How the layer `lots` of a drawing (DXF) is made.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Drawing {
    /// For the layer `lots` of a DXF: a layer of the drawing whose lines bound lots. Default: all.
    #[arg(long = "boundary", value_name = "LAYER")]
    pub boundaries: Vec<String>,

    /// For `lots`: a layer of the drawing whose texts name lots. Default: all.
    #[arg(long = "label", value_name = "LAYER")]
    pub labels: Vec<String>,

    /// For `lots`: largest gap between lines that is closed, in the drawing's unit. Default: 0.01.
    #[arg(long, value_name = "GAP")]
    pub join: Option<f64>,

    /// For `lots`: lines inside blocks bound lots too; otherwise blocks are symbols.
    #[arg(long)]
    pub blocks: bool,
}

impl Wanted {
    /// The same as arguments of the child.
    pub fn arguments(&self) -> Vec<String> {
        let Drawing { boundaries, labels, join, blocks } = &self.drawing;
        let mut words = Vec::new();
        words.extend(self.layer.iter().map(|layer| format!("--layer={layer}")));
        words.extend(boundaries.iter().map(|layer| format!("--boundary={layer}")));
        words.extend(labels.iter().map(|layer| format!("--label={layer}")));
        words.extend(join.map(|gap| format!("--join={gap}")));
        words.extend(blocks.then(|| "--blocks".to_owned()));
        words
    }
}

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

/// Reads what is wanted of `path` and hands over frames; a file that cannot be read is a `Failure`.
///
/// # Errors
/// Why the file cannot be read.
pub fn read(path: &Path, wanted: &Wanted, send: &mut Send<'_>) -> Result<(), Failure> {
    vector_file::restrict_gdal();
    let format = format::sniff(path)?;
    if format == Format::Spreadsheet {
        archive::examine(path)?;
    }
    if format != Format::Archive {
        let name = format::shown(path);
        return read_layer(&Source { path: path.to_owned(), format, name }, wanted, send);
    }
    let unpacked = archive::unpack(path)?;
    let sources = format::data_sets(unpacked.path())?;
    let (source, layer) = choose(&sources, wanted.layer.as_deref())?;
    read_layer(source, &Wanted { layer, ..wanted.clone() }, send)
}

fn read_layer(source: &Source, wanted: &Wanted, send: &mut Send<'_>) -> Result<(), Failure> {
    let layer = wanted.layer.as_deref();
    match source.format {
        Format::Dxf => drawing::read(source, wanted, send),
        Format::JsonFg => json_fg::read(source, send),
        Format::Network => network::read(source, layer, send),
        Format::PowerGrid => power::read(source, layer, send),
        _ => vector_file::read(source, layer, send),
    }
}

fn layers_of(source: &Source) -> Result<Vec<String>, Failure> {
    match source.format {
        Format::Dxf => Ok(drawing::LAYERS.map(str::to_owned).to_vec()),
        Format::JsonFg => Ok(vec![stem(&source.path)]),
        Format::PowerGrid => Ok(power::LAYERS.map(str::to_owned).to_vec()),
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

/// Every layer of several data sets, with the word by which it is asked for.
fn worded(sources: &[Source]) -> Result<Vec<(&Source, String, String)>, Failure> {
    let mut found = Vec::new();
    for source in sources {
        for layer in layers_of(source)? {
            found.push((source, layer));
        }
    }
    let unique = |layer: &str| found.iter().filter(|(_, other)| other == layer).count() == 1;
    let word = |source: &Source, layer: &str| {
        if sources.len() == 1 || unique(layer) {
            layer.to_owned()
        } else {
            format!("{}:{layer}", source.name)
        }
    };
    let words: Vec<String> = found.iter().map(|(source, layer)| word(source, layer)).collect();
    Ok(found.into_iter().zip(words).map(|((source, layer), word)| (source, layer, word)).collect())
}

/// The data set of an archive that is meant, and its layer.
fn choose<'a>(sources: &'a [Source], wanted: Option<&str>) -> Result<(&'a Source, Option<String>), Failure> {
    if let [only] = sources {
        return Ok((only, wanted.map(str::to_owned)));
    }
    let found = worded(sources)?;
    let meant = match (wanted, found.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(wanted), _) => found.iter().find(|(_, _, word)| word == wanted),
    };
    let Some((source, layer, _)) = meant else {
        let words: Vec<String> = found.into_iter().map(|(_, _, word)| word).collect();
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
