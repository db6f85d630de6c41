//! Files with every class of finding: all are found, and none that is not there.

mod files;
mod layers;
mod parcels;
mod shapefile;

use std::collections::BTreeSet;
use std::pin::Pin;

use super::*;
use crate::deliveries::classes::CLASSES;

/// Classes of findings.
type Classes = BTreeSet<String>;

/// Classes that no file of these stories has, each with the test that shows it.
const SHOWN_ELSEWHERE: [(&str, fn()); 8] = [
    ("geometry_invalid", what_geos_does_not_say_yet_has_a_class),
    // Of a field copy that comes back.
    ("id_twice", returns::each_feature_is_compared_three_ways_and_nothing_is_overwritten),
    ("id_not_of_copy", returns::each_feature_is_compared_three_ways_and_nothing_is_overwritten),
    ("polygon_by_operation", returned::a_polygon_of_the_fabric_is_never_applied_and_its_values_are),
    ("property_not_taken", returned::a_polygon_of_the_fabric_is_never_applied_and_its_values_are),
    ("column_not_of_copy", returned::the_file_is_believed_for_its_edits_only),
    ("many_absent", returned::a_shape_that_is_none_and_a_part_of_the_file_are_told),
    ("absence_uncertain", returned::where_a_feature_cannot_be_read_nothing_counts_as_taken_away),
];

#[tokio::test]
async fn what_geos_does_not_say_yet_has_a_class() {
    let office = Office::open().await;
    for (reason, class) in [
        ("What it says in ten years", "geometry_invalid"),
        ("Duplicate Rings", "geometry_invalid"),
        ("Nested shells", "shells_nested"),
    ] {
        let told: String = sqlx::query_scalar("select delivery.defect_class($1)")
            .bind(reason)
            .fetch_one(&mut office.test.owner().await)
            .await
            .unwrap();
        assert_eq!(told, class, "{reason}");
    }
}

/// Each story brings files, holds what was found in them to be exactly what was seeded, and tells its classes. A class
/// that none of them seeds fails here, and so does one that nobody explains.
#[tokio::test]
async fn every_class_is_seeded_and_found_and_none_that_is_not_there() {
    let stories: [Pin<Box<dyn Future<Output = Classes>>>; 11] = [
        Box::pin(parcels::parcels()),
        Box::pin(layers::networks()),
        Box::pin(layers::buildings()),
        Box::pin(layers::zones()),
        Box::pin(layers::a_rule_that_only_the_database_knows()),
        Box::pin(files::what_a_tidy_program_does_not_write()),
        Box::pin(files::tables_of_a_shapefile()),
        Box::pin(files::an_encoding_that_is_not_as_declared()),
        Box::pin(files::other_systems()),
        Box::pin(files::numbers_that_are_no_place()),
        Box::pin(files::what_a_reader_notices()),
    ];
    let mut seen: Classes = SHOWN_ELSEWHERE.iter().map(|(class, _)| (*class).to_owned()).collect();
    for story in stories {
        seen.extend(story.await);
    }
    let known: Classes = CLASSES.iter().map(|class| class.name.to_owned()).collect();
    let (unseeded, unknown): (Vec<_>, Vec<_>) =
        (known.difference(&seen).collect(), seen.difference(&known).collect());
    assert!(unseeded.is_empty() && unknown.is_empty(), "unseeded {unseeded:?}, unknown {unknown:?}");
}

/// Holds the findings of a delivery to be those that were seeded, and tells their classes.
async fn exactly(office: &Office, at: &str, expected: &[(i64, &str)]) -> Classes {
    let found: BTreeSet<(i64, String)> = office.findings(at).await.into_iter().collect();
    let expected: BTreeSet<(i64, String)> =
        expected.iter().map(|(number, class)| (*number, (*class).to_owned())).collect();
    let missed: Vec<_> = expected.difference(&found).collect();
    let false_ones: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && false_ones.is_empty(), "missed {missed:?}, false {false_ones:?}");
    found.into_iter().map(|(_, class)| class).collect()
}

/// Block C of these tests: a square kilometre whose south-west corner is here.
const BLOCK: f64 = 200.0;
/// Each case has a cell of its own.
const CELL: f64 = 40.0;

const FABRIC: &str = "begin; set local predio.reason = 'test';
    insert into land.block (ubigeo, sector_code, code, label, geom)
    values ('150203', '01', '003', 'C', st_multi(st_makeenvelope(196200, 8816000, 196900, 8816900, 32718)));
    insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
    insert into land.parcel (id, ubigeo, code, kind) overriding system value values
      (1, '150203', '15020301003901', 'urban'), (2, '150203', '15020301003902', 'urban'), (3, '150203', '15020301003903', 'urban');
    insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code, geom) values
      (1, '150203', '[2020-01-01,)', 'agreed', '01', '003', '901', st_multi(st_makeenvelope(196200, 8816800, 196210, 8816820, 32718))),
      (2, '150203', '[2020-01-01,)', 'provisional', '01', '003', '902', st_multi(st_makeenvelope(196240, 8816800, 196250, 8816820, 32718))),
      (3, '150203', '[2020-01-01,)', 'provisional', '01', '003', '903', st_multi(st_makeenvelope(196280, 8816800, 196290, 8816820, 32718)));
    insert into land.corner (ubigeo, x_mm, y_mm, method)
    select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
    from land.parcel_version v cross join st_dumppoints(v.geom) d where v.fabric_state = 'agreed';
    select setval(pg_get_serial_sequence('land.parcel', 'id'), 1000);
    commit;";

/// The features of the file with the classes that each must have.
struct Seeds {
    features: Vec<Value>,
    expected: BTreeSet<(i64, String)>,
}

impl Seeds {
    fn new() -> Self {
        Self { features: Vec::new(), expected: BTreeSet::new() }
    }

    /// South-west corner of the cell of the next feature, from the town's origin.
    fn cell(&self) -> (f64, f64) {
        let k = self.features.len() as f64;
        (BLOCK + (k % 16.0) * CELL + 2.0, (k / 16.0).floor() * CELL + 2.0)
    }

    fn put(&mut self, feature: Value, classes: &[&str]) {
        self.features.push(feature);
        let number = self.features.len() as i64;
        self.expected.extend(classes.iter().map(|class| (number, (*class).to_owned())));
    }

    /// A lot of the next number, with what the file says of it changed.
    fn words(&self, changes: &Value) -> Value {
        let mut words = json!({ "MZ": "C", "LOTE": format!("{:03}", self.features.len() + 1) });
        for (name, value) in changes.as_object().unwrap() {
            words[name] = value.clone();
        }
        words
    }

    /// A feature of this geometry in the next cell: positions are metres from its corner.
    fn shape(&mut self, kind: &str, coordinates: &Value, classes: &[&str]) {
        let (east, north) = self.cell();
        let geometry = json!({ "type": kind, "coordinates": moved(coordinates, east, north) });
        let words = self.words(&json!({}));
        self.put(json!({ "type": "Feature", "properties": words, "geometry": geometry }), classes);
    }

    /// A rectangle of 10 by 20 metres in the next cell, with words of its own.
    fn lot(&mut self, changes: &Value, classes: &[&str]) {
        let (east, north) = self.cell();
        let words = self.words(changes);
        self.put(polygon(&rectangle(east, north, 10.0, 20.0), &words), classes);
    }

    /// A rectangle somewhere.
    fn at(&mut self, (east, north, width, height): (f64, f64, f64, f64), changes: &Value, classes: &[&str]) {
        let words = self.words(changes);
        self.put(polygon(&rectangle(east, north, width, height), &words), classes);
    }
}

fn moved(coordinates: &Value, east: f64, north: f64) -> Value {
    match coordinates.as_array() {
        Some(list) if list.first().is_some_and(Value::is_number) => {
            let mut place: Vec<f64> = list.iter().map(|number| number.as_f64().unwrap()).collect();
            place[0] += EAST + east;
            place[1] += NORTH + north;
            json!(place)
        }
        Some(list) => list.iter().map(|inner| moved(inner, east, north)).collect(),
        None => coordinates.clone(),
    }
}

fn square(west: f64, south: f64, side: f64) -> Value {
    json!([
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south]
    ])
}
