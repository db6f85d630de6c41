//! A style as SLD 1.1 with Symbology Encoding, which GeoServer, ArcGIS and QGIS read.

use super::style::Style;
use super::style::drawing::{self, Drawing, Kind, Mark, Takes, Texts};
use super::style::expression::ogc;
use super::xml::{Element, element, text};
use crate::http::negotiate::Language;
use crate::layers::Layer;
use serde_json::Value;

/// The style as a file.
pub fn document(layer: &Layer, style: &Style, language: Language) -> String {
    let dimension = layer.geometry.as_ref().and_then(crate::layers::Geometry::dimension);
    let drawing = drawing::of(style, dimension);
    let kinds = drawing.kinds.iter().map(|kind| rule(kind, &drawing, language));
    let texts = drawing.texts.iter().filter_map(text_rule);
    let user_style = element("UserStyle")
        .child(text("se:Name", &style.id))
        .child(element("se:Description").child(text("se:Title", language.of(&style.title))))
        .child(element("se:FeatureTypeStyle").children(kinds).children(texts));
    element("StyledLayerDescriptor")
        .with("version", "1.1.0")
        .with("xmlns", "http://www.opengis.net/sld")
        .with("xmlns:se", "http://www.opengis.net/se")
        .with("xmlns:ogc", "http://www.opengis.net/ogc")
        .with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .with(
            "xsi:schemaLocation",
            "http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd",
        )
        .child(element("NamedLayer").child(text("se:Name", &layer.name)).child(user_style))
        .document("")
}

fn rule(kind: &Kind, drawing: &Drawing, language: Language) -> Element {
    let label = language.of(kind.label);
    let mut rule = element("se:Rule")
        .child(text("se:Name", label))
        .child(element("se:Description").child(text("se:Title", label)));
    let filter = match kind.takes {
        Takes::All => None,
        Takes::Rest => rest(drawing),
        Takes::Values(by, values) => ogc(by, values),
    };
    rule = rule.children(filter.map(|filter| element("ogc:Filter").child(filter)));
    rule.children(drawing.largest_scale.map(|scale| text("se:MaxScaleDenominator", scale)))
        .children(kind.marks.iter().map(symbolizer))
}

/// What no other class takes, said in full: QGIS 3.22 draws what an `ElseFilter` says over everything.
fn rest(drawing: &Drawing) -> Option<Element> {
    let named = drawing.kinds.iter().find_map(|kind| match kind.takes {
        Takes::Values(by, _) => Some(by),
        _ => None,
    })?;
    let values = drawing.kinds.iter().flat_map(|kind| match kind.takes {
        Takes::Values(_, values) => values,
        _ => &[],
    });
    let others = element("ogc:Not").child(ogc(named, &values.cloned().collect::<Vec<_>>())?);
    let absent =
        property(named).map(|name| element("ogc:PropertyIsNull").child(text("ogc:PropertyName", name)));
    Some(match absent {
        Some(absent) => element("ogc:Or").child(others).child(absent),
        None => others,
    })
}

fn symbolizer(mark: &Mark) -> Element {
    match mark {
        Mark::Fill { colour, opacity } => element("se:PolygonSymbolizer").child(fill(colour, *opacity)),
        Mark::Hatch { colour, opacity } => {
            let strokes = element("se:Mark").child(text("se:WellKnownName", "slash")).child(stroke(
                colour,
                *opacity,
                1.1,
                &[],
                false,
            ));
            let graphic = element("se:Graphic").child(strokes).child(text("se:Size", 8));
            element("se:PolygonSymbolizer")
                .child(element("se:Fill").child(element("se:GraphicFill").child(graphic)))
        }
        Mark::Line { colour, opacity, width, dash, round } => {
            element("se:LineSymbolizer").child(stroke(colour, *opacity, *width, dash, *round))
        }
        Mark::Circle { colour, radius, stroke: edge, stroke_width } => {
            let mark = element("se:Mark")
                .child(text("se:WellKnownName", "circle"))
                .child(fill(colour, 1.0))
                .child(stroke(edge, 1.0, *stroke_width, &[], false));
            let graphic = element("se:Graphic").child(mark).child(text("se:Size", radius * 2.0));
            element("se:PointSymbolizer").child(graphic)
        }
    }
}

fn fill(colour: &str, opacity: f64) -> Element {
    element("se:Fill").child(parameter("fill", colour)).child(parameter("fill-opacity", opacity))
}

fn stroke(colour: &str, opacity: f64, width: f64, dash: &[f64], round: bool) -> Element {
    let mut stroke = element("se:Stroke")
        .child(parameter("stroke", colour))
        .child(parameter("stroke-width", width))
        .child(parameter("stroke-opacity", opacity));
    if round {
        stroke =
            stroke.child(parameter("stroke-linejoin", "round")).child(parameter("stroke-linecap", "round"));
    }
    if !dash.is_empty() {
        let lengths: Vec<String> = dash.iter().map(f64::to_string).collect();
        stroke = stroke.child(parameter("stroke-dasharray", lengths.join(" ")));
    }
    stroke
}

fn parameter(name: &str, value: impl std::fmt::Display) -> Element {
    text("se:SvgParameter", value).with("name", name)
}

/// SLD has no expression that takes the first of several properties: their first one is written.
fn text_rule(texts: &Texts) -> Option<Element> {
    let says = property(texts.says)?;
    let font = element("se:Font")
        .child(parameter("font-family", "Sans Serif"))
        .child(parameter("font-size", texts.size));
    let halo = element("se:Halo")
        .child(text("se:Radius", texts.halo_width))
        .child(element("se:Fill").child(parameter("fill", &texts.halo)));
    let symbolizer = element("se:TextSymbolizer")
        .child(element("se:Label").child(text("ogc:PropertyName", says)))
        .child(font)
        .children(texts.along.then(|| {
            element("se:LabelPlacement")
                .child(element("se:LinePlacement").child(text("se:GeneralizeLine", true)))
        }))
        .child(halo)
        .child(element("se:Fill").child(parameter("fill", &texts.colour)));
    let scale = texts.largest_scale.map(|scale| text("se:MaxScaleDenominator", scale));
    Some(element("se:Rule").children(texts.filter.and_then(filter)).children(scale).child(symbolizer))
}

fn property(says: &Value) -> Option<&str> {
    match says.get(0)?.as_str()? {
        "get" => says.get(1)?.as_str(),
        "coalesce" => property(says.get(1)?),
        _ => None,
    }
}

fn filter(of: &Value) -> Option<Element> {
    let name = match of.get(0)?.as_str()? {
        "==" => "ogc:PropertyIsEqualTo",
        "!=" => "ogc:PropertyIsNotEqualTo",
        _ => return None,
    };
    let value = text("ogc:Literal", of.get(2)?.as_str()?);
    let compared = element(name).child(text("ogc:PropertyName", property(of.get(1)?)?)).child(value);
    Some(element("ogc:Filter").child(compared))
}
