//! Sealing under out-of-order commits, and the five tamperings as a superuser would do them.

mod sealing;
mod tampering;

use std::io::BufReader;
use std::path::{Path, PathBuf};

use sqlx::{Connection, Executor, PgConnection};

use super::export::export;
use super::key::SealKey;
use super::seal::{Seal, read_all};
use super::sealing::{Sealed, seal};
use super::verify::{Report, Trust, verify};
use crate::testing::{self, TestDatabase};

/// A database with a key of its own in a folder that ends with the test.
struct Sealable {
    database: TestDatabase,
    key: SealKey,
    folder: PathBuf,
}

impl Sealable {
    async fn new() -> Self {
        let database = testing::database().await;
        let folder = std::env::temp_dir().join(format!("{}-seals", database.name));
        std::fs::create_dir_all(&folder).unwrap();
        let key = SealKey::load_or_create(&folder.join("seal.key")).unwrap();
        let sealable = Self { database, key, folder };
        // The migrations' own entries would make every count depend on the newest migration.
        tamper(&sealable, "truncate audit.entry, audit.unsealed restart identity").await;
        sealable
    }

    async fn owner(&self) -> PgConnection {
        self.database.owner().await
    }

    async fn seal(&self) -> Sealed {
        seal(&self.database.database, &self.key).await.unwrap()
    }

    async fn export(&self) -> Vec<u8> {
        let mut file = Vec::new();
        export(&mut self.owner().await, &mut file).await.unwrap();
        file
    }

    async fn verify(&self) -> Report {
        judged(&self.export().await, &self.trust())
    }

    /// Only the public key.
    fn trust(&self) -> Trust {
        Trust { keys: vec![self.key.public()], kept: Vec::new() }
    }

    /// The public key, and the seals beside the private one.
    fn trust_with_seals(&self) -> Trust {
        Trust { kept: kept(self.key.log()), ..self.trust() }
    }
}

impl Drop for Sealable {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn kept(log: &Path) -> Vec<Seal> {
    read_all(BufReader::new(std::fs::File::open(log).unwrap())).unwrap()
}

fn judged(file: &[u8], trust: &Trust) -> Report {
    verify(BufReader::new(file), trust).unwrap()
}

fn kinds(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

/// Begins a write that leaves one entry with this reason.
async fn begin_write(connection: &mut PgConnection, reason: &str) {
    connection.execute("begin").await.unwrap();
    sqlx::query("select set_config('predio.reason', $1, true)")
        .bind(reason)
        .execute(&mut *connection)
        .await
        .unwrap();
    let insert =
        "insert into land.norm (code, title, certainty) values (gen_random_uuid()::text, 'a norm', 'KU')";
    connection.execute(insert).await.unwrap();
}

async fn write(connection: &mut PgConnection, reason: &str) {
    begin_write(connection, reason).await;
    connection.execute("commit").await.unwrap();
}

/// What a superuser does when nothing shall stop him: triggers do not fire for such a session.
async fn tamper(sealable: &Sealable, sql: &'static str) {
    let mut superuser = PgConnection::connect(&sealable.database.superuser_url()).await.unwrap();
    superuser.execute("set session_replication_role = replica").await.unwrap();
    superuser.execute(sql).await.unwrap();
}
