//! `predio publish`.

use predio::config::Settings;
use predio::publish::{self, Args};

use super::End;
use super::place;

pub fn run(arguments: &Args, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let report =
        place::work_on(
            settings,
            "publish",
            |place| async move { publish::run(arguments, &place.owner).await },
        )?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.in_words());
    }
    Ok(if report.has_findings() { End::Findings } else { End::Done })
}
