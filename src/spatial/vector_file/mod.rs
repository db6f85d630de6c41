//! Opens one vector file with GDAL and streams its features. Runs only in the child process of [`super::reader`].
//!
//! Drivers come from a list, so that a VRT that calls itself `.json` is no way to other files. Text of a shapefile
//! is opened as ISO-8859-1, which GDAL widens byte by byte: the bytes come back out of the characters, and
//! [`super::encoding`] decides what they mean.

mod header;
mod places;
mod plan;
mod values;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gdal::errors::CplErrType;
use gdal::vector::{Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use tempfile::TempDir;

pub use self::header::describe;
use self::places::Places;
use self::plan::survey;
use super::files::{Format, Send, Source, declared_by_drawing, lost, several};
use super::geojson_check::{self, Oddities, Oddity};
use super::text_file::{self, Text};
use super::truths;
use super::wire::{End, Failure, Frame, Unreadable};
use super::writer::mark_of;

/// Columns of a CSV file that are read as a position, compared without case.
const CSV_OPTIONS: &[&str] = &[
    "X_POSSIBLE_NAMES=longitude,longitud,lon,long,lng,x,este,easting,coord_x,x_utm,utm_x",
    "Y_POSSIBLE_NAMES=latitude,latitud,lat,y,norte,northing,coord_y,y_utm,utm_y",
    "GEOM_POSSIBLE_NAMES=wkt,geom,geometry,the_geom,geometria",
    "KEEP_GEOM_COLUMNS=YES",
    "AUTODETECT_TYPE=NO",
    "EMPTY_STRING_AS_NULL=YES",
];

/// Features that a file may announce and not have, each told by itself. More are not features but a damaged number.
const BELIEVED: u64 = 100_000;

/// What GDAL complained about since it was last asked.
static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A file that GDAL has opened, with what must stay while it reads.
pub struct Opened {
    pub dataset: Dataset,
    text: Option<Text>,
    _link: Option<TempDir>,
}

/// The layers of a data set.
///
/// # Errors
/// Where it cannot be opened.
pub fn layers(source: &Source) -> Result<Vec<String>, Failure> {
    let opened = open(source)?;
    Ok(names(&opened.dataset))
}

/// The layers that hold data: what QGIS keeps beside them in a GeoPackage is its own.
fn names(dataset: &Dataset) -> Vec<String> {
    let is_data = |name: &String| !["layer_styles", "qgis_projects"].contains(&name.as_str());
    dataset.layers().map(|layer| layer.name()).filter(is_data).collect()
}

/// Reads a data set's only layer, or `layer`, and hands over frames.
///
/// # Errors
/// Where it cannot be opened, or has not the one layer that is meant.
pub fn read(source: &Source, layer: Option<&str>, send: &mut Send<'_>) -> Result<(), Failure> {
    let opened = open(source)?;
    let mut layer = choose_layer(&opened.dataset, layer)?;
    let driver = opened.dataset.driver().short_name();
    let truths = truths::of(&driver, &opened.dataset, &layer.name());
    let plan = survey(&driver, &mut layer, opened.text.as_ref(), &truths);
    let mut header = header::header(&driver, &layer, &plan);
    header.mark = mark_of(&driver, &opened.dataset);
    if source.format == Format::Dxf {
        header.crs = declared_by_drawing(&source.path);
    }
    let places = if source.format == Format::Spreadsheet { Places::of(&header.fields) } else { Places::None };
    send(Frame::Header(Box::new(header))).map_err(lost)?;
    let mut odd = if driver == "GeoJSON" {
        geojson_check::look(opened.text.as_ref().map_or(source.path.as_path(), Text::path))
    } else {
        Oddities::new()
    };
    let (mut number, mut given) = (0, 0);
    let announced = layer.try_feature_count();
    take_complaints();
    for feature in layer.features() {
        given += 1;
        number += 1;
        while let Some(Oddity::Skipped(why)) = odd.get(&number).cloned() {
            send(Frame::Unreadable(Unreadable { number, why })).map_err(lost)?;
            odd.remove(&number);
            number += 1;
        }
        let frame = match odd.remove(&number) {
            Some(Oddity::Misread(why) | Oddity::Skipped(why)) => {
                Frame::Unreadable(Unreadable { number, why })
            }
            None => plan.frame(&feature, number),
        };
        let frame = match frame {
            Frame::Record(mut record) => {
                places.give(&mut record);
                Frame::Record(record)
            }
            other => other,
        };
        send(frame).map_err(lost)?;
    }
    // A driver that gives up says so only in its complaints: what it announced and did not give is unreadable too.
    let complaint = take_complaints();
    let why = complaint.clone().unwrap_or_else(|| "the file ends before this feature".to_owned());
    if complaint.is_some() && announced.is_none_or(|announced| given == announced) {
        number += 1;
        send(Frame::Unreadable(Unreadable { number, why: why.clone() })).map_err(lost)?;
    }
    let missing = announced.unwrap_or(0).saturating_sub(given);
    if missing > BELIEVED {
        return Err(too_few(given, missing));
    }
    while announced.is_some_and(|announced| given < announced) {
        given += 1;
        number += 1;
        send(Frame::Unreadable(Unreadable { number, why: why.clone() })).map_err(lost)?;
    }
    while let Some(Oddity::Skipped(why)) = odd.remove(&(number + 1)) {
        number += 1;
        send(Frame::Unreadable(Unreadable { number, why })).map_err(lost)?;
    }
    send(Frame::End(End { read: number })).map_err(lost)
}

fn too_few(given: u64, missing: u64) -> Failure {
    let announced = given.saturating_add(missing);
    Failure::new(
        "broken",
        format!("el archivo anuncia {announced} elementos y tiene {given}: está dañado"),
        format!("the file announces {announced} features and has {given}: it is damaged"),
    )
}

/// Closes what GDAL would open beside the file, even where there are no walls.
pub fn restrict_gdal() {
    for (option, value) in [
        ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none"),
        ("GML_DOWNLOAD_SCHEMA", "NO"),
        ("GML_SAVE_RESOLVED_TO", "NO"),
        ("GML_SKIP_RESOLVE_ELEMS", "ALL"),
        ("OGR_GEOJSON_MAX_OBJ_SIZE", "64"),
        ("OGR_CSV_MAX_LINE_SIZE", "134217728"),
        // A register whose columns are all text would lose its names otherwise.
        ("OGR_XLSX_HEADERS", "FORCE"),
        // Degrees between two places of an arc: within a millimetre up to a radius of a kilometre.
        ("OGR_ARC_STEPSIZE", "0.16"),
    ] {
        set(option, value);
    }
    gdal::config::set_error_handler(|class, _, message| {
        if matches!(class, CplErrType::Failure | CplErrType::Fatal) {
            let mut complaints = COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner);
            if complaints.len() < 8 {
                complaints.push(message.to_owned());
            }
        }
    });
}

fn set(option: &str, value: &str) {
    // The names hold no NUL byte, the only way this fails.
    let _ = gdal::config::set_config_option(option, value);
}

pub(super) fn take_complaints() -> Option<String> {
    let mut complaints = COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner);
    let all = complaints.join("; ");
    complaints.clear();
    (!all.is_empty()).then_some(all)
}

/// The drivers that may open a format, and their options. None of them opens another file but the parts of its own.
fn drivers(format: Format) -> (&'static [&'static str], &'static [&'static str]) {
    match format {
        Format::Shapefile | Format::Dbase => (&["ESRI Shapefile"], &["ENCODING=ISO-8859-1"]),
        Format::GeoPackage => (&["GPKG"], &[]),
        Format::FlatGeobuf => (&["FlatGeobuf"], &[]),
        Format::Json => (&["GeoJSON", "GeoJSONSeq", "TopoJSON"], &[]),
        Format::Kml => (&["LIBKML", "KML"], &[]),
        Format::Gml => (&["GML"], &[]),
        Format::Gpx => (&["GPX"], &[]),
        Format::Dxf => (&["DXF"], &[]),
        Format::MapInfo | Format::MapInfoInterchange => (&["MapInfo File"], &[]),
        Format::Table => (&["CSV"], CSV_OPTIONS),
        Format::Spreadsheet => (&["XLSX"], &[]),
        // Unpacked before, or read by readers of our own.
        Format::Archive | Format::JsonFg | Format::Network | Format::PowerGrid => (&[], &[]),
    }
}

/// Opens a data set with the one driver of its format.
///
/// # Errors
/// `unsupported`, with what GDAL says.
pub fn open(source: &Source) -> Result<Opened, Failure> {
    let text = if source.format.is_plain_text() { Some(text_file::prepare(&source.path)?) } else { None };
    let path = text.as_ref().map_or(source.path.as_path(), Text::path);
    let (path, link) = by_its_ending(path, source.format)
        .map_err(|error| Failure::new("broken", error.to_string(), error.to_string()))?;
    // Only a format of several files looks for others in the folder, whatever their letters' case.
    let several = matches!(source.format, Format::Shapefile | Format::Dbase | Format::MapInfo);
    set("GDAL_DISABLE_READDIR_ON_OPEN", if several { "FALSE" } else { "EMPTY_DIR" });
    let (drivers, options) = drivers(source.format);
    let open_flags = GdalOpenFlags::GDAL_OF_VECTOR
        | GdalOpenFlags::GDAL_OF_READONLY
        | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR;
    let options = DatasetOptions {
        open_flags,
        allowed_drivers: Some(drivers),
        open_options: Some(options),
        sibling_files: None,
    };
    let dataset = Dataset::open_ex(&path, options).map_err(|error| {
        let why = take_complaints().unwrap_or_else(|| error.to_string());
        let name = &source.name;
        Failure::new(
            "unsupported",
            format!("{name} no se pudo abrir como archivo vectorial: {why}"),
            format!("{name} could not be opened as a vector file: {why}"),
        )
    })?;
    Ok(Opened { dataset, text, _link: link })
}

/// The file under a name with the ending by which GDAL's drivers know their own.
fn by_its_ending(path: &Path, format: Format) -> std::io::Result<(PathBuf, Option<TempDir>)> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if format.endings().contains(&ending.as_str()) {
        return Ok((path.to_owned(), None));
    }
    let folder = tempfile::tempdir()?;
    let stem = path.file_stem().unwrap_or_default();
    let link = folder.path().join(stem).with_added_extension(format.endings()[0]);
    std::os::unix::fs::symlink(path, &link)?;
    Ok((link, Some(folder)))
}

fn choose_layer<'a>(dataset: &'a Dataset, wanted: Option<&str>) -> Result<Layer<'a>, Failure> {
    let names = names(dataset);
    let layer = match (wanted, names.as_slice()) {
        (Some(name), _) => dataset.layer_by_name(name).ok(),
        (None, [name]) => dataset.layer_by_name(name).ok(),
        (None, []) => {
            return Err(Failure::new("layers", "el archivo no tiene capas", "the file has no layers"));
        }
        (None, _) => None,
    };
    layer.ok_or_else(|| several(&names))
}
