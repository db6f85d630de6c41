//! Archives that swell, nest, link, or name places that are not theirs.

use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const POINT: &[u8] = br#"{"type":"Point","coordinates":[1,2]}"#;

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// A zip file of these entries.
pub fn pack<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name, deflated()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same bytes with one name in place of another of the same length.
fn renamed(zip: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = zip.to_vec();
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found >= 2, "both headers hold the name");
    bytes
}

/// The archive of one entry with a record among the extra fields of both its headers.
fn with_extra(zip: &[u8], id: u16, record: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u16::try_from(bytes).unwrap().to_le_bytes();
    let field = [&id.to_le_bytes()[..], &length(record.len()), record].concat();
    let directory = zip.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    let end = zip.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").unwrap();
    let (mut local, mut entry, mut end) =
        (zip[..directory].to_vec(), zip[directory..end].to_vec(), zip[end..].to_vec());
    let name = usize::from(local[26]);
    assert_eq!((&local[28..30], &entry[30..32]), (&[0, 0][..], &[0, 0][..]), "no extra fields yet");
    local[28..30].copy_from_slice(&length(field.len()));
    local.splice(30 + name..30 + name, field.iter().copied());
    entry[30..32].copy_from_slice(&length(field.len()));
    entry.splice(46 + name..46 + name, field.iter().copied());
    end[12..14].copy_from_slice(&length(entry.len()));
    end[16..18].copy_from_slice(&length(local.len()));
    [local, entry, end].concat()
}

#[tokio::test]
async fn one_data_set_is_read_and_several_are_listed() {
    let lab = Lab::new();
    let one = pack([("folder/one.geojson", POINT), ("folder/readme.txt", b"hello, world")]);
    // The name says nothing.
    for name in ["one.zip", "one.kml"] {
        assert_eq!(lab.read(&lab.file(name, &one)).await.records.len(), 1);
    }
    let two = pack([("one.geojson", POINT), ("a/two.geojson", POINT), ("b/two.geojson", POINT)]);
    let file = lab.file("two.zip", two);
    let refused = lab.read(&file).await;
    assert_eq!(refused.refusal().code, "layers");
    for layer in ["one", "a/two.geojson:two", "b/two.geojson:two"] {
        assert!(refused.refusal().en.contains(layer), "{refused:?}");
        assert_eq!(Answer::of(&file, Some(layer)).await.records.len(), 1, "{layer}");
    }
    assert_eq!(Answer::of(&file, Some("two")).await.refusal().code, "layers");
    let kmz = pack([
        (
            "doc.kml",
            b"<kml><Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></kml>".as_slice(),
        ),
        ("files/other.kml", b"<kml/>"),
        ("files/picture.png", b"\x89PNG"),
    ]);
    assert_eq!(lab.read(&lab.file("map.kmz", kmz)).await.records.len(), 1);
}

#[tokio::test]
async fn bombs_are_not_unpacked() {
    let lab = Lab::new();
    let zeros = vec![b'0'; 64 << 20];
    let bomb = pack([("zeros.csv", zeros.as_slice())]);
    assert!(zeros.len() / bomb.len() > 900, "a ratio of a thousand");
    assert!(lab.read(&lab.file("bomb.zip", &bomb)).await.refusal().en.contains("a bomb"));

    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..100_000 {
        zip.start_file(
            format!("{index}.json"),
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        )
        .unwrap();
    }
    let many = zip.finish().unwrap().into_inner();
    assert!(lab.read(&lab.file("many.zip", many)).await.refusal().en.contains("100000 entries"));

    // Says that it is small, and is not.
    let mut liar = pack([("liar.csv", &zeros[..3 << 20])]);
    let size = (3u32 << 20).to_le_bytes();
    for at in 0..liar.len() - 4 {
        if liar[at..].starts_with(&size) {
            liar[at..at + 4].copy_from_slice(&1_000u32.to_le_bytes());
        }
    }
    lab.read(&lab.file("liar.zip", liar)).await.refusal();
}

#[tokio::test]
async fn archives_within_archives_are_refused() {
    let lab = Lab::new();
    let mut nested = pack([("point.json", POINT)]);
    for depth in 1..=10 {
        let name = if depth % 2 == 0 { "inner.zip" } else { "inner.json" };
        nested = pack([(name, nested.as_slice())]);
        let answer = lab.read(&lab.file("nested.zip", &nested)).await;
        assert!(answer.refusal().en.contains("archive within an archive"), "{depth}: {answer:?}");
    }
}

#[tokio::test]
async fn entries_that_share_their_bytes_are_refused() {
    let lab = Lab::new();
    // Two entries of the directory that point to the first one's data, as quines and overlapping bombs do.
    let plain = pack([("a.json", POINT), ("b.json", POINT)]);
    assert_eq!(lab.read(&lab.file("plain.zip", &plain)).await.refusal().code, "layers");
    let mut shared = plain.clone();
    let directory = shared.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    shared[directory + 42..directory + 46].copy_from_slice(&0u32.to_le_bytes());
    assert_eq!(lab.read(&lab.file("shared.zip", shared)).await.refusal().code, "archive");
    // Its only entry is the archive itself, stored: header, then the directory as its content.
    let mut quine = pack([("q.json", POINT)]);
    let data = quine.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    quine[data + 42..data + 46].copy_from_slice(&u32::try_from(data).unwrap().to_le_bytes());
    assert_eq!(lab.read(&lab.file("quine.zip", quine)).await.refusal().code, "archive");
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    let lab = Lab::new();
    let plain = pack([("abcdefghi.json", POINT)]);
    for name in [
        "../../../x.json",
        "/etc/passwd.js",
        "a/../../.b.json",
        "..\\..\\..\\c.json",
        "C:\\x\\y\\z.json",
        "c:abcdefg.json",
        "nul.abcde.json",
        "aa/COM1.a.json",
        "ab\ncdefgh.json",
        "./bcdefgh.json",
        "a//bcdefg.json",
    ] {
        let padded = format!("{name:x<14}");
        let zip = renamed(&plain, b"abcdefghi.json", &padded.as_bytes()[..14]);
        let answer = lab.read(&lab.file("names.zip", zip)).await;
        let words = ["leads out", "device"];
        assert!(words.iter().any(|word| answer.refusal().en.contains(word)), "{name}: {answer:?}");
    }
    let latin = renamed(&plain, b"abcdefghi.json", b"abcdefg\xf1a.json");
    assert!(lab.read(&lab.file("latin.zip", latin)).await.refusal().en.contains("UTF-8"));
    let two = pack([("abcdefghi.json", POINT), ("Abcdefghi.json", POINT)]);
    assert!(lab.read(&lab.file("case.zip", &two)).await.refusal().en.contains("case"));
    let same = renamed(&two, b"Abcdefghi.json", b"abcdefghi.json");
    assert!(lab.read(&lab.file("same.zip", same)).await.refusal().en.contains("same name"));
    assert!(!lab.folder.path().join("x.json").exists());
}

#[tokio::test]
async fn links_are_refused() {
    let lab = Lab::new();
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.add_symlink("secret.csv", lab.secret().to_str().unwrap(), deflated()).unwrap();
    let link = zip.finish().unwrap().into_inner();
    assert!(lab.read(&lab.file("link.zip", link)).await.refusal().en.contains("a link"));
    let mut folder = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    folder.add_symlink("a", lab.folder.path().to_str().unwrap(), deflated()).unwrap();
    folder.start_file("a/secret.csv", deflated()).unwrap();
    let folder = folder.finish().unwrap().into_inner();
    assert!(lab.read(&lab.file("folder.zip", folder)).await.refusal().en.contains("a link"));
    // PKWARE's record of a hard link: times, owner, group, then the target.
    let record = [&[0; 12], lab.secret().to_str().unwrap().as_bytes()].concat();
    let hard = with_extra(&pack([("secret.csv", POINT)]), 0x000d, &record);
    assert!(lab.read(&lab.file("hard.zip", hard)).await.refusal().en.contains("a link"));
    // A device, by its mode.
    let mut device = pack([("null.csv", POINT)]);
    let directory = device.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    device[directory + 5] = 3;
    device[directory + 38..directory + 42].copy_from_slice(&(0o020_644u32 << 16).to_le_bytes());
    assert!(lab.read(&lab.file("device.zip", device)).await.refusal().en.contains("a link"));
}
