//! `predio audit`: the journal's seals, its export, its verification.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use predio::audit::export::{End as Exported, export};
use predio::audit::key::{PublicKey, SealKey};
use predio::audit::seal::Seal;
use predio::audit::sealing::seal;
use predio::audit::verify::{Report, Trust, verify};
use predio::config::Settings;
use predio::database::Database;
use predio::refusal::Refusal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::End;
use super::place::{self, Place};

/// Seal, export and verify the journal.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio audit export journal.ndjson                    the whole journal as a file
  predio audit verify journal.ndjson --key seal.pub     from the file alone; finds edited, deleted, moved entries
  predio audit verify journal.ndjson --key seal.pub --against seals.ndjson
                                                        also finds a journal that was rewritten as a whole, or cut
  predio audit verify                                   the database's own journal, with the key and seals beside it
  predio audit key > seal.pub                           the public key, to be kept elsewhere

Exit codes: 0 whole and true, 3 something is wrong.")]
pub struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Seal now what is committed; the service does it by itself every minute.
    Seal,
    /// Write the journal as a file, one line per entry and seal.
    Export {
        /// File to write; standard output without it.
        file: Option<PathBuf>,
    },
    /// Look whether a journal is whole and true.
    Verify {
        /// An exported journal; the database's own without it.
        file: Option<PathBuf>,
        /// Public key that may have signed; may be given several times.
        #[arg(long, value_name = "FILE")]
        key: Vec<PathBuf>,
        /// Seals that were kept elsewhere: `seals.ndjson`, or an older export.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Print the public key of the seals; makes the key first where there is none.
    Key,
}

pub fn run(arguments: &Audit, settings: &Settings, json: bool) -> anyhow::Result<End> {
    match &arguments.action {
        Action::Seal => seal_now(settings, json),
        Action::Export { file } => export_to(file.as_deref(), settings, json),
        Action::Verify { file, key, against } => {
            let trust = trust(key, against.as_deref(), file.is_none().then_some(settings))?;
            let report = match file {
                Some(file) => verify_file(file, &trust)?,
                None => verify_database(settings, trust)?,
            };
            print(&report, json)?;
            Ok(if report.ok { End::Done } else { End::Findings })
        }
        Action::Key => print_key(settings),
    }
}

/// The key of the service: made by the first start in the private cluster, by an administrator elsewhere.
pub fn service_key(settings: &Settings) -> anyhow::Result<Option<SealKey>> {
    match (&settings.seal_key, settings.seal_key_file()) {
        (Some(path), _) => SealKey::load(path).map(Some),
        (None, Some(path)) => SealKey::load_or_create(&path).map(Some),
        (None, None) => Ok(None),
    }
}

fn key_file(settings: &Settings) -> anyhow::Result<PathBuf> {
    settings
        .seal_key_file()
        .ok_or_else(|| Refusal::because("name the file of the seal key with --seal-key or PREDIO_SEAL_KEY."))
}

fn seal_now(settings: &Settings, json: bool) -> anyhow::Result<End> {
    let key = SealKey::load(&key_file(settings)?)?;
    let sealed = place::work_on(settings, "audit", |place| async move {
        let database = Database::open(&place.app, settings)?;
        let sealed = seal(&database, &key).await;
        database.pool().close().await;
        sealed
    })?;
    if json {
        println!("{}", serde_json::to_string(&sealed)?);
    } else {
        println!("{} entries sealed in {} seal(s)", sealed.entries, sealed.seals);
    }
    Ok(End::Done)
}

fn export_to(file: Option<&Path>, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let Some(path) = file else {
        place::work_on(settings, "audit", |place| exported(place, BufWriter::new(std::io::stdout())))?;
        return Ok(End::Done);
    };
    // Reasons and accounts are for the auditor's eyes.
    let made = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    let out = made.with_context(|| format!("cannot write {}", path.display()))?;
    let syncing = out.try_clone()?;
    let end = place::work_on(settings, "audit", |place| exported(place, BufWriter::new(out)))?;
    syncing.sync_all()?;
    if json {
        println!("{}", serde_json::to_string(&end)?);
    } else {
        println!("{} entries and {} seals in {}", end.entries, end.seals, path.display());
    }
    Ok(End::Done)
}

async fn exported(place: Place, out: impl Write + Send) -> anyhow::Result<Exported> {
    let mut connection = PgConnection::connect(&place.owner).await?;
    let end = export(&mut connection, out).await?;
    connection.close().await?;
    Ok(end)
}

/// What is given; for the database's own journal, when nothing is given, what lies beside its key.
fn trust(keys: &[PathBuf], against: Option<&Path>, own: Option<&Settings>) -> anyhow::Result<Trust> {
    let mut trust = Trust {
        keys: keys.iter().map(|path| PublicKey::load(path)).collect::<anyhow::Result<_>>()?,
        kept: against.map(kept).transpose()?.unwrap_or_default(),
    };
    let own = own.and_then(Settings::seal_key_file).filter(|path| path.exists());
    if let Some(path) = own {
        let key = SealKey::load(&path)?;
        if keys.is_empty() {
            trust.keys.push(key.public());
        }
        if against.is_none() && key.log().exists() {
            trust.kept = kept(key.log())?;
        }
    }
    Ok(trust)
}

/// Every seal in a file, whatever else it holds.
fn kept(path: &Path) -> anyhow::Result<Vec<Seal>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(predio::audit::seal::read_all(BufReader::new(file))?)
}

fn verify_file(path: &Path, trust: &Trust) -> anyhow::Result<Report> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(verify(BufReader::with_capacity(1 << 20, file), trust)?)
}

/// The export runs through a pipe into the verifier, so that both ways judge the same bytes.
fn verify_database(settings: &Settings, trust: Trust) -> anyhow::Result<Report> {
    let (reader, writer) = std::io::pipe()?;
    let judge = std::thread::spawn(move || verify(BufReader::with_capacity(1 << 20, reader), &trust));
    place::work_on(settings, "audit", |place| exported(place, BufWriter::with_capacity(1 << 20, writer)))?;
    let report = judge.join().map_err(|_| anyhow::anyhow!("the verifier failed"))?;
    Ok(report?)
}

fn print_key(settings: &Settings) -> anyhow::Result<End> {
    let key = SealKey::load_or_create(&key_file(settings)?)?;
    print!("{}", key.public().pem());
    Ok(End::Done)
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    for finding in &report.findings {
        let place = finding.seal.map(|seal| format!("seal {seal}: ")).unwrap_or_default();
        println!("{}  {place}{}", finding.kind, finding.detail);
    }
    println!("{} entries, {} of them in {} seal(s)", report.entries, report.sealed, report.seals);
    if let (Some(hash), Some(at)) = (&report.newest_seal, &report.newest_at) {
        println!("newest seal {hash} of {at}");
    }
    println!("{}; {}", if report.ok { "whole and true" } else { "WRONG" }, report.reach);
    Ok(())
}
