//! A style as marks that any program can draw: the web map's light theme, at one zoom.

use serde_json::Value;

use super::expression::{Known, holds};
use super::model::{Class, Fragment, Style};
use crate::layers::Text;

/// The zoom at which widths that grow with it are taken: a street fills a window.
const ZOOM: f64 = 16.0;

/// Scale denominator of zoom 0, for tiles of 512 pixels of 0.28 mm.
const SCALE_OF_ZOOM_0: f64 = 279_541_132.014_358_9;

/// What is drawn of a layer.
#[derive(Clone, Debug)]
pub struct Drawing<'a> {
    /// Its classes.
    pub kinds: Vec<Kind<'a>>,
    /// Its texts.
    pub texts: Vec<Texts<'a>>,
    /// Largest scale denominator at which it is drawn; none: always.
    pub largest_scale: Option<f64>,
}

/// A class of features.
#[derive(Clone, Debug)]
pub struct Kind<'a> {
    /// What it is called.
    pub label: &'a Text,
    /// Which features.
    pub takes: Takes<'a>,
    /// What is drawn, lowest first.
    pub marks: Vec<Mark>,
}

/// Which features a class takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes<'a> {
    /// All of the layer.
    All,
    /// Those for which the expression yields one of the values.
    Values(&'a Value, &'a [String]),
    /// Those that no other class takes.
    Rest,
}

/// Something that is drawn; lengths in pixels of 0.28 mm.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// An area.
    Fill { colour: String, opacity: f64 },
    /// An area of diagonal strokes.
    Hatch { colour: String, opacity: f64 },
    /// A line, or the outline of an area.
    Line { colour: String, opacity: f64, width: f64, dash: Vec<f64>, round: bool },
    /// A circle.
    Circle { colour: String, radius: f64, stroke: String, stroke_width: f64 },
}

/// Texts beside features.
#[derive(Clone, Debug)]
pub struct Texts<'a> {
    /// The expression that yields the text.
    pub says: &'a Value,
    /// Which features have one.
    pub filter: Option<&'a Value>,
    /// Height of the letters in pixels.
    pub size: f64,
    /// Colour, as `#rrggbb`.
    pub colour: String,
    /// Colour around the letters.
    pub halo: String,
    /// How far around.
    pub halo_width: f64,
    /// Along a line rather than at a point.
    pub along: bool,
    /// Above or below its point, where it stands beside one.
    pub anchor: Option<&'a str>,
    /// Largest scale denominator at which it is drawn.
    pub largest_scale: Option<f64>,
}

/// What is drawn of a layer whose shapes have this dimension.
pub fn of(style: &Style, dimension: Option<u8>) -> Drawing<'_> {
    let marks = style.layers.iter().filter(|fragment| fragment.kind != "symbol");
    let nearest = marks.map(|fragment| fragment.minzoom.unwrap_or(0.0)).reduce(f64::min);
    Drawing {
        kinds: style.classes.iter().map(|class| kind(style, class, dimension)).collect(),
        texts: style.layers.iter().filter_map(|fragment| texts(style, fragment)).collect(),
        largest_scale: nearest.and_then(scale),
    }
}

/// The largest scale denominator of a smallest zoom.
fn scale(zoom: f64) -> Option<f64> {
    (zoom > 0.0).then(|| (SCALE_OF_ZOOM_0 / zoom.exp2()).round())
}

fn kind<'a>(style: &'a Style, class: &'a Class, dimension: Option<u8>) -> Kind<'a> {
    let takes = match &style.by {
        _ if class.other => Takes::Rest,
        Some(by) if !class.values.is_empty() => Takes::Values(by, &class.values),
        _ => Takes::All,
    };
    let property = style.by.as_ref().and_then(|by| by.get(1)?.as_str());
    // A value that no style names stands for all the others.
    let value = class.values.first().map_or("\u{0}", String::as_str);
    let known = Known { property: property.map(|name| (name, value)), dimension };
    let is_drawn = |fragment: &&Fragment| {
        fragment.filter.as_ref().is_none_or(|filter| holds(filter, known) != Some(false))
    };
    let marks = style.layers.iter().filter(is_drawn).filter_map(|fragment| mark(fragment, class, dimension));
    Kind { label: &class.label, takes, marks: marks.collect() }
}

fn mark(fragment: &Fragment, class: &Class, dimension: Option<u8>) -> Option<Mark> {
    let paint = |name: &str| fragment.paint.get(name);
    let colour = |name: &str| paint(name).and_then(Value::as_str).map(|word| meant(word, class));
    let opacity = |name: &str| paint(name).map_or(1.0, number);
    let fits = |least: u8| dimension.is_none_or(|dimension| dimension >= least);
    match fragment.kind.as_str() {
        "fill" if fits(2) => match paint("fill-pattern") {
            Some(_) => Some(Mark::Hatch { colour: class.colour.clone(), opacity: opacity("fill-opacity") }),
            None => Some(Mark::Fill { colour: colour("fill-color")?, opacity: opacity("fill-opacity") }),
        },
        "line" if fits(1) => {
            let width = paint("line-width").map_or(1.0, number);
            let dash = paint("line-dasharray").and_then(Value::as_array);
            Some(Mark::Line {
                colour: colour("line-color")?,
                opacity: opacity("line-opacity"),
                width,
                // The web map counts dashes in widths.
                dash: dash.into_iter().flatten().map(|length| number(length) * width).collect(),
                round: fragment.layout.get("line-cap").is_some_and(|cap| cap == "round"),
            })
        }
        "circle" if dimension.is_none_or(|dimension| dimension == 0) => Some(Mark::Circle {
            colour: colour("circle-color")?,
            radius: paint("circle-radius").map_or(5.0, number),
            stroke: colour("circle-stroke-color")?,
            stroke_width: paint("circle-stroke-width").map_or(1.0, number),
        }),
        _ => None,
    }
}

fn texts<'a>(style: &'a Style, fragment: &'a Fragment) -> Option<Texts<'a>> {
    let says = fragment.layout.get("text-field")?;
    let class = style.classes.first()?;
    let colour = |name: &str| fragment.paint.get(name).and_then(Value::as_str).map(|word| meant(word, class));
    Some(Texts {
        says,
        filter: fragment.filter.as_ref(),
        size: fragment.layout.get("text-size").map_or(12.0, number),
        colour: colour("text-color")?,
        halo: colour("text-halo-color")?,
        halo_width: fragment.paint.get("text-halo-width").map_or(1.0, number),
        along: fragment.layout.get("symbol-placement").is_some_and(|placement| placement == "line"),
        anchor: fragment.layout.get("text-anchor").and_then(Value::as_str),
        largest_scale: fragment.minzoom.and_then(scale),
    })
}

/// The colour that a word of the light theme stands for.
fn meant(word: &str, class: &Class) -> String {
    match word {
        "@colour" => class.colour.clone(),
        "@outline" => class.outline.clone().unwrap_or_else(|| class.colour.clone()),
        "@text" => "#2d3840".to_owned(),
        "@soft" => "#6a5f4c".to_owned(),
        "@halo" => "#fbfaf6".to_owned(),
        literal => literal.to_owned(),
    }
}

/// A number, or what one that grows with the zoom comes to at [`ZOOM`].
fn number(value: &Value) -> f64 {
    let Some(items) = value.as_array() else { return value.as_f64().unwrap_or_default() };
    let base = items.get(1).and_then(|kind| kind.get(1)).and_then(Value::as_f64).unwrap_or(1.0);
    let stops: Vec<f64> = items.iter().skip(3).filter_map(Value::as_f64).collect();
    let stops: Vec<(f64, f64)> = stops.chunks_exact(2).map(|stop| (stop[0], stop[1])).collect();
    interpolated(base, &stops)
}

fn interpolated(base: f64, stops: &[(f64, f64)]) -> f64 {
    let after = stops.iter().position(|(zoom, _)| *zoom > ZOOM);
    let (lower, upper) = match (after, stops) {
        (_, []) => return 0.0,
        (Some(0), [first, ..]) => return first.1,
        (None, [.., last]) => return last.1,
        (Some(at), _) => (stops[at - 1], stops[at]),
    };
    let grown = |from: f64, to: f64| {
        if (base - 1.0).abs() < 1e-9 { to - from } else { base.powf(to - from) - 1.0 }
    };
    lower.1 + (upper.1 - lower.1) * grown(lower.0, ZOOM) / grown(lower.0, upper.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desktop::style::all;

    fn drawn(id: &str, dimension: u8) -> Drawing<'static> {
        of(all().iter().find(|style| style.id == id).unwrap(), Some(dimension))
    }

    #[test]
    fn widths_grow_with_the_zoom_as_in_the_web_map() {
        assert!((number(&json!(3.5)) - 3.5).abs() < 1e-9);
        let grows = json!(["interpolate", ["exponential", 1.6], ["zoom"], 15, 0.5, 17, 1.1]);
        // (1.6 - 1) / (1.6² - 1) of the way.
        assert!((number(&grows) - (0.5 + 0.6 * 0.6 / 1.56)).abs() < 1e-9);
        assert!((number(&json!(["interpolate", ["linear"], ["zoom"], 8, 2, 13, 3.4])) - 3.4).abs() < 1e-9);
    }

    #[test]
    fn a_class_has_the_marks_whose_filter_takes_it() {
        let parcels = drawn("parcels", 2);
        let dashes: Vec<bool> = parcels
            .kinds
            .iter()
            .map(|kind| {
                kind.marks.iter().any(|mark| matches!(mark, Mark::Line { dash, .. } if !dash.is_empty()))
            })
            .collect();
        assert_eq!(dashes, [false, true], "agreed is drawn out, provisional dashed");
        assert_eq!(parcels.largest_scale, Some(8531.0));
        let point = drawn("proposals", 0);
        assert!(point.kinds.iter().all(|kind| matches!(kind.marks[..], [Mark::Circle { .. }])));
        let zones = drawn("zones", 2);
        assert!(zones.kinds.iter().any(|kind| kind.takes == Takes::Rest));
    }
}
