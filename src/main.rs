//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use predio::refusal::Refusal;
use predio::{publish, spatial};

#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[arg(long, env = "PREDIO_OWNER_URL", global = true, hide_env_values = true)]
    owner_url: Option<String>,
    /// Print the result as one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Publish a vector file as a layer.
    Publish(publish::Args),
    /// Read a vector file for another process.
    #[command(hide = true)]
    ReadVector(spatial::reader::Args),
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("predio: {error:#}");
            ExitCode::from(if error.is::<Refusal>() { 4 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::ReadVector(args) => spatial::reader::run_child(args)?,
        Command::Publish(args) => {
            let url = cli.owner_url.as_deref().unwrap_or("postgres://localhost/predio");
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let report = runtime.block_on(publish::run(args, url))?;
            if cli.json {
                println!("{}", serde_json::to_string_pretty(&report)?);
            } else {
                print!("{}", report.in_words());
            }
            if report.has_findings() {
                return Ok(ExitCode::from(3));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
