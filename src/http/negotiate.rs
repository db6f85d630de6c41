//! Which representation and which language a client wants.

use axum::http::{HeaderMap, header};

use super::parameters::Parameters;
use crate::layers::Text;
use crate::problem::{Error, Result};

/// Languages of the service; Spanish unless asked otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Spanish
    #[default]
    Es,
    /// English
    En,
}

impl Language {
    /// Its tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    /// The text in this language.
    pub fn of(self, text: &Text) -> &str {
        match self {
            Self::Es => &text.es,
            Self::En => &text.en,
        }
    }
}

/// A representation that a resource offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// Value of `f`.
    pub f: &'static str,
    /// Media type, as it is sent.
    pub mime: &'static str,
}

/// `application/json`
pub const JSON: Media = Media { f: "json", mime: "application/json" };
/// `text/html`
pub const HTML: Media = Media { f: "html", mime: "text/html; charset=utf-8" };
/// `application/geo+json`
pub const GEOJSON: Media = Media { f: "geojson", mime: "application/geo+json" };
/// `application/geo+json-seq`
pub const GEOJSONSEQ: Media = Media { f: "geojsonseq", mime: "application/geo+json-seq" };
/// JSON-FG
pub const JSONFG: Media = Media { f: "jsonfg", mime: "application/fg+json" };
/// `text/csv`
pub const CSV: Media = Media { f: "csv", mime: "text/csv; charset=utf-8; header=present" };
/// GeoPackage
pub const GPKG: Media = Media { f: "gpkg", mime: "application/geopackage+sqlite3" };
/// FlatGeobuf
pub const FGB: Media = Media { f: "fgb", mime: "application/flatgeobuf" };
/// Shapefile in an archive
pub const SHP: Media = Media { f: "shp", mime: "application/zip" };
/// KML
pub const KML: Media = Media { f: "kml", mime: "application/vnd.google-earth.kml+xml" };
/// Drawing
pub const DXF: Media = Media { f: "dxf", mime: "image/vnd.dxf" };
/// GeoParquet
#[cfg(feature = "geoparquet")]
pub const PARQUET: Media = Media { f: "parquet", mime: "application/vnd.apache.parquet" };
/// OpenAPI 3.0
pub const OPENAPI: Media = Media { f: "json", mime: "application/vnd.oai.openapi+json;version=3.0" };
/// JSON Schema
pub const SCHEMA: Media = Media { f: "json", mime: "application/schema+json" };
/// Mapbox vector tile
pub const MVT: Media = Media { f: "mvt", mime: "application/vnd.mapbox-vector-tile" };
/// TileJSON
pub const TILEJSON: Media = Media { f: "tilejson", mime: "application/json" };

/// A quality value between 0 and 1000 for `candidate`, which matches the most specific range of `header`.
fn quality(header: &str, matches: impl Fn(&str) -> Option<u8>) -> u16 {
    let mut best = (0, 0);
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(specific) = parts.next().and_then(&matches) else { continue };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
        let weight = (f32::clamp(weight, 0.0, 1.0) * 1000.0) as u16;
        if specific > best.0 {
            best = (specific, weight);
        }
    }
    best.1
}

fn media_quality(accept: &str, mime: &str) -> u16 {
    let mime = mime.split(';').next().unwrap_or(mime);
    let kind = mime.split('/').next().unwrap_or(mime);
    quality(accept, |range| match range {
        "*/*" => Some(1),
        _ if range.strip_suffix("/*").is_some_and(|start| start.eq_ignore_ascii_case(kind)) => Some(2),
        _ if range.eq_ignore_ascii_case(mime) => Some(3),
        _ => None,
    })
}

/// The representation for a request: by `f`, else by `Accept`; the first offered when nothing is said.
///
/// # Errors
/// [`Error::BadRequest`] for an unknown `f`, [`Error::NotAcceptable`] when nothing offered is accepted.
pub fn media(parameters: &mut Parameters, headers: &HeaderMap, offered: &[Media]) -> Result<Media> {
    if let Some(f) = parameters.take("f") {
        let known = offered.iter().find(|media| media.f == f || (f == "json" && media.f == "geojson"));
        let names: Vec<_> = offered.iter().map(|media| media.f).collect();
        return known
            .copied()
            .ok_or_else(|| Error::bad("f", format!("`{f}` is not one of {}", names.join(", "))));
    }
    let accept: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accept = if accept.is_empty() { "*/*".to_owned() } else { accept.join(",") };
    let quality = |media: &Media| {
        let own = media_quality(&accept, media.mime);
        // JSON of a special kind is JSON too.
        if media.mime.contains("json") { own.max(media_quality(&accept, JSON.mime)) } else { own }
    };
    // The first of the best: `max_by_key` would take the last.
    let best = offered.iter().rev().max_by_key(|media| quality(media)).filter(|media| quality(media) > 0);
    let types: Vec<_> = offered.iter().map(|media| media.mime).collect();
    best.copied()
        .ok_or_else(|| Error::NotAcceptable(format!("this resource is available as {}", types.join(", "))))
}

/// The language for a request: by `lang`, else by `Accept-Language`.
///
/// # Errors
/// For a `lang` that is neither `es` nor `en`.
pub fn language(parameters: &mut Parameters, headers: &HeaderMap) -> Result<Language> {
    match parameters.take("lang").as_deref() {
        Some("es") => return Ok(Language::Es),
        Some("en") => return Ok(Language::En),
        Some(other) => return Err(Error::bad("lang", format!("`{other}` is not one of es, en"))),
        None => {}
    }
    let Some(accept) = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
        return Ok(Language::Es);
    };
    let weigh = |tag: &str| {
        quality(accept, |range| match range {
            "*" => Some(1),
            _ if range.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(tag)) => Some(2),
            _ => None,
        })
    };
    Ok(if weigh("en") > weigh("es") { Language::En } else { Language::Es })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn chosen(accept: &'static str) -> Result<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        media(&mut Parameters::default(), &headers, &[GEOJSON, HTML]).map(|media| media.f)
    }

    #[test]
    fn the_accept_header_chooses() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(chosen(browser).unwrap(), "html");
        assert_eq!(chosen("*/*").unwrap(), "geojson");
        assert_eq!(chosen("application/geo+json, application/json;q=0.5").unwrap(), "geojson");
        assert_eq!(chosen("application/json").unwrap(), "geojson");
        assert_eq!(chosen("text/*, application/geo+json;q=0.1").unwrap(), "html");
        assert!(chosen("text/turtle").is_err());
        assert!(chosen("text/html;q=0").is_err());
    }

    #[test]
    fn the_language_is_spanish_unless_asked() {
        let of = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
            language(&mut Parameters::default(), &headers).unwrap()
        };
        assert_eq!(of("en-GB,en;q=0.9,es;q=0.5"), Language::En);
        assert_eq!(of("qu, es-PE;q=0.8, en;q=0.3"), Language::Es);
        assert_eq!(of("de, *;q=0.1"), Language::Es);
    }
}
