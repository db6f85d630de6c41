//! Databases for tests: a fresh clone of a migrated template for each test that asks.
//!
//! They live in the cluster whose superuser address is in `PREDIO_TEST_URL` (`scripts/test` sets it). A template
//! is made once per cluster and schema, under an advisory lock, aside and then renamed; a clone costs 0.1 s and is
//! dropped with its handle.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::config::Settings;
use crate::database::{Database, schema};
use crate::demo::{self, Options};

/// Any number, the same in every test process.
const TEMPLATE_LOCK: i64 = 15_02_03;

/// Parcels of the demonstration that tests get.
pub(crate) const SMALL_DISTRICT: u64 = 1_000;

/// A database of one test.
pub(crate) struct TestDatabase {
    /// Its name.
    pub(crate) name: String,
    /// The service's pool on it.
    pub(crate) database: Database,
}

impl TestDatabase {
    /// Address for the owner of the schema.
    pub(crate) fn owner_url(&self) -> String {
        url_of(Some("predio_owner"), &self.name)
    }

    /// Address for the service's own login.
    pub(crate) fn app_url(&self) -> String {
        url_of(Some("predio_app"), &self.name)
    }

    /// Address for the superuser of the cluster.
    pub(crate) fn superuser_url(&self) -> String {
        url_of(None, &self.name)
    }

    /// A connection of the owner, outside the pool. Its days are days in Lima, as the service's are: the driver connects
    /// in UTC, where for five hours of each day it is tomorrow.
    pub(crate) async fn owner(&self) -> PgConnection {
        let mut owner = PgConnection::connect(&self.owner_url()).await.unwrap();
        sqlx::query("set timezone = 'America/Lima'").execute(&mut owner).await.unwrap();
        owner
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A runtime of its own: the test's may be ending, and a destructor cannot wait on it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut server = server().await;
                run(&mut server, format!("drop database if exists {name} with (force)")).await;
            });
        });
        if dropped.join().is_err() {
            eprintln!("the test database {} stays behind", self.name);
        }
    }
}

/// A migrated database without rows.
pub(crate) async fn database() -> TestDatabase {
    let template = format!("predio_template_{}", schema_hash());
    clone_of(&template, async |_name| {}).await
}

/// A migrated database with a small demonstration district.
pub(crate) async fn demo_database() -> TestDatabase {
    let template = format!("predio_demo_{}_{}", schema_hash(), program_hash());
    clone_of(&template, async |name: String| {
        let small = Options { parcels: Some(SMALL_DISTRICT), ..Options::default() };
        demo::generate(&url_of(Some("predio_owner"), &name), &small, |_| {}).await.unwrap();
    })
    .await
}

/// A clone of `template`, which `fill` completes after the migrations when it does not exist yet.
async fn clone_of<F>(template: &str, fill: impl FnOnce(String) -> F) -> TestDatabase
where
    F: Future<Output = ()>,
{
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut server = server().await;
    ensure_template(&mut server, template, fill).await;
    let name = format!("predio_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    run(&mut server, format!("drop database if exists {name} with (force)")).await;
    run(
        &mut server,
        format!("create database {name} owner predio_owner template {template} strategy file_copy"),
    )
    .await;
    server.close().await.unwrap();
    let database = Database::open(&url_of(Some("predio_app"), &name), &settings()).unwrap();
    TestDatabase { name, database }
}

async fn ensure_template<F>(server: &mut PgConnection, template: &str, fill: impl FnOnce(String) -> F)
where
    F: Future<Output = ()>,
{
    // A session lock is right here, on a connection of our own that ends with this function's caller.
    sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *server).await.unwrap();
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(template)
        .fetch_one(&mut *server)
        .await
        .unwrap();
    if !exists {
        let aside = format!("{template}_aside");
        run(server, format!("drop database if exists {aside} with (force)")).await;
        schema::create(&url_of(None, &aside), &aside).await.unwrap();
        fill(aside.clone()).await;
        run(server, format!("alter database {aside} rename to {template}")).await;
        run(server, format!("alter database {template} with allow_connections false")).await;
    }
    sqlx::query("select pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(server).await.unwrap();
}

/// The settings that an empty command line gives, with patience for a machine that builds and tests at once.
pub(crate) fn settings() -> Settings {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }
    Settings { pool_wait_ms: 30_000, ..Line::parse_from(["predio"]).settings }
}

async fn server() -> PgConnection {
    PgConnection::connect(&url_of(None, "postgres")).await.unwrap()
}

/// Safe SQL: names of test databases are made here, of letters, digits and underscores.
async fn run(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// The address of `PREDIO_TEST_URL` for another database, and login; the passwords of other logins than the
/// superuser come from `PGPASSFILE`.
fn url_of(login: Option<&str>, database: &str) -> String {
    let Ok(url) = std::env::var("PREDIO_TEST_URL") else {
        panic!(
            "PREDIO_TEST_URL is not set: run scripts/test, or start scripts/dev-cluster and set what it prints"
        )
    };
    let (who, rest) = url.trim_start_matches("postgres://").split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    format!("postgres://{}@{server}/{database}", login.unwrap_or(who))
}

/// Changes with every migration and with the roles.
fn schema_hash() -> String {
    let mut hash = Sha256::new();
    hash.update(schema::ROLES);
    for migration in schema::MIGRATIONS.iter() {
        hash.update(&migration.checksum);
    }
    short(hash)
}

/// Changes with every build, as the generator may have changed with it.
fn program_hash() -> String {
    let program = std::env::current_exe().and_then(std::fs::metadata).unwrap();
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {}", program.modified().unwrap(), program.len()));
    short(hash)
}

fn short(hash: Sha256) -> String {
    hex::encode(&hash.finalize()[..6])
}

#[tokio::test]
async fn two_tests_get_two_databases_and_leave_none() {
    let (one, two) = tokio::join!(database(), database());
    assert_ne!(one.name, two.name);
    let parcels = "select count(*) from land.parcel";
    let count: i64 = sqlx::query_scalar(parcels).fetch_one(&mut one.owner().await).await.unwrap();
    assert_eq!(count, 0);
    let mut reader = two.database.read(crate::database::Audience::Public).await.unwrap();
    let count: i64 =
        sqlx::query_scalar("select count(*) from layer.parcels").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(count, 0);
    drop(reader);
    let names = [one.name.clone(), two.name.clone()].to_vec();
    drop((one, two));
    let left: i64 = sqlx::query_scalar("select count(*) from pg_database where datname = any($1)")
        .bind(names)
        .fetch_one(&mut server().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_demonstration_says_what_it_is() {
    let demonstration = demo_database().await;
    let (parcels, kind): (i64, String) = sqlx::query_as(
        "select (select count(*) from land.parcel), (select value #>> '{}' from service.setting where name = 'kind')",
    )
    .fetch_one(&mut demonstration.owner().await)
    .await
    .unwrap();
    assert!(parcels >= 900, "{parcels}");
    assert_eq!(kind, "demonstration");
}
