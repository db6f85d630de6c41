//! Files that say more of themselves, or less, than a tidy program would: rings left open, texts in two encodings, numbers
//! in another system.

use super::shapefile::{Shapefile, letters};
use super::*;
use crate::deliveries::tests::crs::{PSAD56, in_other_numbers};
use crate::deliveries::tests::formats::NETWORK;
use crate::spatial::private_folder::PrivateFolder;

/// Positions of a text, metres from the town's origin.
fn path(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{} {}", EAST + x, NORTH + y)).collect::<Vec<_>>().join(",")
}

/// Rings left open, arcs, surfaces, numbers without end.
pub async fn what_a_tidy_program_does_not_write() -> Classes {
    let office = Office::open().await;
    let rows = [
        format!("POLYGON(({}))", path(&[(0., 0.), (10., 0.), (10., 20.), (0., 20.)])),
        format!("POLYGON(({}))", path(&[(10., 0.), (20., 0.), (10., 0.)])),
        format!(
            "CURVEPOLYGON(CIRCULARSTRING({}))",
            path(&[(30., 10.), (35., 15.), (40., 10.), (35., 5.), (30., 10.)])
        ),
        format!("POLYGON(({}))", path(&[(50., 0.), (60., 0.), (60., 20.), (50., 20.), (50., 0.)])),
        format!(
            "CURVEPOLYGON(COMPOUNDCURVE(({}),CIRCULARSTRING({}),({})))",
            path(&[(0., 25.), (5., 25.)]),
            path(&[(5., 25.), (8., 30.), (5., 35.)]),
            path(&[(5., 35.), (0., 35.)])
        ),
        // There and back the same way: closed, and three corners in all.
        format!(
            "CURVEPOLYGON(COMPOUNDCURVE(({}),({})))",
            path(&[(20., 25.), (25., 25.)]),
            path(&[(25., 25.), (20., 25.)])
        ),
        format!("POLYHEDRALSURFACE((({})))", path(&[(30., 25.), (35., 25.), (35., 35.), (30., 25.)])),
        format!("POLYGON(({},1e999 {}))", path(&[(40., 25.), (45., 25.), (45., 35.)]), NORTH + 25.0),
    ];
    let file: String = rows
        .iter()
        .enumerate()
        .fold("WKT,MZ,LOTE\n".to_owned(), |file, (k, row)| file + &format!("\"{row}\",A,{}\n", k + 1));
    let (at, _) = office.checked("target=parcels&srid=32718&file_name=texto.csv", file).await;
    let expected = [
        (1, "ring_not_closed"),
        (2, "too_few_vertices"),
        (3, "has_arcs"),
        (5, "ring_not_closed"),
        (6, "too_few_vertices"),
        (6, "has_arcs"),
        (7, "geometry_type_unsupported"),
        (8, "coordinate_not_finite"),
    ];
    let seen = exactly(&office, &at, &expected).await;
    an_open_ring_is_closed_and_enters(&office, &at).await;
    seen
}

async fn an_open_ring_is_closed_and_enters(office: &Office, at: &str) {
    let told = office.get(&format!("{at}/findings?class=ring_not_closed")).await;
    let (straight, curved) = (&told["findings"][0], &told["findings"][1]);
    assert_eq!((&straight["ring"], straight["place"].is_array()), (&json!(1), true), "{told}");
    assert_eq!((&curved["ring"], curved["place"].is_array()), (&json!(1), true), "{told}");
    assert_eq!((&straight["repair"], &curved["repair"]), (&json!("close_ring"), &Value::Null), "{told}");
    let finding = straight["id"].as_i64().unwrap();
    let (status, told) =
        office.decide(Method::POST, at, &format!("findings/{finding}/repair"), json!({})).await;
    assert_eq!((status, &told["changed"]), (StatusCode::ACCEPTED, &json!(1)), "{told}");
    office.rest(at).await;
    let (status, told) = office.decide(Method::POST, at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["accepted_count"], &told["repaired_count"], &told["rejected_count"]),
        (StatusCode::OK, &json!(2), &json!(1), &json!(5)),
        "{told}"
    );
}

/// Texts of a dBASE table: nearly all in UTF-8, one not, one cut, a day that is none, a number without end.
pub async fn tables_of_a_shapefile() -> Classes {
    let office = Office::open().await;
    let folder = PrivateFolder::create().unwrap();
    let mut file = Shapefile::new(&[
        ("MZ", 'C', 2),
        ("LOTE", 'C', 3),
        ("USO", 'C', 12),
        ("FECHA", 'D', 8),
        ("FRENTE", 'N', 10),
    ]);
    for k in 0..24 {
        let uso = match k {
            21 => b"peluquer\xeda".to_vec(),
            22 => b"panaderia d\xc3".to_vec(),
            _ => "peluquería".into(),
        };
        let day = if k == 23 { "20171345" } else { "20200131" };
        let front = if k == 20 { "1E999" } else { "2.500" };
        let words = [b"A".to_vec(), format!("{:03}", k + 1).into(), uso, day.into(), front.into()];
        file.lot((f64::from(k) * 2.5, 0.0, 2.5, 20.0), &words);
    }
    let shp = file.write(folder.path(), None);
    let (at, told) = office.bring_shapefile(&shp, &TEXTS).await;
    assert_eq!(told["state"], "checked", "{told:#}");
    let expected = [
        (21, "number_impossible"),
        (22, "text_in_other_encoding"),
        (23, "text_cut"),
        (24, "date_impossible"),
    ];
    let seen = exactly(&office, &at, &expected).await;
    let told = office.get(&format!("{at}/features?after=21&limit=2")).await;
    let uses: Vec<&Value> =
        told["features"].as_array().unwrap().iter().map(|one| &one["properties"]["mapped"]["use"]).collect();
    assert_eq!(
        uses,
        ["peluquería", "panaderia d"],
        "the one is read all the same, the other without its half letter"
    );
    seen
}

const TEXTS: [(&str, &str); 4] =
    [("ubigeo", "150203"), ("target", "parcels"), ("sender", "Topografía Ensayo"), ("srid", "32718")];

/// A `.cpg` that says UTF-8 beside a table in the encoding of old Windows.
pub async fn an_encoding_that_is_not_as_declared() -> Classes {
    let office = Office::open().await;
    let folder = PrivateFolder::create().unwrap();
    let mut file = Shapefile::new(&[("MZ", 'C', 2), ("LOTE", 'C', 3), ("USO", 'C', 20)]);
    for k in 0..6 {
        let words = [b"A".to_vec(), format!("{:03}", k + 1).into(), letters("peluquería y niñera")];
        file.lot((f64::from(k) * 10.0, 0.0, 10.0, 20.0), &words);
    }
    let shp = file.write(folder.path(), Some("UTF-8"));
    let (at, told) = office.bring_shapefile(&shp, &TEXTS).await;
    assert_eq!(told["state"], "checked", "{told:#}");
    let seen = exactly(&office, &at, &[(0, "encoding_not_as_declared")]).await;
    let told = office.get(&format!("{at}/features?limit=1")).await;
    assert_eq!(told["features"][0]["properties"]["mapped"]["use"], "peluquería y niñera");
    seen
}

/// Numbers of the zone beside, and of the old datum.
pub async fn other_systems() -> Classes {
    let mut seen = Classes::new();
    for (srid, expression, class) in
        [(32717, "st_transform(shape, 32717)", "zone_changed"), (24878, PSAD56, "datum_changed")]
    {
        let office = Office::open().await;
        let file = geojson(Some(srid), &in_other_numbers(&office, expression).await);
        let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", file).await;
        seen.extend(exactly(&office, &at, &[(0, class)]).await);
    }
    seen
}

/// Degrees, one of which is beyond the last meridian.
pub async fn numbers_that_are_no_place() -> Classes {
    let office = Office::open().await;
    let mut features = in_other_numbers(&office, "st_transform(shape, 4326)").await;
    let ring = json!([[[200, -10], [200.001, -10], [200.001, -10.001], [200, -10]]]);
    features.push(polygon(&ring, &json!({ "MZ": "A", "LOTE": 7 })));
    let (at, _) = office.checked("target=parcels&file_name=grados.geojson", geojson(None, &features)).await;
    exactly(&office, &at, &[(7, "position_impossible")]).await
}

/// A network with a pipe that leads to a node that is not there.
pub async fn what_a_reader_notices() -> Classes {
    let mut office = Office::open().await;
    office.actor = Actor::inside("pilar", Audience::Planner, "pedido-1");
    let query = "target=water_mains&file_name=red.inp&layer=links&srid=32718";
    let (at, _) = office.checked(query, NETWORK).await;
    let expected = [
        (0, "file_note"),
        (1, "attribute_missing"),
        (1, "line_end_free"),
        (2, "attribute_missing"),
        (2, "file_note"),
        (2, "geometry_missing"),
    ];
    exactly(&office, &at, &expected).await
}
