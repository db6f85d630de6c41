//! `predio restore`.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::Context;
use predio::backup::manifest::Manifest;
use predio::backup::{self, Programs, Restored};
use predio::cluster::lock::Holder;
use predio::cluster::{self, Cluster, DATABASE, privilege};
use predio::config::Settings;
use predio::database::schema;
use predio::refusal::Refusal;

use super::migrate;
use super::place::Place;
use super::steps::Step;
use super::{End, block_on};

/// Restore a backup into an empty place, and compare every table and the journal with what was backed up.
///
/// Without DATABASE_URL it makes a new private cluster in the data folder; with it, that database must be empty.
/// The checksums are verified before anything is made. Wholly or not at all.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio restore backup.tar --data /srv/predio-new        a new data folder, ready for `predio up`
  DATABASE_URL=postgres://… predio restore backup.tar     an empty database of your own server
  predio restore - --data /srv/predio-new < backup.tar    the file comes in by standard input

Exit codes: 0 restored and compared, 1 failed or different, 4 refused (not empty, taken by a newer Predio).")]
pub struct Restore {
    /// Backup to read; `-` is a file at standard input.
    file: PathBuf,
}

pub fn run(arguments: &Restore, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let mut file = open(&arguments.file)?;
    let step = Step::begin("checksums");
    let manifest = backup::check(&mut file).with_context(|| format!("{}", arguments.file.display()))?;
    step.done();
    let restored = match Place::named(settings) {
        Some(place) => block_on(into_named(&mut file, &manifest, &place, settings))?,
        None => into_new_folder(&mut file, &manifest, settings)?,
    };
    print(&restored, json)?;
    Ok(End::Done)
}

/// Root reads the file before it gives root up; the program that goes on as another user finds it at its standard
/// input.
fn open(path: &Path) -> anyhow::Result<File> {
    let standard_input = || -> Option<File> {
        let file = File::from(std::io::stdin().as_fd().try_clone_to_owned().ok()?);
        file.metadata().is_ok_and(|metadata| metadata.is_file()).then_some(file)
    };
    if path.as_os_str() == "-" {
        return standard_input()
            .ok_or_else(|| Refusal::because("standard input is no file: predio restore - < FILE"));
    }
    match File::open(path) {
        Ok(file) => Ok(file),
        Err(error) => {
            standard_input().ok_or(error).with_context(|| format!("cannot read {}", path.display()))
        }
    }
}

async fn into_named(
    file: &mut File,
    manifest: &Manifest,
    place: &Place,
    settings: &Settings,
) -> anyhow::Result<Restored> {
    schema::prepare_bare(&place.owner).await?;
    let restored = backup::restore(file, manifest, &place.owner, &Programs::of(settings)?).await?;
    migrate::on(place).await?;
    Ok(restored)
}

fn into_new_folder(file: &mut File, manifest: &Manifest, settings: &Settings) -> anyhow::Result<Restored> {
    let folder = settings.data_folder();
    if folder.join("cluster.json").exists() {
        return Err(Refusal::because(format!(
            "there is a cluster in {} already. Restore into a new folder with --data.",
            folder.display()
        )));
    }
    cluster::binaries(&folder)?;
    if nix::unistd::geteuid().is_root() {
        nix::unistd::dup2_stdin(&*file)?;
        privilege::drop_root(&folder)?;
    }
    block_on(async {
        let mut cluster =
            tokio::task::block_in_place(|| Cluster::start(&folder, &Holder::this("restore", None)))?;
        let restored = into_cluster(file, manifest, &mut cluster, settings).await;
        let stopped = tokio::task::block_in_place(|| cluster.stop());
        let restored = restored?;
        stopped?;
        Ok(restored)
    })
}

async fn into_cluster(
    file: &mut File,
    manifest: &Manifest,
    cluster: &mut Cluster,
    settings: &Settings,
) -> anyhow::Result<Restored> {
    let step = Step::begin("restore");
    drop(schema::create_bare(&cluster.superuser_url(), DATABASE).await?);
    cluster::database::set_passwords(cluster).await?;
    let programs = Programs::of(settings)?;
    let restored = backup::restore(file, manifest, &cluster.superuser_url(), &programs).await?;
    migrate::on(&Place::private(cluster)).await?;
    cluster.complete()?;
    step.done();
    Ok(restored)
}

fn print(restored: &Restored, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(restored)?);
        return Ok(());
    }
    println!(
        "{} tables with {} rows are as they were at {}; the journal's {} entries and {} seals are whole.",
        restored.tables, restored.rows, restored.taken_at, restored.journal_entries, restored.journal_seals
    );
    if !restored.logins.is_empty() {
        println!("\nLogins live in the server and not in a backup. Make them again, with passwords:");
        for sql in &restored.logins {
            println!("  {sql}");
        }
    }
    println!(
        "\nThe journal is sealed with another key from here on, unless seal.key is put back before the next start."
    );
    Ok(())
}
