//! From a layer and a request to what the writer is told.

use std::sync::Arc;

use crate::desktop::metadata::Metadata;
use crate::desktop::{qml, sld, style};
use crate::http::negotiate::Language;
use crate::layers::features::Source;
use crate::layers::request::Request;
use crate::layers::{Column, Kind, Layer};
use crate::problem::Result;
use crate::spatial::wire;
use crate::spatial::writer::{Field, Format, Plan, Shape, Style};

use super::model::refusal;

/// Columns whose value a drawing shows, the best first.
const LABELS: [&str; 6] = ["lot", "number", "label", "code", "lot_code", "name"];

/// For whom a file is made.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// What they see.
    pub source: &'a Source,
    /// Language of titles and descriptions.
    pub language: Language,
    /// Start of the addresses in the metadata.
    pub base: &'a str,
}

/// A layer of a file: what is asked of it, and what the writer is told.
pub struct Sheet {
    pub layer: Arc<Layer>,
    pub request: Request,
    pub plan: Plan,
}

/// The layer as `request` asks for it in a file of `format`.
///
/// # Errors
/// A bad request for what the format cannot hold; when the database does not answer.
pub async fn sheet(
    reader: Reader<'_>,
    layer: &Arc<Layer>,
    request: &Request,
    format: Format,
) -> Result<Sheet> {
    if let Some(error) = refusal(format, layer, request) {
        return Err(error);
    }
    let plan = plan(reader, layer, request, format).await?;
    Ok(Sheet { layer: layer.clone(), request: request.clone(), plan })
}

async fn plan(reader: Reader<'_>, layer: &Arc<Layer>, request: &Request, format: Format) -> Result<Plan> {
    let Reader { source, language, .. } = reader;
    let columns: Vec<&Column> = std::iter::once(&layer.id).chain(request.columns(layer)).collect();
    let geometry = layer.geometry.as_ref().filter(|_| request.with_geometry);
    let is_package = format == Format::GeoPackage;
    Ok(Plan {
        format,
        made_at: request.now.instant,
        layer: layer.name.clone(),
        title: language.of(&layer.title).to_owned(),
        description: described(source, layer, language).await?,
        shape: geometry.map(|geometry| Shape {
            column: geometry.column.clone(),
            kind: geometry.kind.clone(),
            epsg: request.crs.epsg_code(),
        }),
        label: label(&columns),
        fields: columns.into_iter().map(|column| field(column, language)).collect(),
        styles: if is_package && geometry.is_some() { styles(layer, language) } else { Vec::new() },
        metadata: if is_package { Some(metadata(reader, layer, request).await?) } else { None },
        mark: None,
    })
}

/// What is measured and said of the layer: in the state that is read, where somebody holds one.
async fn metadata(reader: Reader<'_>, layer: &Arc<Layer>, request: &Request) -> Result<String> {
    let Reader { source, language, base } = reader;
    let metadata = Metadata::of(source, source.catalogue.audience(), layer, language, base).await?;
    Ok(match &request.snapshot {
        Some(snapshot) => metadata.in_state(source, layer, snapshot, request.now.instant).await?.iso(),
        None => metadata.iso(),
    })
}

/// The description, after what must be said with the data.
async fn described(source: &Source, layer: &Layer, language: Language) -> Result<String> {
    let notice = source.catalogue.current().await?.notice();
    let notice = notice.as_ref().map(|notice| format!("{}. ", language.of(notice)));
    Ok(format!("{}{}", notice.unwrap_or_default(), language.of(&layer.description)))
}

fn label(columns: &[&Column]) -> usize {
    let at = |name: &&str| columns.iter().position(|column| column.name == **name);
    LABELS.iter().find_map(at).unwrap_or(0)
}

fn field(column: &Column, language: Language) -> Field {
    let unit = column.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
    Field {
        name: column.name.clone(),
        kind: kind(column.kind),
        title: language.of(&column.title).to_owned(),
        description: format!("es: {}{unit} | en: {}{unit}", column.title.es, column.title.en),
    }
}

const fn kind(kind: Kind) -> wire::Kind {
    match kind {
        Kind::Bool => wire::Kind::Truth,
        Kind::Int2 | Kind::Int4 => wire::Kind::Integer,
        Kind::Int8 => wire::Kind::BigInteger,
        Kind::Float4 | Kind::Float8 | Kind::Numeric => wire::Kind::Real,
        Kind::Date => wire::Kind::Date,
        Kind::Timestamp => wire::Kind::Moment,
        Kind::TimestampTz => wire::Kind::ZonedMoment,
        Kind::Text | Kind::Uuid | Kind::Json | Kind::Other => wire::Kind::Text,
    }
}

/// The layer's styles; a layer without one has a plain one.
fn styles(layer: &Layer, language: Language) -> Vec<Style> {
    let known = style::of_layer(&layer.name);
    if known.is_empty() {
        let qml = qml::document(layer, None, language);
        return vec![Style { name: layer.name.clone(), qml, sld: None }];
    }
    let of = |style: &'static style::Style| Style {
        name: style.id.clone(),
        qml: qml::document(layer, Some(style), language),
        sld: Some(sld::document(layer, style, language)),
    };
    known.into_iter().map(of).collect()
}
