//! `predio backup`.

use std::path::PathBuf;

use predio::backup::{self, Programs};
use predio::config::Settings;

use super::End;
use super::place;
use super::steps::Step;

/// Take a backup while the service runs: one file, with checksums.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio backup /backups/predio-2026-07-01.tar       of the private cluster, whether it runs or not
  tar xOf predio-2026-07-01.tar manifest.json        what is in it
  predio restore predio-2026-07-01.tar --data /tmp/drill
                                                     a backup is one that was restored

The file holds personal data: keep it as such. The journal's signing key (seal.key) is not in it; keep that elsewhere.")]
pub struct Backup {
    /// File to write; it must not exist.
    file: PathBuf,
}

pub fn run(arguments: &Backup, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let programs = Programs::of(settings)?;
    let step = Step::begin("backup");
    let manifest = place::work_on(settings, "backup", |place| async move {
        // Row-level security binds the owner, too.
        let url = place.superuser.as_ref().unwrap_or(&place.owner);
        backup::take(url, &programs, &arguments.file).await
    })?;
    step.done();
    let bytes = std::fs::metadata(&arguments.file)?.len();
    let rows: i64 = manifest.tables.iter().map(|table| table.rows).sum();
    if json {
        let told = serde_json::json!({
            "file": arguments.file, "bytes": bytes, "tables": manifest.tables.len(), "rows": rows,
            "taken_at": manifest.taken_at, "newest_seal": manifest.newest_seal,
        });
        println!("{told}");
    } else {
        println!(
            "{} tables with {rows} rows in {} ({bytes} bytes)",
            manifest.tables.len(),
            arguments.file.display()
        );
    }
    Ok(End::Done)
}
