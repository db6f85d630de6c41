//! A drawing as it is written: pairs of lines, a group code and its value.

use std::fs::File;
use std::io::{BufRead, BufReader, Split};
use std::path::Path;

/// The pairs of a drawing, to its end or to where it is no drawing any more.
pub struct Groups(Split<BufReader<File>>);

impl Groups {
    /// Opens a drawing.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(File::open(path)?).split(b'\n')))
    }

    fn line(&mut self) -> Option<String> {
        let line = self.0.next()?.ok()?;
        Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
    }
}

impl Iterator for Groups {
    type Item = (u16, String);

    fn next(&mut self) -> Option<Self::Item> {
        let code = self.line()?.trim().parse().ok()?;
        Some((code, self.line()?))
    }
}
