//! CQL2 filters (OGC API Features Part 3): text or JSON to a tree, to types, to SQL.
//!
//! Invariants: text and JSON give one tree ([`tree`]); a name is a queryable of the layer or stands in a list of this
//! room, and whatever is not is refused with its place; only what has types ([`typed`]) becomes SQL, and every literal is
//! bound; what a filter may hold is counted while it is read ([`tree::Budget`]), so that the longest is refused at once.

pub mod functions;
mod json;
mod lexer;
mod relations;
mod shape;
mod sql;
mod text;
mod tree;
mod typed;
mod typing;
mod values;
mod values_sql;
mod wkt;

use super::crs::Crs;
use super::model::Layer;
use super::sql::{Plan, Writer};
use crate::problem::{Error, Result};
use typed::Condition;

/// Longest text of a filter, bytes.
const LONGEST: usize = 64 << 10;

/// How a filter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `cql2-text`
    Text,
    /// `cql2-json`
    Json,
}

impl Language {
    /// Reads the parameter `filter-lang`.
    ///
    /// # Errors
    /// Names the languages that there are.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "cql2-text" => Ok(Self::Text),
            "cql2-json" => Ok(Self::Json),
            _ => Err(Error::bad(
                "filter-lang",
                format!(
                    "es: `{text}` no es cql2-text ni cql2-json | en: `{text}` is not one of cql2-text, cql2-json"
                ),
            )),
        }
    }
}

/// A condition on the features of one layer.
#[derive(Clone, Debug)]
pub struct Filter {
    condition: Condition,
    crs: Crs,
}

impl Filter {
    /// Reads `text` as a condition on `layer`, whose positions are in `crs`.
    ///
    /// # Errors
    /// Names the place and what would be right there.
    pub fn read(layer: &Layer, language: Language, text: &str, crs: Crs) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::bad(
                "filter",
                format!(
                    "es: tiene {0} bytes; se leen a lo más {LONGEST} | en: has {0} bytes; at most {LONGEST} are read",
                    text.len()
                ),
            ));
        }
        let tree = match language {
            Language::Json => json::read(text)?,
            Language::Text if text.trim_start().starts_with('{') => {
                return Err(Error::bad(
                    "filter",
                    "es: parece JSON; diga filter-lang=cql2-json | en: looks like JSON; say filter-lang=cql2-json",
                ));
            }
            Language::Text => text::read(text)?,
        };
        let condition = typing::Typer { layer, crs: &crs }.condition(&tree)?;
        Ok(Self { condition, crs })
    }

    /// SQL that is true for the rows `v` of the layer that pass.
    pub(super) fn write(&self, layer: &Layer, writer: &mut Writer, plan: Plan) -> Result<String> {
        sql::Sql { layer, filter: self, plan, writer }.condition(&self.condition)
    }
}
