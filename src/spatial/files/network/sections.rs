//! The form that EPANET and SWMM share: sections in brackets, lines of words, comments after a semicolon.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use crate::spatial::wire::Failure;

/// A line of words, with its number in the file.
pub struct Line {
    pub number: u64,
    words: Vec<String>,
}

/// The lines of a file by their section, whose name is in capitals.
#[derive(Default)]
pub struct Sections(HashMap<String, Vec<Line>>);

impl Sections {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let broken = |error: std::io::Error| Failure::new("broken", error.to_string(), error.to_string());
        let file = std::io::BufReader::new(std::fs::File::open(path).map_err(broken)?);
        let mut sections = Self::default();
        let mut name = String::new();
        for (number, line) in (1..).zip(file.lines()) {
            sections.take(number, &line.map_err(broken)?, &mut name);
        }
        Ok(sections)
    }

    fn take(&mut self, number: u64, line: &str, name: &mut String) {
        let line = line.split(';').next().unwrap_or_default().trim();
        if let Some(rest) = line.strip_prefix('[') {
            *name = rest.split(']').next().unwrap_or_default().trim().to_ascii_uppercase();
            self.0.entry(name.clone()).or_default();
        } else if !line.is_empty() {
            let words = line.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
            self.0.entry(name.clone()).or_default().push(Line { number, words });
        }
    }

    /// Whether there is such a section.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Its lines.
    pub fn lines(&self, name: &str) -> &[Line] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The word after this one in `[OPTIONS]`, in capitals.
    pub fn option(&self, name: &str) -> Option<String> {
        let mut lines = self.lines("OPTIONS").iter();
        lines
            .find(|line| line.word(0).eq_ignore_ascii_case(name))
            .map(|line| line.word(1).to_ascii_uppercase())
    }
}

impl Line {
    /// A word, or nothing.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// Words from here on.
    pub fn rest(&self, from: usize) -> String {
        self.words.get(from..).unwrap_or_default().join(" ")
    }

    /// A word that must be there.
    ///
    /// # Errors
    /// The line and what is missing.
    pub fn needed(&self, at: usize, what: &str) -> Result<String, String> {
        let word = self.word(at);
        if word.is_empty() {
            Err(format!("line {}: {what} is missing", self.number))
        } else {
            Ok(word.to_owned())
        }
    }

    /// A number; nothing where the line ends before.
    ///
    /// # Errors
    /// The line and the word that is no number.
    pub fn number(&self, at: usize) -> Result<Option<f64>, String> {
        let word = self.word(at);
        if word.is_empty() || word == "*" {
            return Ok(None);
        }
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(format!("line {}: '{word}' is not a number", self.number)),
        }
    }

    /// A number times a factor.
    ///
    /// # Errors
    /// As [`Line::number`].
    pub fn scaled(&self, at: usize, factor: f64) -> Result<Option<f64>, String> {
        Ok(self.number(at)?.map(|number| number * factor))
    }
}
