//! Several layers of one file: listed with what each may go to, brought at once, accepted and taken back as one.

use std::fmt::Write as _;
use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::crs::in_other_numbers_of;
use super::*;

/// An archive of these files.
pub(super) fn archive(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name.as_ref(), SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Two blocks of 60 by 40 metres, north of those on record.
fn blocks() -> Vec<Value> {
    let block =
        |east: f64, label: &str| polygon(&rectangle(east, 100.0, 60.0, 40.0), &json!({ "MZ": label }));
    vec![block(0.0, "F"), block(70.0, "G")]
}

/// Three lots in each of them, which do not say their block.
fn lots_in_them() -> Vec<Value> {
    let lot = |k: i32| {
        let east = f64::from(k % 3) * 20.0 + f64::from(k / 3) * 70.0;
        polygon(&rectangle(east, 100.0, 20.0, 20.0), &json!({ "USO": "vivienda" }))
    };
    (0..6).map(lot).collect()
}

/// Blocks in degrees and lots in metres, in one archive.
async fn town(office: &Office) -> Vec<u8> {
    let degrees = in_other_numbers_of(office, &blocks(), "st_transform(shape, 4326)").await;
    let readme = "Entrega de ensayo".to_owned();
    archive(&[
        ("entrega/lotes.geojson", geojson(Some(32718), &lots_in_them())),
        ("entrega/manzanas.geojson", geojson(None, &degrees)),
        ("entrega/LEEME.txt", readme),
    ])
}

const SENDER: &str = "ubigeo=150203&sender=Topograf%C3%ADa+Ensayo&file_name=entrega.zip";

impl Office {
    async fn look(&self, file: Vec<u8>) -> (StatusCode, Value) {
        self.look_of(SENDER, file).await
    }

    pub(super) async fn look_of(&self, said: &str, file: Vec<u8>) -> (StatusCode, Value) {
        let path = format!("/api/v1/deliveries/layers?{said}");
        let (status, _, told) = self.call(Method::POST, &path, &[], file).await;
        (status, told)
    }

    async fn bring_layers(&self, layers: &Value, file: Vec<u8>) -> String {
        self.bring_layers_of(SENDER, layers, file).await
    }

    /// Brings layers of a file; the address of their bundle, when each of them rests.
    pub(super) async fn bring_layers_of(&self, said: &str, layers: &Value, file: Vec<u8>) -> String {
        let path = format!("/api/v1/deliveries?{said}&layers={}", encoded(&layers.to_string()));
        let (status, headers, told) = self.call(Method::POST, &path, &[], file).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        for one in told["deliveries"].as_array().unwrap() {
            self.rest(&format!("/api/v1/deliveries/{}", one["id"])).await;
        }
        headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    /// Decides on a bundle at the version that is there.
    pub(super) async fn decide_all(&self, at: &str, what: &str) -> (StatusCode, Value) {
        let (_, headers, _) = self.call(Method::GET, at, &[], Body::empty()).await;
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        let body = json!({ "reason": "prueba de paquetes" }).to_string();
        let path = format!("{at}/{what}");
        let (status, _, told) = self.call(Method::POST, &path, &[("if-match", &tag)], body).await;
        (status, told)
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub(super) fn pairs(told: &Value) -> Vec<(&str, &str)> {
    told["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["layer"].as_str().unwrap(), one["target"].as_str().unwrap_or("-")))
        .collect()
}

#[tokio::test]
async fn the_layers_of_a_file_are_listed_with_what_each_may_go_to() {
    let office = Office::open().await;
    let file = town(&office).await;
    let (status, told) = office.look(file.clone()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(pairs(&told), [("lotes", "parcels"), ("manzanas", "blocks")], "{told:#}");
    let [lots, blocks] = [&told["layers"][0], &told["layers"][1]];
    assert_eq!((&lots["declared_srid"], &lots["features"]), (&json!(32718), &json!(6)), "{lots}");
    assert_eq!((&blocks["declared_srid"], &blocks["features"]), (&json!(4326), &json!(2)), "{blocks}");
    assert_eq!((&lots["fields"], &blocks["fields"]), (&json!(["USO"]), &json!(["MZ"])));
    assert!(lots["because"]["es"].as_str().unwrap().contains("lotes"), "{lots}");
    assert_eq!(office.count("select count(*) from delivery.delivery").await, 0, "looking keeps nothing");
    // Where they went is kept for this sender.
    let layers = json!([{ "layer": "manzanas", "target": "sectors" }]);
    office.bring_layers(&layers, file.clone()).await;
    let (_, told) = office.look(file).await;
    assert_eq!(pairs(&told), [("lotes", "parcels"), ("manzanas", "sectors")], "{told:#}");
    let (status, told) = office.look(b"no es nada".to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    assert!(told["violations"][0]["detail"].as_str().unwrap().starts_with("es: "), "{told}");
}

#[tokio::test]
async fn layers_in_two_systems_come_at_once_and_enter_in_one_transaction() {
    let office = Office::open().await;
    let file = town(&office).await;
    let layers =
        json!([{ "layer": "lotes", "target": "parcels" }, { "layer": "manzanas", "target": "blocks" }]);
    let at = office.bring_layers(&layers, file).await;
    let told = office.get(&at).await;
    let all = told["deliveries"].as_array().unwrap();
    let said: Vec<_> = all.iter().map(|one| (&one["target"], &one["srid"], &one["state"])).collect();
    let checked = json!("checked");
    let expected = [(&json!("blocks"), &json!(4326), &checked), (&json!("parcels"), &json!(32718), &checked)];
    assert_eq!(said, expected, "blocks enter first: {told:#}");
    let lots = format!("/api/v1/deliveries/{}", all[1]["id"]);
    assert!(
        office.findings(&lots).await.iter().all(|(_, class)| class == "block_not_found"),
        "not there yet"
    );

    let (status, trial) = office.decide_all(&at, "accept?dry_run=true").await;
    assert_eq!(status, StatusCode::OK, "{trial}");
    let entered: Vec<&Value> =
        trial["deliveries"].as_array().unwrap().iter().map(|one| &one["entered"]).collect();
    assert_eq!(entered, [&json!(2), &json!(6)], "{trial:#}");
    assert_eq!(office.count("select count(*) from land.block").await, 2, "a trial changes nothing");

    let (status, told) = office.decide_all(&at, "accept").await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let codes: Vec<String> = sqlx::query_scalar("select code from land.parcel order by code")
        .fetch_all(&mut office.test.owner().await)
        .await
        .unwrap();
    let expected =
        ["003001", "003002", "003003", "004001", "004002", "004003"].map(|end| format!("15020301{end}"));
    assert_eq!(codes, expected, "lots are numbered in the blocks of their own file");
    assert!(office.findings(&lots).await.iter().all(|(_, class)| class == "block_by_place"));
    assert_eq!(
        office
            .count("select count(distinct txid) from audit.entry where reason = 'prueba de paquetes'")
            .await,
        1
    );
    let (status, told) = office.decide_all(&at, "accept").await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");

    let (status, told) = office.decide_all(&at, "revoke").await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(office.count("select count(*) from land.block").await, 2);
    assert_eq!(office.count("select count(*) from land.parcel_version").await, 0);
    let states: Vec<Value> = office.get(&at).await["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["revoked", "revoked"]);
}

#[tokio::test]
async fn a_bundle_enters_as_a_whole_or_not_at_all() {
    let office = Office::open().await;
    // Every lot crosses itself: nothing of that layer can enter, so nothing of the other one does.
    let (x, y) = (EAST, NORTH + 100.0);
    let knot = json!([[[x, y], [x + 10.0, y + 10.0], [x + 10.0, y], [x, y + 10.0], [x, y]]]);
    let file = archive(&[
        ("lotes.geojson", geojson(Some(32718), &[polygon(&knot, &json!({ "USO": "vivienda" }))])),
        ("manzanas.geojson", geojson(Some(32718), &blocks())),
    ]);
    let layers =
        json!([{ "layer": "lotes", "target": "parcels" }, { "layer": "manzanas", "target": "blocks" }]);
    let at = office.bring_layers(&layers, file).await;
    let (status, told) = office.decide_all(&at, "accept").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    assert!(told["violations"][0]["pointer"].as_str().unwrap().starts_with("/deliveries/"), "{told}");
    assert_eq!(office.count("select count(*) from land.block").await, 2);
    let lots = &office.get(&at).await["deliveries"][1]["id"];
    // One by one they are decided, too; what was put aside does not hold the others up.
    let (status, told) =
        office.decide(Method::POST, &format!("/api/v1/deliveries/{lots}"), "reject", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (status, told) = office.decide_all(&at, "accept").await;
    assert_eq!((status, &told["deliveries"][0]["entered"]), (StatusCode::OK, &json!(2)), "{told}");
    // Somebody who saw an older state is told so.
    let body = json!({ "reason": "tarde" }).to_string();
    let (status, _, _) =
        office.call(Method::POST, &format!("{at}/revoke"), &[("if-match", "\"1\"")], body.clone()).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let (status, _, _) = office.call(Method::POST, &format!("{at}/revoke"), &[], body.clone()).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    // A repetition gets the first answer, and nothing is done twice.
    let (_, headers, _) = office.call(Method::GET, &at, &[], Body::empty()).await;
    let tag = headers[header::ETAG].to_str().unwrap();
    let with = [("if-match", tag), ("idempotency-key", "revocar-el-paquete")];
    let first = office.call(Method::POST, &format!("{at}/revoke"), &with, body.clone()).await;
    let again = office.call(Method::POST, &format!("{at}/revoke"), &with, body).await;
    assert_eq!((first.0, &first.2), (StatusCode::OK, &again.2), "{:?}", again.2);
    assert_eq!(again.1["idempotency-replayed"], "true");
}

#[tokio::test]
async fn what_is_said_of_layers_is_checked() {
    let office = Office::open().await;
    let file = town(&office).await;
    for (layers, member) in [
        ("[]", "target"),
        ("nada", "layers"),
        (r#"[{"layer":"lotes"}]"#, "delivery"),
        (r#"[{"layer":"lotes","target":"parcels"},{"layer":"lotes","target":"blocks"}]"#, "layers"),
        (r#"[{"layer":"lotes","target":"nada"}]"#, "target"),
        (r#"[{"layer":"lotes","target":"parcels"}]&srid=32718"#, "layers"),
    ] {
        let (layers, rest) = layers.split_once('&').unwrap_or((layers, ""));
        let path = format!("/api/v1/deliveries?{SENDER}&layers={}&{rest}", encoded(layers));
        let (status, _, told) = office.call(Method::POST, &path, &[], file.clone()).await;
        assert_eq!(
            (status, &told["parameter"]),
            (StatusCode::BAD_REQUEST, &json!(member)),
            "{layers}: {told}"
        );
    }
    assert_eq!(office.count("select count(*) from delivery.delivery").await, 0);
    // A layer that is not there breaks its own delivery only.
    let layers =
        json!([{ "layer": "calles", "target": "streets" }, { "layer": "manzanas", "target": "blocks" }]);
    let at = office.bring_layers(&layers, file).await;
    let told = office.get(&at).await;
    let states: Vec<&Value> =
        told["deliveries"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["checked", "broken"], "{told:#}");
    assert_eq!(office.decide_all(&at, "accept").await.0, StatusCode::CONFLICT);
    let mut elsewhere = office;
    elsewhere.actor = Actor::inside("olga", Audience::Planner, "pedido-1");
    let (status, _, told) = elsewhere.call(Method::GET, &at, &[], Body::empty()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another office's: {told}");
}

/// A drawing in which blocks and lots are drawn on layers of their own.
#[tokio::test]
async fn the_layers_of_a_drawing_are_lots_by_themselves() {
    let office = Office::open().await;
    let mut dxf = "0\nSECTION\n2\nENTITIES\n".to_owned();
    let mut closed = |layer: &str, (east, north, width, height): (f64, f64, f64, f64)| {
        let (x, y) = (EAST + east, NORTH + north);
        write!(dxf, "0\nLWPOLYLINE\n8\n{layer}\n90\n4\n70\n1\n").unwrap();
        for (x, y) in [(x, y), (x + width, y), (x + width, y + height), (x, y + height)] {
            write!(dxf, "10\n{x}\n20\n{y}\n").unwrap();
        }
    };
    closed("MANZANAS", (0., 100., 60., 40.));
    closed("LOTES", (0., 100., 20., 20.));
    closed("LOTES", (20., 100., 20., 20.));
    let file = (dxf + "0\nENDSEC\n0\nEOF\n").into_bytes();
    let path = format!("/api/v1/deliveries/layers?{}", SENDER.replace(".zip", ".dxf"));
    let (status, _, told) = office.call(Method::POST, &path, &[], file.clone()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let found = pairs(&told);
    assert!(
        found.contains(&("lots:LOTES", "parcels")) && found.contains(&("lots:MANZANAS", "blocks")),
        "{told:#}"
    );
    let layers = r#"[{"layer":"lots:LOTES","target":"parcels","srid":32718},{"layer":"lots:MANZANAS","target":"blocks","srid":32718}]"#;
    let path = format!("/api/v1/deliveries?{}&layers={}", SENDER.replace(".zip", ".dxf"), encoded(layers));
    let (status, headers, told) = office.call(Method::POST, &path, &[], file).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    for one in told["deliveries"].as_array().unwrap() {
        office.rest(&format!("/api/v1/deliveries/{}", one["id"])).await;
    }
    let at = headers[header::LOCATION].to_str().unwrap();
    let (status, told) = office.decide_all(at, "accept").await;
    let entered: Vec<&Value> =
        told["deliveries"].as_array().unwrap().iter().map(|one| &one["entered"]).collect();
    assert_eq!((status, entered), (StatusCode::OK, vec![&json!(1), &json!(2)]), "{told}");
}
