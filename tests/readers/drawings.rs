//! Drawings: what is in them, and the lots that their lines go round.

use std::fmt::Write;

use predio::spatial::reader::Drawing;

use super::*;

/// A drawing made of group codes and values.
struct Dxf(String);

impl Dxf {
    fn new() -> Self {
        Self("0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n".to_owned())
    }

    fn line(mut self, layer: &str, from: (f64, f64), to: (f64, f64)) -> Self {
        let ((x, y), (u, v)) = (from, to);
        write!(self.0, "0\nLINE\n8\n{layer}\n10\n{x}\n20\n{y}\n11\n{u}\n21\n{v}\n").unwrap();
        self
    }

    fn text(mut self, layer: &str, text: &str, (x, y): (f64, f64)) -> Self {
        write!(self.0, "0\nTEXT\n8\n{layer}\n10\n{x}\n20\n{y}\n40\n1\n1\n{text}\n").unwrap();
        self
    }

    /// A closed line; a bulge belongs to the side that begins at its place.
    fn closed(mut self, layer: &str, places: &[(f64, f64, f64)]) -> Self {
        write!(self.0, "0\nLWPOLYLINE\n8\n{layer}\n90\n{}\n70\n1\n", places.len()).unwrap();
        for (x, y, bulge) in places {
            write!(self.0, "10\n{x}\n20\n{y}\n42\n{bulge}\n").unwrap();
        }
        self
    }

    fn done(self) -> String {
        self.0 + "0\nENDSEC\n0\nEOF\n"
    }
}

fn area(record: &Record) -> f64 {
    rings(record).iter().map(|ring| shoelace(ring)).sum()
}

fn shoelace(ring: &[(f64, f64)]) -> f64 {
    let (x0, y0) = ring[0];
    ring.windows(2).map(|p| (p[0].0 - x0) * (p[1].1 - y0) - (p[1].0 - x0) * (p[0].1 - y0)).sum::<f64>() / 2.0
}

fn rings(record: &Record) -> Vec<Vec<(f64, f64)>> {
    let integer = |at: usize| u32::from_le_bytes(record.wkb[at..at + 4].try_into().unwrap()) as usize;
    let real = |at: usize| f64::from_le_bytes(record.wkb[at..at + 8].try_into().unwrap());
    let mut at = 9;
    let mut rings = Vec::new();
    for _ in 0..integer(5) {
        let count = integer(at);
        rings.push((0..count).map(|n| (real(at + 4 + n * 16), real(at + 12 + n * 16))).collect());
        at += 4 + count * 16;
    }
    rings
}

fn lots() -> Wanted {
    of_layer(Some("lots"))
}

fn lots_of(drawing: Drawing) -> Wanted {
    Wanted { drawing, ..lots() }
}

#[tokio::test]
async fn open_lines_with_gaps_become_lots_with_their_texts() {
    let drawing = Dxf::new()
        .line("LOTES", (0.0, 0.0), (20.0, 0.0))
        .line("LOTES", (20.004, 0.003), (20.0, 10.0))
        .line("LOTES", (20.0, 10.0), (0.0, 10.0))
        .line("LOTES", (0.0, 10.0), (0.0, 0.0))
        // Stops 6 mm short of one side and runs 6 mm beyond the other.
        .line("LOTES", (8.0, 0.006), (8.0, 10.006))
        .line("LOTES", (30.0, 0.0), (31.0, 0.0))
        .line("LOTES", (5.0, 5.0), (5.0, 5.0))
        .line("COTAS", (4.0, 0.0), (4.0, 10.0))
        .text("TEXTO", "Lt. 1", (2.0, 5.0))
        .text("TEXTO", "Lt. 2", (12.0, 5.0))
        .text("TEXTO", "120 m2", (12.0, 3.0))
        .text("TEXTO", "Calle", (12.0, -5.0))
        .text("COTAS", "8.00", (4.0, 1.0))
        .done();
    let wanted = lots_of(Drawing {
        boundaries: vec!["LOTES".into()],
        labels: vec!["TEXTO".into()],
        ..Drawing::default()
    });
    let answer = read_with("plano.dxf", &drawing, &wanted).await;
    assert_eq!(answer.records.len(), 2, "{answer:?}");
    let first = find(&answer, "label", "Lt. 1");
    let second = find(&answer, "label", "Lt. 2 / 120 m2");
    assert!((area(first) - 80.0).abs() < 0.1 && (area(second) - 120.0).abs() < 0.1);
    assert_eq!(second.notes[0].code, "several_labels");
    assert!(
        note(&answer, "dangling_lines").starts_with("1 lines end"),
        "{}",
        note(&answer, "dangling_lines")
    );
    assert!(note(&answer, "degenerate_lines").starts_with("1 entities have lines without length (1)"));
    assert!(note(&answer, "labels_outside").starts_with("1 texts"));
    assert!(note(&answer, "ends_joined").starts_with("3 ends"), "{}", note(&answer, "ends_joined"));
    // All layers count where none is named.
    assert_eq!(read_with("plano.dxf", &drawing, &lots()).await.records.len(), 3);
    // A gap that is not to be closed stays open.
    let strict = lots_of(Drawing { join: Some(0.001), ..wanted.drawing.clone() });
    assert!(read_with("plano.dxf", &drawing, &strict).await.records.is_empty());
    let none = lots_of(Drawing { join: Some(0.0), ..Drawing::default() });
    assert!(read_with("plano.dxf", &drawing, &none).await.refusal().en.contains("larger than zero"));
    let misspelt = lots_of(Drawing { boundaries: vec!["LOTE".into()], ..wanted.drawing });
    assert!(read_with("plano.dxf", &drawing, &misspelt).await.refusal().en.contains("'LOTE'"));
    // As it is, where nothing else is asked.
    let plain = read("plano.dxf", &drawing, None).await;
    assert_eq!((plain.records.len(), plain.header.unwrap().layer.as_str()), (13, "entities"));
}

#[tokio::test]
async fn bulges_and_circles_are_round_within_a_millimetre() {
    // A half circle of radius 10 on a square's side, and a hole drawn as a ring.
    let drawing = Dxf::new()
        .closed("L", &[(0.0, 0.0, 0.0), (20.0, 0.0, 1.0), (20.0, 20.0, 0.0), (0.0, 20.0, 0.0)])
        .closed("L", &[(5.0, 5.0, 1.0), (7.0, 5.0, 1.0)])
        .done();
    let answer = read_with("round.dxf", &drawing, &lots()).await;
    assert_eq!(answer.records.len(), 2, "{answer:?}");
    let mut areas: Vec<f64> = answer.records.iter().map(area).collect();
    areas.sort_by(f64::total_cmp);
    let pi = std::f64::consts::PI;
    assert!((areas[0] - pi).abs() < 0.01, "{areas:?}");
    assert!((areas[1] - (400.0 + 50.0 * pi - pi)).abs() < 0.05, "{areas:?}");
    for record in &answer.records {
        for ring in rings(record) {
            assert!(stray(&ring, (20.0, 10.0), 10.0) < 0.001 && stray(&ring, (6.0, 5.0), 1.0) < 0.001);
        }
    }
}

/// How far chords between places of this circle are from it.
fn stray(ring: &[(f64, f64)], (x, y): (f64, f64), radius: f64) -> f64 {
    let off = |(u, v): (f64, f64)| ((u - x).hypot(v - y) - radius).abs();
    let chords = ring.windows(2).filter(|pair| {
        let length = (pair[0].0 - pair[1].0).hypot(pair[0].1 - pair[1].1);
        off(pair[0]) < 1e-6 && off(pair[1]) < 1e-6 && length < radius
    });
    let middle =
        |pair: &[(f64, f64)]| (f64::midpoint(pair[0].0, pair[1].0), f64::midpoint(pair[0].1, pair[1].1));
    chords.map(|pair| off(middle(pair))).fold(0.0, f64::max)
}

#[tokio::test]
async fn a_loop_of_lines_and_arcs_is_closed() {
    let Some(file) = shared("dxf/closed_loop_with_arcs.dxf") else { return };
    let answer = Answer::with(&file, &lots()).await;
    // The loop crosses itself once.
    assert_eq!(answer.records.len(), 2, "{answer:?}");
    assert_eq!(note(&answer, "dangling_lines"), "");
    let rings: Vec<_> = answer.records.iter().flat_map(rings).collect();
    let text = std::fs::read_to_string(&file).unwrap();
    let arcs = arcs(&text);
    assert_eq!(arcs.len(), 2);
    for (centre, radius) in arcs {
        let off = |place: &(f64, f64)| ((place.0 - centre.0).hypot(place.1 - centre.1) - radius).abs();
        let on = rings.iter().flatten().filter(|place| off(place) < 1e-6).count();
        assert!(on > 20, "the arc of radius {radius} has {on} places");
        assert!(rings.iter().all(|ring| stray(ring, centre, radius) < 0.001));
    }
}

/// Centre and radius of each arc, as the file has them.
fn arcs(text: &str) -> Vec<((f64, f64), f64)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut arcs = Vec::new();
    for at in (0..lines.len() - 1).step_by(2) {
        if (lines[at], lines[at + 1]) == ("0", "ARC") {
            let number = |code: &str| {
                let mut pairs = lines[at + 2..].chunks_exact(2);
                pairs.find(|pair| pair[0] == code).unwrap()[1].parse::<f64>().unwrap()
            };
            arcs.push(((number("10"), number("20")), number("40")));
        }
    }
    arcs
}

#[tokio::test]
async fn a_hatch_is_a_lot() {
    let Some(file) = shared("dxf/parcel_hatch_25830.dxf") else { return };
    let answer = Answer::with(&file, &lots()).await;
    assert_eq!(answer.records.len(), 1);
    assert_eq!(*value(&answer, &answer.records[0], "made_of"), Value::Text("hatch".into()));
    let size = area(&answer.records[0]).abs();
    assert!((size - 7_047.0).abs() < 1.0, "{size}");
}

#[tokio::test]
async fn a_drawing_that_carries_its_system_tells_it() {
    let Some(file) = shared("dxf/embedded_crs_27700.dxf") else { return };
    for layer in ["entities", "lots"] {
        let answer = Answer::of(&file, Some(layer)).await;
        let crs = answer.header.unwrap().crs.unwrap();
        assert_eq!(crs.authority, Some(("EPSG".to_owned(), 27700)), "{layer}");
    }
}

#[tokio::test]
async fn an_official_survey_tells_what_is_in_its_layers() {
    let Some(file) = shared("dxf/official_survey_lv95.dxf") else { return };
    let answer = Answer::of(&file, Some("layers")).await;
    let number = |layer: &str, field: &str| match value(&answer, find(&answer, "layer", layer), field) {
        Value::Integer(number) => *number,
        other => panic!("{other:?}"),
    };
    let total: i64 = counts(&answer, "layer").keys().map(|layer| number(layer, "entities")).sum();
    assert_eq!(total, 947);
    assert_eq!((number("35__01219", "texts"), number("102__DAV-BESCHRIFTUNG", "texts")), (51, 5));
    assert_eq!((number("40__01653", "blocks"), number("40__01653", "entities")), (117, 117));
    assert_eq!((number("29__01211", "blocks"), number("29__01211", "lines")), (11, 39));
    let said = note(&answer, "degenerate_lines");
    assert!(said.starts_with("160 entities have lines without length (1194)"), "{said}");
    // Buildings and their numbers.
    let buildings = lots_of(Drawing {
        boundaries: vec!["29__01211".into()],
        labels: vec!["35__01219".into()],
        ..Drawing::default()
    });
    let answer = Answer::with(&file, &buildings).await;
    assert_eq!(answer.records.len(), 39, "as many as closed lines");
    assert_eq!(counts(&answer, "label").values().sum::<usize>(), 32);
    assert!(note(&answer, "labels_outside").starts_with("16 texts"));
    assert!(note(&answer, "blocks_left_out").starts_with("11 blocks"));
    let hexagon = find(&answer, "label", "269");
    assert!((area(hexagon) - 394.12).abs() < 0.01);
}
