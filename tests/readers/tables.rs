//! Workbooks and text tables with positions in columns.

use std::path::Path;

use gdal::DriverManager;
use gdal::vector::{Feature, FieldValue, LayerAccess, LayerOptions, OGRFieldType};

use super::*;

/// A sheet's name, columns and rows.
type Sheet<'a> = (&'a str, &'a [&'a str], &'a [&'a [&'a str]]);

/// A workbook with these sheets.
fn workbook(file: &Path, sheets: &[Sheet<'_>]) {
    let driver = DriverManager::get_driver_by_name("XLSX").unwrap();
    let mut dataset = driver.create_vector_only(file).unwrap();
    for (name, columns, rows) in sheets {
        let layer = dataset.create_layer(LayerOptions { name, ..LayerOptions::default() }).unwrap();
        let fields: Vec<_> = columns.iter().map(|column| (*column, OGRFieldType::OFTString)).collect();
        layer.create_defn_fields(&fields).unwrap();
        for row in *rows {
            let mut feature = Feature::new(layer.defn()).unwrap();
            for (at, cell) in row.iter().enumerate() {
                feature.set_field(at, &FieldValue::StringValue((*cell).to_owned())).unwrap();
            }
            feature.create(&layer).unwrap();
        }
    }
}

#[tokio::test]
async fn a_workbook_has_its_positions_in_columns() {
    let folder = tempfile::tempdir().unwrap();
    // Its name does not count.
    let file = folder.path().join("padron.zip");
    let rows: &[&[&str]] =
        &[&["001", "195887.287", "8815820.772"], &["002", "195900,5", "8815830"], &["003", "?", "8815830"]];
    workbook(&folder.path().join("padron.xlsx"), &[("lotes", &["codigo", "Este", "Norte"], rows)]);
    std::fs::rename(folder.path().join("padron.xlsx"), &file).unwrap();
    let answer = Answer::of(&file, None).await;
    assert_eq!(answer.header.as_ref().unwrap().driver, "XLSX", "{answer:?}");
    let first = find(&answer, "codigo", "001");
    assert_eq!(flat(first).bounds, Some([195_887.287, 8_815_820.772, 195_887.287, 8_815_820.772]));
    assert_eq!(
        flat(find(&answer, "codigo", "002")).bounds,
        Some([195_900.5, 8_815_830.0, 195_900.5, 8_815_830.0])
    );
    let third = find(&answer, "codigo", "003");
    assert!(third.wkb.is_empty());
    assert_eq!(third.notes[0].code, "no_position");
}

#[tokio::test]
async fn sheets_are_layers_and_wkt_is_a_shape() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.xlsx");
    let shapes: &[&[&str]] = &[&["a", "LINESTRING(0 0,1 1)"], &["b", "nothing"]];
    workbook(&file, &[("first", &["x"], &[&["1"]]), ("second", &["name", "wkt"], shapes)]);
    let refused = Answer::of(&file, None).await;
    assert!(refused.refusal().en.contains("first, second"), "{refused:?}");
    let answer = Answer::of(&file, Some("second")).await;
    assert_eq!(flat(find(&answer, "name", "a")).positions, 2);
    assert_eq!(find(&answer, "name", "b").notes[0].en, "«nothing» is no position");
}

#[tokio::test]
async fn a_text_table_needs_no_name() {
    let text = "código;longitud;latitud\n0150;-77.7;-10.5\n0151;-77.8;-10.6\n";
    for name in ["tabla.csv", "tabla.txt"] {
        let answer = read(name, text, None).await;
        assert_eq!(
            flat(find(&answer, "código", "0150")).bounds,
            Some([-77.7, -10.5, -77.7, -10.5]),
            "{name}"
        );
    }
}
