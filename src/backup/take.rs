//! Taking a backup while everything runs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncReadExt;

use super::manifest::Manifest;
use super::programs::{Programs, ended};
use super::{archive, store};
use crate::refusal::Refusal;

/// Takes a backup of the database at `url` into `path`; written aside, and named when it is whole.
///
/// # Errors
/// A [`Refusal`] when `path` exists; when the database, `pg_dump` or the disk fails, nothing is left behind.
pub async fn take(url: &str, programs: &Programs, path: &Path) -> anyhow::Result<Manifest> {
    if path.exists() {
        return Err(Refusal::because(format!(
            "{} exists already. A backup never overwrites another.",
            path.display()
        )));
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = Path::new(&aside);
    let taken = write(url, programs, aside).await;
    match taken {
        Ok(manifest) => {
            std::fs::rename(aside, path)?;
            Ok(manifest)
        }
        Err(error) => {
            let _ = std::fs::remove_file(aside);
            Err(error)
        }
    }
}

async fn write(url: &str, programs: &Programs, aside: &Path) -> anyhow::Result<Manifest> {
    // It holds everything, personal data too.
    let made = OpenOptions::new().create(true).truncate(true).read(true).write(true).mode(0o600).open(aside);
    let mut file = made.with_context(|| format!("cannot write {}", aside.display()))?;
    let mut connection = PgConnection::connect(url).await.context("cannot reach the database")?;
    let snapshot = store::begin_snapshot(&mut connection).await?;
    let manifest = manifest(&mut connection).await?;
    let text = serde_json::to_vec_pretty(&manifest)?;
    archive::put(&mut file, "manifest.json", &text)?;
    let dump = archive::begin(&mut file, "predio.dump")?;
    let sum = dump_into(&mut file, url, programs, &snapshot).await?;
    archive::end(&mut file, &dump)?;
    store::end_snapshot(&mut connection).await?;
    let sums = format!("{}  manifest.json\n{sum}  predio.dump\n", hex::encode(Sha256::digest(&text)));
    archive::put(&mut file, "SHA256SUMS", sums.as_bytes())?;
    archive::finish(&mut file)?;
    file.sync_all()?;
    connection.close().await?;
    Ok(manifest)
}

async fn manifest(connection: &mut PgConnection) -> anyhow::Result<Manifest> {
    let (server, migration, kind, taken_at) =
        store::facts(connection).await.context("this is no database of Predio")?;
    Ok(Manifest {
        predio_backup: 1,
        predio: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        server,
        migration,
        kind,
        newest_seal: store::newest_seal(connection).await?,
        tables: store::tables(connection).await?,
        without_rows: store::WITHOUT_ROWS.map(str::to_owned).to_vec(),
        logins: store::logins(connection).await?,
    })
}

/// Streams the dump; returns its SHA-256.
async fn dump_into(
    file: &mut File,
    url: &str,
    programs: &Programs,
    snapshot: &str,
) -> anyhow::Result<String> {
    let mut command = programs.command("pg_dump", url);
    command.args(["--format=custom", "--snapshot", snapshot]).stdout(Stdio::piped());
    for table in store::WITHOUT_ROWS {
        command.arg("--exclude-table-data").arg(table);
    }
    let mut child = command.spawn().context("cannot run pg_dump (package postgresql-client)")?;
    let mut output = child.stdout.take().context("pg_dump has no output")?;
    let mut sum = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = output.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        sum.update(&piece[..read]);
        file.write_all(&piece[..read]).context("cannot write the backup")?;
    }
    ended(child, "pg_dump")
        .await
        .context("a backup needs a login that sees every row: a superuser, or BYPASSRLS")?;
    Ok(hex::encode(sum.finalize()))
}
