use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::exports::upkeep::look;

const UTM: &str = "http://www.opengis.net/def/crs/EPSG/0/32718";

/// An open export that nobody works on, with an id that its test names.
const OPEN: &str = "
    insert into service.export (id, account, office, format, asked, expires_at)
    values ('00000000-0000-4000-8000-00000000000a', 'luz', 'surveyor', 'gpkg', '{\"layer\": \"parcels\"}', now() + interval '1 hour');
    insert into service.export_progress (export_id) values ('00000000-0000-4000-8000-00000000000a')";
const OPEN_AT: &str = "/api/v1/exports/00000000-0000-4000-8000-00000000000a";

#[tokio::test]
async fn an_export_is_asked_for_followed_and_fetched() {
    let service = Service::open().await;
    let body = json!({ "layer": "parcels", "format": "gpkg", "crs": UTM, "filter": "use = 'vivienda'", "sortby": ["-code"] });
    let answer = service.ask_for(None, &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let at = answer.header("location").to_owned();
    assert_eq!(answer.json()["asked"], body);
    let events = service.get(&format!("{at}/events")).await.text();
    assert!(events.trim_end().split("event: ").last().unwrap().starts_with("end"), "{events}");
    let told = service.rest(None, &at).await;
    assert_eq!(told["state"], "ready", "{told:#}");
    let expected = service.matched("parcels/items?filter=use%20%3D%20%27vivienda%27").await;
    assert!(expected > 0);
    assert_eq!(told["features"], expected);
    let file = service.get(told["file"].as_str().unwrap()).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "application/geopackage+sqlite3");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"parcels.gpkg\"");
    let hash = Sha256::digest(&file.body);
    assert_eq!(told["sha256"], hex::encode(hash));
    assert_eq!(told["bytes"], file.body.len());
    assert_eq!(file.header("repr-digest"), format!("sha-256=:{}:", STANDARD.encode(hash)));
    assert!(file.header("predio-notice").contains("DATOS FICTICIOS"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    std::fs::write(&path, &file.body).unwrap();
    assert_eq!(rows_of(&path, "parcels"), expected);
    let codes = csv(&path, "select code, use from parcels");
    let codes: Vec<&str> = codes.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert!(codes.is_sorted_by(|a, b| a >= b), "the order is the request's");
}

#[tokio::test]
async fn several_layers_go_to_one_geopackage() {
    let service = Service::open().await;
    let layers = ["parcels", "streets", "zones"];
    let (at, told) = service.ready(None, &json!({ "layers": layers, "format": "gpkg", "crs": UTM })).await;
    let file = service.get(&format!("{at}/file")).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"capas.gpkg\"");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    std::fs::write(&path, &file.body).unwrap();
    let mut total = 0;
    for layer in layers {
        let expected = service.matched(&format!("{layer}/items?limit=1")).await;
        assert_eq!(rows_of(&path, layer), expected, "{layer}");
        total += expected;
    }
    assert_eq!(told["features"], total);
    let described = csv(
        &path,
        "select c.table_name, count(distinct d.column_name) as d, count(distinct s.id) as s, count(distinct r.md_file_id) as m
         from gpkg_contents c
         left join gpkg_data_columns d on d.table_name = c.table_name
         left join layer_styles s on s.f_table_name = c.table_name
         left join gpkg_metadata_reference r on r.table_name = c.table_name
         where c.data_type = 'features' group by 1",
    );
    let lines: Vec<Vec<&str>> = described.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 3, "{described}");
    for line in &lines {
        let numbers: Vec<u32> = line[1..].iter().map(|n| n.trim_matches('"').parse().unwrap()).collect();
        assert!(numbers[0] > 3 && numbers[1] >= 1 && numbers[2] == 1, "{described}");
    }
    let one_of_two = json!({ "layers": ["parcels", "streets"], "format": "gpkg", "block": "001" });
    let refused = service.ask_for(None, &one_of_two).await;
    assert_eq!((refused.status.as_u16(), refused.json()["parameter"].as_str()), (400, Some("block")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("streets"), "{}", refused.text());
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke_off_also_at_another_process() {
    let service = Service::open().await;
    let layers = ["parcels", "buildings", "zones", "streets", "corners"];
    let (at, told) = service.ready(None, &json!({ "layers": layers, "format": "gpkg" })).await;
    let at = format!("{at}/file");
    let whole = service.get(&at).await;
    let length = whole.body.len();
    assert!(length > 5 << 18, "{length} bytes are less than a few pieces");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let other = Service {
        router: crate::router::router(app_on(&service.test, testing::settings()).await),
        app: service.app.clone(),
        test: testing::database().await,
    };
    let part = async |range: &str| other.call(None, Method::GET, &at, &[("range", range)], "").await;
    let broken_at = (1 << 20) + 12_345;
    let rest = part(&format!("bytes={broken_at}-")).await;
    assert_eq!(rest.status, 206);
    assert_eq!(rest.header("content-range"), format!("bytes {broken_at}-{}/{length}", length - 1));
    assert_eq!(rest.header("content-length"), (length - broken_at).to_string());
    assert_eq!(rest.header("repr-digest"), whole.header("repr-digest"), "the digest is of the whole");
    assert!([&whole.body[..broken_at], &rest.body].concat() == whole.body);
    let across = part("bytes=1048570-1048585").await;
    assert!(across.body == whole.body[1_048_570..1_048_586]);
    assert!(part("bytes=-100").await.body == whole.body[length - 100..]);
    let after = part(&format!("bytes={length}-")).await;
    assert_eq!((after.status.as_u16(), after.header("content-range")), (416, &*format!("bytes */{length}")));
    let tag = format!("\"{}\"", told["sha256"].as_str().unwrap());
    assert_eq!(whole.header("etag"), tag);
    let known = service.call(None, Method::GET, &at, &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let headers = [("range", "bytes=5-9"), ("if-range", "\"another\"")];
    assert_eq!(service.call(None, Method::GET, &at, &headers, "").await.status, 200);
    let head = service.call(None, Method::HEAD, &at, &[], "").await;
    assert_eq!((head.body.len(), head.header("content-length")), (0, &*length.to_string()));
}

#[tokio::test]
async fn only_who_asked_is_told_and_only_in_an_office_that_is_held() {
    let service = Service::open().await;
    let luz = surveyor("luz");
    let (at, _) =
        service.ready(Some(&luz), &json!({ "layer": "parcels", "format": "gpkg", "limit": 5 })).await;
    let same = service.call(Some(&luz), Method::GET, &format!("{at}/file"), &[], "").await;
    assert_eq!(same.status, 200);
    assert_eq!(same.header("cache-control"), "private, no-cache");
    let moved = Actor::inside("luz", Audience::Planner, "pedido-2");
    for other in [None, Some(&surveyor("ana")), Some(&moved)] {
        for path in [at.clone(), format!("{at}/file"), format!("{at}/events")] {
            let answer = service.call(other, Method::GET, &path, &[], "").await;
            assert_eq!(answer.status, 404, "{path} {other:?}: {}", answer.text());
        }
        assert_eq!(service.call(other, Method::DELETE, &at, &[], "").await.status, 404);
    }
    let (anonymous, _) =
        service.ready(None, &json!({ "layer": "parcels", "format": "kml", "limit": 5 })).await;
    assert_eq!(service.call(Some(&luz), Method::GET, &anonymous, &[], "").await.status, 404);
}

#[tokio::test]
async fn what_is_not_for_everybody_is_no_export_either() {
    let service = Service::open().await;
    let body = json!({ "layer": "zone_drafts", "format": "gpkg" });
    assert_eq!(service.ask_for(None, &body).await.status, 404);
    let planner = Actor::inside("ines", Audience::Planner, "pedido-1");
    service.ready(Some(&planner), &body).await;
    for (wrong, parameter) in [
        (json!({ "layer": "parcels", "format": "csv" }), "format"),
        (json!({ "layer": "parcels", "format": "gpkg", "bbox": "1,2" }), "bbox"),
        (json!({ "layer": "parcels", "format": "gpkg", "nonsense": 1 }), "nonsense"),
        (json!({ "layer": "parcels", "format": "kml", "crs": UTM }), "crs"),
        (json!({ "layer": "parcels", "format": "gpkg", "resultType": "hits" }), "resultType"),
    ] {
        let answer = service.ask_for(None, &wrong).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["parameter"].as_str()),
            (400, Some(parameter)),
            "{wrong}"
        );
    }
    assert_eq!(service.number("select count(*) from service.export where account is null").await, 0);
}

#[tokio::test]
async fn an_export_that_is_asked_for_twice_is_made_once() {
    let service = Service::open().await;
    let body = json!({ "layer": "parcels", "format": "gpkg", "limit": 3 }).to_string();
    let headers = [("idempotency-key", "la-misma-llave")];
    let first = service.call(None, Method::POST, "/api/v1/exports", &headers, &body).await;
    let again = service.call(None, Method::POST, "/api/v1/exports", &headers, &body).await;
    assert_eq!((first.status, again.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(service.number("select count(*) from service.export").await, 1);
    let unnamed = service.call(None, Method::POST, "/api/v1/exports", &[], &body).await;
    assert_eq!(unnamed.json()["parameter"], "Idempotency-Key");
}

#[tokio::test]
async fn what_the_format_cannot_hold_is_told_in_words() {
    let service = Service::open().await;
    service
        .sql(
            "create table published.t_bare (id integer primary key, geom geometry(Point, 32718));
             insert into published.t_bare values (1, null);
             create view layer.t_bare as select * from published.t_bare;
             comment on view layer.t_bare is 'es: Sin forma | en: Bare';
             comment on column layer.t_bare.id is 'es: Id | en: Id';
             comment on column layer.t_bare.geom is 'es: Forma | en: Shape';
             grant select on layer.t_bare to predio_public",
        )
        .await;
    service.app.source.catalogue.forget();
    let answer = service.ask_for(None, &json!({ "layer": "t_bare", "format": "fgb" })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let at = answer.header("location").to_owned();
    let told = service.rest(None, &at).await;
    assert_eq!(told["state"], "broken", "{told:#}");
    assert!(told["trouble"]["en"].as_str().unwrap().contains("has no shape"), "{told:#}");
    assert_eq!(service.get(&format!("{at}/file")).await.status, 409);
}

#[tokio::test]
async fn what_takes_too_long_for_an_answer_is_made_by_a_job() {
    let service = Service::with(Settings { statement_timeout_ms: 1_000, ..testing::settings() }).await;
    service
        .sql(
            "create view layer.t_slow as select g as id, pg_sleep(0.4)::text as nap, st_setsrid(st_point(196000, 8816000), 32718)::geometry(Point, 32718) as geom
               from generate_series(1, 5) g;
             comment on view layer.t_slow is 'es: Lenta | en: Slow';
             grant select on layer.t_slow to predio_public",
        )
        .await;
    service.app.source.catalogue.forget();
    let at_once = service.get("/ogc/collections/t_slow/items?f=gpkg").await;
    assert_eq!(at_once.status, 503, "{}", at_once.text());
    let (_, told) = service.ready(None, &json!({ "layer": "t_slow", "format": "gpkg" })).await;
    assert_eq!(told["features"], 5);
}

#[tokio::test]
async fn an_export_is_ended_ready_or_not() {
    let service = Service::open().await;
    let luz = surveyor("luz");
    let (at, _) =
        service.ready(Some(&luz), &json!({ "layer": "parcels", "format": "gpkg", "limit": 5 })).await;
    assert_eq!(service.call(Some(&luz), Method::DELETE, &at, &[], "").await.status, 204);
    assert_eq!(service.call(Some(&luz), Method::GET, &at, &[], "").await.status, 404);
    let left = "select (select count(*) from service.export) + (select count(*) from service.kept_piece)";
    assert_eq!(service.number(left).await, 0);
    // One that somebody works on: it is gone for who asked, and its rows when the worker lets go.
    service.sql(OPEN).await;
    let mut worker = service.test.owner().await;
    worker.execute("begin; select from service.export for no key update").await.unwrap();
    assert_eq!(service.call(Some(&luz), Method::DELETE, OPEN_AT, &[], "").await.status, 204);
    assert_eq!(service.call(Some(&luz), Method::GET, OPEN_AT, &[], "").await.status, 404);
    look(&service.app).await.unwrap();
    assert_eq!(service.number(left).await, 1);
    worker.execute("rollback").await.unwrap();
    look(&service.app).await.unwrap();
    assert_eq!(service.number(left).await, 0);
}

#[tokio::test]
async fn the_work_stops_when_the_export_is_ended() {
    let service = Service::open().await;
    // The layer waits for a lock, so the work cannot end by itself.
    let mut gate = service.test.owner().await;
    gate.execute("begin; lock table land.parcel_version in access exclusive mode").await.unwrap();
    let luz = surveyor("luz");
    let answer = service.ask_for(Some(&luz), &json!({ "layer": "parcels", "format": "gpkg" })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let at = answer.header("location").to_owned();
    let begun = Instant::now();
    while service.call(Some(&luz), Method::GET, &at, &[], "").await.json()["state"] != "working" {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    look(&service.app).await.unwrap();
    assert_eq!(service.call(Some(&luz), Method::DELETE, &at, &[], "").await.status, 204);
    while service.number("select count(*) from service.export").await > 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the work goes on");
        look(&service.app).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    gate.execute("rollback").await.unwrap();
}

#[tokio::test]
async fn an_export_whose_worker_is_gone_says_that_it_broke() {
    let service = Service::open().await;
    let luz = surveyor("luz");
    service.sql(OPEN).await;
    assert_eq!(look(&service.app).await.unwrap(), 0, "it may not have begun yet");
    service.sql("update service.export_progress set at = now() - interval '1 minute'").await;
    let mut worker = service.test.owner().await;
    worker.execute("begin; select from service.export for no key update").await.unwrap();
    assert_eq!(look(&service.app).await.unwrap(), 0, "a worker that lives holds the row");
    worker.execute("rollback").await.unwrap();
    assert_eq!(look(&service.app).await.unwrap(), 1);
    let told = service.call(Some(&luz), Method::GET, OPEN_AT, &[], "").await.json();
    assert_eq!(told["state"], "broken");
    assert!(told["trouble"]["es"].as_str().unwrap().contains("pídala de nuevo"), "{told:#}");
}

#[tokio::test]
async fn nobody_has_more_than_a_few_and_all_together_no_more_than_was_set() {
    let service = Service::with(Settings { export_mb: 1, ..testing::settings() }).await;
    let luz = surveyor("luz");
    let body = json!({ "layer": "parcels", "format": "gpkg", "limit": 5 });
    service
        .sql(
            "insert into service.export (id, account, office, format, asked, expires_at)
             select gen_random_uuid(), 'luz', 'surveyor', 'gpkg', '{}', now() + interval '1 hour' from generate_series(1, 3);
             insert into service.export_progress (export_id) select id from service.export",
        )
        .await;
    let refused = service.ask_for(Some(&luz), &body).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "30"));
    service.ready(Some(&surveyor("ana")), &body).await;
    // A file that does not fit beside what is kept breaks; when the room is full nothing more is begun.
    let large =
        json!({ "layers": ["parcels", "buildings", "zones", "streets", "corners"], "format": "gpkg" });
    let answer = service.ask_for(None, &large).await;
    let told = service.rest(None, answer.header("location")).await;
    assert!(told["trouble"]["en"].as_str().unwrap().contains("no more prepared exports fit"), "{told:#}");
    service.sql("update service.kept_file set bytes = 1048576").await;
    assert_eq!(service.ask_for(None, &body).await.status, 503);
}

#[tokio::test]
async fn what_expires_is_forgotten_with_its_bytes() {
    let service = Service::open().await;
    let (at, _) = service.ready(None, &json!({ "layer": "parcels", "format": "gpkg", "limit": 5 })).await;
    look(&service.app).await.unwrap();
    assert_eq!(service.get(&at).await.status, 200);
    service.sql("update service.export set expires_at = now()").await;
    assert_eq!(service.get(&format!("{at}/file")).await.status, 404);
    look(&service.app).await.unwrap();
    let left = "select (select count(*) from service.export) + (select count(*) from service.kept_piece)
      + (select count(*) from service.kept_file)";
    assert_eq!(service.number(left).await, 0);
}
