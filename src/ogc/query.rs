//! From a request's parameters to what is asked of a layer.

use std::sync::Arc;

use chrono::Utc;

use crate::http::parameters::Parameters;
use crate::layers::bbox::Bbox;
use crate::layers::crs::{self, Crs};
use crate::layers::cursor;
use crate::layers::filter::{self, Filter};
use crate::layers::request::{Request, SortKey, Value};
use crate::layers::when::When;
use crate::layers::{Column, Layer};
use crate::problem::{Error, Result};

/// Features of a page when the client does not say. QGIS and GDAL take pages of this size from the API document.
pub const DEFAULT_LIMIT: u64 = 5_000;
/// Most features of a page; more is clamped.
pub const MAX_LIMIT: u64 = 1_000_000;
/// Features of a page that a person reads.
pub const HTML_LIMIT: u64 = 100;

/// What a request for items wants.
pub struct Items {
    /// What is asked of the layer.
    pub request: Request,
    /// Only the number of matches.
    pub only_hits: bool,
}

/// Reads all parameters of `items`; what is left must be properties to compare with.
///
/// # Errors
/// Names the parameter and what was wrong with it.
pub fn items(layer: &Layer, parameters: &mut Parameters, default_limit: u64) -> Result<Items> {
    let mut request = common(layer, parameters)?;
    let bbox_crs = parameters.take("bbox-crs").map(|uri| offered(layer, "bbox-crs", &uri)).transpose()?;
    request.bbox = parameters
        .take("bbox")
        .map(|text| Bbox::parse(&text, &bbox_crs.unwrap_or_else(Crs::crs84)))
        .transpose()?;
    request.filter = filter(layer, parameters)?;
    request.with_geometry =
        !parameters.take("skipGeometry").map_or(Ok(false), |text| boolean("skipGeometry", &text))?;
    request.properties = parameters.take("properties").map(|text| selection(layer, &text)).transpose()?;
    request.sort = parameters.take("sortby").map_or(Ok(Vec::new()), |text| sort(layer, &text))?;
    request.limit = parameters.take("limit").map_or(Ok(default_limit), |text| limit(&text))?;
    request.offset = parameters.take("offset").map_or(Ok(0), |text| natural("offset", &text))?;
    let only_hits = match parameters.take("resultType").as_deref() {
        None | Some("results") => false,
        Some("hits") => true,
        Some(other) => {
            return Err(Error::bad("resultType", format!("`{other}` is not one of results, hits")));
        }
    };
    let token = parameters.take("cursor");
    for (name, text) in parameters.take_rest() {
        request.equals.push(equality(layer, &name, &text)?);
    }
    if let Some(token) = token {
        cursor::resume(layer, &mut request, &token)?;
    }
    Ok(Items { request, only_hits })
}

/// The parameters of a single feature.
///
/// # Errors
/// Names the parameter and what was wrong with it.
pub fn item(layer: &Layer, parameters: &mut Parameters) -> Result<Request> {
    let mut request = common(layer, parameters)?;
    request.properties = parameters.take("properties").map(|text| selection(layer, &text)).transpose()?;
    request.with_geometry =
        !parameters.take("skipGeometry").map_or(Ok(false), |text| boolean("skipGeometry", &text))?;
    parameters.finish()?;
    Ok(request)
}

fn common(layer: &Layer, parameters: &mut Parameters) -> Result<Request> {
    let mut request = Request::all(Utc::now().into());
    request.when = when(parameters)?;
    if let Some(uri) = parameters.take("crs") {
        request.crs = offered(layer, "crs", &uri)?;
    }
    Ok(request)
}

/// The `datetime` parameter.
///
/// # Errors
/// When it is neither an instant nor an interval.
pub fn when(parameters: &mut Parameters) -> Result<Option<When>> {
    parameters.take("datetime").map(|text| When::parse(&text)).transpose()
}

/// The parameters `filter`, `filter-lang` and `filter-crs`.
///
/// # Errors
/// Names the parameter, and in a filter the place.
pub fn filter(layer: &Layer, parameters: &mut Parameters) -> Result<Option<Arc<Filter>>> {
    let language = parameters.take("filter-lang").map(|text| filter::Language::parse(&text)).transpose()?;
    let crs = parameters.take("filter-crs").map(|uri| offered(layer, "filter-crs", &uri)).transpose()?;
    let Some(text) = parameters.take("filter") else { return Ok(None) };
    let language = language.unwrap_or(filter::Language::Text);
    Filter::read(layer, language, &text, crs.unwrap_or_else(Crs::crs84)).map(|filter| Some(Arc::new(filter)))
}

fn offered(layer: &Layer, parameter: &str, uri: &str) -> Result<Crs> {
    if uri == crs::CRS84 {
        return Ok(Crs::crs84());
    }
    let uris: Vec<_> = layer.crs.iter().map(|crs| crs.uri.as_str()).collect();
    let unknown = || Error::bad(parameter, format!("`{uri}` is not one of {}", uris.join(", ")));
    layer.crs_by_uri(uri).cloned().ok_or_else(unknown)
}

fn natural(parameter: &str, text: &str) -> Result<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large to count to is larger than any limit.
    if is_number {
        Ok(text.parse().unwrap_or(u64::MAX >> 2).min(u64::MAX >> 2))
    } else {
        Err(not_natural(parameter, text))
    }
}

fn not_natural(parameter: &str, text: &str) -> Error {
    Error::bad(parameter, format!("`{text}` is not a whole number"))
}

fn limit(text: &str) -> Result<u64> {
    match natural("limit", text)? {
        0 => Err(Error::bad("limit", "must be at least 1")),
        limit => Ok(limit.min(MAX_LIMIT)),
    }
}

fn boolean(parameter: &str, text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::bad(parameter, format!("`{text}` is not one of true, false"))),
    }
}

fn property<'a>(layer: &'a Layer, parameter: &str, name: &str) -> Result<&'a Column> {
    layer
        .property(name)
        .ok_or_else(|| Error::bad(parameter, format!("`{name}` is not a property of this collection")))
}

fn selection(layer: &Layer, text: &str) -> Result<Vec<String>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| property(layer, "properties", name).map(|column| column.name.clone())).collect()
}

fn sort(layer: &Layer, text: &str) -> Result<Vec<SortKey>> {
    let mut keys: Vec<SortKey> = Vec::new();
    for name in text.split(',') {
        // The `+` of an ascending key arrives as a space.
        let (name, descending) = match name.strip_prefix('-') {
            Some(name) => (name, true),
            None => (name.trim_start_matches(['+', ' ']), false),
        };
        let column = property(layer, "sortby", name)?;
        if !column.kind.is_sortable() {
            return Err(Error::bad("sortby", format!("`{name}` has no order; see the sortables")));
        }
        if keys.iter().any(|key| key.column.name == column.name) {
            return Err(Error::bad("sortby", format!("`{name}` is named twice")));
        }
        keys.push(SortKey { column: column.clone(), descending });
    }
    Ok(keys)
}

fn equality(layer: &Layer, name: &str, text: &str) -> Result<(Column, Value)> {
    let column = layer
        .property(name)
        .filter(|column| column.kind.is_queryable())
        .ok_or_else(|| Error::bad(name, "is neither a parameter nor a queryable of this collection"))?;
    Ok((column.clone(), Value::parse(column, text)?))
}
