//! The perimeter table as the page of a parcel shows it.

use crate::pages::words::Words;
use crate::surveys::perimeter::{Section, Table, in_degrees};

/// Most rows that a page carries; a longer table is one click away.
const MOST_ROWS: usize = 80;

/// One ring.
pub struct RingShown {
    pub title: String,
    /// Vertex, side, distance, interior angle, easting, northing.
    pub rows: Vec<[String; 6]>,
    pub note: String,
}

/// The rings of a table that fits into a page; none of a longer one.
pub fn shown(words: &Words, table: &Table) -> Vec<RingShown> {
    let rows: usize = table.sections.iter().map(|section| section.rows.len()).sum();
    if rows > MOST_ROWS {
        return Vec::new();
    }
    table.sections.iter().map(|section| ring(words, section, table.sections.len() > 1)).collect()
}

fn ring(words: &Words, section: &Section, has_others: bool) -> RingShown {
    let kind = if section.is_hole { words.ring_hole } else { words.ring_outer };
    let closes = if section.closes { words.table_closes } else { words.table_does_not_close };
    let row = |row: &crate::surveys::perimeter::Row| {
        [
            row.vertex.to_string(),
            row.side.clone(),
            format!("{:.2}", row.distance_cm as f64 / 100.0),
            in_degrees(row.interior_angle_s),
            format!("{:.3}", row.easting_m),
            format!("{:.3}", row.northing_m),
        ]
    };
    RingShown {
        title: if has_others {
            format!("{} {} · {kind}", words.part, section.part)
        } else {
            words.perimeter_table.to_owned()
        },
        rows: section.rows.iter().map(row).collect(),
        note: format!(
            "{} {}. {closes} ({:.3} m).",
            words.angle_sum,
            in_degrees(section.angle_sum_s),
            section.closure_m
        ),
    }
}
