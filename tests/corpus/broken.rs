//! Every format that GDAL writes, cut off and with flipped bits.

use gdal::spatial_ref::SpatialRef;
use gdal::vector::{
    Feature, FieldValue, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gdal::{DriverManager, spatial_ref};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Driver, ending, and the part of several files that is damaged.
const FORMATS: [(&str, &str, &str); 14] = [
    ("GPKG", "gpkg", "gpkg"),
    ("ESRI Shapefile", "shp", "shp"),
    ("ESRI Shapefile", "shp", "dbf"),
    ("ESRI Shapefile", "shp", "shx"),
    ("GeoJSON", "geojson", "geojson"),
    ("GeoJSONSeq", "geojsonl", "geojsonl"),
    ("FlatGeobuf", "fgb", "fgb"),
    ("KML", "kml", "kml"),
    ("GML", "gml", "gml"),
    ("GPX", "gpx", "gpx"),
    ("DXF", "dxf", "dxf"),
    ("MapInfo File", "tab", "map"),
    ("MapInfo File", "mif", "mif"),
    ("CSV", "csv", "csv"),
];
pub const FEATURES: u32 = 40;

pub fn write(driver: &str, file: &Path) {
    let mut dataset = DriverManager::get_driver_by_name(driver).unwrap().create_vector_only(file).unwrap();
    let mut system = SpatialRef::from_epsg(4326).unwrap();
    system.set_axis_mapping_strategy(spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
    let points = matches!(driver, "GPX" | "CSV" | "XLSX");
    let options: Option<&[&str]> = (driver == "CSV").then_some(&["GEOMETRY=AS_WKT"]);
    let name = if driver == "GPX" { "waypoints" } else { "lots" };
    let ty = if points { OGRwkbGeometryType::wkbPoint } else { OGRwkbGeometryType::wkbPolygon };
    let layer = dataset.create_layer(LayerOptions { name, srs: Some(&system), ty, options }).unwrap();
    let attributes = !matches!(driver, "GPX" | "DXF");
    if attributes {
        layer
            .create_defn_fields(&[("name", OGRFieldType::OFTString), ("size", OGRFieldType::OFTReal)])
            .unwrap();
    }
    for index in 0..FEATURES {
        let (x, y) = (f64::from(index % 8), f64::from(index / 8));
        let mut feature = Feature::new(layer.defn()).unwrap();
        let wkt = if points {
            format!("POINT({x} {y})")
        } else {
            format!("POLYGON(({x} {y},{x} {0},{1} {0},{1} {y},{x} {y}))", y + 0.9, x + 0.9)
        };
        if driver != "XLSX" {
            feature.set_geometry(Geometry::from_wkt(&wkt).unwrap()).unwrap();
        }
        if attributes {
            feature.set_field(0, &FieldValue::StringValue(format!("Ñandú {index}"))).unwrap();
            feature.set_field(1, &FieldValue::RealValue(x)).unwrap();
        }
        feature.create(&layer).unwrap();
    }
}

/// One kind of damage, chosen by the dice.
fn damage(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    match dice.random_range(0..4) {
        0 => bytes.truncate(dice.random_range(0..bytes.len())),
        1 => {
            // Headers are short, and the most is asked of them.
            let end = bytes.len().min(200);
            for _ in 0..dice.random_range(1..6) {
                bytes[dice.random_range(0..end)] = dice.random();
            }
        }
        _ => {
            for _ in 0..dice.random_range(1..30) {
                let at = dice.random_range(0..bytes.len());
                bytes[at] ^= 1 << dice.random_range(0..8);
            }
        }
    }
}

/// Formats that readers of our own read: an ending, a layer, and a file.
fn own_formats() -> [(&'static str, Option<&'static str>, Vec<u8>); 5] {
    let json_fg = r#"{"type": "FeatureCollection", "coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/32718", "features": [
        {"type": "Feature", "id": 1, "time": {"date": "2024-01-01"}, "geometry": null, "properties": {"name": "Ñandú"},
         "place": {"type": "CurvePolygon", "geometries": [{"type": "CircularString", "coordinates": [[0,0],[1,1],[2,0],[1,-1],[0,0]]}]}}]}"#;
    let epanet = "[TITLE]\n[JUNCTIONS]\nA 10 0\nB 11 0\n[PIPES]\nP A B 100 50 100 0 Open\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\nA 0 0\nB 9 0\n";
    let power = r#"{"_class": "pandapowerNet", "_object": {"bus": {"_object": "{\"columns\":[\"name\",\"geo\"],\"index\":[1],\"data\":[[\"a\",\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,2]}\"]]}"}}}"#;
    let drawing = "0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\nL\n90\n3\n70\n1\n10\n0\n20\n0\n42\n1\n10\n9\n20\n0\n10\n5\n20\n7\n0\nENDSEC\n0\nEOF\n";
    let folder = tempfile::tempdir().unwrap();
    let workbook = folder.path().join("plan.xlsx");
    write("XLSX", &workbook);
    [
        ("json", None, json_fg.into()),
        ("inp", Some("links"), epanet.into()),
        ("json", Some("buses"), power.into()),
        ("dxf", Some("lots"), drawing.into()),
        ("xlsx", None, std::fs::read(workbook).unwrap()),
    ]
}

#[tokio::test]
async fn our_own_readers_survive_damage() {
    let rounds = if long() { 200 } else { 6 };
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    for (ending, layer, bytes) in own_formats() {
        let lab = Lab::new();
        let whole = lab.read_layer(&lab.file(&format!("plan.{ending}"), &bytes), layer).await;
        assert!(!whole.records.is_empty(), "{ending}: {whole:?}");
        let (mut refused, mut read) = (0, 0);
        for _ in 0..rounds {
            let mut copy = bytes.clone();
            damage(&mut copy, &mut dice);
            let answer = lab.read_layer(&lab.file(&format!("plan.{ending}"), copy), layer).await;
            if answer.failure.is_some() { refused += 1 } else { read += 1 }
        }
        println!(".{ending} {layer:?}: {rounds} damaged copies, {refused} refused, {read} read");
        assert_eq!(refused + read, rounds);
    }
}

#[tokio::test]
async fn every_format_survives_being_damaged() {
    let rounds = if long() { 200 } else { 4 };
    let mut dice = ChaCha8Rng::seed_from_u64(6);
    for (driver, ending, damaged) in FORMATS {
        let lab = Lab::new();
        let folder = lab.folder.path().join("uploads");
        let file = folder.join("plan").with_extension(ending);
        write(driver, &file);
        // GPX has five layers, whatever is in them.
        let layer = (driver == "GPX").then_some("waypoints");
        let whole = lab.read_layer(&file, layer).await;
        assert_eq!(whole.records.len(), FEATURES as usize, "{driver}: {whole:?}");
        let part = folder.join("plan").with_extension(damaged);
        let bytes = std::fs::read(&part).unwrap();
        let (mut refused, mut read) = (0, 0);
        for _ in 0..rounds {
            let mut copy = bytes.clone();
            damage(&mut copy, &mut dice);
            std::fs::write(&part, copy).unwrap();
            // What an answer must be is asserted on the way: a whole stream, or a refusal in words.
            let answer = lab.read_layer(&file, layer).await;
            if answer.failure.is_some() { refused += 1 } else { read += 1 }
        }
        println!("{driver} .{damaged}: {rounds} damaged copies, {refused} refused, {read} read");
        assert_eq!(refused + read, rounds);
    }
}
