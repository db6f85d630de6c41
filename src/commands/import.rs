//! `predio import`: a file as a delivery, from the command line.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use predio::access::{Actor, Audience};
use predio::app::App;
use predio::config::Settings;
use predio::database::Database;
use predio::deliveries::import::{self, Outcome};
use predio::deliveries::model::About;

use super::End;
use super::place;

/// Bring a file as a delivery: stage it, examine it, and with --accept let it enter.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio import lotes.shp --into parcels --district 150203 --sender 'Topografía Andina' --accuracy 0.05
  predio import agua.gpkg --layer tuberias --into water_mains --district 150203 --sender 'EPS' --accept
  predio import plano.geojson --into parcels --district 150203 --sender Ministerio --srid 24878
  predio import salida-7-water_mains.gpkg --returns 7

Nothing but the delivery is written without --accept; it waits at /api/v1/deliveries/{id} for its office.
Exit codes: 0 done, 3 something was found or the reference system must be said, 4 refused.")]
pub struct Import {
    /// File that was sent.
    file: PathBuf,
    /// Layer that it goes to: parcels, blocks, buildings, streets, roads, water_mains, zone_drafts, …
    #[arg(long, value_name = "LAYER", required_unless_present = "returns")]
    into: Option<String>,
    /// District that it is about.
    #[arg(long, value_name = "UBIGEO", required_unless_present = "returns")]
    district: Option<String>,
    /// Who sent it; the mapping of columns is kept for each.
    #[arg(long, required_unless_present = "returns")]
    sender: Option<String>,
    /// Field copy that the file returns: its changes are compared with what went out and what is on record.
    #[arg(long, value_name = "COPY")]
    returns: Option<i64>,
    /// Number of the document that it came with.
    #[arg(long, value_name = "ID")]
    source: Option<i64>,
    /// Accuracy of its positions, metres.
    #[arg(long, value_name = "METRES")]
    accuracy: Option<f64>,
    /// EPSG code of its coordinates, as the sender says.
    #[arg(long, value_name = "EPSG")]
    srid: Option<i32>,
    /// Layer of the file, where it has several.
    #[arg(long)]
    layer: Option<String>,
    /// Plan in draft that zones go to.
    #[arg(long)]
    plan: Option<String>,
    /// Let enter what has no error.
    #[arg(long)]
    accept: bool,
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
}

pub fn run(arguments: &Import, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let outcome = place::work_on(settings, "import", |place| async move {
        let database = Database::open(&place.app, settings)?;
        let app = App::new(settings.clone(), database).await?;
        bring(&app, arguments).await
    })?;
    if json {
        println!("{}", serde_json::to_string_pretty(&outcome)?);
    } else {
        print!("{}", outcome.in_words());
    }
    Ok(if outcome.needs_eyes() { End::Findings } else { End::Done })
}

async fn bring(app: &App, arguments: &Import) -> anyhow::Result<Outcome> {
    let about = About {
        ubigeo: arguments.district.clone().unwrap_or_default(),
        target: arguments.into.clone().unwrap_or_default(),
        sender: arguments.sender.clone().unwrap_or_default(),
        returns: arguments.returns,
        source_id: arguments.source,
        accuracy_m: arguments.accuracy,
        srid: arguments.srid,
        layer: arguments.layer.clone(),
        plan: arguments.plan.clone(),
        layers: Vec::new(),
        reason: arguments.reason.clone(),
    };
    let bar = bar()?;
    let id = import::record(app, &offices(), about, &arguments.file).await?;
    let work = import::work(app, id, &arguments.file);
    let mut work = std::pin::pin!(work);
    let mut beat = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            () = &mut work => break,
            _ = beat.tick() => {
                if let Some((phase, done, total)) = import::progress(app, id).await? {
                    bar.set_message(phase);
                    bar.set_length(total.and_then(|total| u64::try_from(total).ok()).unwrap_or(0));
                    bar.set_position(u64::try_from(done).unwrap_or(0));
                }
            }
        }
    }
    bar.finish_and_clear();
    import::conclude(app, &offices(), id, arguments.accept).await
}

/// Whoever reaches the database by its address acts in the office of the target.
fn offices() -> [Actor; 2] {
    [Audience::Surveyor, Audience::Planner].map(|office| Actor::inside("predio import", office, ""))
}

/// At a terminal only.
fn bar() -> anyhow::Result<ProgressBar> {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg:10} {bar:30} {pos}/{len} {elapsed}")
            .context("the bar")?,
    );
    Ok(bar)
}
