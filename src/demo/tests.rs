//! The district as geometry: the same each time, no overlap, every corner matched.

use std::collections::HashSet;

use super::mm::{Ring, area_m2, bounds, contains, convex_overlap, edges, middle};
use super::*;

fn small() -> district::District {
    district::make(0, 1_200, 150_203).expect("gis-data is well formed")
}

#[test]
fn the_same_seed_gives_the_same_district() {
    assert_eq!(small().fingerprint(), small().fingerprint());
    let other = district::make(0, 1_200, 7).expect("gis-data is well formed");
    assert_ne!(small().fingerprint(), other.fingerprint());
}

#[test]
fn the_standard_district_has_the_promised_size() {
    let made = district::make(0, 11_000, 150_203).expect("gis-data is well formed");
    assert_eq!(made.parcels.len(), 11_000);
    let lots = made.fabric.lot_count;
    assert!((9_300..=9_600).contains(&lots), "{lots}");
    assert!(
        made.land
            .places
            .iter()
            .enumerate()
            .all(|(k, place)| { place.code == "0001" || made.fabric.extents[k].len() > 2 })
    );
    let codes: HashSet<&str> = made.parcels.iter().map(|parcel| parcel.code.as_str()).collect();
    assert_eq!(codes.len(), made.parcels.len(), "codes are unique");
}

#[test]
fn fields_lie_clear_of_settlements_and_of_each_other() {
    let made = small();
    let inner = |ring: &Ring| -> Ring { ring.iter().map(|&p| middle(ring).towards(p, 0.999)).collect() };
    for (k, field) in made.fields.iter().enumerate() {
        assert!(
            made.fabric.blocks.iter().all(|block| !convex_overlap(&inner(&block.ring), &inner(&field.ring)))
        );
        assert!(
            made.fields[..k].iter().all(|other| !convex_overlap(&inner(&other.ring), &inner(&field.ring)))
        );
    }
}

#[test]
fn no_corner_of_a_field_lies_on_a_neighbours_side_unmatched() {
    let made = small();
    for field in &made.fields {
        let (low, high) = bounds(&field.ring);
        let near = made.fields.iter().flat_map(|other| &other.ring).filter(|p| {
            (low.x..=high.x).contains(&p.x) && (low.y..=high.y).contains(&p.y) && !field.ring.contains(p)
        });
        for &p in near {
            let distance =
                edges(&field.ring).map(|(a, b)| mm::point_segment(p, a, b)).fold(f64::INFINITY, f64::min);
            assert!(
                distance > 5.0,
                "{p:?} is {distance} mm from the side of a field without being its corner"
            );
        }
    }
}

#[test]
fn everything_agreed_lies_in_the_outline() {
    let made = small();
    let outside =
        made.parcels.iter().flat_map(|parcel| &parcel.ring).find(|p| !contains(&made.land.outline, **p));
    assert_eq!(outside, None);
    assert!(made.parcels.iter().filter(|p| p.defect.is_none()).all(|p| area_m2(&p.ring) > 30.0));
}

#[test]
fn shares_of_each_parcel_and_kind_sum_to_one() {
    let made = small();
    let mut sums: std::collections::HashMap<(usize, &str), (u8, u8)> = std::collections::HashMap::new();
    for right in people::holdings(&made).rights {
        let sum = sums.entry((right.parcel, right.kind)).or_insert((0, right.of));
        assert_eq!(sum.1, right.of);
        sum.0 += 1;
    }
    assert!(sums.values().all(|(parts, of)| parts == of));
    let denominators: HashSet<u8> = sums.values().map(|(_, of)| *of).collect();
    assert_eq!(denominators, HashSet::from([1, 2, 3, 7]));
}

#[test]
fn names_of_people_are_plainly_invented() {
    for k in 0..2_000 {
        let party = people::party(k, k as i64 + 1);
        assert!(party.name.contains("Fictici"), "{}", party.name);
        assert!(party.document_number.starts_with("00") && party.document_kind.contains("ficticio"));
    }
}

#[test]
fn the_catalogue_names_every_defect_once() {
    let made = small();
    let ids: HashSet<&str> = catalogue().iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), catalogue().len());
    assert_eq!(made.defects.len(), 35);
}
