//! Opens one vector file with GDAL and streams its features. Runs only in the child process of [`super::reader`].
//!
//! Drivers come from a list, so that a VRT that calls itself `.json` is no way to other files. Text of a shapefile
//! is opened as ISO-8859-1, which GDAL widens byte by byte: the bytes come back out of the characters, and
//! [`super::encoding`] decides what they mean.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gdal::errors::CplErrType;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Feature, Layer, LayerAccess, OGRFieldType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use super::encoding::{Decision, Evidence};
use super::geojson_check::{self, Oddities, Oddity};
use super::text_file::{self, Text};
use super::truths;
use super::wire::{Crs, End, Failure, Field, Frame, Header, Kind, Record, Remark, Unreadable, Value, What};

/// Drivers that read one local file and nothing else.
const DRIVERS: &[&str] = &[
    "GPKG",
    "GeoJSON",
    "GeoJSONSeq",
    "TopoJSON",
    "FlatGeobuf",
    "LIBKML",
    "KML",
    "GML",
    "GPX",
    "DXF",
    "MapInfo File",
];

/// Columns of a CSV file that are read as a position, compared without case.
const CSV_OPTIONS: &[&str] = &[
    "X_POSSIBLE_NAMES=longitude,longitud,lon,long,lng,x,este,easting,coord_x,x_utm,utm_x",
    "Y_POSSIBLE_NAMES=latitude,latitud,lat,y,norte,northing,coord_y,y_utm,utm_y",
    "GEOM_POSSIBLE_NAMES=wkt,geom,geometry,the_geom,geometria",
    "KEEP_GEOM_COLUMNS=YES",
    "AUTODETECT_TYPE=NO",
    "EMPTY_STRING_AS_NULL=YES",
];

/// What GDAL complained about since it was last asked.
static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Reads `path` (its only layer, or `layer`) and hands over frames; a file that cannot be read is a `Failure`.
pub fn read(
    path: &Path,
    layer: Option<&str>,
    send: &mut dyn FnMut(Frame) -> std::io::Result<()>,
) -> Result<(), Failure> {
    restrict_gdal();
    let text = text_file::prepare(path)?;
    let dataset = open(text.as_ref().map_or(path, Text::path), path)?;
    let mut layer = choose_layer(&dataset, layer)?;
    let driver = dataset.driver().short_name();
    let truths = truths::of(&driver, &dataset, &layer.name());
    let plan = survey(&driver, &mut layer, text.as_ref(), &truths);
    let header = header(&driver, &layer, &plan);
    let lost = |_| Failure::new("broken", "el lector perdió a quien lo llamó", "the reader lost its caller");
    send(Frame::Header(Box::new(header))).map_err(lost)?;
    let mut odd = if driver == "GeoJSON" {
        geojson_check::look(text.as_ref().map_or(path, Text::path))
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
        send(frame).map_err(lost)?;
    }
    // A driver that gives up says so only in its complaints: what it announced and did not give is unreadable too.
    let why = take_complaints().unwrap_or_else(|| "the file ends before this feature".to_owned());
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

fn restrict_gdal() {
    for (option, value) in [
        ("GDAL_DISABLE_READDIR_ON_OPEN", "FALSE"),
        ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none"),
        ("GML_DOWNLOAD_SCHEMA", "NO"),
        ("GML_SAVE_RESOLVED_TO", "NO"),
        ("GML_SKIP_RESOLVE_ELEMS", "ALL"),
        ("OGR_SQLITE_LOAD_EXTENSIONS", "NO"),
        ("OGR_GEOJSON_MAX_OBJ_SIZE", "64"),
    ] {
        // The names hold no NUL byte, the only way this fails.
        let _ = gdal::config::set_config_option(option, value);
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

fn take_complaints() -> Option<String> {
    let mut complaints = COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner);
    let all = complaints.join("; ");
    complaints.clear();
    (!all.is_empty()).then_some(all)
}

/// The extension narrows the drivers down, which gives better messages; it never widens the list.
fn open(path: &Path, shown: &Path) -> Result<Dataset, Failure> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let (drivers, options): (&[&str], &[&str]) = match extension.as_str() {
        "shp" | "dbf" | "shx" => (&["ESRI Shapefile"], &["ENCODING=ISO-8859-1"]),
        "csv" => (&["CSV"], CSV_OPTIONS),
        _ => (DRIVERS, &[]),
    };
    let open_flags = GdalOpenFlags::GDAL_OF_VECTOR
        | GdalOpenFlags::GDAL_OF_READONLY
        | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR;
    let allowed_drivers = Some(drivers);
    let options =
        DatasetOptions { open_flags, allowed_drivers, open_options: Some(options), sibling_files: None };
    Dataset::open_ex(path, options).map_err(|error| {
        let why = take_complaints().unwrap_or_else(|| error.to_string());
        let name = shown.file_name().unwrap_or_default().to_string_lossy();
        Failure::new(
            "unsupported",
            format!("{name} no se pudo abrir como archivo vectorial: {why}"),
            format!("{name} could not be opened as a vector file: {why}"),
        )
    })
}

fn choose_layer<'a>(dataset: &'a Dataset, wanted: Option<&str>) -> Result<Layer<'a>, Failure> {
    let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let list = names.join(", ");
    let layer = match (wanted, names.as_slice()) {
        (Some(name), _) => dataset.layer_by_name(name).ok(),
        (None, [_]) => dataset.layer(0).ok(),
        (None, []) => {
            return Err(Failure::new("layers", "el archivo no tiene capas", "the file has no layers"));
        }
        (None, _) => None,
    };
    layer.ok_or_else(|| {
        Failure::new(
            "layers",
            format!("elija una capa con --layer; el archivo tiene: {list}"),
            format!("choose a layer with --layer; the file has: {list}"),
        )
    })
}

/// How the records of one file are made.
struct Plan {
    fields: Vec<FieldPlan>,
    text: Decision,
    /// Text arrives with each byte widened to a character.
    widened: bool,
}

struct FieldPlan {
    name: String,
    source: OGRFieldType::Type,
    kind: Kind,
    width: usize,
}

/// Looks through the file once where its text or its types are not known from its head.
fn survey(driver: &str, layer: &mut Layer<'_>, text: Option<&Text>, truths: &HashSet<String>) -> Plan {
    let widened = driver == "ESRI Shapefile";
    let mut fields: Vec<FieldPlan> = layer
        .defn()
        .fields()
        .map(|field| FieldPlan {
            name: field.name(),
            source: field.field_type(),
            kind: if truths.contains(&field.name()) { Kind::Truth } else { kind(field.field_type()) },
            width: usize::try_from(field.width()).unwrap_or(0),
        })
        .collect();
    let mut evidence = Evidence::default();
    let mut guesses = vec![Guess::default(); fields.len()];
    let unsure = |field: &FieldPlan| matches!(field.kind, Kind::Moment) || driver == "CSV";
    if widened || fields.iter().any(unsure) {
        for feature in layer.features() {
            for (index, field) in fields.iter().enumerate() {
                let Ok(Some(value)) = feature.field_as_string(index) else { continue };
                if widened && field.kind == Kind::Text {
                    let bytes = narrow(&value);
                    evidence.add(&bytes, field.width > 0 && bytes.len() >= field.width);
                } else {
                    guesses[index].add(&value);
                }
            }
        }
        for (field, guess) in fields.iter_mut().zip(&guesses) {
            match field.kind {
                Kind::Moment if guess.all_zoned() => field.kind = Kind::ZonedMoment,
                Kind::Text if driver == "CSV" => field.kind = guess.kind(),
                _ => {}
            }
        }
    }
    let text = if widened {
        for field in &fields {
            evidence.add(&narrow(&field.name), false);
        }
        evidence.decide(declared_encoding(layer).as_deref())
    } else if let Some(text) = text {
        text.decision.clone()
    } else {
        Decision::given("UTF-8", "lo fija el formato del archivo", "fixed by the file's format")
    };
    if widened {
        for field in &mut fields {
            field.name = text.decode(&narrow(&field.name), field.name.len() >= 10).0;
        }
    }
    Plan { fields, text, widened }
}

fn declared_encoding(layer: &Layer<'_>) -> Option<String> {
    ["ENCODING_FROM_CPG", "ENCODING_FROM_LDID"]
        .iter()
        .find_map(|key| layer.metadata_item(key, "SHAPEFILE"))
        .filter(|name| !name.is_empty())
}

/// What type a column of text could have, so that `0123` stays text.
#[derive(Clone, Default)]
struct Guess {
    seen: u64,
    integers: u64,
    reals: u64,
    zoned: u64,
}

impl Guess {
    fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.seen += 1;
        let digits = value.strip_prefix('-').unwrap_or(value);
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        self.integers +=
            u64::from(!padded && value.parse::<i64>().is_ok_and(|number| number.to_string() == value));
        self.reals += u64::from(!padded && decimal && value.parse::<f64>().is_ok());
        self.zoned += u64::from(value.get(10..).is_some_and(|time| time.contains(['+', '-'])));
    }

    fn kind(&self) -> Kind {
        match self.seen {
            0 => Kind::Text,
            seen if seen == self.integers => Kind::BigInteger,
            seen if seen == self.reals => Kind::Real,
            _ => Kind::Text,
        }
    }

    fn all_zoned(&self) -> bool {
        self.seen > 0 && self.zoned == self.seen
    }
}

fn kind(source: OGRFieldType::Type) -> Kind {
    match source {
        OGRFieldType::OFTInteger => Kind::Integer,
        OGRFieldType::OFTInteger64 => Kind::BigInteger,
        OGRFieldType::OFTReal => Kind::Real,
        OGRFieldType::OFTDate => Kind::Date,
        OGRFieldType::OFTTime => Kind::Time,
        OGRFieldType::OFTDateTime => Kind::Moment,
        OGRFieldType::OFTBinary => Kind::Bytes,
        _ => Kind::Text,
    }
}

fn header(driver: &str, layer: &Layer<'_>, plan: &Plan) -> Header {
    Header {
        driver: driver.to_owned(),
        layer: layer.name(),
        fields: plan
            .fields
            .iter()
            .map(|field| Field { name: field.name.clone(), kind: field.kind })
            .collect(),
        crs: layer.spatial_ref().map(|system| describe(driver, &system)),
        encoding: plan.text.report.clone(),
        geometry: gdal::vector::geometry_type_to_name(layer.defn().geometry_type()),
        announced: layer.try_feature_count(),
    }
}

fn describe(driver: &str, system: &SpatialRef) -> Crs {
    let mut system = system.clone();
    let node = if system.is_projected() { "PROJCS" } else { "GEOGCS" };
    let part = |system: &SpatialRef, path: &str, child| system.get_attr_value(path, child).ok().flatten();
    let authority = |system: &SpatialRef| {
        let name = part(system, &format!("{node}|AUTHORITY"), 0)?;
        Some((name, part(system, &format!("{node}|AUTHORITY"), 1)?.parse().unwrap_or(0)))
    };
    let mut found = authority(&system);
    if found.is_none() && system.auto_identify_epsg().is_ok() {
        found = authority(&system);
    }
    // Heights are left out, so longitude, latitude and height is longitude and latitude.
    if found == Some(("EPSG".to_owned(), 4979)) {
        found = Some(("EPSG".to_owned(), 4326));
    }
    let code = found.as_ref().map(|(_, code)| *code);
    Crs {
        name: part(&system, node, 0).or_else(|| system.name()).unwrap_or_default(),
        authority: found,
        datum: part(&system, "DATUM|AUTHORITY", 1).and_then(|code| code.parse().ok()),
        proj4: system.to_proj4().unwrap_or_default(),
        geographic: system.is_geographic(),
        by_format: code == Some(4326) && matches!(driver, "GeoJSON" | "GeoJSONSeq" | "TopoJSON" | "CSV"),
    }
}

impl Plan {
    fn frame(&self, feature: &Feature<'_>, number: u64) -> Frame {
        let mut record = Record { number, ..Record::default() };
        for (index, field) in self.fields.iter().enumerate() {
            let value = self.value(feature, index, field, &mut record.remarks);
            record.values.push(value);
        }
        let complaints = take_complaints();
        // GDAL takes a geometry that is absent for empty, and complains about the question.
        let geometry = feature.geometry().filter(|geometry| !geometry.is_empty());
        take_complaints();
        if let Some(geometry) = geometry {
            match geometry.iso_wkb() {
                Ok(wkb) => record.wkb = wkb,
                Err(error) => return Frame::Unreadable(Unreadable { number, why: error.to_string() }),
            }
        }
        match complaints {
            Some(why) => Frame::Unreadable(Unreadable { number, why }),
            None => Frame::Record(record),
        }
    }

    fn value(
        &self,
        feature: &Feature<'_>,
        index: usize,
        field: &FieldPlan,
        remarks: &mut Vec<Remark>,
    ) -> Value {
        // GDAL gives an empty text for a value that is absent, and for nothing else but an empty text.
        let Some(text) = feature.field_as_string(index).ok().flatten().filter(|text| !text.is_empty()) else {
            return Value::Null;
        };
        let mut remark = |what, value: &str| {
            remarks.push(Remark { field: index, what, value: value.chars().take(80).collect() });
        };
        match field.kind {
            // SQLite's truth is any number but zero.
            Kind::Truth => {
                text.parse().map_or(Value::Null, |number: i64| Value::Integer((number != 0).into()))
            }
            Kind::Integer | Kind::BigInteger => text.parse().map_or(Value::Null, Value::Integer),
            Kind::Real => match real(feature, index, field, &text) {
                Some(number) if number.is_finite() => Value::Real(number),
                _ => {
                    remark(What::NotFinite, &text);
                    Value::Null
                }
            },
            Kind::Date | Kind::Time | Kind::Moment | Kind::ZonedMoment => {
                if let Some(moment) = moment(field.kind, &text) {
                    Value::Text(moment)
                } else {
                    remark(What::NoSuchMoment, &text);
                    Value::Null
                }
            }
            Kind::Bytes => Value::Text(text),
            Kind::Text if self.widened => {
                let bytes = narrow(&text);
                let (text, what) = self.text.decode(&bytes, field.width > 0 && bytes.len() >= field.width);
                if let Some(what) = what {
                    remark(what, &text);
                }
                Value::Text(text)
            }
            Kind::Text => {
                if text.contains('\u{fffd}') {
                    remark(What::NoCharacter, &text);
                }
                Value::Text(list(feature, index, field).unwrap_or(text))
            }
        }
    }
}

/// A real at full precision: GDAL's text of it has 15 digits.
fn real(feature: &Feature<'_>, index: usize, field: &FieldPlan, text: &str) -> Option<f64> {
    if field.source == OGRFieldType::OFTReal {
        return feature.field_as_double(index).ok().flatten();
    }
    text.parse().ok()
}

/// Lists become a JSON array.
fn list(feature: &Feature<'_>, index: usize, field: &FieldPlan) -> Option<String> {
    use gdal::vector::FieldValue::{Integer64ListValue, IntegerListValue, RealListValue, StringListValue};
    if field.source == OGRFieldType::OFTString {
        return None;
    }
    match feature.field(index).ok()?? {
        IntegerListValue(list) => serde_json::to_string(&list).ok(),
        Integer64ListValue(list) => serde_json::to_string(&list).ok(),
        RealListValue(list) => serde_json::to_string(&list).ok(),
        StringListValue(list) => serde_json::to_string(&list).ok(),
        _ => None,
    }
}

/// GDAL's `2020/01/31 10:00:00+00` as PostgreSQL reads it, if the calendar has it.
fn moment(kind: Kind, text: &str) -> Option<String> {
    let text = text.replace('/', "-");
    let date = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let time = |text: &str| chrono::NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok();
    match kind {
        Kind::Date => date(&text)?,
        Kind::Time => return time(&text).map(|_| text),
        _ => {
            let (day, rest) = text.split_once(' ')?;
            let zone = rest.find(['+', '-']).unwrap_or(rest.len());
            time(&rest[..zone])?;
            date(day)?
        }
    };
    Some(text)
}

/// The bytes of a text that was read as ISO-8859-1.
fn narrow(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_calendar_only() {
        assert_eq!(moment(Kind::Date, "2020/02/29").as_deref(), Some("2020-02-29"));
        assert_eq!(moment(Kind::Date, "2017/13/45"), None);
        assert_eq!(
            moment(Kind::ZonedMoment, "2020/01/31 10:00:00.5+00").as_deref(),
            Some("2020-01-31 10:00:00.5+00")
        );
        assert_eq!(moment(Kind::Time, "25:00:00"), None);
    }

    #[test]
    fn a_code_with_leading_zeros_stays_text() {
        let mut guess = Guess::default();
        guess.add("150203");
        assert_eq!(guess.kind(), Kind::BigInteger);
        guess.add("010101");
        assert_eq!(guess.kind(), Kind::Text);
        let mut real = Guess::default();
        for value in ["-10.7", "3", ""] {
            real.add(value);
        }
        assert_eq!(real.kind(), Kind::Real);
    }
}
