//! What a file is, by its first bytes. Its name is only asked where the content cannot say: a table is text like any other.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::{Source, archive, json_fg};
use crate::spatial::wire::Failure;

/// How much of a file is looked at.
const HEAD: u64 = 1 << 16;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Shapefile,
    /// A table of dBASE without geometry.
    Dbase,
    GeoPackage,
    FlatGeobuf,
    Json,
    JsonFg,
    Kml,
    Gml,
    Gpx,
    Dxf,
    MapInfo,
    MapInfoInterchange,
    /// Text with a column each for x and y, or one with WKT.
    Table,
    /// Sections of EPANET or SWMM.
    Network,
    /// Tables of pandapower.
    PowerGrid,
    /// A workbook, which is a zip file by itself.
    Spreadsheet,
    /// A zip file, also as KMZ.
    Archive,
}

impl Format {
    /// The endings by which GDAL's drivers know the format; a file that calls itself otherwise is given the first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Shapefile => &["shp", "shx"],
            Self::Dbase => &["dbf"],
            Self::GeoPackage => &["gpkg"],
            Self::FlatGeobuf => &["fgb"],
            Self::Network => &["inp"],
            Self::JsonFg | Self::PowerGrid => &["json"],
            Self::Spreadsheet => &["xlsx"],
            Self::Json => &["json", "geojson", "geojsonl", "geojsons", "topojson"],
            Self::Kml => &["kml"],
            Self::Gml => &["gml"],
            Self::Gpx => &["gpx"],
            Self::Dxf => &["dxf"],
            Self::MapInfo => &["tab"],
            Self::MapInfoInterchange => &["mif"],
            Self::Table => &["csv", "tsv"],
            Self::Archive => &["zip"],
        }
    }

    /// Whether it is text whose encoding nothing in the format fixes.
    pub fn is_plain_text(self) -> bool {
        matches!(self, Self::Json | Self::Table)
    }
}

/// The file's own name, for messages.
pub fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Says what a file is.
///
/// # Errors
/// `not_found`, or `unsupported` with what would help.
pub fn sniff(path: &Path) -> Result<Format, Failure> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.map_err(|error| {
        let name = shown(path);
        Failure::new(
            "not_found",
            format!("no se puede leer {name}: {error}"),
            format!("cannot read {name}: {error}"),
        )
    })?;
    let format = recognise(&head, &ending(path)).map_err(|why| refusal(path, &why))?;
    Ok(match format {
        Format::Json if holds(&head, b"\"pandapowerNet\"") => Format::PowerGrid,
        // What makes it JSON-FG may stand at its end.
        Format::Json if json_fg::is_json_fg(path) => Format::JsonFg,
        Format::Archive if archive::is_workbook(path) => Format::Spreadsheet,
        other => other,
    })
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// The data sets of an unpacked archive, by name. Parts of a shapefile and what is no geodata are left out.
///
/// # Errors
/// Where there is none.
pub fn data_sets(folder: &Path) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    list(folder, &mut files).map_err(|error| Failure::new("broken", error.to_string(), error.to_string()))?;
    files.sort();
    let mut sources = Vec::new();
    let mut refused = None;
    for path in files {
        match sniff(&path) {
            Ok(format) if !is_part(&path, format) => {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                sources.push(Source { path, format, name });
            }
            Ok(_) => {}
            Err(failure) => refused = refused.or(Some(failure)),
        }
    }
    // In a KMZ the document is `doc.kml`; other KML files beside it are what it links to.
    if let Some(document) = sources.iter().find(|source| source.name == "doc.kml") {
        return Ok(vec![document.clone()]);
    }
    if !sources.is_empty() {
        return Ok(sources);
    }
    Err(refused.unwrap_or_else(|| {
        Failure::new("archive", "el archivo comprimido está vacío", "the archive is empty")
    }))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// What belongs to another file beside it.
fn is_part(path: &Path, format: Format) -> bool {
    let beside = |ending: &str| {
        [ending.to_owned(), ending.to_ascii_uppercase()].iter().any(|e| path.with_extension(e).exists())
    };
    let ending = ending(path);
    match format {
        Format::Dbase => beside("shp") || beside("tab"),
        Format::Shapefile => ending == "shx" && beside("shp"),
        Format::Table => ending != "csv" && ending != "tsv",
        _ => false,
    }
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Spanish and English.
type Why = (String, String);

fn why(es: &str, en: &str) -> Why {
    (es.to_owned(), en.to_owned())
}

fn refusal(path: &Path, (es, en): &Why) -> Failure {
    let name = shown(path);
    Failure::new(
        "unsupported",
        format!("{name} no se pudo abrir como archivo vectorial: {es}"),
        format!("{name} could not be opened as a vector file: {en}"),
    )
}

fn recognise(head: &[u8], ending: &str) -> Result<Format, Why> {
    match head {
        [] => return Err(why("está vacío", "it is empty")),
        [0, 0, 0x27, 0x0a, ..] => return Ok(Format::Shapefile),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Ok(Format::Archive),
        [b'f', b'g', b'b', 3, ..] => return Ok(Format::FlatGeobuf),
        [0x03 | 0x30 | 0x83 | 0x8b | 0xf5, _, 1..=12, 1..=31, ..] if ending == "dbf" => {
            return Ok(Format::Dbase);
        }
        _ if head.starts_with(b"SQLite format 3\0") => return Ok(Format::GeoPackage),
        _ if head.starts_with(b"AutoCAD Binary DXF") => {
            return Err(why(
                "es un DXF binario; guárdelo como DXF de texto",
                "it is a binary DXF; save it as a text DXF",
            ));
        }
        _ => {}
    }
    let text = text(head).ok_or_else(|| why("formato desconocido", "unknown format"))?;
    recognise_text(text.trim_start_matches('\u{feff}').trim_start(), ending)
}

/// The head as text, where it is some; bytes beyond ASCII do not matter here.
fn text(head: &[u8]) -> Option<String> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding.decode(head).0.into_owned());
    }
    (!head.contains(&0)).then(|| head.iter().map(|byte| char::from(*byte)).collect())
}

fn recognise_text(text: &str, ending: &str) -> Result<Format, Why> {
    let mut lines = text.lines().map(str::trim);
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if text.starts_with('<') {
        return recognise_xml(text);
    }
    if text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(';'))
        .is_some_and(is_section)
    {
        return Ok(Format::Network);
    }
    if text.starts_with(['{', '[', '\u{1e}']) {
        return Ok(Format::Json);
    }
    if first == "999" || (first == "0" && second == "SECTION") {
        return Ok(Format::Dxf);
    }
    if first.eq_ignore_ascii_case("!table") {
        return Ok(Format::MapInfo);
    }
    let word = |line: &str, word: &str| line.to_ascii_lowercase().starts_with(word);
    if word(first, "version ") && (word(second, "charset") || word(second, "delimiter")) {
        return Ok(Format::MapInfoInterchange);
    }
    if matches!(ending, "csv" | "tsv" | "txt") {
        return Ok(Format::Table);
    }
    Err(why("formato desconocido", "unknown format"))
}

/// `[JUNCTIONS]` and the like, alone on its line.
fn is_section(line: &str) -> bool {
    let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    })
}

/// By the root element. A document type is refused: entities are declared there, and none of these formats has one.
fn recognise_xml(text: &str) -> Result<Format, Why> {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = match rest.as_bytes() {
            [b'<', b'?', ..] => "?>",
            [b'<', b'!', b'-', b'-', ..] => "-->",
            [b'<', b'!', ..] => {
                return Err(why(
                    "declara un tipo de documento (<!DOCTYPE>), que puede pedir otros archivos; bórrelo",
                    "it declares a document type (<!DOCTYPE>), which may ask for other files; delete it",
                ));
            }
            _ => return by_root(rest),
        };
        let Some(at) = rest.find(end) else { break };
        rest = &rest[at + end.len()..];
    }
    Err(why("XML sin elemento raíz", "XML without a root element"))
}

fn by_root(tag: &str) -> Result<Format, Why> {
    let name: String =
        tag[1..].chars().take_while(|c| !c.is_whitespace() && *c != '>' && *c != '/').take(60).collect();
    let local = name.rsplit(':').next().unwrap_or_default();
    match local {
        "kml" => Ok(Format::Kml),
        "gpx" => Ok(Format::Gpx),
        "OGRVRTDataSource" | "VRTDataset" => Err(why(
            "es una lista de otros archivos (VRT), que no se abren",
            "it is a list of other files (VRT), which are not opened",
        )),
        _ if tag.contains("opengis.net/gml") || tag.contains("opengis.net/wfs") => Ok(Format::Gml),
        _ => Err(why(&format!("XML desconocido <{name}>"), &format!("unknown XML <{name}>"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str, ending: &str) -> Result<Format, Why> {
        recognise(head.as_bytes(), ending)
    }

    #[test]
    fn the_content_counts_and_not_the_name() {
        let gml = "<?xml version='1.0'?><!-- <kml> --><ogr:FeatureCollection xmlns:gml='http://www.opengis.net/gml'>";
        for (head, ending, format) in [
            ("{\"type\": \"Feature\"}", "kml", Format::Json),
            ("\u{feff}  [1]", "csv", Format::Json),
            ("<?xml version=\"1.0\"?>\n<kml xmlns=\"x\">", "json", Format::Kml),
            (gml, "shp", Format::Gml),
            ("  0\r\nSECTION\r\n  2\r\nHEADER", "geojson", Format::Dxf),
            ("SQLite format 3\0abc", "zip", Format::GeoPackage),
            ("PK\u{3}\u{4}", "shp", Format::Archive),
            ("!table\n!version 300\n", "csv", Format::MapInfo),
            ("lat,lon\n1,2\n", "csv", Format::Table),
            ("; a net\n[TITLE]\n", "json", Format::Network),
        ] {
            assert_eq!(of(head, ending), Ok(format), "{head}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused_with_the_reason() {
        for (head, word) in [
            ("<OGRVRTDataSource>", "VRT"),
            ("<?xml version='1.0'?><!DOCTYPE kml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><kml>", "DOCTYPE"),
            ("<html>", "<html>"),
            ("hello", "unknown"),
            ("", "empty"),
        ] {
            let (_, en) = of(head, "geojson").unwrap_err();
            assert!(en.contains(word), "{en}");
        }
        let utf16: Vec<u8> =
            "\u{feff}<!DOCTYPE kml><kml>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(recognise(&utf16, "kml").unwrap_err().1.contains("DOCTYPE"));
    }
}
