//! Nothing that commits is missed or told twice; nobody hears of what it may not read.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::Value;
use sqlx::{Executor, PgConnection};
use tower::ServiceExt;

use super::cursor::Cursor;
use super::store::{self, Page, forget};
use crate::app::App;
use crate::database::Audience;
use crate::router::router;
use crate::testing::{self, TestDatabase};

async fn world() -> TestDatabase {
    let database = testing::database().await;
    let district = "begin; set local predio.reason = 'test';
        insert into land.district (ubigeo, name, province, department, source, geom) values ('150203', 'P', 'B', 'L', 'test',
          st_setsrid('multipolygon(((190000 8800000, 200000 8800000, 200000 8810000, 190000 8800000)))'::geometry, 32718));
        commit";
    database.owner().await.execute(district).await.unwrap();
    database
}

async fn page(world: &TestDatabase, cursor: Option<&Cursor>, limit: i64) -> Page {
    store::page(&world.database, Audience::Public, cursor, limit).await.unwrap()
}

async fn begin(connection: &mut PgConnection, sector: &str) {
    connection.execute("begin; set local predio.reason = 'test'").await.unwrap();
    sqlx::query(
        "insert into land.sector (ubigeo, code, name, geom) values ('150203', $1, $1,
           st_setsrid('multipolygon(((190000 8800000, 190100 8800000, 190100 8800100, 190000 8800000)))'::geometry, 32718))",
    )
    .bind(sector)
    .execute(connection)
    .await
    .unwrap();
}

async fn commit(connection: &mut PgConnection) {
    connection.execute("commit").await.unwrap();
}

async fn write(world: &TestDatabase, sector: &str) {
    let mut connection = world.owner().await;
    begin(&mut connection, sector).await;
    commit(&mut connection).await;
}

#[tokio::test]
async fn a_transaction_that_began_first_and_commits_last_is_not_missed() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    let (mut early, mut late) = (world.owner().await, world.owner().await);
    begin(&mut early, "01").await;
    begin(&mut late, "02").await;
    commit(&mut late).await;
    let first = page(&world, Some(&start.cursor), 10).await;
    assert_eq!(first.changes.len(), 1);
    commit(&mut early).await;
    let second = page(&world, Some(&first.cursor), 10).await;
    assert_eq!(second.changes.len(), 1);
    // A reader who remembers the highest number would have missed it.
    assert!(second.changes[0].id < first.changes[0].id);
    let third = page(&world, Some(&second.cursor), 10).await;
    assert!(third.changes.is_empty() && !third.more && !third.reset);
}

#[tokio::test]
async fn a_walk_in_small_pages_sees_each_change_once_while_others_write() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    for sector in ["01", "02", "03", "04", "05"] {
        write(&world, sector).await;
    }
    let mut open = world.owner().await;
    begin(&mut open, "06").await;
    let (mut seen, mut cursor) = (Vec::new(), start.cursor);
    for turn in 0..20 {
        let next = page(&world, Some(&cursor), 2).await;
        seen.extend(next.changes.iter().map(|change| change.id));
        cursor = next.cursor;
        match turn {
            0 => write(&world, "07").await,
            1 => commit(&mut open).await,
            _ => {}
        }
        if turn > 1 && !next.more && next.changes.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_change_names_its_layers_and_its_place_and_nobody() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    let mut owner = world.owner().await;
    owner
        .execute("begin; set local predio.account = 'ana.canary'; set local predio.reason = 'reason.canary'")
        .await
        .unwrap();
    owner
        .execute(
            "insert into person.party (kind, name) values ('natural', 'name.canary');
             insert into land.norm (code, title, certainty) values ('N-1', 'a norm', 'KU');
             insert into land.sector (ubigeo, code, name, geom) values ('150203', '01', 'A',
               st_setsrid('multipolygon(((190000 8800000, 190100 8800000, 190100 8800100, 190000 8800000)))'::geometry, 32718));
             commit",
        )
        .await
        .unwrap();
    let read = page(&world, Some(&start.cursor), 10).await;
    let text = serde_json::to_string(&read).unwrap();
    assert!(!text.contains("canary") && !text.contains("person"), "{text}");
    let sectors = read.changes.iter().find(|change| change.layers.contains(&"sectors".to_owned())).unwrap();
    assert_eq!((&*sectors.operation, sectors.rows), ("INSERT", 1));
    let bbox = sectors.bbox.clone().unwrap();
    assert!(
        (-78.0..-77.0).contains(&bbox[0]) && (-11.0..-10.0).contains(&bbox[1]) && bbox[2] > bbox[0],
        "{bbox:?}"
    );
    // The norm stands behind layers that name their norm; it has no place.
    let norm = read.changes.iter().find(|change| change.layers.contains(&"roads".to_owned())).unwrap();
    assert_eq!(norm.bbox, None);
    assert_eq!(read.changes.len(), 2);
}

#[tokio::test]
async fn a_reader_hears_only_of_layers_that_it_may_read() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    let mut owner = world.owner().await;
    owner
        .execute(
            "revoke select on layer.sectors from predio_public; create view staff_layer.sectors_inside as
        select * from land.sector; grant select on staff_layer.sectors_inside to predio_planner",
        )
        .await
        .unwrap();
    write(&world, "01").await;
    let layers = async |audience| {
        let read = store::page(&world.database, audience, Some(&start.cursor), 10).await.unwrap();
        read.changes.into_iter().flat_map(|change| change.layers).collect::<Vec<_>>()
    };
    assert!(!layers(Audience::Public).await.iter().any(|layer| layer.starts_with("sectors")));
    assert!(layers(Audience::Planner).await.contains(&"sectors_inside".to_owned()));
    for audience in Audience::ALL {
        let mut reader = world.database.read(audience).await.unwrap();
        let raw = sqlx::query("select from service.change").execute(&mut *reader).await;
        assert_eq!(raw.is_ok(), audience == Audience::Auditor, "{audience:?}");
    }
}

#[tokio::test]
async fn who_comes_too_late_or_from_another_server_is_told_to_begin_anew() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    write(&world, "01").await;
    let week = 7 * 86_400;
    let late = Cursor { taken: start.cursor.taken - week - 60, ..start.cursor.clone() };
    let anew = page(&world, Some(&late), 10).await;
    assert!(anew.reset && anew.changes.is_empty());
    assert!(!page(&world, Some(&anew.cursor), 10).await.reset);
    let just_in_time = Cursor { taken: start.cursor.taken - week + 60, ..start.cursor.clone() };
    assert_eq!(page(&world, Some(&just_in_time), 10).await.changes.len(), 1);
    let foreign = Cursor { line: "1.1.1".to_owned(), ..start.cursor };
    assert!(page(&world, Some(&foreign), 10).await.reset);
}

#[tokio::test]
async fn notices_are_kept_a_day_longer_than_anybody_may_be_away() {
    let world = world().await;
    let start = page(&world, None, 10).await;
    write(&world, "01").await;
    for (age, left) in [("7 days 23 hours", 1), ("8 days 1 hour", 0)] {
        let sql = "update service.change set at = now() - $1::text::interval";
        sqlx::query(sql).bind(age).execute(&mut world.owner().await).await.unwrap();
        forget(&world.database).await.unwrap();
        assert_eq!(page(&world, Some(&start.cursor), 10).await.changes.len(), left, "{age}");
    }
}

async fn app(world: &TestDatabase) -> App {
    App::new(testing::settings(), world.database.clone()).await.unwrap()
}

async fn json(app: &App, address: &str) -> (u16, Value) {
    let request = Request::get(address).header("host", "test").body(Body::empty()).unwrap();
    let response = router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

#[tokio::test]
async fn over_http_a_page_leads_to_the_next_one() {
    let world = world().await;
    let app = app(&world).await;
    let (status, start) = json(&app, "/api/v1/changes").await;
    assert_eq!((status, &start["changes"], &start["reset"]), (200, &serde_json::json!([]), &false.into()));
    write(&world, "01").await;
    let cursor = start["cursor"].as_str().unwrap();
    let (_, next) = json(&app, &format!("/api/v1/changes?cursor={cursor}")).await;
    assert_eq!(next["changes"][0]["operation"], "INSERT");
    for address in [
        "/api/v1/changes?cursor=x",
        "/api/v1/changes?limit=0",
        "/api/v1/changes?limit=1001",
        "/api/v1/changes?since=1",
    ] {
        assert_eq!(json(&app, address).await.0, 400, "{address}");
    }
}

/// An open stream, read event by event.
struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    async fn open(app: &App, last: Option<&str>) -> Self {
        let mut request =
            Request::get("/api/v1/changes").header("host", "test").header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next block: its fields. None when the stream ends or stays silent for so long.
    async fn next(&mut self, patience: Duration) -> Option<Vec<(String, String)>> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let fields = block.lines().filter_map(|line| line.split_once(": "));
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                self.text = rest.to_owned();
                return Some(fields);
            }
            let data = tokio::time::timeout(patience, self.body.next()).await.ok()??.unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The data of the next change, and the place after everything so far.
    async fn change(&mut self) -> (Value, String) {
        let mut place = String::new();
        loop {
            let block = self.next(Duration::from_secs(30)).await.expect("no change came");
            let field =
                |name: &str| block.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
            place = field("id").unwrap_or(place);
            if field("event").as_deref() == Some("change") {
                return (serde_json::from_str(&field("data").unwrap()).unwrap(), place);
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_broke_goes_on_where_it_was() {
    let world = world().await;
    let app = app(&world).await;
    let mut events = Events::open(&app, None).await;
    write(&world, "01").await;
    let (change, place) = events.change().await;
    assert!(change["layers"].as_array().unwrap().contains(&"sectors".into()), "{change}");
    drop(events);
    let mut open = world.owner().await;
    begin(&mut open, "02").await;
    write(&world, "03").await;
    let mut events = Events::open(&app, Some(&place)).await;
    let (_, place) = events.change().await;
    commit(&mut open).await;
    let (_, place_after) = events.change().await;
    assert_ne!(place, place_after);
    drop(events);
    let mut events = Events::open(&app, Some(&place_after)).await;
    while let Some(block) = events.next(Duration::from_millis(500)).await {
        assert!(!block.iter().any(|(_, value)| value == "change"), "told twice: {block:?}");
    }
}

#[tokio::test]
async fn a_change_wakes_the_stream_without_waiting_and_the_end_of_the_service_ends_it() {
    let world = world().await;
    let app = app(&world).await;
    let mut events = Events::open(&app, None).await;
    write(&world, "01").await;
    events.change().await;
    // The listener is up by now; the next one must not need the reader's own look after ten seconds.
    let begun = std::time::Instant::now();
    write(&world, "02").await;
    events.change().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    app.wake.end();
    let rest = async { while events.body.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), rest).await.expect("the stream did not end");
}
