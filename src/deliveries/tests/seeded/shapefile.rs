//! Shapefiles written byte by byte, so that they can hold what no tidy program writes: half letters, days that are none.

use std::path::{Path, PathBuf};

use super::{EAST, NORTH};

/// Name, type (`C`, `D`, `N`) and width of a column. Numbers have three decimals.
type Column = (&'static str, char, u8);

/// A shapefile of rectangles.
pub struct Shapefile {
    columns: Vec<Column>,
    shapes: Vec<Vec<u8>>,
    rows: Vec<u8>,
}

impl Shapefile {
    pub fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), shapes: Vec::new(), rows: Vec::new() }
    }

    /// A rectangle by its south-west corner from the town's origin, with the bytes of its values.
    pub fn lot(&mut self, (east, north, width, height): (f64, f64, f64, f64), values: &[Vec<u8>]) {
        let (west, south) = (EAST + east, NORTH + north);
        let (east, north) = (west + width, south + height);
        let mut shape = 5_u32.to_le_bytes().to_vec();
        push(&mut shape, &[west, south, east, north]);
        for whole in [1_u32, 5, 0] {
            shape.extend(whole.to_le_bytes());
        }
        push(&mut shape, &[west, south, west, north, east, north, east, south, west, south]);
        self.shapes.push(shape);
        self.rows.push(b' ');
        for ((_, kind, width), value) in self.columns.iter().zip(values) {
            let blank = vec![b' '; usize::from(*width) - value.len()];
            let parts: [&[u8]; 2] = if *kind == 'N' { [&blank, value] } else { [value, &blank] };
            self.rows.extend(parts.concat());
        }
    }

    /// Writes its parts into a folder; the `.cpg` says `encoding`, where it says something.
    pub fn write(&self, folder: &Path, encoding: Option<&str>) -> PathBuf {
        let shp = folder.join("lotes.shp");
        let (mut shapes, mut index) = (Vec::new(), Vec::new());
        for (k, shape) in self.shapes.iter().enumerate() {
            let words = u32::try_from(shape.len() / 2).unwrap();
            let offset = u32::try_from(50 + shapes.len() / 2).unwrap();
            index.extend([offset.to_be_bytes(), words.to_be_bytes()].concat());
            shapes.extend([u32::try_from(k + 1).unwrap().to_be_bytes(), words.to_be_bytes()].concat());
            shapes.extend(shape);
        }
        std::fs::write(&shp, [head(shapes.len()), shapes].concat()).unwrap();
        std::fs::write(shp.with_extension("shx"), [head(index.len()), index].concat()).unwrap();
        std::fs::write(shp.with_extension("dbf"), self.table()).unwrap();
        if let Some(encoding) = encoding {
            std::fs::write(shp.with_extension("cpg"), encoding).unwrap();
        }
        shp
    }

    fn table(&self) -> Vec<u8> {
        let width = 1 + self.columns.iter().map(|(.., width)| u16::from(*width)).sum::<u16>();
        let head = u16::try_from(33 + 32 * self.columns.len()).unwrap();
        let mut table = vec![3, 126, 11, 28];
        table.extend(u32::try_from(self.shapes.len()).unwrap().to_le_bytes());
        table.extend([head.to_le_bytes(), width.to_le_bytes()].concat());
        table.resize(32, 0);
        for (name, kind, width) in &self.columns {
            let mut column = [0; 32];
            column[..name.len()].copy_from_slice(name.as_bytes());
            column[11] = u8::try_from(*kind).unwrap();
            column[16] = *width;
            column[17] = if *kind == 'N' { 3 } else { 0 };
            table.extend(column);
        }
        table.push(b'\r');
        table.extend(&self.rows);
        table.push(0x1a);
        table
    }
}

/// A text in the encoding of old Windows, which has each of these letters at its own place in Unicode.
pub fn letters(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

fn push(bytes: &mut Vec<u8>, reals: &[f64]) {
    for real in reals {
        bytes.extend(real.to_le_bytes());
    }
}

/// The head of a `.shp` or `.shx` of polygons in the town.
fn head(body: usize) -> Vec<u8> {
    let mut head = 9994_u32.to_be_bytes().to_vec();
    head.resize(24, 0);
    let whole = 100 + body;
    head.extend(u32::try_from(whole / 2).unwrap().to_be_bytes());
    head.extend(1000_u32.to_le_bytes());
    head.extend(5_u32.to_le_bytes());
    push(&mut head, &[EAST, NORTH, EAST + 100.0, NORTH + 100.0, 0.0, 0.0, 0.0, 0.0]);
    head
}
