//! What goes out of one district comes into another, empty one, and goes out alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicU64;

use sqlx::Connection;

use super::*;
use crate::deliveries::import;
use crate::deliveries::model::About;
use crate::deliveries::targets;
use crate::exports::{self, FileFormat};
use crate::http::negotiate::Language;
use crate::http::parameters::Parameters;
use crate::layers::features::UNLIMITED;
use crate::ogc::query;

const UBIGEO: &str = "150203";
const UTM: &str = "http://www.opengis.net/def/crs/EPSG/0/32718";

/// A layer, those of its features that are sound, in the order in which one needs another.
const LAYERS: [(&str, &str); 6] = [
    ("sectors", "code is not null"),
    ("blocks", "code is not null"),
    ("streets", "id > 0"),
    ("water_mains", "id > 0"),
    ("water_assets", "id > 0"),
    ("parcels", "fabric_state = 'agreed'"),
];

fn offices() -> [Actor; 2] {
    [Audience::Surveyor, Audience::Planner].map(|office| Actor::inside("predio import", office, ""))
}

async fn app(test: &TestDatabase) -> App {
    App::new(testing::settings(), test.database.clone()).await.unwrap().with_reader(&program())
}

/// The layer as a GeoPackage in `folder`.
async fn export(app: &App, (layer, filter): (&str, &str), folder: &Path) -> PathBuf {
    let source = &app.source;
    let layer = source.catalogue.layer(layer).await.unwrap();
    let parameters = [("crs", UTM), ("filter", filter)].map(|(name, value)| (name.into(), value.into()));
    let request = query::items(&layer, &mut Parameters::of(parameters.into()), UNLIMITED).unwrap().request;
    let reader = exports::Reader { source, language: Language::Es, base: "" };
    let sheet = exports::sheet(reader, &layer, &request, FileFormat::GeoPackage).await.unwrap();
    let file = exports::write(&app.reader, source, &[sheet], &AtomicU64::new(0)).await.unwrap();
    let path = folder.join(format!("{}.gpkg", layer.name));
    std::fs::copy(&file.written.path, &path).unwrap();
    path
}

/// The bytes of each shape with the properties that the door takes.
async fn content(app: &App, layer: &str, path: &Path) -> BTreeMap<String, String> {
    let actor = &offices()[usize::from(layer.starts_with("water"))];
    let target = targets::of(app, actor, layer).await.unwrap();
    let taken: Vec<String> =
        targets::properties(&target.layer).iter().map(|one| format!("\"{}\"", one.name)).collect();
    assert!(!taken.is_empty());
    let sql = format!("select hex(geom) as shape, {} from \"{layer}\"", taken.join(", "));
    let arguments = ["-f", "CSV", "/vsistdout/", path.to_str().unwrap(), "-sql", &sql];
    let done = Command::new("ogr2ogr").args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    let lines = text.lines().skip(1).map(|line| line.split_once(',').unwrap());
    let found: BTreeMap<String, String> =
        lines.clone().map(|(shape, row)| (shape.into(), row.into())).collect();
    assert_eq!(found.len(), lines.count(), "two features of {layer} have one shape");
    found
}

/// What a municipality knows before its first delivery: its outline and the places in it.
async fn prepare(from: &TestDatabase, to: &TestDatabase) {
    let (mut from, mut to) = (from.owner().await, to.owner().await);
    let mut transaction = to.begin().await.unwrap();
    transaction.execute("set local predio.reason = 'distrito nuevo'").await.unwrap();
    let outline: Vec<u8> = sqlx::query_scalar("select st_asewkb(geom) from land.district where ubigeo = $1")
        .bind(UBIGEO)
        .fetch_one(&mut from)
        .await
        .unwrap();
    sqlx::query(
        "insert into land.district (ubigeo, name, province, department, source, valid, geom)
         values ($1, 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)', st_geomfromewkb($2))",
    )
    .bind(UBIGEO)
    .bind(outline)
    .execute(&mut *transaction)
    .await
    .unwrap();
    let places: Vec<(String, String, String)> =
        sqlx::query_as("select code, name, kind from land.settlement where ubigeo = $1")
            .bind(UBIGEO)
            .fetch_all(&mut from)
            .await
            .unwrap();
    for (code, name, kind) in places {
        sqlx::query(
            "insert into land.settlement (ubigeo, code, name, kind, source) values ($1, $2, $3, $4, 'test')",
        )
        .bind(UBIGEO)
        .bind(code)
        .bind(name)
        .bind(kind)
        .execute(&mut *transaction)
        .await
        .unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn bring_in(app: &App, layer: &str, file: &Path) -> i64 {
    let about = About {
        ubigeo: UBIGEO.to_owned(),
        target: layer.to_owned(),
        sender: "Municipalidad vecina".to_owned(),
        ..About::default()
    };
    let id = import::record(app, &offices(), about, file).await.unwrap();
    import::work(app, id, file).await;
    let outcome = import::conclude(app, &offices(), id, true).await.unwrap();
    assert_eq!(outcome.delivery.rejected_count, Some(0), "{layer}: {}", outcome.in_words());
    outcome.entered.unwrap_or_else(|| panic!("{layer}: {}", outcome.in_words()))
}

#[tokio::test]
async fn what_is_exported_imported_and_exported_again_is_the_same() {
    let (old, new) = (testing::demo_database().await, testing::database().await);
    prepare(&old, &new).await;
    let (old, new) = (app(&old).await, app(&new).await);
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    for path in [&before, &after] {
        std::fs::create_dir(path).unwrap();
    }
    for (layer, filter) in LAYERS {
        let first = export(&old, (layer, filter), &before).await;
        let expected = content(&old, layer, &first).await;
        assert!(!expected.is_empty(), "{layer} is empty");
        let entered = bring_in(&new, layer, &first).await;
        assert_eq!(usize::try_from(entered).unwrap(), expected.len(), "{layer}");
        let again = export(&new, (layer, "id > 0"), &after).await;
        let found = content(&new, layer, &again).await;
        assert_eq!(found.len(), expected.len(), "{layer}");
        for (shape, row) in &expected {
            let other = found.get(shape);
            assert_eq!(other, Some(row), "{layer}: {shape}");
        }
    }
}
