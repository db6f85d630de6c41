//! `predio parcel`: operations on the fabric, and where a parcel comes from.

use std::str::FromStr;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use predio::config::Settings;
use predio::layers::when::Moment;
use predio::parcels::cut::{Cut, Leg};
use predio::parcels::lineage::{self, Lineage};
use predio::parcels::model::{CornerChange, Report, Request, Terms};
use predio::parcels::operations::{self, Mode};
use predio::problem::Error;
use predio::refusal::Refusal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::End;
use super::place;

/// Change the parcel fabric by operations, or look at a parcel's lineage.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio parcel split 15020301001007 --line '196012.5,8815999 196012.5,8816021' --lawful --reason 'Res. 12-2026' --dry-run
  predio parcel split 15020301001007 --area 120 --towards 90 --lawful --reason 'Res. 12-2026'
  predio parcel merge 15020301001007 15020301001008 --reason 'acumulación, Res. 13-2026'
  predio parcel adjust 15020301001007 --move '196010,8816000 196010.12,8816000.05' --reason 'rectificación'
  predio parcel agree --block 15020301001 --reason 'levantamiento conforme'
  predio parcel lineage 15020301001007 --on 2024-01-01

Coordinates are easting,northing in EPSG:32718, metres; bearings are azimuths in degrees.
Exit codes: 0 done, 3 a dry run that breaks a rule, 4 refused: nothing was changed.")]
pub struct Parcel {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Divide a parcel into new ones.
    Split {
        /// Code of the parcel.
        code: String,
        #[command(flatten)]
        cut: Division,
        #[command(flatten)]
        terms: Common,
    },
    /// Unite adjoining parcels of the same holders.
    Merge {
        /// Codes of the parcels.
        #[arg(required = true, num_args = 2..)]
        codes: Vec<String>,
        /// Registered area of the union, square metres.
        #[arg(long, value_name = "M2")]
        registered: Option<f64>,
        #[command(flatten)]
        terms: Common,
    },
    /// Take parts out of a parcel that goes on as the remainder.
    Detach {
        /// Code of the parcel.
        code: String,
        #[command(flatten)]
        cut: Division,
        /// A place inside the remainder; the largest piece where absent.
        #[arg(long, value_name = "E,N", value_parser = position)]
        keep: Option<[f64; 2]>,
        #[command(flatten)]
        terms: Common,
    },
    /// Move, insert or remove corners; the neighbours move with them.
    Adjust {
        /// Code of the parcel.
        code: String,
        /// Move a corner.
        #[arg(long = "move", value_name = "E,N E,N", value_parser = positions)]
        moves: Vec<Positions>,
        /// Insert a corner on an edge.
        #[arg(long, value_name = "E,N", value_parser = position)]
        insert: Vec<[f64; 2]>,
        /// Remove a corner.
        #[arg(long, value_name = "E,N", value_parser = position)]
        remove: Vec<[f64; 2]>,
        #[command(flatten)]
        terms: Common,
    },
    /// Put the polygon of a survey in place of the present one.
    Replace {
        /// Code of the parcel.
        code: String,
        #[command(flatten)]
        survey: Vertices,
        #[command(flatten)]
        terms: Common,
    },
    /// End a parcel; its land becomes free.
    Retire {
        /// Code of the parcel.
        code: String,
        #[command(flatten)]
        terms: Common,
    },
    /// Put a polygon right that was recorded wrongly, for its whole period.
    Correct {
        /// Code of the parcel.
        code: String,
        #[command(flatten)]
        survey: Vertices,
        #[command(flatten)]
        terms: Common,
    },
    /// Make provisional parcels part of the fabric, all or none.
    Agree {
        /// Codes of the parcels.
        codes: Vec<String>,
        /// All provisional parcels of a block: ubigeo, sector, manzana.
        #[arg(long)]
        block: Option<String>,
        #[command(flatten)]
        terms: Common,
    },
    /// Ancestors and descendants.
    Lineage {
        /// Code of the parcel.
        code: String,
        /// As it was on this day.
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<NaiveDate>,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Why, for the journal.
    #[arg(long)]
    reason: String,
    /// Only try, and tell what would happen.
    #[arg(long)]
    dry_run: bool,
    /// From when the land is so; today where absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    effective_on: Option<NaiveDate>,
    /// Number of the document that proves it.
    #[arg(long, value_name = "ID")]
    source: Option<i64>,
    /// Number of the survey that it rests on.
    #[arg(long, value_name = "ID")]
    survey: Option<i64>,
    /// Case on whose behalf it is done.
    #[arg(long, value_name = "NUMBER")]
    case: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Division {
    /// Dividing line.
    #[arg(long, value_name = "E,N E,N …", value_parser = positions, group = "division")]
    line: Option<Positions>,
    /// Corner from which legs run.
    #[arg(long, value_name = "E,N", value_parser = position, requires = "legs", group = "division")]
    from: Option<[f64; 2]>,
    /// Legs, each azimuth:metres.
    #[arg(long, value_name = "BEARING:METRES", num_args = 1.., value_parser = leg)]
    legs: Vec<Leg>,
    /// Grid area of the first part, square metres.
    #[arg(long, value_name = "M2", requires = "towards", group = "division")]
    area: Option<f64>,
    /// Azimuth in which the line advances until the area is met.
    #[arg(long, value_name = "BEARING")]
    towards: Option<f64>,
    /// The division complies with the urban parameters: each part gets codes of its own.
    #[arg(long)]
    lawful: bool,
    /// Registered areas of the parts, in the order of the dry run.
    #[arg(long, value_name = "M2", num_args = 1..)]
    registered: Vec<f64>,
}

#[derive(Debug, clap::Args)]
struct Vertices {
    /// File of vertices: a line each, easting and northing; an empty line begins a hole.
    #[arg(long, value_name = "FILE")]
    vertices: std::path::PathBuf,
    /// Land may become free.
    #[arg(long)]
    declares_gap: bool,
}

#[derive(Clone, Debug)]
struct Positions(Vec<[f64; 2]>);

fn position(text: &str) -> Result<[f64; 2], String> {
    let numbers: Vec<f64> = text
        .split([',', ' ', '\t', ';'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            f64::from_str(part).ok().filter(|m| m.abs() < 1e9).ok_or(format!("{part} is no coordinate"))
        })
        .collect::<Result<_, _>>()?;
    <[f64; 2]>::try_from(numbers).map_err(|_| "a place is easting,northing".to_owned())
}

fn positions(text: &str) -> Result<Positions, String> {
    text.split_whitespace().map(position).collect::<Result<_, _>>().map(Positions)
}

fn leg(text: &str) -> Result<Leg, String> {
    let wrong = || "a leg is azimuth:metres, such as 87.5:12.40".to_owned();
    let (bearing, distance) = text.split_once(':').ok_or_else(wrong)?;
    let number = |part: &str| f64::from_str(part).map_err(|_| wrong());
    Ok(Leg { bearing: number(bearing)?, distance: number(distance)? })
}

impl Division {
    fn cut(&self) -> anyhow::Result<Cut> {
        match (&self.line, self.from, self.area, self.towards) {
            (Some(line), ..) => Ok(Cut::Line(line.0.clone())),
            (_, Some(from), ..) => Ok(Cut::Legs { from, legs: self.legs.clone() }),
            (_, _, Some(area_m2), Some(towards)) => Ok(Cut::Area { area_m2, towards }),
            _ => bail!("say how to divide: --line, --from with --legs, or --area with --towards"),
        }
    }

    fn registered(&self) -> Vec<Option<f64>> {
        self.registered.iter().copied().map(Some).collect()
    }
}

impl Vertices {
    fn polygons(&self) -> anyhow::Result<Vec<Vec<Vec<[f64; 2]>>>> {
        let text =
            std::fs::read_to_string(&self.vertices).with_context(|| self.vertices.display().to_string())?;
        let mut rings = vec![Vec::new()];
        for line in text.lines().map(str::trim) {
            match (line.is_empty(), rings.last_mut()) {
                (false, Some(ring)) => ring.push(position(line).map_err(anyhow::Error::msg)?),
                _ => rings.push(Vec::new()),
            }
        }
        rings.retain(|ring| !ring.is_empty());
        Ok(vec![rings])
    }
}

pub fn run(arguments: &Parcel, settings: &Settings, json: bool) -> anyhow::Result<End> {
    if let What::Lineage { code, on } = &arguments.what {
        return show_lineage(code, *on, settings, json);
    }
    let (request, common) = request(&arguments.what)?;
    let terms = Terms {
        reason: common.reason.clone(),
        effective_on: common.effective_on,
        source_id: common.source,
        survey_id: common.survey,
        case_reference: common.case.clone(),
        ..Terms::default()
    };
    let mode = if common.dry_run { Mode::Try } else { Mode::Do };
    let today = Moment::from(chrono::Utc::now()).day;
    let report = place::work_on(settings, "parcel", |place| async move {
        let mut connection = PgConnection::connect(&place.owner).await?;
        let report = operations::as_owner(&mut connection, &request, &terms, today, mode).await;
        connection.close().await?;
        report.map_err(refusal)
    })?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.broken.is_empty() { End::Done } else { End::Findings })
}

fn request(what: &What) -> anyhow::Result<(Request, &Common)> {
    Ok(match what {
        What::Split { code, cut, terms } => {
            let (registered_areas_m2, lawful, line) = (cut.registered(), cut.lawful, cut.cut()?);
            (Request::Split { code: code.clone(), cut: line, lawful, registered_areas_m2 }, terms)
        }
        What::Detach { code, cut, keep, terms } => {
            let (registered_areas_m2, lawful, line) = (cut.registered(), cut.lawful, cut.cut()?);
            (
                Request::Detach { code: code.clone(), cut: line, lawful, keep: *keep, registered_areas_m2 },
                terms,
            )
        }
        What::Merge { codes, registered, terms } => {
            (Request::Merge { codes: codes.clone(), registered_area_m2: *registered }, terms)
        }
        What::Adjust { code, moves, insert, remove, terms } => {
            let corners = changes(moves, insert, remove)?;
            (Request::Adjust { code: code.clone(), corners }, terms)
        }
        What::Replace { code, survey, terms } => {
            let (polygons, declares_gap) = (survey.polygons()?, survey.declares_gap);
            (Request::Replace { code: code.clone(), polygons, declares_gap }, terms)
        }
        What::Correct { code, survey, terms } => {
            let (polygons, declares_gap) = (survey.polygons()?, survey.declares_gap);
            (Request::Correct { code: code.clone(), polygons, declares_gap }, terms)
        }
        What::Retire { code, terms } => (Request::Retire { code: code.clone() }, terms),
        What::Agree { codes, block, terms } => {
            (Request::Agree { codes: codes.clone(), block: block.clone() }, terms)
        }
        What::Lineage { .. } => bail!("lineage changes nothing"),
    })
}

/// Insertions come first: what is inserted may be moved.
fn changes(
    moves: &[Positions],
    insert: &[[f64; 2]],
    remove: &[[f64; 2]],
) -> anyhow::Result<Vec<CornerChange>> {
    let mut changes: Vec<CornerChange> = insert.iter().map(|at| CornerChange::Insert { at: *at }).collect();
    for one in moves {
        let [from, to] = one.0[..] else { bail!("--move takes two places: from, to") };
        changes.push(CornerChange::Move { from, to });
    }
    changes.extend(remove.iter().map(|at| CornerChange::Remove { at: *at }));
    Ok(changes)
}

/// What the fabric refuses is a refusal of the command: nothing was changed.
fn refusal(error: Error) -> anyhow::Error {
    match error {
        Error::Rules(violations) => {
            let lines =
                violations.iter().map(|one| format!("{}: {}", one.rule, one.detail)).collect::<Vec<_>>();
            Refusal::because(lines.join("\n"))
        }
        Error::Conflict(text) | Error::NotFound(text) => Refusal::because(text),
        other => other.into(),
    }
}

fn print(report: &Report) {
    for broken in &report.broken {
        let at = broken.at.map(|[e, n]| format!(" at {e:.3} {n:.3}")).unwrap_or_default();
        let parcel = broken.parcel.as_deref().unwrap_or_default();
        println!(
            "{} {parcel}: {} / {}{at} [{}]",
            broken.rule.name, broken.rule.es, broken.rule.en, broken.rule.norm
        );
    }
    for parcel in &report.parcels {
        let area = |measures: Option<predio::parcels::model::Measures>| {
            measures.map_or_else(
                || "-".to_owned(),
                |m| format!("{:.3} m² {:.3} m", m.grid_area_m2, m.perimeter_m),
            )
        };
        println!("{:<16} {:?}: {} -> {}", parcel.code, parcel.part, area(parcel.before), area(parcel.after));
    }
    for edge in &report.free_edges {
        println!(
            "free edge of {:.3} m changes by {:.6} m² (at most {:.6})",
            edge.length_m, edge.area_change_m2, edge.limit_m2
        );
    }
    match report.operation_id {
        Some(id) => println!("operation {id}: {}", report.operation),
        None => println!("tried only: {}", report.operation),
    }
}

fn show_lineage(code: &str, on: Option<NaiveDate>, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let day = on.unwrap_or_else(|| Moment::from(chrono::Utc::now()).day);
    let code = code.to_uppercase();
    let lineage = place::work_on(settings, "parcel", |place| async move {
        let mut connection = PgConnection::connect(&place.owner).await?;
        let lineage = lineage::of(&mut connection, &code, day).await?;
        connection.close().await?;
        Ok(lineage)
    })?;
    if lineage.parcels.is_empty() {
        return Err(Refusal::because(format!("no parcel has the code {}", lineage.code)));
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&lineage)?);
    } else {
        print_lineage(&lineage);
    }
    Ok(End::Done)
}

fn print_lineage(lineage: &Lineage) {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    for one in &lineage.parcels {
        let mark = if one.in_force { "in force" } else { "not in force" };
        println!("{:>3} {:<16} {} to {} {mark}", one.generation, one.code, day(one.began), day(one.ended));
    }
    for link in &lineage.links {
        println!("    {} -> {} {} {}", link.parent, link.child, link.operation, link.effective_on);
    }
}
