//! Ground that is already taken, found by squares of 250 m.

use std::collections::HashMap;

use super::mm::{Ring, bounds, convex_overlap};

const SQUARE_MM: i64 = 250_000;

#[derive(Default)]
pub struct Occupied {
    shapes: Vec<Ring>,
    squares: HashMap<(i64, i64), Vec<usize>>,
}

impl Occupied {
    /// Takes a convex ring.
    pub fn take(&mut self, ring: Ring) {
        for square in squares(&ring) {
            self.squares.entry(square).or_default().push(self.shapes.len());
        }
        self.shapes.push(ring);
    }

    /// Whether a convex ring overlaps taken ground; a shared boundary is none.
    pub fn hits(&self, ring: &Ring) -> bool {
        self.near(ring).any(|shape| convex_overlap(shape, ring))
    }

    /// Taken shapes in the squares of a ring; one may come several times.
    pub fn near<'a>(&'a self, ring: &Ring) -> impl Iterator<Item = &'a Ring> + use<'a> {
        let squares: Vec<_> = squares(ring).collect();
        squares
            .into_iter()
            .filter_map(|square| self.squares.get(&square))
            .flatten()
            .map(|&shape| &self.shapes[shape])
    }
}

fn squares(ring: &Ring) -> impl Iterator<Item = (i64, i64)> + use<> {
    let (low, high) = bounds(ring);
    let range = |from: i64, to: i64| from.div_euclid(SQUARE_MM)..=to.div_euclid(SQUARE_MM);
    range(low.x, high.x).flat_map(move |x| range(low.y, high.y).map(move |y| (x, y)))
}
