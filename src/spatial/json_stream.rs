//! Goes through a JSON document of features with one of them in memory at a time.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::wire::Failure;

/// A piece of the document.
pub enum Part<'a> {
    /// One element of `features`, with its number from 1.
    Feature(u64, Value),
    /// Any other member of the document.
    Member(&'a str, Value),
}

type Take<'a> = dyn FnMut(Part<'_>) -> Result<(), Failure> + 'a;

/// Hands over each part in the document's order.
///
/// # Errors
/// `broken` with the place where the document is no JSON, or what `take` gave.
pub fn walk(path: &Path, take: &mut Take<'_>) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| broken(&error))?;
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, file));
    let mut stopped = None;
    let end = json.deserialize_map(Top { take, stopped: &mut stopped }).and_then(|()| json.end());
    match (stopped, end) {
        (Some(failure), _) => Err(failure),
        (None, end) => end.map_err(|error| broken(&error)),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("broken", format!("el JSON está dañado: {error}"), format!("the JSON is damaged: {error}"))
}

struct Top<'a, 'b> {
    take: &'a mut Take<'b>,
    stopped: &'a mut Option<Failure>,
}

impl Top<'_, '_> {
    /// An error of ours passes through the parser, which knows only its own.
    fn hand<E: Error>(&mut self, part: Part<'_>) -> Result<(), E> {
        (self.take)(part).map_err(|failure| {
            let error = E::custom(&failure.en);
            *self.stopped = Some(failure);
            error
        })
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                map.next_value_seed(Features(&mut self))?;
            } else {
                let value = map.next_value()?;
                self.hand(Part::Member(&key, value))?;
            }
        }
        Ok(())
    }
}

struct Features<'a, 'b, 'c>(&'a mut Top<'b, 'c>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an array of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(feature) = features.next_element::<Value>()? {
            number += 1;
            self.0.hand(Part::Feature(number, feature))?;
        }
        Ok(())
    }
}
