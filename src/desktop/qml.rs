//! A style in the form of QGIS (3.22 and later): how a layer is drawn, its texts, its fields as a form shows them.

use super::style::Style;
use super::style::drawing::{self, Drawing, Kind, Mark, Takes, Texts};
use super::style::expression::{qgis, quoted};
use super::xml::{Element, element, text};
use crate::http::negotiate::Language;
use crate::layers::{Column, Kind as Type, Layer};

/// The version whose form is written; later ones read it.
pub const VERSION: &str = "3.22.16-Białowieża";
/// What stands before a QGIS document.
pub const DOCTYPE: &str = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n";
/// Colour of a layer that has no style.
const PLAIN: &str = "#5b6770";

/// The style as a file of its own.
pub fn document(layer: &Layer, style: Option<&Style>, language: Language) -> String {
    let root = element("qgis").with("version", VERSION).with("styleCategories", "AllStyleCategories");
    with_style(root, layer, style, language).document(DOCTYPE)
}

/// `root`, a style's or a layer's element, with everything about how the layer is shown.
pub fn with_style(root: Element, layer: &Layer, style: Option<&Style>, language: Language) -> Element {
    let dimension = layer.geometry.as_ref().and_then(crate::layers::Geometry::dimension);
    let drawing = style.map(|style| drawing::of(style, dimension));
    let largest_scale = drawing.as_ref().and_then(|drawing| drawing.largest_scale);
    let mut root = root
        .with("labelsEnabled", u8::from(drawing.as_ref().is_some_and(|drawing| !drawing.texts.is_empty())))
        .with("hasScaleBasedVisibilityFlag", u8::from(largest_scale.is_some()))
        .with("minScale", largest_scale.unwrap_or(100_000_000.0))
        .with("maxScale", 0);
    if layer.geometry.is_some() {
        root = root.child(match &drawing {
            Some(drawing) => renderer(drawing, dimension, language),
            None => plain_renderer(dimension),
        });
        root = root.children(drawing.iter().filter(|drawing| !drawing.texts.is_empty()).map(labeling));
    }
    root.children(fields(layer, style, language))
}

// Symbols ----------------------------------------------------------------------------------------------

fn renderer(drawing: &Drawing, dimension: Option<u8>, language: Language) -> Element {
    let rules = drawing.kinds.iter().enumerate().map(|(number, kind)| rule(number, kind, language));
    let symbols =
        drawing.kinds.iter().enumerate().map(|(number, kind)| symbol(number, &kind.marks, dimension));
    element("renderer-v2")
        .with("type", "RuleRenderer")
        .with("symbollevels", 0)
        .with("enableorderby", 0)
        .with("forceraster", 0)
        .child(element("rules").with("key", "root").children(rules))
        .child(element("symbols").children(symbols))
}

fn rule(number: usize, kind: &Kind, language: Language) -> Element {
    let rule = element("rule")
        .with("key", format!("class-{number}"))
        .with("symbol", number)
        .with("label", language.of(kind.label));
    match kind.takes {
        Takes::All => rule,
        Takes::Rest => rule.with("filter", "ELSE"),
        Takes::Values(by, values) => {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            rule.with("filter", format!("{} IN ({})", qgis(by).unwrap_or_default(), values.join(", ")))
        }
    }
}

fn plain_renderer(dimension: Option<u8>) -> Element {
    let colour = PLAIN.to_owned();
    let outline =
        Mark::Line { colour: colour.clone(), opacity: 1.0, width: 1.2, dash: Vec::new(), round: false };
    let marks = match dimension {
        Some(0) => {
            vec![Mark::Circle { colour, radius: 4.0, stroke: "#ffffff".to_owned(), stroke_width: 1.2 }]
        }
        Some(1) => vec![outline],
        _ => vec![Mark::Fill { colour, opacity: 0.15 }, outline],
    };
    element("renderer-v2")
        .with("type", "singleSymbol")
        .child(element("symbols").child(symbol(0, &marks, dimension)))
}

fn symbol(number: usize, marks: &[Mark], dimension: Option<u8>) -> Element {
    let kind = match dimension {
        Some(0) => "marker",
        Some(1) => "line",
        _ => "fill",
    };
    element("symbol")
        .with("type", kind)
        .with("name", number)
        .with("alpha", 1)
        .with("clip_to_extent", 1)
        .with("force_rhr", 0)
        .children(marks.iter().map(|mark| symbol_layer(mark, number)))
}

fn symbol_layer(mark: &Mark, number: usize) -> Element {
    match mark {
        Mark::Fill { colour, opacity } => layer_of(
            "SimpleFill",
            &[("color", rgba(colour, *opacity)), ("style", "solid".into()), ("outline_style", "no".into())],
        ),
        Mark::Hatch { colour, opacity } => hatch(colour, *opacity, number),
        Mark::Line { colour, opacity, width, dash, round } => line(colour, *opacity, *width, dash, *round),
        Mark::Circle { colour, radius, stroke, stroke_width } => layer_of(
            "SimpleMarker",
            &[
                ("name", "circle".into()),
                ("color", rgba(colour, 1.0)),
                ("size", (radius * 2.0).to_string()),
                ("size_unit", "Pixel".into()),
                ("outline_color", rgba(stroke, 1.0)),
                ("outline_width", stroke_width.to_string()),
                ("outline_width_unit", "Pixel".into()),
            ],
        ),
    }
}

fn line(colour: &str, opacity: f64, width: f64, dash: &[f64], round: bool) -> Element {
    let (cap, join) = if round { ("round", "round") } else { ("flat", "miter") };
    let dashes: Vec<String> = dash.iter().map(f64::to_string).collect();
    let mut options = vec![
        ("line_color", rgba(colour, opacity)),
        ("line_width", width.to_string()),
        ("line_width_unit", "Pixel".into()),
        ("line_style", "solid".into()),
        ("capstyle", cap.into()),
        ("joinstyle", join.into()),
    ];
    if !dashes.is_empty() {
        options.extend([
            ("use_custom_dash", "1".into()),
            ("customdash", dashes.join(";")),
            ("customdash_unit", "Pixel".into()),
        ]);
    }
    layer_of("SimpleLine", &options)
}

/// Diagonal strokes as far apart as the web map's.
fn hatch(colour: &str, opacity: f64, number: usize) -> Element {
    let options = [
        ("angle", "45".to_owned()),
        ("distance", "5.66".to_owned()),
        ("distance_unit", "Pixel".to_owned()),
        ("line_width", "1.1".to_owned()),
        ("line_width_unit", "Pixel".to_owned()),
        ("color", rgba(colour, opacity)),
    ];
    let strokes = element("symbol")
        .with("type", "line")
        .with("name", format!("@{number}@0"))
        .with("alpha", 1)
        .child(line(colour, opacity, 1.1, &[], false));
    layer_of("LinePatternFill", &options).child(strokes)
}

fn layer_of(class: &str, options: &[(&'static str, String)]) -> Element {
    element("layer")
        .with("class", class)
        .with("enabled", 1)
        .with("locked", 0)
        .with("pass", 0)
        .child(map(options.iter().map(|(name, value)| option(name, value))))
}

fn map(options: impl IntoIterator<Item = Element>) -> Element {
    element("Option").with("type", "Map").children(options)
}

fn option(name: &str, value: &str) -> Element {
    element("Option").with("type", "QString").with("name", name).with("value", value)
}

/// `#rrggbb` and an opacity as `r,g,b,a`.
fn rgba(colour: &str, opacity: f64) -> String {
    let part = |at: usize| {
        colour.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0)
    };
    format!("{},{},{},{}", part(1), part(3), part(5), (opacity * 255.0).round())
}

// Texts ------------------------------------------------------------------------------------------------

fn labeling(drawing: &Drawing) -> Element {
    let rules = drawing.texts.iter().enumerate().map(|(number, texts)| {
        let rule = element("rule").with("key", format!("text-{number}")).child(settings(texts));
        let rule = match texts.filter.and_then(qgis) {
            Some(filter) => rule.with("filter", filter),
            None => rule,
        };
        match texts.largest_scale {
            Some(scale) => rule.with("scalemaxdenom", scale).with("scalemindenom", 1),
            None => rule,
        }
    });
    element("labeling")
        .with("type", "rule-based")
        .child(element("rules").with("key", "texts").children(rules))
}

fn settings(texts: &Texts) -> Element {
    let buffer = element("text-buffer")
        .with("bufferDraw", 1)
        .with("bufferSize", texts.halo_width)
        .with("bufferSizeUnits", "Pixel")
        .with("bufferColor", rgba(&texts.halo, 1.0));
    let style = element("text-style")
        .with("fieldName", qgis(texts.says).unwrap_or_default())
        .with("isExpression", 1)
        .with("fontFamily", "Sans Serif")
        .with("fontSize", texts.size)
        .with("fontSizeUnit", "Pixel")
        .with("textColor", rgba(&texts.colour, 1.0))
        .with("textOpacity", 1)
        .child(buffer);
    // 0: around a point, 1: over it, 2: along a line, as QGIS numbers them; quadrants 1 and 7 are above and below.
    let (placement, quadrant) = match (texts.along, texts.anchor) {
        (true, _) => (2, 4),
        (false, Some("top")) => (1, 7),
        (false, Some("bottom")) => (1, 1),
        (false, _) => (1, 4),
    };
    element("settings").with("calloutType", "simple").child(style).child(
        element("placement")
            .with("placement", placement)
            .with("quadOffset", quadrant)
            .with("centroidInside", 1),
    )
}

// Fields -----------------------------------------------------------------------------------------------

fn fields(layer: &Layer, style: Option<&Style>, language: Language) -> Vec<Element> {
    let columns: Vec<&Column> = std::iter::once(&layer.id).chain(&layer.columns).collect();
    let door = layer.open_door();
    let widgets = columns
        .iter()
        .map(|column| element("field").with("name", &column.name).child(widget(column, style, language)));
    let aliases = columns.iter().enumerate().map(|(index, column)| {
        element("alias")
            .with("field", &column.name)
            .with("index", index)
            .with("name", alias(column, language))
    });
    let editable = columns.iter().map(|column| {
        let is_editable = door.is_some_and(|door| door.receives(&column.name));
        element("field").with("name", &column.name).with("editable", u8::from(is_editable))
    });
    let constraints = columns.iter().map(|column| {
        let is_needed = door.is_some_and(|door| door.requires(&column.name));
        // 1: not null, 2: hard, as QGIS numbers them.
        element("constraint")
            .with("field", &column.name)
            .with("constraints", u8::from(is_needed))
            .with("notnull_strength", if is_needed { 2 } else { 0 })
            .with("unique_strength", 0)
            .with("exp_strength", 0)
    });
    vec![
        element("fieldConfiguration").children(widgets),
        element("aliases").children(aliases),
        element("editable").children(editable),
        element("constraints").children(constraints),
        text("previewExpression", format!("\"{}\"", preview(layer))),
    ]
}

/// What a list of features shows of each.
fn preview(layer: &Layer) -> &str {
    ["code", "name", "title", "label"]
        .into_iter()
        .find(|name| layer.property(name).is_some())
        .unwrap_or(&layer.id.name)
}

fn alias(column: &Column, language: Language) -> String {
    let title = language.of(&column.title);
    match &column.unit {
        Some(unit) => format!("{title} [{unit}]"),
        None => title.to_owned(),
    }
}

/// A property that a style tells apart has a list of its values; others have what fits their type.
fn widget(column: &Column, style: Option<&Style>, language: Language) -> Element {
    let told_apart = style.filter(|style| {
        style.by.as_ref().is_some_and(|by| *by == serde_json::json!(["get", column.name]))
            && !style.classes.iter().any(|class| class.other)
    });
    if let Some(style) = told_apart {
        let entries = style.classes.iter().flat_map(|class| {
            class.values.iter().map(move |value| map([option(language.of(&class.label), value)]))
        });
        let list = element("Option").with("type", "List").with("name", "map").children(entries);
        return element("editWidget").with("type", "ValueMap").child(element("config").child(map([list])));
    }
    let (kind, options) = match column.kind {
        Type::Bool => ("CheckBox", Vec::new()),
        Type::Date => {
            ("DateTime", vec![option("display_format", "yyyy-MM-dd"), option("field_format", "yyyy-MM-dd")])
        }
        _ => ("TextEdit", Vec::new()),
    };
    element("editWidget").with("type", kind).child(element("config").child(map(options)))
}
