//! The demonstration district: invented, plausible, reproducible from a seed, and marked as fictitious.
//!
//! Invariants: the same seed and size give the same district; only a database without parcels whose kind is
//! not `real` takes it; agreed parcels share their corners to the millimetre and do not overlap; what is
//! deliberately wrong is provisional and stands in the catalogue of [`catalogue`].
// Coordinates are at most 10^10 mm and counts at most 10^7, far within every conversion done here.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

mod cases;
mod copy;
mod defects;
mod district;
mod fields;
mod geography;
mod hazards;
mod load;
mod lots;
mod mesh;
mod networks;
mod occupied;
mod people;
mod planning;
mod urban;

#[cfg(test)]
mod database_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

pub use defects::{Entry, catalogue};

use crate::spatial::mm;

/// Parcels of a demonstration without a size: about 9,500 urban lots and 1,500 rural parcels.
pub const STANDARD_PARCELS: u64 = 11_000;
/// Beyond so many parcels further invented districts stand beside the first.
pub const DISTRICT_PARCELS: u64 = 100_000;
/// Below so many no lot would be left for the town.
const SMALLEST: u64 = 1_000;

/// How large a demonstration, and from which seed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Parcels in all; [`STANDARD_PARCELS`] where absent.
    pub parcels: Option<u64>,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { parcels: None, seed: 150_203 }
    }
}

/// `predio demo`: fills an empty database with the demonstration district.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Parcels in all. Beyond 100,000 further invented districts stand beside the first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(SMALLEST..=5_000_000))]
    pub parcels: Option<u64>,

    /// The same seed and size give the same district.
    #[arg(long, default_value_t = Options::default().seed)]
    pub seed: u64,
}

impl From<&Args> for Options {
    fn from(args: &Args) -> Options {
        Options { parcels: args.parcels, seed: args.seed }
    }
}

/// How far the work has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub stage: &'static str,
    /// Districts begun, from 1.
    pub district: u64,
    pub districts: u64,
    /// Parcels of the districts already written.
    pub done: u64,
    pub total: u64,
}

/// What was written.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    pub districts: u64,
    pub parcels: u64,
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// SHA-256 over every district's parcels; the same for the same seed and size.
    pub fingerprint: String,
    pub seconds: f64,
}

/// Generates the demonstration into the database at `owner_url`, whose login is a member of `predio_owner`.
/// One transaction for each district: a failure leaves whole districts only.
///
/// # Errors
/// Where the database already holds a parcel, where its kind is `real`, and what the database says.
pub async fn generate(owner_url: &str, options: &Options, progress: impl Fn(Progress)) -> Result<Summary> {
    let begun = Instant::now();
    let total = options.parcels.unwrap_or(STANDARD_PARCELS).max(SMALLEST);
    let districts = total.div_ceil(DISTRICT_PARCELS);
    let connect = PgConnectOptions::from_str(owner_url)?
        .application_name("predio demo")
        .options([("timezone", "America/Lima"), ("client_min_messages", "warning")]);
    let mut connection =
        PgConnection::connect_with(&connect).await.context("the database does not answer")?;
    refuse_what_is_in_use(&mut connection).await?;
    let mut summary =
        Summary { districts, parcels: 0, rows: BTreeMap::new(), fingerprint: String::new(), seconds: 0.0 };
    for number in 0..districts {
        let size = total / districts + u64::from(number < total % districts);
        let (seed, index) = (options.seed, number as usize);
        let say = |stage| {
            progress(Progress { stage, district: number + 1, districts, done: summary.parcels, total });
        };
        say("laying out");
        let made = tokio::task::spawn_blocking(move || district::make(index, size as usize, seed)).await??;
        let counts = write(&mut connection, &made, &say).await?;
        summary.parcels += made.parcels.len() as u64;
        for (table, rows) in counts {
            *summary.rows.entry(table).or_default() += rows;
        }
        summary.fingerprint = joined(&summary.fingerprint, &made.fingerprint());
    }
    sqlx::raw_sql("analyze").execute(&mut connection).await.ok();
    connection.close().await?;
    summary.seconds = begun.elapsed().as_secs_f64();
    Ok(summary)
}

fn joined(before: &str, next: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest([before.as_bytes(), next.as_bytes()].concat()))
}

async fn refuse_what_is_in_use(connection: &mut PgConnection) -> Result<()> {
    let kind: Option<serde_json::Value> =
        sqlx::query_scalar("select value from service.setting where name = 'kind'")
            .fetch_optional(&mut *connection)
            .await
            .context("the database has no Predio schema yet: run `predio migrate` first")?;
    if kind.as_ref().is_some_and(|kind| kind == "real") {
        bail!("this database holds a real cadastre: invented data never enters it");
    }
    let in_use: bool =
        sqlx::query_scalar("select exists (select from land.parcel)").fetch_one(connection).await?;
    if in_use {
        bail!("the database already holds parcels: the demonstration only enters an empty one");
    }
    Ok(())
}

async fn write(
    connection: &mut PgConnection,
    made: &district::District,
    say: &impl Fn(&'static str),
) -> Result<load::Counts> {
    let mut counts = load::Counts::new();
    let mut transaction = connection.begin().await?;
    let c = &mut *transaction;
    sqlx::raw_sql("set local role predio_owner; set local predio.reason = 'demonstration: fictitious data'")
        .execute(&mut *c)
        .await?;
    sqlx::raw_sql(
        "insert into service.setting (name, value) values ('kind', '\"demonstration\"') on conflict (name) do nothing",
    )
    .execute(&mut *c)
    .await?;
    let bases = load::Bases::read(c).await?;
    say("land");
    load::land(c, made, &bases, &mut counts).await?;
    say("parcels");
    load::parcels(c, made, &bases, &mut counts).await?;
    say("rights");
    load::rights(c, made, &bases, &mut counts).await?;
    say("networks");
    load::networks(c, made, &bases, &mut counts).await?;
    // Before rows are numbered by their sequences, these must stand behind ours.
    load::advance_sequences(c).await?;
    say("zoning");
    planning::load(c, made, &bases, &mut counts).await?;
    planning::outline_plans(c, made, &bases).await?;
    say("hazards");
    hazards::load(c, made, &bases, &mut counts).await?;
    say("titling");
    cases::load(c, made, &bases, &mut counts).await?;
    cases::programme(c, made, &mut counts).await?;
    load::advance_sequences(c).await?;
    transaction.commit().await?;
    Ok(counts)
}
