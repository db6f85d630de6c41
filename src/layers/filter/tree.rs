//! A filter as it was written: names and literals whose types nobody has looked at yet.
//!
//! Text and JSON give the same tree. Every operator is a call, as in CQL2 JSON.

use std::fmt;

use super::shape::Shape;
use crate::problem::{Error, Result};

/// Where in the filter something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Character of the text, counted from 1.
    Character(usize),
    /// JSON pointer (RFC 6901).
    Pointer(String),
}

impl Place {
    /// A refusal that names the place, in Spanish and in English.
    pub fn wrong(&self, es: impl fmt::Display, en: impl fmt::Display) -> Error {
        let (at_es, at_en) = match self {
            Self::Character(at) => (format!("en el carácter {at}"), format!("at character {at}")),
            Self::Pointer(at) => (format!("en `{at}`"), format!("at `{at}`")),
        };
        Error::bad("filter", format!("es: {at_es}: {es} | en: {at_en}: {en}"))
    }
}

/// A part of a filter and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where.
    pub place: Place,
    /// What.
    pub term: Term,
}

/// What a part of a filter is.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A property's name.
    Property(String),
    /// A text literal.
    Text(String),
    /// A number as it was written.
    Number(String),
    /// `true`, `false`
    Truth(bool),
    /// `DATE('…')`
    Date(String),
    /// `TIMESTAMP('…')`
    Timestamp(String),
    /// A geometry literal.
    Shape(Shape),
    /// `(a, b)`
    List(Vec<Node>),
    /// An operator or function, its name in small letters.
    Call(String, Vec<Node>),
}

/// Counts what a filter holds while it is read, so that no filter costs much before it is refused.
#[derive(Debug, Default)]
pub struct Budget {
    nodes: usize,
    vertices: usize,
    arithmetic: usize,
    depth: usize,
}

impl Budget {
    /// Parts of a filter.
    const NODES: usize = 10_000;
    /// Vertices of all geometry literals.
    const VERTICES: usize = 10_000;
    /// Arithmetic operators: few enough that no product of literals and columns overflows `numeric`.
    const ARITHMETIC: usize = 100;
    /// Levels of nesting.
    const DEPTH: usize = 64;

    /// One more part.
    pub fn node(&mut self, place: Place, term: Term) -> Result<Node> {
        self.nodes += 1;
        let is_arithmetic = matches!(&term, Term::Call(name, _) if matches!(name.as_str(), "+" | "-" | "*" | "/" | "%" | "div" | "^"));
        self.arithmetic += usize::from(is_arithmetic);
        if self.nodes > Self::NODES {
            return Err(place.wrong(
                format!("un filtro tiene a lo más {} partes", Self::NODES),
                format!("a filter has at most {} parts", Self::NODES),
            ));
        }
        if self.arithmetic > Self::ARITHMETIC {
            return Err(place.wrong(
                format!("un filtro tiene a lo más {} operadores aritméticos", Self::ARITHMETIC),
                format!("a filter has at most {} arithmetic operators", Self::ARITHMETIC),
            ));
        }
        Ok(Node { place, term })
    }

    /// One more vertex.
    pub fn vertex(&mut self, place: &Place) -> Result<()> {
        self.vertices += 1;
        if self.vertices > Self::VERTICES {
            return Err(place.wrong(
                format!("las geometrías de un filtro tienen a lo más {} vértices", Self::VERTICES),
                format!("the geometries of a filter have at most {} vertices", Self::VERTICES),
            ));
        }
        Ok(())
    }

    /// One level down; [`Budget::rise`] comes back.
    pub fn sink(&mut self, place: &Place) -> Result<()> {
        self.depth += 1;
        if self.depth > Self::DEPTH {
            return Err(place.wrong(
                format!("un filtro se anida a lo más {} niveles", Self::DEPTH),
                format!("a filter is nested at most {} levels deep", Self::DEPTH),
            ));
        }
        Ok(())
    }

    /// One level up.
    pub fn rise(&mut self) {
        self.depth -= 1;
    }
}
