//! `predio convert`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use predio::spatial::convert::table::{self, Columns, Summary};
use predio::spatial::convert::{self, Answer, Operation, System};

use super::End;

/// Largest file that is converted.
const MOST_BYTES: u64 = 1 << 30;

/// Convert coordinates between the systems that plans of the district come in, by pinned operations.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Systems: 32718 WGS 84 / UTM 18S (stored), 5387 Peru96 / UTM 18S, 24878 PSAD56 / UTM 18S, 4326 longitude latitude,
and of zone 17, which is the wrong one here: 32717 WGS 84 / UTM 17S, 24877 PSAD56 / UTM 17S.

Examples:
  predio convert --from 24878 196000 8816000                     one point of an old plan into EPSG:32718
  predio convert --from 4326 --to 32718 -77.7803 -10.6962        longitude, then latitude
  predio convert --from 24878 --file plano.csv --out nuevo.csv   a table; every column stays

A table's coordinates are found by the usual names (ESTE, NORTE, x, y, lon, lat, …) or named with --x and --y.
Each row says operation, accuracy and what must be told of it. Exit codes: 0 done, 3 some rows were rejected.")]
pub struct Convert {
    /// EPSG code of the coordinates.
    #[arg(long, value_name = "EPSG", value_parser = system)]
    from: System,

    /// EPSG code to convert to.
    #[arg(long, value_name = "EPSG", value_parser = system, default_value = "32718")]
    to: System,

    /// Easting or longitude, then northing or latitude.
    #[arg(value_names = ["X", "Y"], num_args = 2, allow_negative_numbers = true, required_unless_present = "file")]
    position: Vec<f64>,

    /// A CSV file with a header.
    #[arg(long, conflicts_with = "position")]
    file: Option<PathBuf>,

    /// Where the converted table goes; standard output otherwise.
    #[arg(long, requires = "file")]
    out: Option<PathBuf>,

    /// Column of the easting or longitude.
    #[arg(long, requires = "file")]
    x: Option<String>,

    /// Column of the northing or latitude.
    #[arg(long, requires = "file")]
    y: Option<String>,
}

fn system(text: &str) -> Result<System, String> {
    System::parse(text).ok_or_else(|| {
        let known: Vec<_> = System::ALL.iter().map(|system| system.epsg().to_string()).collect();
        format!("one of {}", known.join(", "))
    })
}

pub fn run(arguments: &Convert, json: bool) -> anyhow::Result<End> {
    let operation = Operation::between(arguments.from, arguments.to);
    if let Some(file) = &arguments.file {
        return convert_file(arguments, &operation, file, json);
    }
    let [x, y] = arguments.position[..] else { bail!("a position has two numbers") };
    let Some(answer) = convert::answer(&operation, [x, y]) else {
        bail!("the position has no place in EPSG:{}", arguments.to.epsg());
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print(&operation, &answer);
    }
    Ok(End::Done)
}

fn print(operation: &Operation, answer: &Answer) {
    println!(
        "{} {}",
        table::written(operation.to, answer.result[0]),
        table::written(operation.to, answer.result[1])
    );
    eprintln!("EPSG:{} {} -> EPSG:{} {}", answer.from.epsg, answer.from.name, answer.to.epsg, answer.to.name);
    eprintln!("{} · {:.1} m", answer.operation, answer.accuracy_m);
    for remark in &answer.remarks {
        eprintln!("! {} / {}", remark.es, remark.en);
    }
}

fn convert_file(
    arguments: &Convert,
    operation: &Operation,
    file: &PathBuf,
    json: bool,
) -> anyhow::Result<End> {
    let source = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    let Some(input) = table::read_at_most(source, MOST_BYTES)? else {
        bail!("the file is larger than 1 GiB")
    };
    let columns = Columns { x: arguments.x.clone(), y: arguments.y.clone() };
    let summary = match &arguments.out {
        Some(out) => {
            let out = std::fs::File::create(out).with_context(|| out.display().to_string())?;
            table::convert(operation, &columns, &input, std::io::BufWriter::new(out))?
        }
        None => table::convert(operation, &columns, &input, std::io::stdout().lock())?,
    };
    say(operation, &summary, json && arguments.out.is_some())?;
    Ok(if summary.rejected == 0 { End::Done } else { End::Findings })
}

fn say(operation: &Operation, summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        let document = serde_json::json!({
            "operation": operation.name, "accuracy_m": operation.accuracy_m, "rows": summary,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    writeln!(
        std::io::stderr(),
        "{} read, {} converted ({} with a remark), {} rejected; {} · {:.1} m",
        summary.read,
        summary.converted,
        summary.remarked,
        summary.rejected,
        operation.name,
        operation.accuracy_m
    )?;
    Ok(())
}
