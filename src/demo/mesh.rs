//! A mesh of polygons that is cut by lines. A cut that ends on an edge puts its corner into the neighbour
//! as well, so that every corner of the fabric is matched, also where three lines make a T.

use std::collections::HashMap;

use super::mm::{Mm, Ring, cross};

/// Faces share their edges: `sides` says which face has a directed edge.
#[derive(Default)]
pub struct Mesh {
    faces: Vec<Ring>,
    sides: HashMap<(Mm, Mm), usize>,
}

impl Mesh {
    pub fn add(&mut self, ring: Ring) -> usize {
        let face = self.faces.len();
        self.faces.push(ring);
        self.register(face);
        face
    }

    pub fn face(&self, face: usize) -> &Ring {
        &self.faces[face]
    }

    /// Cuts a convex face along the line through `a` and `b`; the part to the right becomes a new face,
    /// whose number is answered. Nothing happens where the line misses the face, or passes so close to its
    /// edge that a part thinner than `tolerance_mm` would remain.
    pub fn cut(&mut self, face: usize, a: Mm, b: Mm, tolerance_mm: f64) -> Option<usize> {
        let length = a.distance(b);
        let ring = self.faces[face].clone();
        let side: Vec<f64> = ring
            .iter()
            .map(|&p| cross(a, b, p) as f64 / length)
            .map(|d| if d.abs() < tolerance_mm { 0.0 } else { d })
            .collect();
        if !side.iter().any(|&d| d > 0.0) || !side.iter().any(|&d| d < 0.0) {
            return None;
        }
        let ends = crossings(&ring, &side);
        let [first, second] = ends.as_slice() else { return None };
        let (p, q) = (first.place, second.place);
        if p.distance(q) < 1000.0 {
            return None;
        }
        for end in [first, second] {
            if let Some((from, to)) = end.on_edge {
                self.insert_opposite(from, to, end.place);
            }
        }
        Some(self.divide(face, &ends, &side, p, q))
    }

    fn divide(&mut self, face: usize, ends: &[Crossing], side: &[f64], p: Mm, q: Mm) -> usize {
        let ring = self.faces[face].clone();
        let mut parts: [Ring; 2] = [Vec::new(), Vec::new()];
        for (k, &vertex) in ring.iter().enumerate() {
            if side[k] >= 0.0 {
                parts[0].push(vertex);
            }
            if side[k] <= 0.0 {
                parts[1].push(vertex);
            }
            if let Some(end) = ends.iter().find(|end| end.after == k && end.on_edge.is_some()) {
                for part in &mut parts {
                    part.push(end.place);
                }
            }
        }
        debug_assert!(parts.iter().all(|part| part.contains(&p) && part.contains(&q)));
        self.unregister(face);
        let [left, right] = parts;
        self.faces[face] = left;
        self.register(face);
        self.add(right)
    }

    /// The corner also belongs to the face on the other side of the edge.
    fn insert_opposite(&mut self, from: Mm, to: Mm, corner: Mm) {
        let Some(&neighbour) = self.sides.get(&(to, from)) else { return };
        let ring = &mut self.faces[neighbour];
        let Some(at) = ring.iter().position(|&p| p == to) else { return };
        ring.insert(at + 1, corner);
        self.sides.remove(&(to, from));
        self.sides.insert((to, corner), neighbour);
        self.sides.insert((corner, from), neighbour);
    }

    fn register(&mut self, face: usize) {
        for edge in super::mm::edges(&self.faces[face]) {
            self.sides.insert(edge, face);
        }
    }

    fn unregister(&mut self, face: usize) {
        for edge in super::mm::edges(&self.faces[face]) {
            self.sides.remove(&edge);
        }
    }
}

struct Crossing {
    /// Index of the vertex that it is, or that it follows.
    after: usize,
    place: Mm,
    on_edge: Option<(Mm, Mm)>,
}

fn crossings(ring: &[Mm], side: &[f64]) -> Vec<Crossing> {
    let mut found = Vec::new();
    for k in 0..ring.len() {
        let next = (k + 1) % ring.len();
        let before = (k + ring.len() - 1) % ring.len();
        if side[k] == 0.0 {
            // A vertex on the line divides only where its two neighbours do not both lie on it.
            if side[before] != 0.0 || side[next] != 0.0 {
                found.push(Crossing { after: k, place: ring[k], on_edge: None });
            }
        } else if side[k] * side[next] < 0.0 {
            let place = ring[k].towards(ring[next], side[k] / (side[k] - side[next]));
            found.push(Crossing { after: k, place, on_edge: Some((ring[k], ring[next])) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::mm::area_m2;

    fn at(x: i64, y: i64) -> Mm {
        Mm { x: x * 1000, y: y * 1000 }
    }

    #[test]
    fn a_t_junction_is_a_corner_of_the_neighbour() {
        let mut mesh = Mesh::default();
        let west = mesh.add(vec![at(0, 0), at(100, 0), at(100, 100), at(0, 100)]);
        let east = mesh.add(vec![at(100, 0), at(200, 0), at(200, 100), at(100, 100)]);
        let part = mesh.cut(west, at(0, 40), at(100, 40), 20.0).expect("the line crosses the face");
        assert!(mesh.face(east).contains(&at(100, 40)));
        let sum = area_m2(mesh.face(west)) + area_m2(mesh.face(part));
        assert!((sum - 10_000.0).abs() < 1e-9);
        assert!(mesh.cut(east, at(0, 500), at(1, 500), 20.0).is_none());
    }
}
