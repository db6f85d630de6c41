//! `predio doctor`: what is missing or wrong, and what to do.

use std::path::{Path, PathBuf};

use predio::audit::{Standing, standing};
use predio::cluster;
use predio::config::Settings;
use predio::database::vitals::{self, Extension, Vitals};
use predio::database::{Audience, Database, schema};
use predio::layers::catalogue;
use predio::problem::Error;
use predio::spatial::sandbox;
use serde::Serialize;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::End;
use super::place::{self, Place};

/// One finding of the doctor.
#[derive(Clone, Debug, Serialize)]
struct Check {
    what: String,
    ok: bool,
    detail: String,
}

impl Check {
    fn new(what: impl Into<String>, ok: bool, detail: impl Into<String>) -> Self {
        Self { what: what.into(), ok, detail: detail.into() }
    }
}

pub fn run(settings: &Settings, json: bool) -> anyhow::Result<End> {
    let mut checks = vec![of_sandbox()];
    if settings.database_url.is_none() {
        checks.extend(of_machine(&settings.data_folder()));
    }
    match place::work_on(settings, "doctor", |place| async move { of_database(&place, settings).await }) {
        Ok(found) => checks.extend(found),
        Err(error) => checks.push(Check::new("database", false, format!("{error:#}"))),
    }
    print(&checks, json)?;
    Ok(if checks.iter().all(|check| check.ok) { End::Done } else { End::Findings })
}

fn print(checks: &[Check], json: bool) -> anyhow::Result<()> {
    if json {
        let ok = checks.iter().all(|check| check.ok);
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "ok": ok, "checks": checks }))?);
        return Ok(());
    }
    let width = checks.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
    for check in checks {
        let mark = if check.ok { "ok   " } else { "WRONG" };
        println!("{mark}  {:width$}  {}", check.what, check.detail.replace('\n', "\n         "));
    }
    Ok(())
}

fn of_machine(folder: &Path) -> Vec<Check> {
    let programs = match cluster::binaries(folder) {
        Ok(found) => {
            Check::new("programs", true, format!("PostgreSQL {} in {}", found.major, found.folder.display()))
        }
        Err(error) => Check::new("programs", false, error.to_string()),
    };
    vec![programs, of_disk(folder)]
}

/// Accepting files without walls is the operator's choice, and stays something that is wrong.
fn of_sandbox() -> Check {
    match sandbox::standing() {
        Ok(()) => Check::new("sandbox", true, "files from outside are opened behind walls (bwrap)"),
        Err(why) if sandbox::accepts_without() => Check::new(
            "sandbox",
            false,
            format!("{why}; files are opened without walls, as PREDIO_UNSANDBOXED_FILES=accept says"),
        ),
        Err(why) => Check::new("sandbox", false, format!("{why}; no file from outside is opened")),
    }
}

/// Less than this and an import or a vacuum may fill the disk.
const LEAST_FREE_GIB: f64 = 2.0;

fn of_disk(folder: &Path) -> Check {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing: PathBuf =
        absolute.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/")).to_owned();
    match nix::sys::statvfs::statvfs(&existing) {
        Ok(disk) => {
            #[expect(clippy::cast_precision_loss, reason = "printed with one decimal")]
            let free = (disk.blocks_available() * disk.fragment_size()) as f64 / f64::from(1 << 30);
            let detail = format!("{free:.1} GiB free in {}", existing.display());
            Check::new("disk", free >= LEAST_FREE_GIB, detail)
        }
        Err(error) => Check::new("disk", false, format!("{}: {error}", existing.display())),
    }
}

async fn of_database(place: &Place, settings: &Settings) -> anyhow::Result<Vec<Check>> {
    let mut connection = PgConnection::connect(&place.owner).await?;
    let vitals = vitals::read(&mut connection).await?;
    let mut checks = of_server(&vitals, place.superuser.is_some()).to_vec();
    checks.extend(vitals::extensions(&mut connection).await?.into_iter().map(of_extension));
    checks.push(of_migrations(&mut connection).await);
    checks.push(of_journal(&mut connection).await);
    connection.close().await?;
    let database = Database::open(&place.app, settings)?;
    checks.extend(of_layers(&database).await);
    database.pool().close().await;
    Ok(checks)
}

fn of_server(vitals: &Vitals, private: bool) -> [Check; 2] {
    let damaged = vitals.damaged_pages;
    let detail = match (vitals.checksums, damaged) {
        (true, 0) => "on, no damaged page found".to_owned(),
        (true, _) => format!("{damaged} damaged page(s): restore from a backup, and replace the disk"),
        (false, _) if private => "off: dump and restore into a new data folder".to_owned(),
        (false, _) => "off on this server: damaged pages stay unseen".to_owned(),
    };
    [
        Check::new("server", vitals.number >= 150_000, format!("PostgreSQL {}", vitals.version)),
        // How somebody's own server is kept is theirs to choose; it is only said.
        Check::new("checksums", damaged == 0 && (vitals.checksums || !private), detail),
    ]
}

fn of_extension(extension: Extension) -> Check {
    let name = &extension.name;
    let what = format!("extension {name}");
    match (extension.installed, extension.offered) {
        (Some(has), Some(offers)) if has != offers => Check::new(
            what,
            false,
            format!("{has}, the server offers {offers}: alter extension {name} update"),
        ),
        (Some(has), _) => Check::new(what, true, has),
        (None, _) => Check::new(what, false, "not installed in this database: predio migrate"),
    }
}

async fn of_migrations(connection: &mut PgConnection) -> Check {
    match schema::pending(connection).await {
        Ok(0) => Check::new("migrations", true, "current"),
        Ok(missing) => Check::new("migrations", false, format!("{missing} missing: predio migrate")),
        Err(error) => Check::new("migrations", false, error.to_string()),
    }
}

/// The service seals every minute; entries that wait for a day mean that nothing seals.
const LONGEST_UNSEALED_S: f64 = 86_400.0;

async fn of_journal(connection: &mut PgConnection) -> Check {
    match standing(connection).await {
        Ok(Standing { seals, unsealed, oldest_s }) => {
            let age = oldest_s.unwrap_or(0.0);
            let detail = format!("{seals} seals, {unsealed} entries wait");
            let told = format!(
                "{detail}, the oldest for {:.0} h: let the service run with a seal key",
                age / 3_600.0
            );
            let ok = age < LONGEST_UNSEALED_S;
            Check::new("journal", ok, if ok { detail } else { told })
        }
        Err(error) => Check::new("journal", false, error.to_string()),
    }
}

/// The layers as the service's login sees them for the public and for the staff, whose views differ.
async fn of_layers(database: &Database) -> Vec<Check> {
    let mut checks = Vec::new();
    for audience in [Audience::Public, Audience::Planner] {
        let what = format!("layers for {}", audience.role());
        match catalogue::read(database, audience).await {
            Ok(layers) => {
                let served = layers.served().count();
                checks.push(Check::new(what, served > 0, format!("{served} served")));
                checks.extend(layers.refused().iter().map(of_refused));
            }
            Err(error) => checks.push(Check::new(what, false, said(&error))),
        }
    }
    let mut seen = std::collections::HashSet::new();
    checks.retain(|check| seen.insert(check.what.clone()));
    checks
}

fn of_refused(refused: &catalogue::Refusal) -> Check {
    Check::new(format!("layer {}", refused.name), false, refused.reason.en.clone())
}

/// The command line may say the cause that a client must not hear.
fn said(error: &Error) -> String {
    match error {
        Error::Database(cause) => cause.to_string(),
        other => other.to_string(),
    }
}
