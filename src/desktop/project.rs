//! The QGIS project and layer definitions: every layer that the reader sees, grouped, drawn and named as in the web map.

use std::io::{Cursor, Write};

use anyhow::Context;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::qml::{self, DOCTYPE, VERSION};
use super::style::{self, Style};
use super::xml::{Element, element, text};
use crate::http::negotiate::Language;
use crate::layers::model::Valid;
use crate::layers::{Geometry, Layer, Text};

/// Where a project's layers are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// OGC API Features, for everybody.
    Ogc,
    /// PostGIS, by the connection service `predio` of the reader's own `pg_service.conf`.
    Postgis,
}

/// What a project says beside its layers.
pub struct About<'a> {
    /// Start of the addresses.
    pub base: &'a str,
    /// Language of names.
    pub language: Language,
    /// Where layers are read from.
    pub source: Source,
    /// What must be said with the data.
    pub notice: Option<&'a Text>,
    /// West, south, east, north in EPSG:32718.
    pub extent: Option<[f64; 4]>,
}

/// A layer in one of the ways in which it is shown.
struct Entry<'a> {
    id: String,
    title: String,
    layer: &'a Layer,
    style: Option<&'static Style>,
}

/// Groups, the topmost first, each with its names.
const GROUPS: [(&str, &str, &str); 9] = [
    ("cadastre", "Catastro", "Cadastre"),
    ("titling", "Titulación", "Titling"),
    ("planning", "Planeamiento", "Planning"),
    ("risk", "Riesgo y río", "Risk and river"),
    ("heritage", "Patrimonio y restricciones", "Heritage and restrictions"),
    ("services", "Servicios", "Services"),
    ("programme", "Plan de gobierno", "Government plan"),
    ("other", "Otras capas", "Other layers"),
    ("base", "Mapa base", "Base map"),
];

/// The project as `.qgz`.
///
/// # Errors
/// When it cannot be packed.
pub fn qgz<'a>(about: &About, layers: impl Iterator<Item = &'a Layer>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("predio.qgs", SimpleFileOptions::default()).context("packing the project")?;
    zip.write_all(qgs(about, layers).as_bytes()).context("packing the project")?;
    Ok(zip.finish().context("packing the project")?.into_inner())
}

/// One layer as `.qlr`, in the ways in which it is shown.
pub fn qlr(about: &About, layer: &Layer) -> String {
    let entries = entries(about, layer);
    let tree = entries.iter().map(|entry| leaf(about, entry, true));
    let layers = entries.iter().map(|entry| map_layer(about, entry));
    element("qlr")
        .child(element("layer-tree-group").child(element("customproperties")).children(tree))
        .child(element("maplayers").children(layers))
        .document(DOCTYPE)
}

fn qgs<'a>(about: &About, layers: impl Iterator<Item = &'a Layer>) -> String {
    let mut entries: Vec<Entry> = layers.flat_map(|layer| entries(about, layer)).collect();
    // The topmost first, whatever its group.
    let order = |entry: &Entry| entry.style.map_or(f64::MAX, |style| style.order);
    entries.sort_by(|a, b| order(b).total_cmp(&order(a)).then_with(|| a.title.cmp(&b.title)));
    let order = entries.iter().map(|entry| text("item", &entry.id));
    let tree = element("layer-tree-group")
        .child(element("customproperties"))
        .children(GROUPS.iter().filter_map(|group| branch(about, group, &entries)))
        .child(element("custom-order").with("enabled", 1).children(order));
    let title = title(about);
    let root = element("qgis")
        .with("projectname", &title)
        .with("version", VERSION)
        .child(text("title", &title))
        .child(element("projectCrs").child(system("EPSG:32718")))
        .child(tree)
        .child(canvas(about))
        .child(element("projectlayers").children(entries.iter().map(|entry| map_layer(about, entry))))
        .child(properties(about));
    root.document(DOCTYPE)
}

fn title(about: &About) -> String {
    let name = match about.language {
        Language::Es => "Predio: catastro y planificación",
        Language::En => "Predio: cadastre and planning",
    };
    match about.notice {
        Some(notice) => format!("{name} – {}", about.language.of(notice)),
        None => name.to_owned(),
    }
}

/// The project has a reference system, and the notice stands on the map itself.
fn properties(about: &About) -> Element {
    let said = |name, kind: &str, value: &str| text(name, value).with("type", kind);
    let system = element("SpatialRefSys").child(said("ProjectionsEnabled", "int", "1"));
    let label = about.notice.map(|notice| {
        element("TitleLabel")
            .child(said("Enabled", "bool", "true"))
            .child(said("Label", "QString", about.language.of(notice)))
            .child(said("Placement", "int", "4"))
    });
    element("properties").child(system).children(label)
}

fn canvas(about: &About) -> Element {
    let mut canvas = element("mapcanvas")
        .with("name", "theMapCanvas")
        .child(text("units", "meters"))
        .child(element("destinationsrs").child(system("EPSG:32718")));
    if let Some([west, south, east, north]) = about.extent {
        let side = |name, value: f64| text(name, value);
        let extent = element("extent")
            .child(side("xmin", west))
            .child(side("ymin", south))
            .child(side("xmax", east))
            .child(side("ymax", north));
        canvas = canvas.child(extent);
    }
    canvas
}

/// QGIS 3.22 looks at the authority only where a number of its own stands too; no system of its own has this one.
fn system(authority: &str) -> Element {
    element("spatialrefsys").child(text("srsid", 99_999)).child(text("authid", authority))
}

fn branch(about: &About, (theme, es, en): &(&str, &str, &str), entries: &[Entry]) -> Option<Element> {
    let leaves: Vec<Element> = entries
        .iter()
        .filter(|entry| entry.style.map_or("other", |style| &style.theme) == *theme)
        .map(|entry| leaf(about, entry, entry.style.is_some_and(|style| style.shown)))
        .collect();
    let name = if about.language == Language::Es { es } else { en };
    let group =
        element("layer-tree-group").with("name", name).with("checked", "Qt::Checked").with("expanded", 1);
    (!leaves.is_empty()).then(|| group.child(element("customproperties")).children(leaves))
}

fn leaf(about: &About, entry: &Entry, is_shown: bool) -> Element {
    element("layer-tree-layer")
        .with("id", &entry.id)
        .with("name", &entry.title)
        .with("providerKey", provider(about.source))
        .with("source", source(about, entry.layer))
        .with("checked", if is_shown { "Qt::Checked" } else { "Qt::Unchecked" })
        .with("expanded", 0)
        .child(element("customproperties"))
}

fn entries<'a>(about: &About, layer: &'a Layer) -> Vec<Entry<'a>> {
    // QGIS gives another id to a layer whose own has ten letters or fewer.
    let plain = Entry {
        id: format!("predio_{}", layer.name),
        title: about.language.of(&layer.title).to_owned(),
        layer,
        style: None,
    };
    let styles = if layer.geometry.is_some() { style::of_layer(&layer.name) } else { Vec::new() };
    if styles.is_empty() {
        return vec![plain];
    }
    let styled = |style: &'static Style| Entry {
        id: format!("predio_{}", style.id),
        title: about.language.of(&style.title).to_owned(),
        layer,
        style: Some(style),
    };
    styles.into_iter().map(styled).collect()
}

fn map_layer(about: &About, entry: &Entry) -> Element {
    let layer = entry.layer;
    let described = match about.notice {
        Some(notice) => {
            format!("{}. {}", about.language.of(notice), about.language.of(&layer.description))
        }
        None => about.language.of(&layer.description).to_owned(),
    };
    let stored = layer.geometry.as_ref().map_or(4326, |geometry| geometry.srid);
    // QGIS 3.22 knows no "OGC:CRS84", here or in a source, and takes EPSG:4326 for longitude before latitude.
    let authority = format!("EPSG:{}", if about.source == Source::Ogc { 4326 } else { stored });
    let root = element("maplayer")
        .with("type", "vector")
        .with("geometry", shape(layer))
        .with("autoRefreshEnabled", 0)
        .child(text("id", &entry.id))
        .child(text("datasource", source(about, layer)))
        .child(text("layername", &entry.title))
        .child(text("title", &entry.title))
        .child(text("abstract", described))
        .child(element("srs").child(system(&authority)))
        .child(text("provider", provider(about.source)).with("encoding", "UTF-8"));
    qml::with_style(root, layer, entry.style, about.language)
}

/// As QGIS names the shapes of a layer.
fn shape(layer: &Layer) -> &'static str {
    match layer.geometry.as_ref().map(Geometry::dimension) {
        None => "No geometry",
        Some(Some(0)) => "Point",
        Some(Some(1)) => "Line",
        Some(Some(_)) => "Polygon",
        Some(None) => "Unknown",
    }
}

fn provider(source: Source) -> &'static str {
    match source {
        Source::Ogc => "OAPIF",
        Source::Postgis => "postgres",
    }
}

fn source(about: &About, layer: &Layer) -> String {
    match about.source {
        Source::Ogc => format!(
            " pagingEnabled='true' restrictToRequestBBOX='1' typename='{}' url='{}/ogc'",
            layer.name.replace('\'', "\\'"),
            about.base
        ),
        Source::Postgis => postgis(layer),
    }
}

/// The view, at what is in force today: it holds every version. No password is ever in it.
fn postgis(layer: &Layer) -> String {
    let shape = match &layer.geometry {
        Some(geometry) => format!(
            " srid={} type={} table={} ({})",
            geometry.srid, geometry.kind, layer.relation, geometry.column
        ),
        None => format!(" table={}", layer.relation),
    };
    let today = match layer.valid {
        Some(Valid::Days) => "\"valid\" @> (now() at time zone 'America/Lima')::date",
        Some(Valid::Instants) => "\"valid\" @> now()",
        None => "",
    };
    format!(
        "service='predio' key='{}' checkPrimaryKeyUnicity='0' estimatedmetadata=true{shape} sql={today}",
        layer.id.name
    )
}
