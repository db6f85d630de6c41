//! Conversion of a CSV file, row by row: every column stays, the new position and how it came about are added.

use std::io::{Read, Write};

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use serde::Serialize;

use super::{Operation, System};

/// Names of the first coordinate, without case.
const X_NAMES: [&str; 13] = [
    "este",
    "easting",
    "x",
    "longitud",
    "longitude",
    "lon",
    "long",
    "lng",
    "coord_x",
    "x_utm",
    "utm_x",
    "e",
    "este (x)",
];
/// Names of the second coordinate, without case.
const Y_NAMES: [&str; 11] =
    ["norte", "northing", "y", "latitud", "latitude", "lat", "coord_y", "y_utm", "utm_y", "n", "norte (y)"];

/// What became of the rows: read = converted + rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows below the header.
    pub read: u64,
    /// Rows with a new position.
    pub converted: u64,
    /// Rows whose position could not be read or moved; they stay, with the reason.
    pub rejected: u64,
    /// Converted rows of which something must be told.
    pub remarked: u64,
}

/// Why a file cannot be converted at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No column, or several, for a coordinate.
    #[error("no column for {0}: name it, or call it {1}")]
    NoColumn(&'static str, &'static str),
    /// Rows that are no CSV, or a file that cannot be read or written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A file that cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Columns named by the user; found by their usual names otherwise.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Easting or longitude.
    pub x: Option<String>,
    /// Northing or latitude.
    pub y: Option<String>,
}

/// Converts the whole of `input`. The separator is what the header uses: comma, semicolon or tab. Text is passed
/// through byte by byte, in whatever encoding it is.
///
/// # Errors
/// [`Unreadable`]; a bad row is no error but a rejected row.
pub fn convert(
    operation: &Operation,
    columns: &Columns,
    input: &[u8],
    output: impl Write,
) -> Result<Summary, Unreadable> {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let separator = separator(input);
    let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(input);
    let header = reader.byte_headers()?.clone();
    let x = column(&header, columns.x.as_deref(), &X_NAMES)
        .ok_or(Unreadable::NoColumn("x", "ESTE, easting, lon, x"))?;
    let y = column(&header, columns.y.as_deref(), &Y_NAMES)
        .ok_or(Unreadable::NoColumn("y", "NORTE, northing, lat, y"))?;
    let mut writer = WriterBuilder::new().delimiter(separator).flexible(true).from_writer(output);
    let mut row = header.clone();
    let (new_x, new_y) = (format!("x_{}", operation.to.epsg()), format!("y_{}", operation.to.epsg()));
    for name in [new_x.as_str(), &new_y, "operacion", "exactitud_m", "observacion"] {
        row.push_field(name.as_bytes());
    }
    writer.write_byte_record(&row)?;
    let mut summary = Summary::default();
    for record in reader.byte_records() {
        let record = record?;
        let moved = move_row(operation, &record, x, y);
        summary.count(&moved);
        writer.write_byte_record(&answer(operation, &header, &record, moved))?;
    }
    writer.flush()?;
    Ok(summary)
}

impl Summary {
    fn count(&mut self, moved: &Result<Moved, &'static str>) {
        self.read += 1;
        match moved {
            Ok(moved) => {
                self.converted += 1;
                self.remarked += u64::from(!moved.remarks.is_empty());
            }
            Err(_) => self.rejected += 1,
        }
    }
}

struct Moved {
    position: [f64; 2],
    remarks: String,
}

fn move_row(operation: &Operation, record: &ByteRecord, x: usize, y: usize) -> Result<Moved, &'static str> {
    let number = |at: usize| record.get(at).and_then(number);
    let position = number(x).zip(number(y)).map(|(x, y)| [x, y]).ok_or("rechazada: no es un número")?;
    let remarks: Vec<_> = operation.remarks(position).into_iter().map(super::Remark::es).collect();
    let moved = operation.apply(position).ok_or("rechazada: fuera del alcance de la proyección")?;
    Ok(Moved { position: moved, remarks: remarks.join("; ") })
}

fn answer(
    operation: &Operation,
    header: &ByteRecord,
    record: &ByteRecord,
    moved: Result<Moved, &'static str>,
) -> ByteRecord {
    let mut row = record.clone();
    // A short row must not push the new columns to the left.
    for _ in record.len()..header.len() {
        row.push_field(b"");
    }
    let (x, y, remark) = match moved {
        Ok(Moved { position: [x, y], remarks }) => {
            (written(operation.to, x), written(operation.to, y), remarks)
        }
        Err(reason) => (String::new(), String::new(), reason.to_owned()),
    };
    for field in [x, y, operation.name.clone(), format!("{:.1}", operation.accuracy_m), remark] {
        row.push_field(field.as_bytes());
    }
    row
}

/// A coordinate with the decimals of its system.
pub fn written(system: System, value: f64) -> String {
    format!("{value:.*}", system.decimals())
}

/// A number with a point or a decimal comma; no thousands, whose marks could be either.
pub fn number(field: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(field).ok()?.trim();
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+');
    if text.is_empty() || !text.bytes().all(plain) {
        return None;
    }
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

fn separator(input: &[u8]) -> u8 {
    let header = input.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |mark: u8| header.split(|byte| *byte == mark).count();
    [b';', b'\t', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

fn column(header: &ByteRecord, named: Option<&str>, usual: &[&str]) -> Option<usize> {
    let mut names = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase());
    match named {
        Some(named) => names.position(|name| name == named.to_lowercase()),
        None => names.position(|name| usual.contains(&name.as_str())),
    }
}

/// Reads everything of a source that may hold at most `limit` bytes; none when it holds more.
///
/// # Errors
/// When the source cannot be read.
pub fn read_at_most(source: impl Read, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(text: &str) -> (String, Summary) {
        let operation = Operation::between(System::Psad56Utm18, System::Utm18);
        let mut out = Vec::new();
        let summary = convert(&operation, &Columns::default(), text.as_bytes(), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), summary)
    }

    #[test]
    fn every_row_comes_out_once() {
        let (text, summary) = converted(
            "VERTICE;ESTE;NORTE\nA;196000;8816000\nB;196000,5;8816000,25\nC;;8816000\nD;casa;1\nE\n",
        );
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], "VERTICE;ESTE;NORTE;x_32718;y_32718;operacion;exactitud_m;observacion");
        assert!(lines[1].starts_with("A;196000;8816000;195779.764;8815629.205;"), "{}", lines[1]);
        assert!(lines[1].contains("EPSG:1208") && lines[1].ends_with(";16.0;"), "{}", lines[1]);
        assert!(lines[2].starts_with("B;196000,5;8816000,25;195780.26"), "{}", lines[2]);
        assert!(lines[3].contains("rechazada") && lines[5].starts_with("E;;;;;"), "{text}");
        assert_eq!(summary, Summary { read: 5, converted: 2, rejected: 3, remarked: 0 });
    }

    #[test]
    fn text_in_another_encoding_passes_through() {
        let operation = Operation::between(System::Utm18, System::Wgs84);
        let mut out = Vec::new();
        let input = b"nombre,x,y\n\"Do\xF1a, 1\",195855,8816242\n";
        convert(&operation, &Columns::default(), input, &mut out).unwrap();
        assert!(
            out.windows(10).any(|window| window == b"\"Do\xF1a, 1\","),
            "{}",
            String::from_utf8_lossy(&out)
        );
    }

    #[test]
    fn a_file_without_positions_is_refused() {
        let operation = Operation::between(System::Utm18, System::Wgs84);
        let refused = |columns: &Columns| convert(&operation, columns, b"a,b\n1,2\n", Vec::new());
        assert!(matches!(refused(&Columns::default()), Err(Unreadable::NoColumn("x", _))));
        let named = Columns { x: Some("A".into()), y: Some("b".into()) };
        assert_eq!(refused(&named).unwrap().read, 1);
    }

    #[test]
    fn numbers_are_plain() {
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (" 2,5 ", Some(2.5)),
            ("-77.1", Some(-77.1)),
            ("1e5", None),
            ("inf", None),
            ("1.000,5", None),
            ("", None),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }
}
