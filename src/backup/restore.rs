//! The way back: check the file, restore it into an empty database, compare what came out with what went in.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

use super::archive::{self, Found};
use super::manifest::{Manifest, differences};
use super::programs::{Programs, ended};
use super::store;
use crate::audit::export::export;
use crate::audit::verify::{Report, Trust, verify};
use crate::database::schema;
use crate::refusal::Refusal;

/// What a restore did.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// When the backup was taken.
    pub taken_at: String,
    /// Tables compared.
    pub tables: usize,
    /// Rows in them.
    pub rows: i64,
    /// Entries of the journal that were verified.
    pub journal_entries: u64,
    /// Seals of the journal that were verified.
    pub journal_seals: u64,
    /// SQL for the logins of persons and programs, for the administrator.
    pub logins: Vec<String>,
}

/// Reads the whole file and compares its checksums; returns its manifest.
///
/// # Errors
/// When it is no backup, is damaged, or was taken by a newer Predio.
pub fn check(file: &mut File) -> anyhow::Result<Manifest> {
    let members = archive::members(file)?;
    let text = read(file, member(&members, "SHA256SUMS")?)?;
    let text = String::from_utf8(text).context("SHA256SUMS is damaged")?;
    for name in ["manifest.json", "predio.dump"] {
        let said = text.lines().filter_map(|line| line.split_once("  ")).find(|(_, of)| *of == name);
        let (said, _) = said.with_context(|| format!("SHA256SUMS does not name {name}"))?;
        let found = sum(file, member(&members, name)?)?;
        ensure!(said == found, "{name} is damaged: its SHA-256 is {found}, not {said}");
    }
    let manifest: Manifest = serde_json::from_slice(&read(file, member(&members, "manifest.json")?)?)?;
    if manifest.predio_backup != 1 || manifest.migration > schema::newest_known() {
        return Err(Refusal::because(format!(
            "the backup was taken by a newer Predio ({}, migration {}). Use that one.",
            manifest.predio, manifest.migration
        )));
    }
    Ok(manifest)
}

/// Restores a checked file into the prepared, empty database at `url`, and compares every table and the journal.
///
/// # Errors
/// When `pg_restore` fails, then nothing was kept; when what came out is not what went in.
pub async fn restore(
    file: &mut File,
    manifest: &Manifest,
    url: &str,
    programs: &Programs,
) -> anyhow::Result<Restored> {
    let members = archive::members(file)?;
    let dump = member(&members, "predio.dump")?;
    let list = list_without_extensions(file, dump, programs).await?;
    run(file, dump, programs, url, &list).await?;
    let mut connection = PgConnection::connect(url).await?;
    store::settle(&mut connection).await?;
    store::begin_snapshot(&mut connection).await?;
    let tables = store::tables(&mut connection).await?;
    store::end_snapshot(&mut connection).await?;
    let told = differences(&manifest.tables, &tables);
    ensure!(told.is_empty(), "what was restored is not what was backed up:\n{}", told.join("\n"));
    let journal = verify_journal(&mut connection, manifest).await?;
    connection.close().await?;
    Ok(Restored {
        taken_at: manifest.taken_at.clone(),
        tables: tables.len(),
        rows: tables.iter().map(|table| table.rows).sum(),
        journal_entries: journal.entries,
        journal_seals: journal.seals,
        logins: manifest.logins.iter().map(super::manifest::Login::sql).collect(),
    })
}

async fn verify_journal(connection: &mut PgConnection, manifest: &Manifest) -> anyhow::Result<Report> {
    let (reader, writer) = std::io::pipe()?;
    let judge = std::thread::spawn(move || verify(BufReader::new(reader), &Trust::default()));
    export(connection, BufWriter::new(writer)).await?;
    let report = judge.join().map_err(|_| anyhow::anyhow!("the verifier failed"))??;
    ensure!(report.ok, "the restored journal is not whole: {:?}", report.findings);
    ensure!(report.newest_seal == manifest.newest_seal, "the restored journal ends with another seal");
    Ok(report)
}

/// Extensions and the schema `public` belong to the database, which is prepared already; only an administrator may
/// make or comment them.
async fn list_without_extensions(
    file: &mut File,
    dump: &Found,
    programs: &Programs,
) -> anyhow::Result<String> {
    let mut command = programs.plain("pg_restore");
    command.arg("--list").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot run pg_restore (package postgresql-client)")?;
    let input = child.stdin.take().context("pg_restore has no input")?;
    let mut output = child.stdout.take().context("pg_restore has no output")?;
    let mut list = String::new();
    // It stops reading after the table of contents.
    let (_, read) = tokio::join!(
        feed(file, dump, input),
        tokio::io::AsyncReadExt::read_to_string(&mut output, &mut list)
    );
    read?;
    ended(child, "pg_restore").await?;
    let kept = |line: &&str| {
        !line.contains(" EXTENSION ")
            && !line.contains(" SCHEMA - public")
            && !line.contains(" SCHEMA public")
            && !line.contains(" spatial_ref_sys ")
    };
    Ok(list.lines().filter(kept).flat_map(|line| [line, "\n"]).collect())
}

async fn run(
    file: &mut File,
    dump: &Found,
    programs: &Programs,
    url: &str,
    list: &str,
) -> anyhow::Result<()> {
    let list_file = std::env::temp_dir().join(format!("predio-restore-{}.list", uuid::Uuid::new_v4()));
    std::fs::write(&list_file, list)?;
    let mut command = programs.command("pg_restore", url);
    command
        .args(["--single-transaction", "--exit-on-error", "--no-owner", "--role=predio_owner", "--use-list"])
        .arg(&list_file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().context("cannot run pg_restore (package postgresql-client)")?;
    let input = child.stdin.take().context("pg_restore has no input")?;
    let fed = feed(file, dump, input).await;
    let done = ended(child, "pg_restore").await;
    std::fs::remove_file(&list_file)?;
    // Its own complaint says more than the pipe that it closed.
    done.and(fed)
}

async fn feed(file: &mut File, dump: &Found, mut input: ChildStdin) -> anyhow::Result<()> {
    let mut bytes = archive::reader(file, dump)?;
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = bytes.read(&mut piece)?;
        if read == 0 {
            input.shutdown().await?;
            return Ok(());
        }
        input.write_all(&piece[..read]).await?;
    }
}

fn member<'a>(members: &'a [Found], name: &str) -> anyhow::Result<&'a Found> {
    match members.iter().find(|member| member.name == name) {
        Some(member) => Ok(member),
        None => bail!("the file is no backup of Predio: it has no {name}"),
    }
}

fn read(file: &mut File, member: &Found) -> anyhow::Result<Vec<u8>> {
    ensure!(member.size < 1 << 26, "{} is too large", member.name);
    let mut bytes = Vec::new();
    archive::reader(file, member)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn sum(file: &mut File, member: &Found) -> anyhow::Result<String> {
    let mut sum = Sha256::new();
    std::io::copy(&mut BufReader::with_capacity(1 << 18, archive::reader(file, member)?), &mut sum)?;
    Ok(hex::encode(sum.finalize()))
}
