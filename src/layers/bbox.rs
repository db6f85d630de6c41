//! The `bbox` parameter: boxes in the order of their reference system's axes, and across the antimeridian.

use super::crs::Crs;
use crate::problem::{Error, Result};

/// A box west, south, east, north (or left, bottom, right, top), x before y whatever the axis order was.
pub type Rectangle = [f64; 4];

/// What a request asks to intersect: one box, or two when it crosses the antimeridian.
#[derive(Clone, Debug, PartialEq)]
pub struct Bbox {
    /// The boxes, of which a feature has to meet one.
    pub boxes: Vec<Rectangle>,
    /// The system of their numbers.
    pub crs: Crs,
}

impl Bbox {
    /// Reads four numbers, or six of which the heights are ignored because the data are plane.
    ///
    /// # Errors
    /// Names `bbox` and what was wrong with it.
    pub fn parse(text: &str, crs: &Crs) -> Result<Self> {
        let numbers: Vec<f64> = text.split(',').map(number).collect::<Result<_>>()?;
        let mut corners = match numbers[..] {
            [a, b, c, d] | [a, b, _, c, d, _] => [a, b, c, d],
            _ => return Err(Error::bad("bbox", format!("has {} numbers; give 4 or 6", numbers.len()))),
        };
        if crs.northing_first {
            corners = [corners[1], corners[0], corners[3], corners[2]];
        }
        let [west, south, east, north] = corners;
        if south > north {
            return Err(Error::bad("bbox", "its lower edge lies above its upper edge"));
        }
        let boxes = match (west <= east, crs.degrees) {
            (true, _) => vec![corners],
            // RFC 7946, 5.2: a box whose west is greater than its east crosses the antimeridian.
            (false, true) => vec![[west, south, 180.0, north], [-180.0, south, east, north]],
            (false, false) => return Err(Error::bad("bbox", "its left edge lies right of its right edge")),
        };
        Ok(Self { boxes, crs: crs.clone() })
    }
}

fn number(text: &str) -> Result<f64> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(Error::bad("bbox", format!("`{text}` is not a number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_in_axis_order() {
        let crs84 = Crs::crs84();
        assert_eq!(Bbox::parse("-78,-11,-77,-10", &crs84).unwrap().boxes, [[-78.0, -11.0, -77.0, -10.0]]);
        assert_eq!(Bbox::parse("-78,-11,0,-77,-10,9", &crs84).unwrap().boxes, [[-78.0, -11.0, -77.0, -10.0]]);
        let (all, _) = Crs::offered(Crs::crs84());
        assert_eq!(Bbox::parse("-11,-78,-10,-77", &all[1]).unwrap().boxes, [[-78.0, -11.0, -77.0, -10.0]]);
    }

    #[test]
    fn a_box_may_cross_the_antimeridian_in_degrees_only() {
        let two = Bbox::parse("177,65,-177,70", &Crs::crs84()).unwrap().boxes;
        assert_eq!(two, [[177.0, 65.0, 180.0, 70.0], [-180.0, 65.0, -177.0, 70.0]]);
        let (all, _) = Crs::offered(Crs::crs84());
        assert!(Bbox::parse("177,65,-177,70", &all[2]).is_err());
    }

    #[test]
    fn garbage_is_refused() {
        for text in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,NaN", "1,2,3,inf", "1,5,2,4", "1,,2,3"] {
            assert!(Bbox::parse(text, &Crs::crs84()).is_err(), "{text}");
        }
    }
}
