//! The language between the process that opens a file and the one that loads it.
//!
//! A stream is frames of `kind: u8, length: u32 LE, payload`. First one `Header`, then a `Record` or `Unreadable`
//! for each feature in file order, at last `End`; `Failure` may stand anywhere and ends the stream. A stream
//! without `End` or `Failure` was cut and is an error. The reading side believes no length and no tag.

use std::io::{self, Read, Write};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

/// Longest payload of a frame; a single feature larger than this is reported as unreadable.
pub const MAX_FRAME: usize = 64 << 20;

/// Longest payload of what is no feature, and of what is said about one: it becomes many small pieces in memory.
pub const MAX_WORDS: usize = 8 << 20;

/// Longest payload of a frame of `kind`.
pub fn longest(kind: u8) -> usize {
    if kind == b'R' { MAX_FRAME } else { MAX_WORDS }
}

/// What a file says about itself, sent before its features.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// GDAL's short name of the driver that opened the file.
    pub driver: String,
    /// The layer that is read.
    pub layer: String,
    /// Fields in file order; a record has one value for each.
    pub fields: Vec<Field>,
    /// The reference system that the file declares.
    pub crs: Option<Crs>,
    /// How text was decoded.
    pub encoding: Encoding,
    /// The geometry type that the file declares, as OGC names it.
    pub geometry: String,
    /// How many features the file announces, where it does.
    pub announced: Option<u64>,
    /// What is worth saying about the file.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The mark of a file of ours that comes back.
    #[serde(default)]
    pub mark: Option<String>,
}

/// Something worth saying about what was read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Stable word.
    pub code: String,
    /// In Spanish.
    pub es: String,
    /// In English.
    pub en: String,
}

impl Note {
    pub(crate) fn new(code: &str, es: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.to_owned(), es: es.into(), en: en.into() }
    }
}

/// One attribute of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name as the file spells it, decoded.
    pub name: String,
    /// Type of its values.
    pub kind: Kind,
}

/// The types that values are carried as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// True or false, carried as 1 or 0.
    Truth,
    Integer,
    BigInteger,
    Real,
    Text,
    Date,
    Time,
    /// A moment without a time zone.
    Moment,
    /// A moment with its offset from UTC.
    ZonedMoment,
    /// Bytes, carried as hexadecimal text.
    Bytes,
}

/// A declared reference system, described far enough to find it in PostGIS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Crs {
    /// Name as the file gives it.
    pub name: String,
    /// Authority and code, e.g. `EPSG` and `32718`.
    pub authority: Option<(String, i32)>,
    /// EPSG code of the datum.
    pub datum: Option<i32>,
    /// PROJ.4 text: the projection's parameters.
    pub proj4: String,
    /// Longitude and latitude rather than metres.
    pub geographic: bool,
    /// Nothing in the file says so: the format's default (GeoJSON, KML).
    pub by_format: bool,
}

/// How text was decoded, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    /// Encoding by its WHATWG name.
    pub name: String,
    /// What the file declares (`.cpg`, dBASE language driver), if anything.
    pub declared: Option<String>,
    /// The evidence, in Spanish.
    pub why_es: String,
    /// The evidence, in English.
    pub why_en: String,
}

/// The end of a complete stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Records and unreadable features sent.
    pub read: u64,
}

/// Why the file could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable word: `not_found`, `unsupported`, `layers`, `broken`.
    pub code: String,
    /// In Spanish.
    pub es: String,
    /// In English.
    pub en: String,
}

impl Failure {
    pub(crate) fn new(code: &str, es: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.to_owned(), es: es.into(), en: en.into() }
    }
}

/// A value that could not be carried over, or not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Index of the field.
    pub field: usize,
    /// What happened.
    pub what: What,
    /// The value as far as it can be shown.
    pub value: String,
}

/// What happened to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Not a date or time of the calendar; the value is absent.
    NoSuchMoment,
    /// Not a finite number; the value is absent.
    NotFinite,
    /// The last character was cut by the field's width; its remains were left out.
    CutCharacter,
    /// Not in the file's encoding; read as windows-1252.
    OtherEncoding,
    /// Bytes that are no character; shown as U+FFFD.
    NoCharacter,
}

impl What {
    /// The value is lost, which only a repair may do.
    pub fn loses_value(self) -> bool {
        matches!(self, Self::NoSuchMoment | Self::NotFinite)
    }
}

/// One value of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Record {
    /// Position in the file, from 1.
    pub number: u64,
    /// Geometry as WKB, as GDAL gave it; empty where the feature has none.
    pub wkb: Vec<u8>,
    /// One value for each field of the header.
    pub values: Vec<Value>,
    /// What happened to values.
    pub remarks: Vec<Remark>,
    /// What is worth saying about the feature.
    pub notes: Vec<Note>,
}

/// A feature that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Position in the file, from 1.
    pub number: u64,
    /// What the driver said.
    pub why: String,
}

/// One frame.
#[derive(Clone, Debug)]
pub enum Frame {
    Header(Box<Header>),
    Record(Record),
    Unreadable(Unreadable),
    End(End),
    Failure(Failure),
}

/// Writes one frame.
pub fn write(out: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let (kind, payload) = match frame {
        Frame::Header(header) => (b'H', serde_json::to_vec(header)?),
        Frame::Record(record) => (b'R', record_bytes(record)?),
        Frame::Unreadable(unreadable) => (b'U', serde_json::to_vec(unreadable)?),
        Frame::End(end) => (b'Z', serde_json::to_vec(end)?),
        Frame::Failure(failure) => (b'E', serde_json::to_vec(failure)?),
    };
    if payload.len() > longest(kind) {
        return write(out, &too_long(frame));
    }
    out.write_all(&[kind])?;
    out.write_all(&length(payload.len())?)?;
    out.write_all(&payload)
}

/// What is sent in place of a frame that the other side would not take.
fn too_long(frame: &Frame) -> Frame {
    match frame {
        Frame::Record(Record { number, .. }) => {
            let why = format!("the feature is larger than {} MiB", MAX_FRAME >> 20);
            Frame::Unreadable(Unreadable { number: *number, why })
        }
        _ => Frame::Failure(Failure::new(
            "broken",
            "el archivo tiene demasiados campos, o nombres demasiado largos",
            "the file has too many fields, or names too long",
        )),
    }
}

/// The bytes of one frame.
pub fn frame(kind: u8, payload: &[u8]) -> io::Result<Vec<u8>> {
    Ok([&[kind][..], &length(payload.len())?, payload].concat())
}

/// The next frame of a stream that is read to its end: its kind and its payload.
pub fn read(input: &mut impl Read) -> anyhow::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    input.read_exact(&mut head).context("the stream was cut")?;
    let [kind, length @ ..] = head;
    let length = u32::from_le_bytes(length) as usize;
    ensure!(length <= MAX_FRAME, "a frame of {length} bytes");
    let mut payload = vec![0; length];
    input.read_exact(&mut payload).context("the stream was cut")?;
    Ok((kind, payload))
}

/// Counts the records of a stream that passes in pieces, cut anywhere.
#[derive(Debug, Default)]
pub struct Counter {
    /// Records whose head has passed.
    pub records: u64,
    head: Vec<u8>,
    payload_left: usize,
}

impl Counter {
    /// Takes note of the next piece.
    pub fn pass(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let skipped = self.payload_left.min(piece.len());
            self.payload_left -= skipped;
            piece = &piece[skipped..];
            let missing = (HEAD_BYTES - self.head.len()).min(piece.len());
            self.head.extend_from_slice(&piece[..missing]);
            piece = &piece[missing..];
            if let [kind, a, b, c, d] = self.head[..] {
                self.records += u64::from(kind == b'R');
                self.payload_left = u32::from_le_bytes([a, b, c, d]) as usize;
                self.head.clear();
            }
        }
    }
}

/// Kind and length.
const HEAD_BYTES: usize = 5;

/// Reads the payload of a frame of `kind`.
pub fn parse(kind: u8, payload: &[u8]) -> anyhow::Result<Frame> {
    Ok(match kind {
        b'H' => Frame::Header(serde_json::from_slice(payload).context("header of the stream")?),
        b'R' => Frame::Record(parse_record(payload).context("record of the stream")?),
        b'U' => Frame::Unreadable(serde_json::from_slice(payload)?),
        b'Z' => Frame::End(serde_json::from_slice(payload)?),
        b'E' => Frame::Failure(serde_json::from_slice(payload)?),
        other => bail!("unknown frame kind {other}"),
    })
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    u32::try_from(length).map(u32::to_le_bytes).map_err(|_| io::Error::other("frame longer than 4 GiB"))
}

fn record_bytes(record: &Record) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64 + record.wkb.len());
    bytes.extend_from_slice(&record.number.to_le_bytes());
    put(&mut bytes, &record.wkb)?;
    // Most features have none.
    let quiet = record.remarks.is_empty() && record.notes.is_empty();
    let said = if quiet { Vec::new() } else { serde_json::to_vec(&(&record.remarks, &record.notes))? };
    put(&mut bytes, &said)?;
    for value in &record.values {
        match value {
            Value::Null => bytes.push(0),
            Value::Integer(number) => {
                bytes.push(1);
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            Value::Real(number) => {
                bytes.push(2);
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            Value::Text(text) => {
                bytes.push(3);
                put(&mut bytes, text.as_bytes())?;
            }
        }
    }
    Ok(bytes)
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) -> io::Result<()> {
    bytes.extend_from_slice(&length(part.len())?);
    bytes.extend_from_slice(part);
    Ok(())
}

fn parse_record(mut bytes: &[u8]) -> anyhow::Result<Record> {
    let number = u64::from_le_bytes(*take(&mut bytes)?);
    let wkb = take_part(&mut bytes)?.to_vec();
    let said = take_part(&mut bytes)?;
    ensure!(said.len() <= MAX_WORDS, "too much is said about the record");
    let (remarks, notes) = if said.is_empty() { Default::default() } else { serde_json::from_slice(said)? };
    let mut values = Vec::new();
    while let [tag, rest @ ..] = bytes {
        bytes = rest;
        values.push(match tag {
            0 => Value::Null,
            1 => Value::Integer(i64::from_le_bytes(*take(&mut bytes)?)),
            2 => Value::Real(f64::from_le_bytes(*take(&mut bytes)?)),
            3 => Value::Text(std::str::from_utf8(take_part(&mut bytes)?)?.to_owned()),
            other => bail!("unknown value tag {other}"),
        });
    }
    Ok(Record { number, wkb, values, remarks, notes })
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> anyhow::Result<&'a [u8; N]> {
    let (head, rest) = bytes.split_first_chunk().context("the record ends early")?;
    *bytes = rest;
    Ok(head)
}

fn take_part<'a>(bytes: &mut &'a [u8]) -> anyhow::Result<&'a [u8]> {
    let length = u32::from_le_bytes(*take(bytes)?) as usize;
    ensure!(length <= bytes.len(), "the record ends early");
    let (part, rest) = bytes.split_at(length);
    *bytes = rest;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_journey() {
        let record = Record {
            number: 7,
            wkb: vec![1, 2, 3],
            values: vec![Value::Null, Value::Integer(-4), Value::Real(0.1), Value::Text("Ñaña".into())],
            remarks: vec![Remark { field: 3, what: What::CutCharacter, value: "Ñaña".into() }],
            notes: vec![Note::new("dangling", "suelto", "loose")],
        };
        let mut stream = Vec::new();
        write(&mut stream, &Frame::Record(record.clone())).unwrap();
        let Frame::Record(back) = parse(stream[0], &stream[5..]).unwrap() else { panic!("not a record") };
        assert_eq!(back, record);
    }

    #[test]
    fn records_are_counted_wherever_the_stream_is_cut() {
        let mut stream = Vec::new();
        for number in 1..=3 {
            let record = Record { number, values: vec![Value::Text("RRRR".into())], ..Record::default() };
            write(&mut stream, &Frame::Record(record)).unwrap();
        }
        write(&mut stream, &Frame::End(End { read: 3 })).unwrap();
        for size in 1..stream.len() {
            let mut counter = Counter::default();
            stream.chunks(size).for_each(|piece| counter.pass(piece));
            assert_eq!(counter.records, 3, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_too_long_is_told_in_short() {
        let mut stream = Vec::new();
        let why = "x".repeat(MAX_WORDS + 1);
        write(&mut stream, &Frame::Unreadable(Unreadable { number: 1, why })).unwrap();
        assert!(matches!(parse(stream[0], &stream[5..]).unwrap(), Frame::Failure(_)));
        let mut stream = Vec::new();
        write(
            &mut stream,
            &Frame::Record(Record { number: 7, wkb: vec![0; MAX_FRAME], ..Record::default() }),
        )
        .unwrap();
        let Frame::Unreadable(unreadable) = parse(stream[0], &stream[5..]).unwrap() else {
            panic!("not told")
        };
        assert_eq!(unreadable.number, 7);
    }

    #[test]
    fn a_lying_length_is_an_error_not_a_panic() {
        let mut bytes = 7u64.to_le_bytes().to_vec();
        bytes.extend_from_slice(&u32::MAX.to_le_bytes());
        assert!(parse(b'R', &bytes).is_err());
        assert!(parse(b'R', &[1, 2]).is_err());
        assert!(parse(b'?', &[]).is_err());
        let mut talkative = 7u64.to_le_bytes().to_vec();
        put(&mut talkative, &[]).unwrap();
        put(&mut talkative, &vec![b' '; MAX_WORDS + 1]).unwrap();
        assert!(parse(b'R', &talkative).is_err());
        assert!(longest(b'H') < longest(b'R'));
    }
}
