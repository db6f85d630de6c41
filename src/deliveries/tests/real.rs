//! What municipalities really received. The files are inputs of tests only; where they are missing, a printed line says so.

use std::path::Path;
use std::time::Instant;

use super::bundles::{archive, pairs};
use super::*;

/// A file of the shared data, or none with a printed line.
fn data(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if file.is_file() {
        return Some(file);
    }
    println!("SKIPPED: {} is not there", file.display());
    None
}

/// A form with all parts of a shapefile, and the texts.
fn form(shp: &Path, texts: &[(&str, &str)]) -> (String, Vec<u8>) {
    let boundary = "frontera-de-ensayo";
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend_from_slice(
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
                .as_bytes(),
        );
    }
    for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
        let part = shp.with_extension(ending);
        let Ok(bytes) = std::fs::read(&part) else { continue };
        let name = part.file_name().unwrap().to_string_lossy().into_owned();
        body.extend_from_slice(
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(&bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

impl Office {
    pub(super) async fn bring_shapefile(&self, shp: &Path, texts: &[(&str, &str)]) -> (String, Value) {
        let (kind, body) = form(shp, texts);
        let (status, headers, told) =
            self.call(Method::POST, "/api/v1/deliveries", &[("content-type", &kind)], body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let at = headers[header::LOCATION].to_str().unwrap().to_owned();
        let told = self.rest(&at).await;
        (at, told)
    }

    async fn district(&self, ubigeo: &str, name: &str, place: &str) {
        let sql = format!(
            "begin; set local predio.reason = 'test';
             insert into land.district (ubigeo, name, province, department, source, fictitious, geom)
             values ('{ubigeo}', '{name}', 'Ensayo', 'Ensayo', 'ensayo', true, st_multi({place})); commit;"
        );
        // Safe SQL: texts of this file.
        self.test.owner().await.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
}

/// Carmen de la Legua: sectors and lots in UTM, blocks in degrees, lots that do not say their block.
#[tokio::test]
async fn carmen_de_la_legua_becomes_a_fabric() {
    let Some(lots) = data("peru/carmen_de_la_legua/shp_clegua/lotizacion_CL.shp") else { return };
    let office = Office::open().await;
    office
        .district("070103", "Carmen de la Legua", "st_makeenvelope(271400, 8667100, 273600, 8668600, 32718)")
        .await;
    for (file, target, count) in [("sectores.shp", "sectors", 6), ("manzana.shp", "blocks", 248)] {
        let texts = [("ubigeo", "070103"), ("target", target), ("sender", "Municipalidad de ensayo")];
        let (at, told) = office.bring_shapefile(&lots.with_file_name(file), &texts).await;
        assert_eq!((&told["state"], &told["read_count"]), (&json!("checked"), &json!(count)), "{told:#}");
        println!("{target}: EPSG:{} ({}), {}", told["srid"], told["crs_how"], told["findings"]);
        if office.findings(&at).await.iter().any(|(_, class)| class == "ring_self_intersection") {
            let (status, told) = office
                .decide(Method::POST, &at, "repairs", json!({ "class": "ring_self_intersection" }))
                .await;
            assert_eq!((status, &told["changed"]), (StatusCode::ACCEPTED, &json!(1)), "{told}");
            office.rest(&at).await;
        }
        let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
        assert_eq!((status, &told["entered"]), (StatusCode::OK, &json!(count)), "{told}");
    }
    let begun = Instant::now();
    let texts = [
        ("ubigeo", "070103"),
        ("target", "parcels"),
        ("sender", "Municipalidad de ensayo"),
        ("accuracy_m", "0.1"),
    ];
    let (at, told) = office.bring_shapefile(&lots, &texts).await;
    assert_eq!(
        (&told["state"], &told["read_count"], &told["srid"]),
        (&json!("checked"), &json!(4595), &json!(32718)),
        "{told:#}"
    );
    println!("lots examined in {:.1} s: {:#}", begun.elapsed().as_secs_f64(), told["findings"]);
    let count = |class: &str| {
        told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["class"] == class)
            .map_or(0, |one| one["findings"].as_i64().unwrap())
    };
    let in_block = 4595 - count("lot_crosses_block") - count("block_not_found");
    assert_eq!(in_block, 4583, "lots that lie to nine tenths in one block");
    assert!(count("area_outlier") >= 1, "one lot of 218,486 m² is told");
    let begun = Instant::now();
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told:#}");
    println!(
        "accepted in {:.1} s: {} entered, {} rejected",
        begun.elapsed().as_secs_f64(),
        told["entered"],
        told["rejected_count"]
    );
    assert_eq!(told["refused"], json!([]));
    agree_blocks(&office).await;
}

/// The same as one archive: sectors and lots in metres, blocks in degrees, one upload, one acceptance.
#[tokio::test]
async fn carmen_de_la_legua_comes_as_one_archive() {
    let Some(lots) = data("peru/carmen_de_la_legua/shp_clegua/lotizacion_CL.shp") else { return };
    let office = Office::open().await;
    office
        .district("070103", "Carmen de la Legua", "st_makeenvelope(271400, 8667100, 273600, 8668600, 32718)")
        .await;
    let file = archive(&parts_of(&lots, &["lotizacion_CL", "manzana", "sectores"]));
    let said = "ubigeo=070103&sender=Municipalidad+de+ensayo&file_name=carmen.zip";
    let (status, told) = office.look_of(said, file.clone()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let expected = [("lotizacion_CL", "parcels"), ("manzana", "blocks"), ("sectores", "sectors")];
    assert_eq!(pairs(&told), expected, "{told:#}");
    let features: Vec<&Value> =
        told["layers"].as_array().unwrap().iter().map(|one| &one["features"]).collect();
    assert_eq!(features, [&json!(4595), &json!(248), &json!(6)]);
    let layers: Value =
        expected.iter().map(|(layer, target)| json!({ "layer": layer, "target": target })).collect();
    let begun = Instant::now();
    let at = office.bring_layers_of(&format!("{said}&accuracy_m=0.1"), &layers, file).await;
    let told = office.get(&at).await;
    let said: Vec<(&str, &Value, &str)> = told["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["target"].as_str().unwrap(), &one["srid"], one["state"].as_str().unwrap()))
        .collect();
    let (metres, degrees) = (json!(32718), json!(4326));
    assert_eq!(
        said,
        [("sectors", &metres, "checked"), ("blocks", &degrees, "checked"), ("parcels", &metres, "checked")]
    );
    println!("three layers examined in {:.1} s", begun.elapsed().as_secs_f64());
    let blocks = format!("/api/v1/deliveries/{}", told["deliveries"][1]["id"]);
    let body = json!({ "class": "ring_self_intersection" });
    let (status, told) = office.decide(Method::POST, &blocks, "repairs", body).await;
    assert_eq!((status, &told["changed"]), (StatusCode::ACCEPTED, &json!(1)), "{told}");
    office.rest(&blocks).await;
    let begun = Instant::now();
    let (status, told) = office.decide_all(&at, "accept").await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let entered: Vec<&Value> =
        told["deliveries"].as_array().unwrap().iter().map(|one| &one["entered"]).collect();
    println!("accepted as one in {:.1} s: {entered:?}", begun.elapsed().as_secs_f64());
    assert_eq!(entered, [&json!(6), &json!(248), &json!(4595)]);
    let in_block = "select count(*) from land.parcel_version where block_code is not null";
    assert_eq!(office.count(in_block).await, 4583, "lots found the blocks of their own archive");
    agree_blocks(&office).await;
}

/// The files of these shapefiles, as they lie beside one another.
fn parts_of(shp: &Path, stems: &[&'static str]) -> Vec<(String, Vec<u8>)> {
    let mut parts = Vec::new();
    for stem in stems {
        for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
            let part = shp.with_file_name(format!("{stem}.{ending}"));
            parts.extend(std::fs::read(part).ok().map(|bytes| (format!("{stem}.{ending}"), bytes)));
        }
    }
    parts
}

async fn agree_blocks(office: &Office) {
    let blocks: Vec<(String, i64)> = sqlx::query_as(
        "select v.ubigeo || v.sector_code || v.block_code, count(*) from land.parcel_version v where v.block_code is not null group by 1 order by 1",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    let begun = Instant::now();
    let mut refused = std::collections::BTreeMap::<String, usize>::new();
    for (block, _) in &blocks {
        let body = json!({ "reason": "levantamiento conforme", "block": block });
        let (status, _, told) =
            office.call(Method::POST, "/api/v1/parcels/agree", &[], body.to_string()).await;
        if status != StatusCode::CREATED {
            let rule = told["violations"][0]["rule"]
                .as_str()
                .unwrap_or_else(|| told["type"].as_str().unwrap_or("?"))
                .to_owned();
            *refused.entry(format!("{status} {rule}")).or_default() += 1;
        }
    }
    assert_eq!((blocks.len(), refused.len()), (248, 0), "{refused:?}");
    // The lots of no block have local numbers, and agree by these.
    let codes: Vec<String> = sqlx::query_scalar(
        "select p.code from land.parcel p join land.parcel_version v on v.parcel_id = p.id
         where v.block_code is null and v.fabric_state = 'provisional'",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    let body = json!({ "reason": "levantamiento conforme", "codes": codes });
    let (status, _, told) = office.call(Method::POST, "/api/v1/parcels/agree", &[], body.to_string()).await;
    println!("{} lots outside blocks: {status} {}", codes.len(), told["violations"]);
    let agreed = office
        .count("select count(*) from land.parcel_version where fabric_state = 'agreed' and upper_inf(valid)")
        .await;
    println!("{agreed} lots agreed in {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!((codes.len(), agreed), (12, 4595), "{told:#}");
}

#[tokio::test]
async fn punta_canoas_names_every_invalid_lot_and_tells_its_versions_apart() {
    let Some(first) = data("peru/punta_canoas/PuntaCanoas_GeoLotes_Canoas.json") else { return };
    let Some(second) = data("peru/punta_canoas/PuntaCanoas_geocanoas.json") else { return };
    let office = Office::open().await;
    office
        .district(
            "200701",
            "Punta Canoas",
            "st_transform(st_makeenvelope(-81.04, -4.09, -81.00, -4.06, 4326), 32718)",
        )
        .await;
    let bring = async |file: &Path| {
        let path = "/api/v1/deliveries?ubigeo=200701&target=parcels&sender=Habilitador&file_name=lotes.json";
        let (status, headers, told) =
            office.call(Method::POST, path, &[], std::fs::read(file).unwrap()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let at = headers[header::LOCATION].to_str().unwrap().to_owned();
        let told = office.rest(&at).await;
        assert_eq!(told["state"], "checked", "{told:#}");
        (at, told)
    };
    let (old, told) = bring(&first).await;
    println!("{:#}", told["findings"]);
    assert_eq!(told["read_count"], 1207);
    let found = office.findings(&old).await;
    let mut invalid: Vec<i64> = found
        .iter()
        .filter(|(_, class)| class == "self_intersection" || class == "ring_self_intersection")
        .map(|(n, _)| *n)
        .collect();
    let rings = found.iter().filter(|(_, class)| class == "ring_self_intersection").count();
    println!("{} ring self-intersections, {} self-intersections", rings, invalid.len() - rings);
    invalid.sort_unstable();
    invalid.dedup();
    assert_eq!(invalid.len(), 100, "every invalid lot is named, once");
    let (new, told) = bring(&second).await;
    assert_eq!(told["read_count"], 1203);
    let told = office.get(&format!("{old}/compare?with={}", new.rsplit('/').next().unwrap())).await;
    println!("{}", told["counts"]);
    let n = |change: &str| told["counts"][change].as_i64().unwrap();
    let both = n("same") + n("attributes") + n("reshaped") + n("moved");
    assert_eq!((both + n("gone"), both + n("new")), (1207, 1203), "each lot of either is told once");
}
