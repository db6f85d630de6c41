//! Work that is cut off in the middle: the service is killed while it reads a file, a client leaves while one is written. Nothing
//! of it stays, neither in the database nor on the disk.

// A test's helper may panic like the test itself.
#![allow(clippy::unwrap_used)]

mod service;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use service::{Folder, Service};

/// Lots of the file: enough that reading them takes a while.
const LOTS: usize = 12_000;

const DISTRICT: &str = "begin; set local predio.reason = 'test';
    insert into land.district (ubigeo, name, province, department, source, valid, geom)
    values ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)',
      st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
    commit;";

/// More points than anybody waits for, in the order in which they are asked for.
const LAYER: &str = "create table service.many_points (id bigint primary key, geom geometry(Point, 32718));
    insert into service.many_points
    select n, st_setsrid(st_makepoint(196000 + n % 1000, 8816000 + n / 1000), 32718) from generate_series(1, 500000) n;
    create view layer.many_points as select id, geom from service.many_points;
    comment on view layer.many_points is 'es: Muchos puntos | en: Many points';
    comment on column layer.many_points.id is 'es: Número | en: Number';
    comment on column layer.many_points.geom is 'es: Lugar | en: Place';
    grant select on layer.many_points to predio_public";

/// A service whose folder for temporary files is its own.
struct House {
    folder: Folder,
    temporary: PathBuf,
}

impl House {
    fn new() -> Self {
        let folder = Folder::new();
        let temporary = folder.0.join("tmp");
        fs::create_dir(&temporary).unwrap();
        // Root gives root up, and must still be able to write there.
        fs::set_permissions(&temporary, std::os::unix::fs::PermissionsExt::from_mode(0o1777)).unwrap();
        Self { folder, temporary }
    }

    fn up(&self) -> Service {
        let mut command = self.folder.command("up");
        command.arg("--empty").args(["--listen", "127.0.0.1:0"]).env("TMPDIR", &self.temporary);
        Service::start(command, &self.folder.0.join("up.log"))
    }

    /// Private folders for files on their way.
    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(&self.temporary).unwrap().map(|one| one.unwrap().file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name.starts_with("predio-read-"))
            .collect()
    }

    fn told(&self, arguments: &[&str]) -> Value {
        let mut command: Command = self.folder.command(arguments[0]);
        let output = command.args(&arguments[1..]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    fn token(&self) -> String {
        self.told(&["account", "create", "luz", "--role", "surveyor"]);
        let made = self.told(&[
            "account", "tokens", "luz", "create", "--name", "ensayo", "--scope", "read", "--scope", "write",
        ]);
        made["token"].as_str().unwrap().to_owned()
    }
}

/// Asks and waits for the whole answer: status, head and body.
fn ask(service: &Service, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(service.address()).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n",
        service.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

fn lots() -> Vec<u8> {
    let mut text = "WKT,USO\n".to_owned();
    for k in 0..LOTS {
        let (x, y) = (196_000 + k % 100 * 10, 8_816_000 + k / 100 * 20);
        let (u, v) = (x + 10, y + 20);
        writeln!(text, "\"POLYGON(({x} {y},{u} {y},{u} {v},{x} {v},{x} {y}))\",vivienda").unwrap();
    }
    text.into_bytes()
}

fn bring(service: &Service, token: &str, key: &str) -> i64 {
    let path = "/api/v1/deliveries?ubigeo=150203&target=parcels&sender=Ensayo&srid=32718&file_name=lotes.csv";
    let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n");
    let (status, _, told) = ask(service, "POST", path, &headers, &lots());
    assert_eq!(status, 202, "{told}");
    told["id"].as_i64().unwrap()
}

async fn one<T>(connection: &mut PgConnection, sql: String) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    // Safe SQL: texts of this file with numbers in them.
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

/// Waits until something holds.
async fn until(what: &str, patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_service_killed_while_it_stages_leaves_nothing_and_the_same_file_comes_again() {
    let house = House::new();
    let service = house.up();
    let mut owner = service.sql("predio_owner").await;
    owner.execute(DISTRICT).await.unwrap();
    let token = house.token();
    let id = bring(&service, &token, "entrega-interrumpida");
    let reading = format!(
        "select exists (select from delivery.progress where delivery_id = {id} and phase = 'reading' and done > 0)"
    );
    until("it reads", Duration::from_mins(1), async || one(&mut owner, reading.clone()).await).await;
    let state: String = one(&mut owner, format!("select state from delivery.delivery where id = {id}")).await;
    assert_eq!((state.as_str(), house.left().is_empty()), ("staging", false), "it is in the middle of it");
    service.kill_9();
    drop(owner);

    let service = house.up();
    until("the file is taken away", Duration::from_secs(10), async || house.left().is_empty()).await;
    let mut owner = service.sql("predio_owner").await;
    let broken = format!("select state = 'broken' from delivery.delivery where id = {id}");
    until("it says that it broke", Duration::from_mins(2), async || one(&mut owner, broken.clone()).await)
        .await;
    let headers = format!("Authorization: Bearer {token}\r\n");
    let (_, _, told) = ask(&service, "GET", &format!("/api/v1/deliveries/{id}"), &headers, b"");
    assert!(told["trouble"]["es"].as_str().is_some_and(|es| es.contains("nada quedó a medias")), "{told}");
    for table in ["delivery.feature", "delivery.finding", "delivery.entered", "land.parcel"] {
        assert_eq!(one::<i64>(&mut owner, format!("select count(*) from {table}")).await, 0, "{table}");
    }

    let id = bring(&service, &token, "entrega-repetida");
    let done = format!("select state not in ('staging', 'checking') from delivery.delivery where id = {id}");
    until("it is examined", Duration::from_mins(5), async || one(&mut owner, done.clone()).await).await;
    let (_, _, told) = ask(&service, "GET", &format!("/api/v1/deliveries/{id}"), &headers, b"");
    assert_eq!((&told["state"], &told["read_count"]), (&json!("checked"), &json!(LOTS)), "{told:#}");
    let headers = format!(
        "{headers}Idempotency-Key: aceptar-repetida\r\nIf-Match: \"{}\"\r\nContent-Type: application/json\r\n",
        told["version"]
    );
    let body = json!({ "reason": "prueba de interrupción" }).to_string();
    let (status, _, told) =
        ask(&service, "POST", &format!("/api/v1/deliveries/{id}/accept"), &headers, body.as_bytes());
    assert_eq!((status, &told["entered"]), (200, &json!(LOTS)), "{told:#}");
    assert!(house.left().is_empty(), "{:?}", house.left());
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_an_export_leaves_no_folder_and_no_statement() {
    let house = House::new();
    let service = house.up();
    let mut owner = service.sql("predio_owner").await;
    owner.execute(LAYER).await.unwrap();
    let running = "select count(*) from pg_stat_activity where usename = 'predio_app' and state <> 'idle' and query like '%many_points%'";
    let mut superuser = service.sql("postgres").await;
    // A new layer is found by and by.
    until("the layer is served", Duration::from_secs(30), async || {
        service.get("/ogc/collections/many_points?f=json").starts_with("HTTP/1.1 200")
    })
    .await;
    let mut stream = TcpStream::connect(service.address()).unwrap();
    let request = format!(
        "GET /ogc/collections/many_points/items?f=gpkg HTTP/1.1\r\nHost: {}\r\n\r\n",
        service.address()
    );
    stream.write_all(request.as_bytes()).unwrap();
    until("the file grows", Duration::from_secs(30), async || {
        // A program that its user cannot reach lies in a folder of its own, and a statement may have helpers.
        !house.left().is_empty() && one::<i64>(&mut superuser, running.to_owned()).await > 0
    })
    .await;
    drop(stream);
    until("the folder is gone", Duration::from_secs(20), async || house.left().is_empty()).await;
    until("the statement has ended", Duration::from_secs(20), async || {
        one::<i64>(&mut superuser, running.to_owned()).await == 0
    })
    .await;
    assert!(service.get("/health/ready").starts_with("HTTP/1.1 200"), "and it serves on");
}
