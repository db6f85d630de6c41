//! What was asked for: layers, a format, and the parameters of a request for items.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::exports::{FileFormat, named, names, refusal};
use crate::http::parameters::Parameters;
use crate::layers::Layer;
use crate::layers::features::{Source, UNLIMITED};
use crate::layers::request::Request;
use crate::ogc::query;
use crate::problem::{Error, Result};

/// Most layers of one file.
const MOST_LAYERS: usize = 100;

/// The body of a request, looked at as far as it can be without the layers.
#[derive(Debug)]
pub struct Asked {
    /// The format.
    pub format: FileFormat,
    layers: Vec<String>,
    parameters: Vec<(String, String)>,
}

impl Asked {
    /// Reads the body.
    ///
    /// # Errors
    /// A bad request that names the member.
    pub fn read(mut body: Map<String, Value>) -> Result<Self> {
        let layers = layers(&mut body)?;
        let format = body.remove("format").and_then(|f| named(f.as_str()?));
        let format =
            format.ok_or_else(|| Error::bad("format", format!("is one of {}", names().join(", "))))?;
        if layers.len() > 1 && format != FileFormat::GeoPackage {
            return Err(Error::bad("format", "of these formats only gpkg holds several layers"));
        }
        let mut parameters = Vec::with_capacity(body.len());
        for (name, value) in body {
            if name == "filter" && value.is_object() {
                parameters.push(("filter-lang".to_owned(), "cql2-json".to_owned()));
            }
            let text = text(&name, &value)?;
            parameters.push((name, text));
        }
        Ok(Self { format, layers, parameters })
    }

    /// What is asked of each layer.
    ///
    /// # Errors
    /// As a request for items; a bad request for what the format cannot hold.
    pub async fn requests(&self, source: &Source) -> Result<Vec<(Arc<Layer>, Request)>> {
        let mut requests = Vec::with_capacity(self.layers.len());
        for name in &self.layers {
            let layer = source.catalogue.layer(name).await?;
            let request = self.request(&layer).map_err(|error| self.in_layer(name, error))?;
            requests.push((layer, request));
        }
        Ok(requests)
    }

    fn request(&self, layer: &Layer) -> Result<Request> {
        let items = query::items(layer, &mut Parameters::of(self.parameters.clone()), UNLIMITED)?;
        if items.only_hits {
            return Err(Error::bad("resultType", "a file holds features"));
        }
        match refusal(self.format, layer, &items.request) {
            Some(error) => Err(error),
            None => Ok(items.request),
        }
    }

    /// Of several layers it is worth saying which one cannot be asked so.
    fn in_layer(&self, name: &str, error: Error) -> Error {
        match error {
            Error::BadRequest { parameter, detail } if self.layers.len() > 1 => {
                Error::bad(parameter, format!("{name}: {detail}"))
            }
            other => other,
        }
    }

    /// The name of the file.
    pub fn file_name(layers: &[String], format: FileFormat) -> String {
        match layers {
            [one] => format!("{one}.{}", format.ending()),
            _ => format!("capas.{}", format.ending()),
        }
    }

    /// The layers of a body that was read before.
    pub fn layers_of(body: &Value) -> Vec<String> {
        body.as_object().cloned().and_then(|mut body| layers(&mut body).ok()).unwrap_or_default()
    }
}

/// `layer`, or `layers`.
fn layers(body: &mut Map<String, Value>) -> Result<Vec<String>> {
    let wrong = || Error::bad("layers", format!("are the names of 1 to {MOST_LAYERS} collections, apart"));
    let layers: Vec<String> = match (body.remove("layer"), body.remove("layers")) {
        (Some(Value::String(one)), None) => vec![one],
        (None, Some(several)) => serde_json::from_value(several).map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    let is_twice = |(at, name): (usize, &String)| layers[..at].contains(name);
    if layers.is_empty() || layers.len() > MOST_LAYERS || layers.iter().enumerate().any(is_twice) {
        return Err(wrong());
    }
    Ok(layers)
}

/// A value as an address would have it: lists with commas, structures as JSON.
fn text(name: &str, value: &Value) -> Result<String> {
    let wrong = || Error::bad(name, "is a text, a number, true, false, or a list of them");
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Object(_) if name == "filter" => value.to_string(),
        Value::Array(values) => {
            let texts = values.iter().map(|value| match value {
                Value::Array(_) | Value::Object(_) => Err(wrong()),
                value => text(name, value),
            });
            texts.collect::<Result<Vec<_>>>()?.join(",")
        }
        Value::Object(_) | Value::Null => return Err(wrong()),
    };
    // As in an address: no text in PostgreSQL can hold it.
    if text.contains('\0') { Err(wrong()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Asked> {
        Asked::read(body.as_object().unwrap().clone())
    }

    #[test]
    fn members_are_the_parameters_of_items() {
        let asked = read(&json!({
            "layer": "parcels", "format": "gpkg", "bbox": [-77.8, -10.7, -77.7, -10.6], "sortby": ["-code", "use"],
            "limit": 5, "skipGeometry": true, "filter": { "op": "isNull", "args": [{ "property": "use" }] },
        }))
        .unwrap();
        let value = |name: &str| &asked.parameters.iter().find(|(other, _)| other == name).unwrap().1;
        assert_eq!((asked.format, &asked.layers[..]), (FileFormat::GeoPackage, &["parcels".to_owned()][..]));
        assert_eq!(value("bbox"), "-77.8,-10.7,-77.7,-10.6");
        assert_eq!(
            (&**value("sortby"), &**value("limit"), &**value("skipGeometry")),
            ("-code,use", "5", "true")
        );
        assert_eq!(value("filter-lang"), "cql2-json");
        assert_eq!(value("filter"), r#"{"op":"isNull","args":[{"property":"use"}]}"#);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (body, parameter) in [
            (json!({ "format": "gpkg" }), "layers"),
            (json!({ "format": "gpkg", "layers": [] }), "layers"),
            (json!({ "format": "gpkg", "layers": ["a", "a"] }), "layers"),
            (json!({ "format": "gpkg", "layers": ["a"], "layer": "a" }), "layers"),
            (json!({ "layer": "a" }), "format"),
            (json!({ "layer": "a", "format": "csv" }), "format"),
            (json!({ "layers": ["a", "b"], "format": "fgb" }), "format"),
            (json!({ "layer": "a", "format": "gpkg", "bbox": null }), "bbox"),
            (json!({ "layer": "a", "format": "gpkg", "bbox": [[1]] }), "bbox"),
            (json!({ "layer": "a", "format": "gpkg", "use": { "a": 1 } }), "use"),
            (json!({ "layer": "a", "format": "gpkg", "use": "a\u{0}" }), "use"),
        ] {
            let Err(Error::BadRequest { parameter: named, .. }) = read(&body) else { panic!("{body}") };
            assert_eq!(named, parameter, "{body}");
        }
    }
}
