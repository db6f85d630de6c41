//! Where the numbers of a reference system mean anything: a position outside has its axes swapped, or another system.

use super::crs::{Crs, UTM_18S, WEB_MERCATOR};

/// Half the circumference that Web Mercator is drawn on, metres.
pub const MERCATOR_HALF_M: f64 = 20_037_508.342_789_244;
/// WGS 84 / UTM 18S, EPSG: 78°W to 72°W, 80°S to the equator; in metres at the equator, where the zone is widest.
const UTM_18S_M: Area = Area { west: 166_021.0, south: 1_116_915.0, east: 833_979.0, north: 10_000_000.0 };
/// The same zone in degrees.
pub const UTM_18S_DEGREES: Area = Area { west: -78.0, south: -80.0, east: -72.0, north: 0.0 };
/// Peru96 / UTM 18S, EPSG: Peru between 78°W and 72°W, 21.05°S to 0.03°S.
const PERU96_M: Area = Area { west: 166_021.0, south: 7_664_000.0, east: 833_979.0, north: 9_996_700.0 };
/// Everything, in degrees.
const WORLD: Area = Area { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };
/// All of Web Mercator, metres.
const MERCATOR_M: Area =
    Area { west: -MERCATOR_HALF_M, south: -20_048_966.2, east: MERCATOR_HALF_M, north: 20_048_966.2 };

/// A box, x before y.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Area {
    /// The area of use of `crs`, where it is known.
    pub fn of(crs: &Crs) -> Option<Self> {
        match crs.srid {
            _ if crs.degrees => Some(WORLD),
            WEB_MERCATOR => Some(MERCATOR_M),
            UTM_18S if crs.uri.ends_with("/5387") => Some(PERU96_M),
            UTM_18S => Some(UTM_18S_M),
            _ => None,
        }
    }

    /// Whether the place lies in it.
    pub fn holds(&self, [x, y]: [f64; 2]) -> bool {
        (self.west..=self.east).contains(&x) && (self.south..=self.north).contains(&y)
    }
}
