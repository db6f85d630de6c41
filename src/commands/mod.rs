//! The command line: one file per subcommand.
//!
//! Invariants: nothing asks a question; results go to standard output (with `--json` as one JSON document),
//! everything else to standard error; the exit code says what kind of end it was.

mod account;
mod audit;
mod backup;
mod check;
mod completions;
mod convert;
mod demo;
mod doctor;
mod export;
mod import;
mod logs;
mod migrate;
mod parcel;
mod place;
mod port;
mod publish;
mod restore;
mod serve;
mod serving;
mod steps;
mod stop;
mod up;

use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use predio::config::Settings;
use predio::database::schema::SchemaError;
use predio::refusal::Refusal;

/// Cadastre and planning service of a small municipality, on PostGIS.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP, args_override_self = true, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    settings: Settings,

    /// Print the result as one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  predio up                                   a private PostGIS, a demonstration district, and the service
  predio up --data /srv/predio --empty        the same without invented data, for a real district
  DATABASE_URL=postgres://… predio migrate    bring your own server to this version's schema
  DATABASE_URL=postgres://… predio serve      serve it
  predio doctor                               what is missing or wrong, and what to do
  source <(predio completions bash)           completion of subcommands and options

Exit codes:
  0  done
  1  failed
  2  the command line is wrong
  3  done, and something was found (audit verify, check, doctor, import, publish)
  4  refused: nothing was changed (busy port, second `up` on the same data, missing package,
     a folder or database that is foreign or newer)

Log lines go to standard error; PREDIO_LOG=debug says more. NO_COLOR turns colours off.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring everything up: cluster, schema, demonstration district, service.
    Up(up::Up),
    /// Serve a database that is migrated already.
    Serve,
    /// Bring the database to the schema of this version.
    Migrate,
    /// Fill an empty database with the demonstration district: invented, and marked as fictitious everywhere.
    Demo(predio::demo::Args),
    /// Publish a vector file as a layer; every feature is accounted for.
    Publish(predio::publish::Args),
    /// Bring a file as a delivery: staged, examined, and accepted where asked for.
    Import(import::Import),
    /// Write a layer, or a whole district, as a file: GeoPackage, FlatGeobuf, shapefile, KML, DXF.
    Export(Box<export::Export>),
    /// Accounts: make the first administrator, change offices and passwords, give out and revoke tokens.
    Account(account::Account),
    /// Seal, export and verify the journal.
    Audit(audit::Audit),
    /// Take a backup while the service runs: one file, with checksums.
    Backup(backup::Backup),
    /// Restore a backup into an empty place, and compare what came out with what went in.
    Restore(restore::Restore),
    /// Audit the data: every defect of the fabric, named and placed.
    Check(check::Check),
    /// Change the parcel fabric by operations, or look at a parcel's lineage.
    Parcel(Box<parcel::Parcel>),
    /// Convert coordinates between PSAD56, WGS 84 and Peru96, by pinned operations.
    Convert(convert::Convert),
    /// Open a vector file for the parent process and stream its features; the only place where GDAL opens files.
    #[command(hide = true)]
    ReadVector(predio::spatial::reader::Args),
    /// Write the rows of standard input as a vector file for the parent process.
    #[command(hide = true)]
    WriteVector(predio::spatial::writer::Args),
    /// Look for what is missing or wrong: programs, versions, schema, layers, disk.
    Doctor,
    /// Print the completion script of a shell.
    Completions(completions::Completions),
}

/// How a command ended, apart from failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Findings,
}

/// Reads the command line, runs it, says what went wrong.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let settings = without_blanks(cli.settings);
    logs::start(matches!(cli.command, Command::Up(_) | Command::Serve));
    predio::spatial::sandbox::settle(settings.unsandboxed_files);
    let end = match &cli.command {
        Command::Up(arguments) => up::run(arguments, &settings, cli.json),
        Command::Serve => serve::run(&settings, cli.json),
        Command::Migrate => migrate::run(&settings, cli.json),
        Command::Demo(arguments) => demo::run(arguments, &settings, cli.json),
        Command::Publish(arguments) => publish::run(arguments, &settings, cli.json),
        Command::Import(arguments) => import::run(arguments, &settings, cli.json),
        Command::Export(arguments) => export::run(arguments, &settings, cli.json),
        Command::Account(arguments) => account::run(arguments, &settings, cli.json),
        Command::Audit(arguments) => audit::run(arguments, &settings, cli.json),
        Command::Backup(arguments) => backup::run(arguments, &settings, cli.json),
        Command::Restore(arguments) => restore::run(arguments, &settings, cli.json),
        Command::Check(arguments) => check::run(arguments, &settings, cli.json),
        Command::Parcel(arguments) => parcel::run(arguments, &settings, cli.json),
        Command::Convert(arguments) => convert::run(arguments, cli.json),
        Command::ReadVector(arguments) => predio::spatial::reader::run_child(arguments).map(|()| End::Done),
        Command::WriteVector(arguments) => predio::spatial::writer::run_child(arguments).map(|()| End::Done),
        Command::Doctor => doctor::run(&settings, cli.json),
        Command::Completions(arguments) => {
            completions::run(arguments);
            Ok(End::Done)
        }
    };
    match end {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Findings) => ExitCode::from(3),
        Err(error) => report(&error, cli.json),
    }
}

/// `DATABASE_URL=` in front of a command means: none.
fn without_blanks(mut settings: Settings) -> Settings {
    settings.database_url = settings.database_url.filter(|url| !url.is_empty());
    settings.owner_url = settings.owner_url.filter(|url| !url.is_empty());
    settings
}

fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let refused = error.chain().any(|cause| {
        cause.is::<Refusal>()
            || matches!(
                cause.downcast_ref::<SchemaError>(),
                Some(
                    SchemaError::Newer { .. }
                        | SchemaError::Foreign { .. }
                        | SchemaError::NeedsAdministrator { .. }
                )
            )
    });
    let code = if refused { 4 } else { 1 };
    if json {
        println!("{}", serde_json::json!({ "error": format!("{error:#}"), "exit": code }));
    } else {
        eprintln!("predio: {error:#}");
    }
    ExitCode::from(code)
}

/// Runs asynchronous work. Comes after root was given up, because its threads keep the user they began with.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_last_data_folder_counts() {
        let cli = Cli::parse_from(["predio", "up", "--data", "a", "--data", "/b"]);
        assert_eq!(cli.settings.data.unwrap(), std::path::Path::new("/b"));
        let cli = Cli::parse_from(["predio", "--data", "a", "up", "--data", "/b"]);
        assert_eq!(cli.settings.data.unwrap(), std::path::Path::new("/b"));
    }
}
