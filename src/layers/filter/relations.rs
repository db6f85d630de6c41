//! How shapes and periods lie to each other, by the names of CQL2.

use super::typed::{SetRelation, SpatialRelation, TemporalRelation};

const fn spatial(name: &'static str, function: &'static str) -> SpatialRelation {
    SpatialRelation { name, function }
}

const SPATIAL: [SpatialRelation; 8] = [
    spatial("s_intersects", "ST_Intersects"),
    spatial("s_disjoint", "ST_Disjoint"),
    spatial("s_equals", "ST_Equals"),
    spatial("s_touches", "ST_Touches"),
    spatial("s_crosses", "ST_Crosses"),
    spatial("s_within", "ST_Within"),
    spatial("s_contains", "ST_Contains"),
    spatial("s_overlaps", "ST_Overlaps"),
];

const fn temporal(name: &'static str, sql: &'static str) -> TemporalRelation {
    TemporalRelation { name, sql }
}

const TEMPORAL: [TemporalRelation; 15] = [
    temporal("t_after", "p.a > p.d"),
    temporal("t_before", "p.b < p.c"),
    temporal("t_contains", "p.a < p.c and p.b > p.d"),
    temporal("t_disjoint", "p.b < p.c or p.a > p.d"),
    temporal("t_during", "p.a > p.c and p.b < p.d"),
    temporal("t_equals", "p.a = p.c and p.b = p.d"),
    temporal("t_finishedby", "p.a < p.c and p.b = p.d"),
    temporal("t_finishes", "p.a > p.c and p.b = p.d"),
    temporal("t_intersects", "p.a <= p.d and p.b >= p.c"),
    temporal("t_meets", "p.b = p.c"),
    temporal("t_metby", "p.a = p.d"),
    temporal("t_overlappedby", "p.a > p.c and p.a < p.d and p.b > p.d"),
    temporal("t_overlaps", "p.a < p.c and p.b > p.c and p.b < p.d"),
    temporal("t_startedby", "p.a = p.c and p.b > p.d"),
    temporal("t_starts", "p.a = p.c and p.b < p.d"),
];

/// The relation of shapes of that name.
pub fn find_spatial(name: &str) -> Option<SpatialRelation> {
    SPATIAL.into_iter().find(|relation| relation.name == name)
}

/// The relation of periods of that name.
pub fn find_temporal(name: &str) -> Option<TemporalRelation> {
    TEMPORAL.into_iter().find(|relation| relation.name == name)
}

/// The relation of sets of that name.
pub fn find_sets(name: &str) -> Option<SetRelation> {
    match name {
        "a_equals" => Some(SetRelation::Equals),
        "a_contains" => Some(SetRelation::Contains),
        "a_containedby" => Some(SetRelation::ContainedBy),
        "a_overlaps" => Some(SetRelation::Overlaps),
        _ => None,
    }
}
