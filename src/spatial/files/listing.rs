//! What layers a file has: a header for each, as reading it would send, and nothing of its features.

use std::path::Path;

use super::{Format, Send, Source, Wanted, archive, drawing, format, lost, read_layer, worded};
use crate::spatial::vector_file;
use crate::spatial::wire::{End, Failure, Frame, Header, Unreadable};

/// Hands over a header for each layer of `path`, whose name is the word by which it is asked for; a layer that cannot be
/// opened is told as unreadable.
///
/// # Errors
/// Why the file cannot be read.
pub fn list(path: &Path, send: &mut Send<'_>) -> Result<(), Failure> {
    vector_file::restrict_gdal();
    let kind = format::sniff(path)?;
    if kind != Format::Archive {
        if kind == Format::Spreadsheet {
            archive::examine(path)?;
        }
        let name = format::shown(path);
        return list_all(&[Source { path: path.to_owned(), format: kind, name }], send);
    }
    let unpacked = archive::unpack(path)?;
    list_all(&format::data_sets(unpacked.path())?, send)
}

fn list_all(sources: &[Source], send: &mut Send<'_>) -> Result<(), Failure> {
    let mut layers = Vec::new();
    for (source, layer, word) in worded(sources)? {
        // What a drawing's own layers bound are lots, too: of the blocks, of the zones.
        let own = if source.format == Format::Dxf && layer == drawing::LOTS {
            drawing::bounding(source)?
        } else {
            Vec::new()
        };
        layers.push((source, layer, word.clone()));
        let of_own = |own: String| (source, format!("{}:{own}", drawing::LOTS), format!("{word}:{own}"));
        layers.extend(own.into_iter().map(of_own));
    }
    let mut number = 0;
    for (source, layer, word) in layers {
        number += 1;
        let frame = match header_of(source, layer) {
            Ok(header) => Frame::Header(Box::new(Header { layer: word, ..header })),
            Err(failure) => Frame::Unreadable(Unreadable {
                number,
                why: format!("es: {word}: {} | en: {word}: {}", failure.es, failure.en),
            }),
        };
        send(frame).map_err(lost)?;
    }
    send(Frame::End(End { read: number })).map_err(lost)
}

/// The header that reading the layer begins with; nobody listens to what comes after it.
fn header_of(source: &Source, layer: String) -> Result<Header, Failure> {
    let mut header = None;
    let wanted = Wanted { layer: Some(layer), ..Wanted::default() };
    let read = read_layer(source, &wanted, &mut |frame| match frame {
        Frame::Header(told) if header.is_none() => {
            header = Some(*told);
            Ok(())
        }
        _ => Err(std::io::ErrorKind::BrokenPipe.into()),
    });
    match (header, read) {
        (Some(header), _) => Ok(header),
        (None, Err(failure)) => Err(failure),
        (None, Ok(())) => Err(Failure::new("broken", "no dice qué tiene", "it does not say what it has")),
    }
}
