//! `predio check`.

use predio::config::Settings;
use predio::parcels::check::{self, Audit, CLASSES, Finding};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::End;
use super::place::{self, Place};

/// Audit the data: every defect of the fabric, named and placed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio check                          every parcel in force
  predio check --district 150203        one district
  predio check --json > findings.json   everything, for another program

Findings are kept: the staff's layer `fabric_findings` shows what is open, accepted, repaired.

Exit codes: 0 nothing found, 3 something found. Positions are in EPSG:32718.")]
pub struct Check {
    /// What to audit.
    #[arg(value_enum, default_value_t = Subject::Fabric)]
    subject: Subject,

    /// Only this district.
    #[arg(long, value_name = "UBIGEO", value_parser = ubigeo)]
    district: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Subject {
    /// Polygons, corners, overlaps, gaps, blocks, areas and buildings of the parcels in force.
    Fabric,
}

pub fn ubigeo(text: &str) -> Result<String, String> {
    let six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if six_digits { Ok(text.to_owned()) } else { Err("a ubigeo has six digits, such as 150203".to_owned()) }
}

pub fn run(arguments: &Check, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let Subject::Fabric = arguments.subject;
    let district = arguments.district.clone();
    let audit = place::work_on(settings, "check", |place| fabric(place, district))?;
    if json {
        println!("{}", serde_json::to_string_pretty(&audit)?);
    } else {
        print(&audit);
    }
    Ok(if audit.findings.is_empty() { End::Done } else { End::Findings })
}

async fn fabric(place: Place, district: Option<String>) -> anyhow::Result<Audit> {
    let mut connection = PgConnection::connect(&place.owner).await?;
    let audit = check::fabric(&mut connection, district.as_deref()).await?;
    let (open, repaired) = check::keep(&mut connection, district.as_deref(), &audit).await?;
    tracing::info!(open, repaired, "findings kept");
    connection.close().await?;
    Ok(audit)
}

fn print(audit: &Audit) {
    for class in CLASSES {
        let mut found = audit.findings.iter().filter(|finding| finding.class == class.name).peekable();
        if found.peek().is_some() {
            println!("\n{} / {} ({})", class.es, class.en, class.name);
        }
        for finding in found {
            println!("  {}", line(finding, class.unit));
        }
    }
    println!("\n{} parcels in force, {} findings", audit.parcels, audit.findings.len());
}

fn line(finding: &Finding, unit: &str) -> String {
    let place = finding.x.zip(finding.y);
    let parts = [
        Some(format!("{:<16}", finding.code)),
        finding.other.clone(),
        finding.measure.map(|measure| format!("{measure:.3} {unit}")),
        place.map(|(x, y)| format!("at {x:.3} {y:.3}")),
        finding.detail.as_ref().map(|detail| format!("({detail})")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
