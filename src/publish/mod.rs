//! `predio publish`: any vector file becomes a table, a layer and a report.
//!
//! Invariants: every feature of the file is accounted for (read = loaded + repaired + rejected, each rejection with
//! its reason and place); a bad feature never stops a run; everything happens in one transaction, so a refusal or a
//! failure leaves nothing behind; a layer keeps its file's coordinates; columns that look like names or identity
//! numbers do not become public unasked. Files are opened only by the child process of [`crate::spatial::reader`].

mod columns;
mod crs;
mod load;
pub mod report;
mod store;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sqlx::{Connection, PgConnection};

use crate::intake::personal::Suspect;
use crate::refusal::Refusal;
use crate::spatial::digest;
use crate::spatial::reader::{self, Reader};
use crate::spatial::wire::{Frame, Header};

pub use report::Report;

/// What to publish and how.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Name of the layer: lower-case letters, digits and `_`, beginning with a letter.
    pub name: String,

    /// File that holds it: Shapefile, `GeoPackage`, GeoJSON, JSON-FG, FlatGeobuf, KML, GML, GPX, CSV, XLSX, DXF, MapInfo,
    /// EPANET, SWMM, pandapower; also zipped.
    pub file: PathBuf,

    /// Who may see the layer.
    #[arg(long, value_enum)]
    pub audience: Audience,

    /// Repair invalid geometry (ST_MakeValid) and leave out impossible dates, instead of rejecting the feature.
    #[arg(long)]
    pub repair: bool,

    /// Publish columns that look like names or identity numbers too.
    #[arg(long)]
    pub force: bool,

    /// Replace the layer of this name, keeping its permissions.
    #[arg(long)]
    pub replace: bool,

    /// Layer of the file, where it has several.
    #[arg(long, value_name = "LAYER")]
    pub layer: Option<String>,

    #[command(flatten)]
    pub drawing: reader::Drawing,

    /// EPSG code of the coordinates, where the file says none or says it wrongly.
    #[arg(long, value_name = "EPSG")]
    pub srid: Option<i32>,

    /// Title of the layer, in Spanish. Default: its name.
    #[arg(long)]
    pub title: Option<String>,

    /// Title of the layer, in English. Default: as in Spanish.
    #[arg(long, value_name = "TITLE")]
    pub title_en: Option<String>,

    /// Description of the layer, in Spanish.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  predio publish zonas_2018 ZONE_URBA.shp --audience public --title 'Zonificación 2018'
  predio publish lotes lotizacion.shp --audience staff --repair
  predio publish planos plano.dxf --audience staff --srid 32718
  predio publish lotes plano.dxf --audience staff --layer lots --boundary LOTES --label TEXTO --srid 32718
  predio publish tuberias red.inp --audience staff --layer links --srid 32718

Invalid features are rejected, each with its reason and place; --repair repairs them instead. Nothing is kept when
the file is refused. See docs/publishing.md.";

/// Who may see a published layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody: schema `layer`.
    Public,
    /// The offices: schema `staff_layer`.
    Staff,
}

impl Audience {
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Public => "layer",
            Self::Staff => "staff_layer",
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Staff => "staff",
        }
    }

    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["predio_public"],
            Self::Staff => &["predio_planner", "predio_surveyor", "predio_titling", "predio_admin"],
        }
    }
}

/// Publishes as `args` say, on the database at `owner_url`, whose login is a member of `predio_owner`.
///
/// # Errors
/// [`Refusal`] where the file, its name or its contents may not be published as asked; then nothing was changed.
pub async fn run(args: &Args, owner_url: &str) -> anyhow::Result<Report> {
    run_with(&reader::own_program(), args, owner_url).await
}

/// As [`run`], with the program whose `read-vector` opens the file.
///
/// # Errors
/// As [`run`].
pub async fn run_with(program: &Path, args: &Args, owner_url: &str) -> anyhow::Result<Report> {
    check_name(&args.name)?;
    let files = fingerprints(&args.file)?;
    let mut connection = PgConnection::connect(owner_url).await.context("connecting to the database")?;
    let mut tx = connection.begin().await?;
    store::become_owner(&mut tx).await?;
    let before = store::existing(&mut tx, &args.name).await?;
    check_free(args, before.as_ref())?;

    let wanted = reader::Wanted { layer: args.layer.clone(), drawing: args.drawing.clone() };
    let mut reader = reader::start_with(program, &args.file, &wanted)?;
    let header = header(&mut reader).await?;
    let columns = columns::plan(&header.fields);
    store::stage::create(&mut tx, &columns).await?;
    let tally = load::pump(&mut reader, &mut tx, &columns, args.repair).await?;

    let personal = tally.personal.suspects(columns.iter().map(|column| column.source.as_str()));
    if args.audience == Audience::Public && !args.force && !personal.is_empty() {
        return Err(about_people(&personal));
    }
    let place = crs::decide(&mut tx, &header, args.srid, &tally).await?;
    let judged = store::judge::judge(&mut tx, &place, tally.curved > 0, args.repair).await?;
    let geometry = store::judge::geometry_type(&mut tx).await?;
    if tally.read == judged.rejected {
        return Err(nothing_left(&judged));
    }
    let target =
        store::layer::Target { args, columns: &columns, place: &place, geometry: geometry.as_deref() };
    store::layer::create(&mut tx, &target, before.as_ref()).await?;
    let report = Report::build(&target, &header, tally, judged, personal, files);
    store::layer::describe(&mut tx, &target, &report).await?;
    store::layer::record(&mut tx, &report).await?;
    tx.commit().await?;
    Ok(report)
}

/// One file that was read, and what it was.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fingerprint {
    /// Name without its folder.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Refuses in both languages.
fn refuse(es: &str, en: &str) -> anyhow::Error {
    Refusal::because(format!("{es}\n{en}"))
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let good = name.len() <= 50
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if good && name != "publication" {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "«{name}» no sirve como nombre de capa: use minúsculas sin tilde, cifras y _, hasta 50 letras, empezando con una letra."
        ),
        &format!(
            "'{name}' cannot name a layer: use lower-case letters a-z, digits and _, at most 50, beginning with a letter."
        ),
    ))
}

fn check_free(args: &Args, before: Option<&store::Existing>) -> anyhow::Result<()> {
    let name = &args.name;
    match before {
        Some(existing) if !existing.published => Err(refuse(
            &format!("«{name}» es una capa que no hizo `predio publish`: elija otro nombre."),
            &format!("'{name}' is a layer that `predio publish` did not make: choose another name."),
        )),
        Some(_) if !args.replace => Err(refuse(
            &format!("«{name}» ya está publicada: elija otro nombre, o --replace para reemplazarla."),
            &format!("'{name}' is published already: choose another name, or --replace to replace it."),
        )),
        _ => Ok(()),
    }
}

/// Refuses a public layer over these columns.
fn about_people(suspects: &[Suspect]) -> anyhow::Error {
    let list = |words: fn(&Suspect) -> &'static str| {
        let each = suspects.iter().map(|suspect| format!("{} ({})", suspect.column, words(suspect)));
        each.collect::<Vec<_>>().join(", ")
    };
    refuse(
        &format!(
            "No se publica: hay columnas que parecen datos personales: {}. Quítelas del archivo, publique para el personal (--audience staff) o, si no lo son, use --force.",
            list(|suspect| suspect.in_words().0)
        ),
        &format!(
            "Not published: columns look like personal data: {}. Take them out of the file, publish for the staff (--audience staff) or, if they are none, use --force.",
            list(|suspect| suspect.in_words().1)
        ),
    )
}

/// An empty layer helps nobody, and would replace a good one.
fn nothing_left(judged: &store::judge::Judged) -> anyhow::Error {
    let (mut es, mut en) = (String::new(), String::new());
    for finding in judged.findings.iter().take(20) {
        let (reason_es, reason_en) = finding.in_words();
        es = format!("{es}\n  elemento {reason_es}");
        en = format!("{en}\n  feature {reason_en}");
    }
    refuse(
        &format!(
            "El archivo no tiene ningún elemento que se pueda publicar ({} rechazados).{es}",
            judged.rejected
        ),
        &format!("The file has no feature that can be published ({} rejected).{en}", judged.rejected),
    )
}

async fn header(reader: &mut Reader) -> anyhow::Result<Header> {
    match reader.next().await? {
        Some(Frame::Header(header)) => Ok(*header),
        Some(Frame::Failure(failure)) => Err(refuse(&failure.es, &failure.en)),
        _ => anyhow::bail!("the reader of the file did not begin with a header"),
    }
}

/// The file and, for a shapefile, the files that belong to it.
fn fingerprints(file: &Path) -> anyhow::Result<Vec<Fingerprint>> {
    let mut paths = vec![file.to_path_buf()];
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shp")) {
        let siblings = ["shx", "dbf", "prj", "cpg", "SHX", "DBF", "PRJ", "CPG"];
        paths.extend(
            siblings.iter().map(|extension| file.with_extension(extension)).filter(|path| path.is_file()),
        );
    }
    if !file.is_file() {
        let shown = file.display();
        return Err(refuse(&format!("No hay archivo {shown}."), &format!("There is no file {shown}.")));
    }
    paths.iter().map(|path| fingerprint(path)).collect()
}

fn fingerprint(path: &Path) -> anyhow::Result<Fingerprint> {
    let (bytes, sha256) = digest::of_file(path).with_context(|| format!("reading {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Fingerprint { name, bytes, sha256: hex::encode(sha256) })
}
