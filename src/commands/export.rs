//! `predio export`: the features of a layer, or every public layer of a district, as a file, from the command line.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use anyhow::Context;
use predio::access::{Actor, Audience};
use predio::app::App;
use predio::config::Settings;
use predio::database::Database;
use predio::deliveries::returns;
use predio::deliveries::returns::model::Wanted as Copy;
use predio::deliveries::targets::OFFICES;
use predio::exports::{self, File, FileFormat, Reader, district};
use predio::http::negotiate::Language;
use predio::http::parameters::Parameters;
use predio::layers::features::UNLIMITED;
use predio::layers::when::Moment;
use predio::ogc::query;
use predio::refusal::Refusal;
use serde_json::{Value, json};

use super::End;
use super::place;

/// Write the features of a layer as a file, filtered, sorted and dated as a request for items; or every public layer of
/// a district as one GeoPackage.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "predio export [OPTIONS] <LAYER> <FILE>
       predio export [OPTIONS] --district <UBIGEO> <FILE>",
    after_help = "\
Examples:
  predio export parcels lotes.gpkg --crs 32718
  predio export parcels centro.dxf --crs 32718 --filter \"settlement = 'Centro'\"
  predio export zones zonas.zip --crs 5387 --datetime 2024-06-30 --format shp
  predio export water_mains campo.gpkg --field-copy 150203 --reason 'revisión de campo'
  predio export --district 150203 distrito.gpkg

Exit codes: 0 done, 1 failed, 4 refused (the file is there already)."
)]
pub struct Export {
    /// Name of the layer; with --district the file.
    #[arg(value_name = "LAYER")]
    first: String,
    /// File to write; its ending says the format: gpkg, fgb, zip (shapefile), kml, dxf.
    #[arg(value_name = "FILE", required_unless_present = "district", conflicts_with = "district")]
    second: Option<PathBuf>,
    /// Every public layer of this district, as the daily download of it.
    #[arg(long, value_name = "UBIGEO", conflicts_with_all = ["format", "filter", "bbox", "crs", "sortby", "properties", "limit", "office"])]
    district: Option<String>,
    /// Format, where the ending does not say it: gpkg, fgb, shp, kml, dxf.
    #[arg(long, value_name = "F")]
    format: Option<String>,
    /// Only features that pass this CQL2 filter.
    #[arg(long, value_name = "CQL2")]
    filter: Option<String>,
    /// Only features that meet this box: west,south,east,north in degrees.
    #[arg(long, value_name = "BOX", allow_hyphen_values = true)]
    bbox: Option<String>,
    /// Only what was in force then; today otherwise.
    #[arg(long, value_name = "DATE")]
    datetime: Option<String>,
    /// Reference system, as EPSG code or URI; longitude and latitude otherwise.
    #[arg(long)]
    crs: Option<String>,
    /// Properties to sort by, with `-` for the largest first.
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    sortby: Option<String>,
    /// Only these properties.
    #[arg(long, value_name = "NAMES")]
    properties: Option<String>,
    /// Most features.
    #[arg(long)]
    limit: Option<u64>,
    /// Office whose layers are read.
    #[arg(long = "as", value_name = "OFFICE", default_value = "public")]
    office: String,
    /// Language of titles and descriptions.
    #[arg(long, default_value = "es", value_parser = ["es", "en"])]
    lang: String,
    /// Take it to the field: a GeoPackage of this district that comes back by `predio import --returns`; with --bbox and
    /// --filter a part of it.
    #[arg(long, value_name = "UBIGEO", requires = "reason",
        conflicts_with_all = ["format", "datetime", "crs", "sortby", "properties", "limit", "office"])]
    field_copy: Option<String>,
    /// Why it goes to the field, for the journal.
    #[arg(long, requires = "field_copy")]
    reason: Option<String>,
    /// Write over a file that is there.
    #[arg(long)]
    overwrite: bool,
}

/// What is to be written.
enum Wanted<'a> {
    Layer(&'a str),
    District(&'a str),
}

impl Export {
    /// What, and to which file.
    fn wanted(&self) -> (Wanted<'_>, &Path) {
        let first = Path::new(&self.first);
        match (&self.district, &self.second) {
            (Some(ubigeo), _) => (Wanted::District(ubigeo), first),
            // Without a district the second is required.
            (None, second) => (Wanted::Layer(&self.first), second.as_deref().unwrap_or(first)),
        }
    }
}

pub fn run(arguments: &Export, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let (wanted, target) = arguments.wanted();
    if target.exists() && !arguments.overwrite {
        let shown = target.display();
        return Err(Refusal::because(format!(
            "El archivo {shown} ya existe; con --overwrite se reemplaza.\nThe file {shown} exists; --overwrite replaces it."
        )));
    }
    let told = place::work_on(settings, "export", |place| async move {
        let database = Database::open(&place.app, settings)?;
        let app = App::new(settings.clone(), database).await?;
        if let (Some(ubigeo), Wanted::Layer(layer)) = (&arguments.field_copy, &wanted) {
            return take(&app, arguments, (layer, target), ubigeo).await;
        }
        let (file, layers) = match wanted {
            Wanted::Layer(layer) => (write(&app, arguments, layer, target).await?, vec![layer.to_owned()]),
            Wanted::District(ubigeo) => write_district(&app, arguments, ubigeo).await?,
        };
        keep(&file.written.path, target)?;
        Ok(
            json!({ "layers": layers, "file": target, "features": file.written.rows, "bytes": file.length, "sha256": file.hex() }),
        )
    })?;
    if json {
        println!("{told:#}");
    } else if let Some(copy) = told.get("field_copy") {
        println!("Salida de campo · Field copy {copy}: {} objetos (features)", told["features"]);
        println!("sha256 {}", told["sha256"].as_str().unwrap_or_default());
    } else {
        println!("{} objetos (features), {} bytes", told["features"], told["bytes"]);
        println!("sha256 {}", told["sha256"].as_str().unwrap_or_default());
    }
    Ok(End::Done)
}

/// As a field copy, in the office that changes the layer.
async fn take(
    app: &App,
    arguments: &Export,
    (layer, target): (&str, &Path),
    ubigeo: &str,
) -> anyhow::Result<Value> {
    let wanted = Copy {
        reason: arguments.reason.clone().unwrap_or_default(),
        ubigeo: ubigeo.to_owned(),
        target: layer.to_owned(),
        bbox: arguments.bbox.clone(),
        filter: arguments.filter.clone(),
    };
    let offices = OFFICES.map(|office| Actor::inside("predio export", office, ""));
    let (copy, bytes) = returns::take_inside(app, &offices, &wanted).await?;
    std::fs::write(target, bytes).with_context(|| format!("writing {}", target.display()))?;
    Ok(
        json!({ "field_copy": copy.id, "layer": copy.target, "file": target, "features": copy.features, "bytes": copy.bytes, "sha256": copy.sha256 }),
    )
}

async fn write_district(app: &App, arguments: &Export, ubigeo: &str) -> anyhow::Result<(File, Vec<String>)> {
    let day = match &arguments.datetime {
        Some(text) => text.parse().context("--datetime is a day such as 2024-06-30 here")?,
        None => Moment::from(chrono::Utc::now()).day,
    };
    let made = district::write(app, ubigeo, day, language(arguments)).await?;
    Ok((made.file, made.layers))
}

async fn write(app: &App, arguments: &Export, layer: &str, target: &Path) -> anyhow::Result<File> {
    let format = format(arguments, target)?;
    let audience =
        Audience::named(&arguments.office).with_context(|| format!("{} is no office", arguments.office))?;
    let source = &app.source_of(audience).patient(exports::PATIENCE);
    let layer = source.catalogue.layer(layer).await?;
    let request = query::items(&layer, &mut parameters(arguments), UNLIMITED)?.request;
    let reader = Reader { source, language: language(arguments), base: "" };
    let sheet = exports::sheet(reader, &layer, &request, format).await?;
    Ok(exports::write(&app.reader, source, &[sheet], &AtomicU64::new(0)).await?)
}

fn language(arguments: &Export) -> Language {
    if arguments.lang == "en" { Language::En } else { Language::Es }
}

fn format(arguments: &Export, target: &Path) -> anyhow::Result<FileFormat> {
    let ending = target.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let named = arguments.format.clone().unwrap_or(ending);
    let named = if named == "zip" { "shp" } else { &named };
    exports::named(named).with_context(|| format!("`{named}` is not one of {}", exports::names().join(", ")))
}

/// The same parameters that a request for items has.
fn parameters(arguments: &Export) -> Parameters {
    let crs = arguments.crs.as_ref().map(|crs| match crs.trim_start_matches("EPSG:").parse::<u32>() {
        Ok(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
        Err(_) => crs.clone(),
    });
    let limit = arguments.limit.map(|limit| limit.to_string());
    let given = [
        ("filter", &arguments.filter),
        ("bbox", &arguments.bbox),
        ("datetime", &arguments.datetime),
        ("crs", &crs),
        ("sortby", &arguments.sortby),
        ("properties", &arguments.properties),
        ("limit", &limit),
    ];
    let pair = |(name, value): (&str, &Option<String>)| Some((name.to_owned(), value.clone()?));
    Parameters::of(given.into_iter().filter_map(pair).collect())
}

/// Copies beside the target first, so that no half a file stands under its name.
fn keep(written: &Path, target: &Path) -> anyhow::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let part = folder.join(format!(".{}.part", target.file_name().unwrap_or_default().to_string_lossy()));
    let kept = std::fs::copy(written, &part).and_then(|_| std::fs::rename(&part, target));
    if kept.is_err() {
        // What failed is told; that its beginning could not be removed either adds nothing.
        let _ = std::fs::remove_file(&part);
    }
    kept.with_context(|| format!("writing {}", target.display()))
}
