//! Files: each has the features of the GeoJSON of the same request, read back by GDAL.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use axum::body::Body;
use base64::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{Answer, World, world};
use crate::exports;
use crate::http::negotiate::Language;
use crate::layers::crs::Crs;
use crate::layers::request::Request;
use crate::router::router;

const UTM: &str = "crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F32718";
const QUERY: &str =
    "filter=small%20%3E%202%20and%20geom%20is%20not%20null&sortby=-day&bbox=-78,-11,-77,-10&limit=100000";

/// The program under test: it lies beside the folder of the tests' own programs.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().unwrap().parent().unwrap().join("predio");
    assert!(program.is_file(), "{} is not built: cargo build", program.display());
    program
}

async fn writing_world() -> World {
    let mut world = world().await;
    world.app = world.app.with_reader(&program());
    world.router = router(world.app.clone());
    world
}

/// An answer's file on the disk, its archive unpacked.
fn kept(answer: &Answer, name: &str) -> (TempDir, PathBuf) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, &answer.body).unwrap();
    if path.extension().unwrap() == "zip" {
        zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap().extract(folder.path()).unwrap();
    }
    (folder, path)
}

fn gdal(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The features of a file, as GDAL reads them, positions as they stand.
fn read(path: &Path, layer: &str) -> Vec<Value> {
    let text = gdal(
        "ogr2ogr",
        &[
            "-f",
            "GeoJSONSeq",
            "-a_srs",
            "EPSG:4326",
            "-lco",
            "COORDINATE_PRECISION=12",
            "/vsistdout/",
            path.to_str().unwrap(),
            layer,
        ],
    );
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn points(value: &Value, found: &mut Vec<[f64; 2]>) {
    let Some(parts) = value.as_array() else { return };
    if let [Value::Number(x), Value::Number(y), ..] = &parts[..] {
        found.push([x.as_f64().unwrap(), y.as_f64().unwrap()]);
    } else {
        for part in parts {
            points(part, found);
        }
    }
}

/// Same number of vertices, and each of one has one of the other within `near`.
fn assert_same_shape(one: &Value, other: &Value, near: f64) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    points(&one["coordinates"], &mut a);
    points(&other["coordinates"], &mut b);
    assert_eq!(a.len(), b.len(), "{one} {other}");
    assert!(!a.is_empty());
    for (from, to) in [(&a, &b), (&b, &a)] {
        for [x, y] in from {
            assert!(to.iter().any(|[u, v]| (x - u).hypot(y - v) <= near), "{x} {y} of {one} in {other}");
        }
    }
}

/// How a value comes back from a format that has no type for it.
fn assert_same_value(expected: &Value, found: Option<&Value>, strict: bool, name: &str) {
    let found = match found.unwrap_or(&Value::Null) {
        Value::String(text) if text.starts_with(['[', '{']) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        other => other.clone(),
    };
    if strict {
        let found = found.as_str().map_or(found.clone(), |text| json!(text.replace('/', "-")));
        // GDAL's text of a number ends before its last bit.
        if let (Some(a), Some(b)) = (expected.as_f64(), found.as_f64()) {
            assert!((a - b).abs() <= 1e-15 * a.abs(), "{name}: {a} came back as {b}");
            return;
        }
        assert_eq!(found, *expected, "{name}");
        return;
    }
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let holds = match expected {
        Value::Null => found.is_null() || found == "",
        Value::Bool(truth) => {
            found == json!(truth) || found == json!(u8::from(*truth)) || found == json!(truth.to_string())
        }
        Value::Number(_) => {
            let (a, b) = (number(expected).unwrap(), number(&found).unwrap_or(f64::NAN));
            (a - b).abs() <= 1e-9 * a.abs().max(1.0)
        }
        Value::String(text) => found.as_str().is_some_and(|other| other.replace('/', "-") == *text),
        _ => found == *expected,
    };
    assert!(holds, "{name}: {expected} came back as {found}");
}

fn by_id(features: &[Value], id: &str) -> BTreeMap<String, Value> {
    let key = |feature: &Value| match &feature["properties"][id] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    features.iter().map(|feature| (key(feature), feature.clone())).collect()
}

fn assert_agrees(expected: &[Value], found: &[Value], id: &str, near: f64, strict: bool) {
    assert!(!expected.is_empty());
    assert_eq!(expected.len(), found.len());
    let found = by_id(found, id);
    for feature in expected {
        let key = feature["id"].to_string();
        let other = found.get(&key).unwrap_or_else(|| panic!("{key} is not in the file"));
        let properties: &Map<String, Value> = feature["properties"].as_object().unwrap();
        for (name, value) in properties {
            // KML's own name of a place mark differs in its letters' case only.
            let read = other["properties"].as_object().unwrap();
            let same =
                read.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value);
            assert_same_value(value, same, strict, name);
        }
        assert_same_shape(&feature["geometry"], &other["geometry"], near);
    }
}

async fn features(world: &World, address: &str) -> Vec<Value> {
    world.items(address).await.json()["features"].as_array().unwrap().clone()
}

fn order(features: &[Value]) -> Vec<String> {
    features.iter().map(|feature| feature["properties"]["id"].to_string()).collect()
}

#[tokio::test]
async fn a_geopackage_is_the_collection() {
    let world = writing_world().await;
    let expected = features(&world, &format!("t_lots/items?{QUERY}&{UTM}")).await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&{UTM}&f=gpkg")).await;
    assert_eq!(answer.header("content-type"), "application/geopackage+sqlite3");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"t_lots.gpkg\"");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&answer.body));
    assert_eq!(answer.header("repr-digest"), format!("sha-256=:{digest}:"));
    let (_folder, path) = kept(&answer, "a.gpkg");
    let found = read(&path, "t_lots");
    assert_agrees(&expected, &found, "id", 0.001, true);
    let ids: Vec<String> = expected.iter().map(|feature| feature["id"].to_string()).collect();
    assert_eq!(order(&found), ids, "the order is the request's");
}

#[tokio::test]
async fn a_geopackage_says_what_it_holds() {
    let world = writing_world().await;
    let peru96 = UTM.replace("32718", "5387");
    let answer = world.items(&format!("t_lots/items?limit=5&{peru96}&f=gpkg")).await;
    let (_folder, path) = kept(&answer, "a.gpkg");
    let path = path.to_str().unwrap();
    let ask = |sql: &str| gdal("ogr2ogr", &["-f", "CSV", "/vsistdout/", path, "-sql", sql]);
    assert!(ask("select srs_id from gpkg_contents where table_name = 't_lots'").contains("5387"));
    let title = ask("select title, description from gpkg_data_columns where column_name = 'size'");
    assert!(title.contains("Tamaño") && title.contains("en: Size [m²]"), "{title}");
    let style = ask("select f_table_name, useAsDefault, styleQML from layer_styles");
    assert!(style.contains("t_lots,\"1\"") && style.contains("<qgis"), "{style}");
    assert!(ask("select count(*) as n from rtree_t_lots_geom").contains('5'));
    assert!(ask("select metadata from gpkg_metadata").contains("MD_Metadata"));
    assert!(ask("select type from pragma_table_info('t_lots') where name = 'flag'").contains("BOOLEAN"));
    let summary = gdal("ogrinfo", &["-so", path, "t_lots"]);
    assert!(summary.contains("Peru96") && summary.contains("Feature Count: 5"), "{summary}");
}

#[tokio::test]
async fn a_flatgeobuf_is_the_collection_with_an_index() {
    let world = writing_world().await;
    let expected = features(&world, &format!("t_lots/items?{QUERY}&{UTM}")).await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&{UTM}&f=fgb")).await;
    let (_folder, path) = kept(&answer, "a.fgb");
    assert_agrees(&expected, &read(&path, "t_lots"), "id", 0.001, false);
    let bare = world.items(&format!("t_lots/items?{UTM}&f=fgb")).await;
    assert_eq!(bare.parameter(), "f");
    assert!(bare.text().contains("has no shape"), "{}", bare.text());
}

#[tokio::test]
async fn a_shapefile_is_the_collection_under_short_names() {
    let world = writing_world().await;
    let expected = features(&world, &format!("t_lots/items?{QUERY}&{UTM}")).await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&{UTM}&f=shp")).await;
    assert_eq!(answer.header("content-type"), "application/zip");
    let (folder, _) = kept(&answer, "a.zip");
    let file = |name: &str| {
        let mut text = String::new();
        std::fs::File::open(folder.path().join(name)).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(file("t_lots.cpg").trim(), "UTF-8");
    assert!(file("t_lots.prj").contains("UTM"), "{}", file("t_lots.prj"));
    assert!(file("campos.csv").contains("size,size,Tamaño"), "{}", file("campos.csv"));
    assert_agrees(&expected, &read(&folder.path().join("t_lots.shp"), "t_lots"), "id", 0.001, false);
}

#[tokio::test]
async fn a_kml_is_the_collection_in_degrees() {
    let world = writing_world().await;
    let expected = features(&world, &format!("t_lots/items?{QUERY}")).await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&f=kml")).await;
    let (_folder, path) = kept(&answer, "a.kml");
    assert_agrees(&expected, &read(&path, "t_lots"), "id", 1e-8, false);
    // A layer without a name keeps all its fields too.
    let query = "t_lots/items?properties=small,size,key&limit=20";
    let expected = features(&world, query).await;
    let (_folder, path) = kept(&world.items(&format!("{query}&f=kml")).await, "b.kml");
    assert_agrees(&expected, &read(&path, "t_lots"), "id", 1e-8, false);
    assert_eq!(world.items(&format!("t_lots/items?f=kml&{UTM}")).await.parameter(), "crs");
}

#[tokio::test]
async fn a_drawing_has_closed_polylines_and_texts() {
    let world = writing_world().await;
    let expected = features(&world, &format!("t_lots/items?{QUERY}&{UTM}")).await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&{UTM}&f=dxf")).await;
    let (_folder, path) = kept(&answer, "a.dxf");
    assert!(!answer.text().contains("HATCH"));
    let found = read(&path, "entities");
    let (texts, lines): (Vec<_>, Vec<_>) =
        found.iter().partition(|feature| feature["properties"]["Layer"] == "t_lots_texto");
    let rings: Vec<&Value> = expected
        .iter()
        .flat_map(|feature| feature["geometry"]["coordinates"].as_array().unwrap())
        .flat_map(|polygon| polygon.as_array().unwrap())
        .collect();
    assert_eq!(lines.len(), rings.len());
    for (line, ring) in lines.iter().zip(rings) {
        assert_same_shape(&line["geometry"], &json!({ "coordinates": ring }), 0.001);
    }
    let mut names: Vec<&str> =
        expected.iter().filter_map(|feature| feature["properties"]["name"].as_str()).collect();
    let mut written: Vec<&str> =
        texts.iter().map(|feature| feature["properties"]["Text"].as_str().unwrap()).collect();
    names.sort_unstable();
    written.sort_unstable();
    assert_eq!(written, names);
    assert_eq!(world.items("t_lots/items?f=dxf").await.parameter(), "crs");
}

#[tokio::test]
async fn a_file_honours_date_limit_and_selection() {
    let world = writing_world().await;
    let query = "t_versions/items?datetime=2021-01-01";
    let expected = features(&world, query).await;
    let (_folder, path) = kept(&world.items(&format!("{query}&f=gpkg")).await, "a.gpkg");
    assert_agrees(&expected, &read(&path, "t_versions"), "id", 1e-8, true);
    assert!(expected.len() < features(&world, "t_versions/items?datetime=../..").await.len());
    let short = world.items("t_lots/items?f=gpkg&limit=3&properties=name&skipGeometry=true").await;
    assert!(short.header("link").contains("rel=\"next\""), "{}", short.header("link"));
    let (_folder, path) = kept(&short, "b.gpkg");
    let found = read(&path, "t_lots");
    assert_eq!(found.len(), 3);
    assert_eq!(found[0]["properties"], json!({ "id": 1, "name": "Lote B" }));
    let (_folder, path) = kept(&world.items("t_lots/items?f=gpkg&filter=id%20%3C%200").await, "c.gpkg");
    assert_eq!(read(&path, "t_lots").len(), 0);
}

#[tokio::test]
async fn what_is_not_for_everybody_is_no_file_either() {
    let world = writing_world().await;
    for f in ["gpkg", "fgb", "shp", "kml", "dxf"] {
        assert_eq!(world.items(&format!("t_staff/items?f={f}")).await.status, 404, "{f}");
        assert_eq!(world.items(&format!("bad_not_granted/items?f={f}")).await.status, 404, "{f}");
    }
}

#[tokio::test]
async fn more_than_a_few_files_at_once_have_to_wait() {
    let world = writing_world().await;
    let all = world.app.files.available_permits();
    let taken = world.app.files.clone().acquire_many_owned(u32::try_from(all).unwrap()).await.unwrap();
    let refused = world.items("t_lots/items?f=gpkg").await;
    assert_eq!(refused.status, 503);
    assert!(!refused.header("retry-after").is_empty());
    drop(taken);
    assert_eq!(world.items("t_lots/items?f=gpkg").await.status, 200);
}

#[tokio::test]
async fn nothing_is_left_of_a_file_fetched_or_not() {
    let world = writing_world().await;
    let source = &world.app.source;
    let layer = source.catalogue.layer("t_lots").await.unwrap();
    let mut request = Request::all(chrono::Utc::now().into());
    request.limit = 100;
    request.crs = Crs::crs84();
    let format = exports::FileFormat::GeoPackage;
    for is_fetched in [true, false] {
        let reader = exports::Reader { source, language: Language::Es, base: "http://p" };
        let sheet = exports::sheet(reader, &layer, &request, format).await.unwrap();
        let file = exports::write(&program(), source, &[sheet], &AtomicU64::new(0)).await.unwrap();
        let path = file.written.path.clone();
        assert!(path.is_file() && file.written.rows == 100);
        let permit = world.app.files.clone().acquire_owned().await.unwrap();
        let response = exports::answer(file, permit, "a.gpkg", axum::response::IntoResponse::into_response)
            .await
            .unwrap();
        if is_fetched {
            let body: Body = response.into_body();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            assert!(body.starts_with(b"SQLite format 3"));
        } else {
            drop(response);
        }
        let begun = Instant::now();
        while path.parent().unwrap().exists() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{} stays", path.display());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn the_collection_says_where_its_files_are() {
    let world = writing_world().await;
    let links = |document: &Value| -> Vec<(String, String)> {
        let all = document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == "enclosure");
        all.map(|link| (link["type"].as_str().unwrap().into(), link["href"].as_str().unwrap().into()))
            .collect()
    };
    let of_lots = links(&world.items("t_plain?f=json").await.json());
    assert_eq!(of_lots.len(), exports::OFFERED.len());
    for (mime, href) in &of_lots {
        let answer = world.get(&format!("{href}&filter=geom%20is%20not%20null")).await;
        assert_eq!(answer.status, 200, "{href}: {}", answer.text());
        assert_eq!(answer.header("content-type"), mime);
    }
    let of_list = links(&world.items("t_list?f=json").await.json());
    // Neither KML nor a drawing: it has no shapes.
    assert_eq!(of_list.len(), exports::OFFERED.len() - 2, "{of_list:?}");
    for (_, href) in &of_list {
        assert_eq!(world.get(href).await.status, 200, "{href}");
    }
}

#[tokio::test]
async fn what_goes_out_comes_back_and_goes_out_alike() {
    let world = writing_world().await;
    let answer = world.items(&format!("t_lots/items?{QUERY}&{UTM}&f=gpkg")).await;
    let (_first, path) = kept(&answer, "vuelta.gpkg");
    let args = crate::publish::Args {
        name: "vuelta".to_owned(),
        file: path.clone(),
        audience: crate::publish::Audience::Public,
        repair: false,
        force: true,
        replace: false,
        layer: None,
        srid: None,
        title: None,
        title_en: None,
        description: None,
        drawing: crate::spatial::reader::Drawing::default(),
    };
    crate::publish::run_with(&program(), &args, &world.database.owner_url()).await.unwrap();
    world.app.source.catalogue.forget();
    let (_second, again) = kept(&world.items(&format!("vuelta/items?{UTM}&f=gpkg")).await, "b.gpkg");
    let (before, after) = (read(&path, "t_lots"), read(&again, "vuelta"));
    assert_eq!(before.len(), after.len());
    // The contract's own names make way: `id` and `version` come back as `id_2` and `version_2`.
    let after = by_id(&after, "id_2");
    for feature in &before {
        let other = &after[&feature["properties"]["id"].to_string()];
        for (name, value) in feature["properties"].as_object().unwrap() {
            let renamed =
                if ["id", "version"].contains(&&**name) { format!("{name}_2") } else { name.clone() };
            assert_eq!(&other["properties"][&renamed], value, "{name}");
        }
        assert_same_shape(&feature["geometry"], &other["geometry"], 0.0);
    }
}
