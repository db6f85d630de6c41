//! What layers a file has and where each may go: asked before it is delivered, and nothing of it is kept.

use std::path::Path;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::receive::{Received, Said};
use super::store::{self, bundles};
use super::targets;
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::Ask;
use crate::intake::crs::{KnownAs, known_as, label};
use crate::intake::names::words;
use crate::layers::Text;
use crate::problem::{Error, Result, Violation};
use crate::spatial::reader;
use crate::spatial::wire::{Frame, Header};

/// What is drawn in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drawn {
    Areas,
    Lines,
    Points,
    /// The file does not say.
    Any,
    Nothing,
}
use Drawn::{Areas, Lines, Points};

/// Words in names of layers, as people in Peruvian cadastre write them, and where such a layer goes. The first that fits
/// is taken.
const WORDS: &[(&str, Drawn, &[&str])] = &[
    ("blocks", Areas, &["manzana", "manzanas", "manzaneo", "mz", "mza", "mzna", "block", "blocks"]),
    ("sectors", Areas, &["sector", "sectores", "sectors"]),
    (
        "parcels",
        Areas,
        &["lote", "lotes", "lotizacion", "predio", "predios", "parcela", "parcelas", "parcels", "lots"],
    ),
    (
        "buildings",
        Areas,
        &["edificacion", "edificaciones", "construccion", "construcciones", "building", "buildings"],
    ),
    ("zone_drafts", Areas, &["zona", "zonas", "zonificacion", "zoning"]),
    ("water_mains", Lines, &["agua", "aguapotable", "water", "tuberias", "links"]),
    ("water_assets", Points, &["agua", "aguapotable", "valvulas", "hidrantes", "water", "nodes"]),
    ("sewer_mains", Lines, &["desague", "alcantarillado", "colectores", "sewer"]),
    ("sewer_assets", Points, &["desague", "alcantarillado", "buzones", "sewer"]),
    ("power_lines", Lines, &["electrico", "electrica", "electricidad", "energia", "power"]),
    ("power_assets", Points, &["electrico", "electrica", "postes", "energia", "power"]),
    ("streets", Lines, &["via", "vias", "calle", "calles", "jirones", "street", "streets"]),
    ("roads", Lines, &["carretera", "carreteras", "camino", "caminos", "road", "roads"]),
];

/// Who sends the file, for where the layers of that sender went before.
#[derive(Debug, Default)]
pub struct Sender {
    ubigeo: String,
    name: String,
}

fn sender(said: Said) -> Result<Sender> {
    let mut sender = Sender::default();
    for (name, text) in said {
        match name.as_str() {
            "ubigeo" => sender.ubigeo = text,
            "sender" => text.trim().clone_into(&mut sender.name),
            _ => return Err(Error::bad(name, "is not asked for here: `ubigeo`, `sender` and the file are")),
        }
    }
    Ok(sender)
}

/// `POST /api/v1/deliveries/layers`: the layers of a file, with what each would go to.
pub async fn look(State(app): State<App>, actor: Actor, mut ask: Ask, request: Request) -> Result<Response> {
    let parameters = std::mem::take(&mut ask.parameters);
    let received = Received::take(request, parameters, sender).await?;
    let (headers, unreadable) = listed(&app.reader, &received.file).await?;
    let went = went_before(&app, &actor, &received.about).await?;
    let mut service = store::begin(&app.source.database, "capas de un archivo").await?;
    let mut layers = Vec::new();
    for header in &headers {
        let declared = match &header.crs {
            Some(crs) => (Some(label(crs)), known_as(&mut service, crs).await?),
            None => (None, KnownAs::Nothing),
        };
        let suggested = suggest(&app, &actor, header, &went).await;
        layers.push(told(header, declared, suggested));
    }
    service.rollback().await?;
    Ok(Json(json!({
        "file_name": received.file_name, "sha256": received.sha256, "bytes": received.bytes,
        "layers": layers, "unreadable": unreadable,
    }))
    .into_response())
}

fn told(
    header: &Header,
    (declared, known): (Option<String>, KnownAs),
    suggested: Option<(String, String)>,
) -> Value {
    let srid = if let KnownAs::One(srid, _) = known { Some(srid) } else { None };
    let (target, because) = suggested.unzip();
    let because = because.map(|text| Text::parse(&text));
    json!({
        "layer": header.layer, "driver": header.driver, "geometry": header.geometry, "features": header.announced,
        "declared_crs": declared, "declared_srid": srid,
        "fields": header.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
        "target": target, "because": because.map(|text| json!({ "es": text.es, "en": text.en })),
    })
}

/// The header of each layer, and what is said of those that cannot be opened.
async fn listed(program: &Path, file: &Path) -> Result<(Vec<Header>, Vec<Value>)> {
    let mut reader = reader::start_listing(program, file)?;
    let (mut headers, mut unreadable) = (Vec::new(), Vec::new());
    while let Some(frame) = reader.next().await? {
        match frame {
            Frame::Header(header) => headers.push(*header),
            Frame::Unreadable(layer) => {
                let text = Text::parse(&layer.why);
                unreadable.push(json!({ "es": text.es, "en": text.en }));
            }
            Frame::Failure(failure) => {
                return Err(refused(format!("es: {} | en: {}", failure.es, failure.en)));
            }
            Frame::Record(_) | Frame::End(_) => {}
        }
    }
    Ok((headers, unreadable))
}

fn refused(detail: String) -> Error {
    Error::Rules(vec![Violation { rule: "file-is-readable".into(), detail, pointer: None }])
}

/// Where the layers of this sender went before, in the offices of the account.
async fn went_before(app: &App, actor: &Actor, sender: &Sender) -> Result<Vec<(String, String)>> {
    let mut went = Vec::new();
    for office in targets::OFFICES.into_iter().filter(|office| actor.offices().contains(office)) {
        let mut actor = actor.clone();
        actor.audience = office;
        let mut transaction = app.source.database.write_as(&actor, super::routes::READING).await?;
        went.extend(bundles::remembered(&mut transaction, (&sender.ubigeo, &sender.name)).await?);
        transaction.rollback().await?;
    }
    Ok(went)
}

/// Where a layer may go, and why: as before, or by its name and what is drawn in it. Only where the account may enter.
async fn suggest(
    app: &App,
    actor: &Actor,
    header: &Header,
    went: &[(String, String)],
) -> Option<(String, String)> {
    if let Some((_, target)) = went.iter().find(|(layer, _)| *layer == header.layer)
        && targets::of(app, actor, target).await.is_ok()
    {
        let because = "es: como el último archivo de este remitente | en: as the last file of this sender";
        return Some((target.clone(), because.to_owned()));
    }
    for (target, word) in by_name(&header.layer, drawn(&header.geometry)) {
        if targets::of(app, actor, target).await.is_ok() {
            return Some((
                target.to_owned(),
                format!("es: por el nombre «{word}» | en: by the name '{word}'"),
            ));
        }
    }
    None
}

/// What a layer of that name is likely to be, with the word that says so. A layer that draws nothing is none.
fn by_name(layer: &str, drawn: Drawn) -> impl Iterator<Item = (&'static str, String)> {
    // Of `plano.dxf:lots:MANZANAS` the last part says most; of `lots:0` nothing but the first does.
    let named: Vec<String> = layer.rsplit([':', '/']).flat_map(words).collect();
    let mut found: Vec<(usize, &'static str, String)> = Vec::new();
    for (target, wanted, known) in WORDS {
        let at = named.iter().position(|word| known.contains(&word.as_str()));
        let at = at.filter(|_| drawn == Drawn::Any || drawn == *wanted);
        found.extend(at.map(|at| (at, *target, named[at].clone())));
    }
    found.sort_by_key(|(at, ..)| *at);
    found.into_iter().map(|(_, target, word)| (target, word))
}

/// What is drawn, by the name that OGC gives its type.
fn drawn(geometry: &str) -> Drawn {
    let plain = geometry.to_ascii_lowercase();
    let has = |word: &str| plain.contains(word);
    match () {
        () if plain == "none" => Drawn::Nothing,
        () if has("polygon") || has("surface") => Areas,
        () if has("line") || has("curve") => Lines,
        () if has("point") => Points,
        () => Drawn::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(layer: &str, geometry: &str) -> Option<&'static str> {
        by_name(layer, drawn(geometry)).next().map(|(target, _)| target)
    }

    #[test]
    fn a_layer_goes_by_its_name_and_what_is_drawn_in_it() {
        for (layer, geometry, target) in [
            ("lotizacion_CL", "Polygon", Some("parcels")),
            ("manzana", "3D Multi Polygon", Some("blocks")),
            ("shp_clegua/sectores", "Polygon", Some("sectors")),
            ("red_agua", "Line String", Some("water_mains")),
            ("red_agua", "Point", Some("water_assets")),
            ("plano.dxf:lots:MANZANAS", "Polygon", Some("blocks")),
            ("lots:LOTES", "Polygon", Some("parcels")),
            ("lots", "Polygon", Some("parcels")),
            ("lotes", "None", None),
            ("lotes", "Point", None),
            ("LOTES", "Unknown (any)", Some("parcels")),
            ("hoja1", "Polygon", None),
        ] {
            assert_eq!(first(layer, geometry), target, "{layer}, {geometry}");
        }
    }
}
