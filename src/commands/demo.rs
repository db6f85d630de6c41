//! `predio demo`.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use predio::config::Settings;
use predio::demo::{self, Args, Options, Progress, Summary};

use super::End;
use super::place;

pub fn run(arguments: &Args, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let options = Options::from(arguments);
    let summary = place::work_on(settings, "demo", |place| async move {
        generate(&place.owner, &options, ProgressDrawTarget::stderr()).await
    })?;
    if json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print(&summary);
    }
    Ok(End::Done)
}

/// Generates, with a bar that counts parcels (indicatif draws it at a terminal only).
pub async fn generate(owner: &str, options: &Options, target: ProgressDrawTarget) -> anyhow::Result<Summary> {
    let bar = ProgressBar::with_draw_target(None, target);
    let style = "{spinner} demonstration district {msg} {bar:30} {pos}/{len} {elapsed}";
    bar.set_style(ProgressStyle::with_template(style)?);
    let told = bar.clone();
    let progress = move |now: Progress| {
        told.set_length(now.total);
        told.set_position(now.done);
        told.set_message(format!("{} of {}: {}", now.district, now.districts, now.stage));
    };
    let summary = demo::generate(owner, options, progress).await;
    bar.finish_and_clear();
    summary
}

fn print(summary: &Summary) {
    println!(
        "DATOS FICTICIOS: {} parcels in {} district(s), in {}.",
        summary.parcels,
        summary.districts,
        HumanDuration(std::time::Duration::from_secs_f64(summary.seconds))
    );
    for (table, rows) in &summary.rows {
        println!("  {rows:>9}  {table}");
    }
}
