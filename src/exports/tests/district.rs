use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};

use super::*;
use crate::exports::district;
use crate::exports::upkeep::make_downloads;
use crate::http::negotiate::Language;

const UBIGEO: &str = "150203";

fn day() -> NaiveDate {
    "2026-06-30".parse().unwrap()
}

async fn bytes(app: &App, day: NaiveDate) -> Vec<u8> {
    let made = district::write(app, UBIGEO, day, Language::Es).await.unwrap();
    std::fs::read(&made.file.written.path).unwrap()
}

#[tokio::test]
async fn the_same_state_makes_the_same_bytes() {
    let service = Service::open().await;
    let first = bytes(&service.app, day()).await;
    // Past every time that anything would be stamped with.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let again = bytes(&app_on(&service.test, testing::settings()).await, day()).await;
    let differs = first.iter().zip(&again).position(|(a, b)| a != b);
    assert!(first == again, "{} and {} bytes differ from byte {differs:?}", first.len(), again.len());
    assert!(bytes(&service.app, day() + Days::new(1)).await != first, "the date is in it");
    service
        .sql(
            "begin; set local predio.reason = 'prueba';
             update land.street set name = name || ' x' where id = (select min(id) from land.street); commit",
        )
        .await;
    assert!(bytes(&service.app, day()).await != first, "a changed name makes other bytes");
}

#[tokio::test]
async fn it_holds_every_public_layer_of_the_district_and_nothing_else() {
    let service = Service::open().await;
    let made = district::write(&service.app, UBIGEO, day(), Language::Es).await.unwrap();
    let path = &made.file.written.path;
    let current = service.app.source.catalogue.current().await.unwrap();
    let mut total = 0;
    for layer in current.served() {
        if layer.property("ubigeo").is_none() {
            assert!(!made.layers.contains(&layer.name), "{}", layer.name);
            continue;
        }
        assert!(made.layers.contains(&layer.name), "{} is left out", layer.name);
        let query = format!("{}/items?ubigeo={UBIGEO}&datetime={}", layer.name, day());
        let expected = service.matched(&query).await;
        assert_eq!(rows_of(path, &layer.name), expected, "{}", layer.name);
        total += expected;
    }
    assert!(total > 1_000);
    assert_eq!(made.file.written.rows, u64::try_from(total).unwrap());
    let described = csv(path, "select description from gpkg_contents where data_type <> 'attributes'");
    assert!(described.lines().skip(1).all(|line| line.contains("DATOS FICTICIOS")), "{described}");
    for staff in ["zone_drafts", "fabric_findings"] {
        assert!(!made.layers.iter().any(|layer| layer == staff), "{staff}");
    }
    let missing = district::write(&service.app, "999999", day(), Language::Es).await;
    assert!(matches!(missing, Err(crate::problem::Error::NotFound(_))));
}

#[tokio::test]
async fn it_is_made_once_a_day_shown_and_kept_for_some_days() {
    let service = Service::with(Settings { district_days: 2, ..testing::settings() }).await;
    let empty = service.get(&format!("/descargas/{UBIGEO}?f=html")).await;
    assert!(empty.text().contains("predio export --district 150203"), "{}", empty.text());
    assert_eq!(make_downloads(&service.app, day()).await.unwrap(), 1);
    assert_eq!(make_downloads(&service.app, day()).await.unwrap(), 0);
    let page = service.get(&format!("/descargas/{UBIGEO}?f=html")).await;
    let told = service.get(&format!("/descargas/{UBIGEO}?f=json")).await.json();
    let download = &told["downloads"][0];
    let (href, sum) = (download["href"].as_str().unwrap(), download["sha256"].as_str().unwrap());
    for said in [href, sum, "DATOS FICTICIOS", &day().to_string(), &download["bytes"].to_string()] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains("<script"));
    let file = service.get(&format!("/descargas/{UBIGEO}/{}.gpkg", day())).await;
    assert_eq!(hex::encode(Sha256::digest(&file.body)), sum);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"150203-2026-06-30.gpkg\"");
    let listed = service.get(&format!("/descargas/{UBIGEO}/{}.sha256", day())).await;
    assert_eq!(listed.text(), format!("{sum}  150203-2026-06-30.gpkg\n"));
    assert!(service.get("/descargas").await.text().contains("/descargas/150203"));
    for nothing in [
        "/descargas/999999",
        "/descargas/150203/2020-01-01.gpkg",
        "/descargas/150203/x",
        "/descargas/150203/2026-06-30.zip",
    ] {
        assert_eq!(service.get(nothing).await.status, 404, "{nothing}");
    }
    for later in 1..=2 {
        make_downloads(&service.app, day() + Days::new(later)).await.unwrap();
    }
    let told = service.get(&format!("/descargas/{UBIGEO}?f=json")).await.json();
    let days: Vec<&str> =
        told["downloads"].as_array().unwrap().iter().map(|one| one["date"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-07-02", "2026-07-01"]);
    assert_eq!(service.number("select count(*) from service.kept_file").await, 2);
}

#[tokio::test]
async fn two_processes_make_it_once_and_none_is_made_where_none_is_wanted() {
    let service = Service::open().await;
    let other = app_on(&service.test, testing::settings()).await;
    let (one, two) = tokio::join!(make_downloads(&service.app, day()), make_downloads(&other, day()));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let none = app_on(&service.test, Settings { district_days: 0, ..testing::settings() }).await;
    assert_eq!(make_downloads(&none, day()).await.unwrap(), 0);
    assert_eq!(service.number("select count(*) from service.district_download").await, 0);
}
