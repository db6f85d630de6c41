//! `predio export`: the features of a layer as a file, from the command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use predio::access::{Actor, Audience};
use predio::app::App;
use predio::config::Settings;
use predio::database::Database;
use predio::deliveries::returns;
use predio::deliveries::returns::model::Wanted;
use predio::deliveries::targets::OFFICES;
use predio::exports::{self, File, FileFormat};
use predio::http::ask::encode;
use predio::http::negotiate::Language;
use predio::http::parameters::Parameters;
use predio::layers::features::UNLIMITED;
use predio::ogc::query;
use predio::refusal::Refusal;
use serde_json::{Value, json};

use super::End;
use super::place;

/// Write the features of a layer as a file, filtered, sorted and dated as a request for items.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio export parcels lotes.gpkg --crs 32718
  predio export parcels centro.dxf --crs 32718 --filter \"settlement = 'Centro'\"
  predio export zones zonas.zip --crs 5387 --datetime 2024-06-30 --format shp
  predio export water_mains campo.gpkg --field-copy 150203 --reason 'revisión de campo'

Exit codes: 0 done, 1 failed, 4 refused (the file is there already).")]
pub struct Export {
    /// Name of the layer.
    layer: String,
    /// File to write; its ending says the format: gpkg, fgb, zip (shapefile), kml, dxf.
    file: PathBuf,
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

pub fn run(arguments: &Export, settings: &Settings, json: bool) -> anyhow::Result<End> {
    if arguments.file.exists() && !arguments.overwrite {
        let shown = arguments.file.display();
        return Err(Refusal::because(format!(
            "El archivo {shown} ya existe; con --overwrite se reemplaza.\nThe file {shown} exists; --overwrite replaces it."
        )));
    }
    let told = place::work_on(settings, "export", |place| async move {
        let database = Database::open(&place.app, settings)?;
        let app = App::new(settings.clone(), database).await?;
        if let Some(ubigeo) = &arguments.field_copy {
            return take(&app, arguments, ubigeo).await;
        }
        let file = write(&app, arguments).await?;
        keep(&file.written.path, &arguments.file)?;
        Ok(
            json!({ "layer": arguments.layer, "file": arguments.file, "features": file.written.rows, "bytes": file.length, "sha256": file.hex() }),
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
async fn take(app: &App, arguments: &Export, ubigeo: &str) -> anyhow::Result<Value> {
    let wanted = Wanted {
        reason: arguments.reason.clone().unwrap_or_default(),
        ubigeo: ubigeo.to_owned(),
        target: arguments.layer.clone(),
        bbox: arguments.bbox.clone(),
        filter: arguments.filter.clone(),
    };
    let offices = OFFICES.map(|office| Actor::inside("predio export", office, ""));
    let (copy, bytes) = returns::take_inside(app, &offices, &wanted).await?;
    std::fs::write(&arguments.file, bytes)
        .with_context(|| format!("writing {}", arguments.file.display()))?;
    Ok(
        json!({ "field_copy": copy.id, "layer": copy.target, "file": arguments.file, "features": copy.features, "bytes": copy.bytes, "sha256": copy.sha256 }),
    )
}

async fn write(app: &App, arguments: &Export) -> anyhow::Result<File> {
    let format = format(arguments)?;
    let audience =
        Audience::named(&arguments.office).with_context(|| format!("{} is no office", arguments.office))?;
    let language = if arguments.lang == "en" { Language::En } else { Language::Es };
    let source = app.source_of(audience);
    let layer = source.catalogue.layer(&arguments.layer).await?;
    let request = query::items(&layer, &mut parameters(arguments)?, UNLIMITED)?.request;
    if let Some(error) = exports::refusal(format, &layer, &request) {
        return Err(error.into());
    }
    let plan = exports::plan(source, audience, &layer, &request, format, language, "").await?;
    Ok(exports::write(&app.reader, source, &layer, &request, &plan).await?)
}

fn format(arguments: &Export) -> anyhow::Result<FileFormat> {
    let ending = arguments.file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let named = arguments.format.clone().unwrap_or(ending);
    let named = if named == "zip" { "shp" } else { &named };
    let media = exports::OFFERED.into_iter().find(|media| media.f == named);
    media
        .and_then(exports::media_of)
        .with_context(|| format!("`{named}` is not one of gpkg, fgb, shp, kml, dxf"))
}

/// The same parameters that a request for items has.
fn parameters(arguments: &Export) -> anyhow::Result<Parameters> {
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
    let pairs = given
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={}", encode(value))));
    Ok(Parameters::parse(Some(&pairs.collect::<Vec<_>>().join("&")))?)
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
