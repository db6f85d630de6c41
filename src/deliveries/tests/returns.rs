//! Field copies that come back: what went out, what came back, what is on record; edited by GDAL's own programs, as a field
//! program would.

use std::process::Command;

use super::*;

/// Mains of ten metres, side by side: number n lies at 10 n metres from the town's origin.
const MAINS: &str = "begin; set local predio.reason = 'test';
    insert into utility.line (ubigeo, network, kind, material, diameter_mm, installed_year, state, geom)
    select '150203', 'water', 'main', 'PVC', 110, 2010, 'in_service',
      st_setsrid(st_makeline(st_makepoint(196000 + 10 * n, 8816000), st_makepoint(196000.123 + 10 * n, 8816010.456)), 32718)
    from generate_series(1, 12) n order by n;
    commit;";

/// A file that is in somebody's hands.
pub struct Taken {
    folder: tempfile::TempDir,
    pub copy: i64,
}

impl Taken {
    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("campo.gpkg")
    }

    /// Edits it in SQL, as GDAL runs it on a GeoPackage.
    pub fn edit(&self, sql: &str) {
        let done =
            Command::new("ogrinfo").arg("-q").arg("-update").arg(self.path()).args(["-sql", sql]).output();
        let done = done.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("ERROR"), "{sql}: {said}");
    }

    /// A shape as the file keeps it.
    pub fn shape(wkt: &str) -> String {
        format!("AsGPB(ST_GeomFromText('{wkt}', 32718))")
    }

    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

impl Office {
    /// An office of the same world.
    pub fn of(mut self, audience: Audience) -> Self {
        self.actor = Actor::inside("luz", audience, "pedido-1");
        self
    }

    /// Takes a field copy.
    pub async fn take(&self, layer: &str) -> Taken {
        let body = json!({ "reason": "salida a campo", "ubigeo": "150203", "target": layer });
        let (status, _, told) = self.call(Method::POST, "/api/v1/field_copies", &[], body.to_string()).await;
        assert_eq!(status, StatusCode::CREATED, "{told}");
        let copy = told["id"].as_i64().unwrap();
        let (status, headers, bytes) =
            self.raw(Method::GET, &format!("/api/v1/field_copies/{copy}/file"), &[], Body::empty()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], "application/geopackage+sqlite3");
        let taken = Taken { folder: tempfile::tempdir().unwrap(), copy };
        std::fs::write(taken.path(), bytes).unwrap();
        taken
    }

    /// Brings a copy back and waits until it was compared.
    pub async fn give_back(&self, taken: &Taken) -> String {
        let path = format!("/api/v1/deliveries?returns={}&file_name=campo.gpkg", taken.copy);
        let (status, headers, told) = self.call(Method::POST, &path, &[], taken.bytes()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let at = headers[header::LOCATION].to_str().unwrap().to_owned();
        let told = self.rest(&at).await;
        assert_eq!((&told["state"], &told["returns"]), (&json!("checked"), &json!(taken.copy)), "{told:#}");
        at
    }

    /// Changes with the object that they are about.
    pub async fn changes(&self, at: &str) -> Vec<(i64, String)> {
        let told = self.get(&format!("{at}/changes?limit=10000")).await;
        let one = |feature: &Value| {
            let properties = &feature["properties"];
            (properties["object_id"].as_i64().unwrap_or(0), properties["change"].as_str().unwrap().to_owned())
        };
        let mut all: Vec<_> = told["features"].as_array().unwrap().iter().map(one).collect();
        all.sort();
        all
    }

    /// The change of an object.
    pub async fn change(&self, at: &str, object: i64) -> Value {
        let told = self.get(&format!("{at}/changes?limit=10000")).await;
        let is_it = |feature: &&Value| feature["properties"]["object_id"] == object;
        told["features"].as_array().unwrap().iter().find(is_it).unwrap().clone()
    }

    /// Edits the record meanwhile, through the layer's view.
    pub async fn meanwhile(&self, sql: &str) {
        let sql = format!("begin; set local predio.reason = 'mientras tanto'; {sql}; commit;");
        self.test.owner().await.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
}

pub async fn mains() -> Office {
    let office = Office::open().await.of(Audience::Planner);
    office.test.owner().await.execute(MAINS).await.unwrap();
    office
}

fn kinds(changes: &[(i64, String)]) -> Vec<(i64, &str)> {
    changes.iter().map(|(object, kind)| (*object, kind.as_str())).collect()
}

#[tokio::test]
async fn a_copy_that_nobody_edited_brings_nothing() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    let at = office.give_back(&taken).await;
    assert_eq!(office.changes(&at).await, []);
    assert_eq!(office.findings(&at).await, []);
    assert_eq!(office.get(&at).await["changes"]["same"], 12);
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["violations"][0]["rule"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("return-has-something-to-apply")),
        "{told}"
    );
}

/// Every way in which two sides can differ, each on a main of its own.
async fn both_sides(office: &Office, taken: &Taken) {
    for (set, object) in [
        ("material = 'HDPE'", 2),
        ("material = 'AC'", 4),
        ("material = 'HDPE'", 5),
        ("material = 'CI'", 6),
        ("material = 'HDPE'", 11),
    ] {
        taken.edit(&format!("update water_mains set {set} where id = {object}"));
    }
    let line = |object: i64, north: &str| {
        Taken::shape(&format!(
            "LINESTRING({} 8816000, {}.5 {north})",
            196_000 + 10 * object,
            196_000 + 10 * object
        ))
    };
    taken.edit(&format!("update water_mains set geom = {} where id = 7", line(7, "8816012.250")));
    taken.edit(&format!("update water_mains set geom = {} where id = 8", line(8, "8816013")));
    taken.edit("delete from water_mains where id in (9, 10)");
    taken.edit(
        "insert into water_mains (id, ubigeo, kind, material, state, version, geom)
         select id, ubigeo, kind, material, state, version, geom from water_mains where id = 12",
    );
    taken.edit(&format!(
        "insert into water_mains (ubigeo, kind, material, state, geom) values ('150203', 'main', 'PVC', 'planned', {})",
        line(20, "8816014")
    ));
    taken.edit(&format!(
        "insert into water_mains (id, ubigeo, kind, material, state, geom) values (999, '150203', 'main', 'PVC', 'planned', {})",
        line(21, "8816014")
    ));
    office
        .meanwhile(
            "update layer.water_mains set diameter_mm = 160 where id in (3, 4, 10);
             update layer.water_mains set material = 'CI' where id in (5, 6);
             update layer.water_mains set geom = st_translate(geom, 0, 1) where id = 8;
             delete from layer.water_mains where id = 11",
        )
        .await;
}

#[tokio::test]
pub async fn each_feature_is_compared_three_ways_and_nothing_is_overwritten() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    both_sides(&office, &taken).await;
    let at = office.give_back(&taken).await;
    let expected = [
        (0, "create"),
        (0, "refused"),
        (2, "update"),
        (3, "ours"),
        (4, "merge"),
        (5, "conflict"),
        (6, "equal"),
        (7, "update"),
        (8, "conflict"),
        (9, "delete"),
        (10, "conflict"),
        (11, "conflict"),
        (12, "refused"),
    ];
    assert_eq!(kinds(&office.changes(&at).await), expected);
    let found = office.findings(&at).await;
    let of = |class: &str| found.iter().filter(|(_, other)| other == class).count();
    assert_eq!((of("id_twice"), of("id_not_of_copy"), found.len()), (2, 1, 3), "{found:?}");
    let conflict = office.change(&at, 5).await;
    assert_eq!(conflict["properties"]["conflicts"], json!(["material"]));
    assert_eq!(
        conflict["properties"]["values"]["material"],
        json!({ "base": "PVC", "theirs": "HDPE", "ours": "CI" })
    );
    let shapes = office.change(&at, 8).await;
    assert_eq!(shapes["properties"]["conflicts"], json!(["geom"]));
    assert!(
        ["base", "theirs", "ours"]
            .iter()
            .all(|side| shapes["properties"]["shapes"][*side]["type"] == "LineString")
    );
    let before = "select count(*) from utility.line where material = 'HDPE'";
    assert_eq!(office.count(before).await, 0, "nothing changes before it is accepted");

    let tag = format!("\"{}\"", office.get(&at).await["version"]);
    let body = json!({ "reason": "prueba" }).to_string();
    let trial = format!("{at}/accept?dry_run=true");
    let (status, _, tried) = office.call(Method::POST, &trial, &[("if-match", &tag)], body).await;
    assert_eq!((status, &tried["changes"]["applied"]), (StatusCode::OK, &json!(5)), "{tried}");
    assert_eq!(office.count(before).await, 0, "a trial changes nothing");

    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(5)), "{told:#}");
    assert_eq!((&told["changes"]["open"], &told["refused"]), (&json!(4), &json!([])));
    let rows: Vec<(i64, String, Option<i32>, String)> =
        sqlx::query_as("select id, material, diameter_mm, st_astext(geom, 3) from utility.line order by id")
            .fetch_all(&mut office.test.owner().await)
            .await
            .unwrap();
    let facts: Vec<_> = rows.iter().map(|row| (row.0, row.1.as_str(), row.2)).collect();
    assert_eq!(
        facts,
        [
            (1, "PVC", Some(110)),
            (2, "HDPE", Some(110)),
            (3, "PVC", Some(160)),
            (4, "AC", Some(160)),
            (5, "CI", Some(110)),
            (6, "CI", Some(110)),
            (7, "PVC", Some(110)),
            (8, "PVC", Some(110)),
            (10, "PVC", Some(160)),
            (12, "PVC", Some(110)),
            // The trial took a number.
            (14, "PVC", None),
        ]
    );
    assert_eq!(rows[6].3, "LINESTRING(196070 8816000,196070.5 8816012.25)");
    assert_eq!(rows[7].3, "LINESTRING(196080 8816001,196080.123 8816011.456)", "ours stays");
    let journal = "select count(*) from audit.entry where relation = 'utility.line' and reason = 'prueba de entregas' and account = 'luz'";
    assert!(office.count(journal).await >= 5);
}

#[tokio::test]
async fn conflicts_are_decided_one_by_one_on_what_is_on_record_now() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    both_sides(&office, &taken).await;
    let at = office.give_back(&taken).await;
    let decide = async |object: i64, take: &str, version: Value| {
        let change = office.change(&at, object).await["id"].clone();
        let body = json!({ "take": take, "version": version });
        office.decide(Method::POST, &at, &format!("changes/{change}/decide"), body).await
    };
    let (status, _) = decide(5, "theirs", json!(2)).await;
    assert_eq!(status, StatusCode::CONFLICT, "what may be applied is applied first");
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    // Somebody goes on after the acceptance: the list shows it, and who saw less decides nothing.
    office.meanwhile("update layer.water_mains set diameter_mm = 200 where id = 5").await;
    let (status, told) = decide(5, "theirs", json!(2)).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{told}");
    let now = office.change(&at, 5).await["properties"]["version"].clone();
    assert_eq!(now, json!(3));
    let (status, told) = decide(5, "theirs", now).await;
    assert_eq!((status, &told["changes"]["open"]), (StatusCode::OK, &json!(3)), "{told}");
    let five = "select count(*) from utility.line where id = 5 and material = 'HDPE' and diameter_mm = 200";
    assert_eq!(office.count(five).await, 1, "theirs where they changed, ours elsewhere");
    let (status, told) = decide(5, "ours", Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "decided once: {told}");

    assert_eq!(decide(8, "ours", Value::Null).await.0, StatusCode::OK);
    let ten = office.change(&at, 10).await;
    assert_eq!(ten["properties"]["is_absent"], true);
    assert_eq!(decide(10, "theirs", ten["properties"]["version"].clone()).await.0, StatusCode::OK);
    assert_eq!(office.count("select count(*) from utility.line where id = 10").await, 0);
    assert_eq!(office.change(&at, 11).await["properties"]["is_ended"], true);
    let (status, told) = decide(11, "theirs", Value::Null).await;
    assert_eq!((status, &told["changes"]["open"]), (StatusCode::OK, &json!(0)), "{told}");
    let anew = "select count(*) from utility.line where material = 'HDPE' and id > 12";
    assert_eq!(office.count(anew).await, 1, "what had ended comes as a new object");
    assert_eq!(
        (&told["read_count"], &told["accepted_count"], &told["rejected_count"]),
        (&json!(13), &json!(10), &json!(3)),
        "only the copied and the unknown stay out"
    );
}

#[tokio::test]
async fn what_changes_between_comparison_and_acceptance_is_a_conflict() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    taken.edit("update water_mains set material = 'HDPE' where id in (1, 2)");
    taken.edit("delete from water_mains where id = 3");
    let at = office.give_back(&taken).await;
    assert_eq!(kinds(&office.changes(&at).await), [(1, "update"), (2, "update"), (3, "delete")]);
    // Another property, so a new comparison would merge; but nobody has seen that.
    office.meanwhile("update layer.water_mains set diameter_mm = 160 where id in (1, 3)").await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(1)), "{told}");
    assert_eq!(kinds(&office.changes(&at).await), [(1, "conflict"), (2, "update"), (3, "conflict")]);
    let kept =
        "select count(*) from utility.line where id in (1, 3) and material = 'PVC' and diameter_mm = 160";
    assert_eq!(office.count(kept).await, 2);
}

#[tokio::test]
async fn a_writer_who_has_not_committed_is_waited_for() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    taken.edit("update water_mains set material = 'HDPE' where id = 1");
    let at = office.give_back(&taken).await;
    let mut other = office.test.owner().await;
    other
        .execute("begin; set local predio.reason = 'a la vez'; update layer.water_mains set diameter_mm = 160 where id = 1")
        .await
        .unwrap();
    let accepted = office.decide(Method::POST, &at, "accept", json!({}));
    let (accepted, ()) = tokio::join!(accepted, async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        other.execute("commit").await.unwrap();
    });
    assert_eq!(
        (accepted.0, &accepted.1["changes"]["applied"]),
        (StatusCode::OK, &json!(0)),
        "{}",
        accepted.1
    );
    assert_eq!(kinds(&office.changes(&at).await), [(1, "conflict")]);
}

#[tokio::test]
async fn a_return_is_taken_back_as_one_or_not_at_all() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    taken.edit("update water_mains set material = 'HDPE', diameter_mm = null where id in (1, 2)");
    taken.edit(&format!(
        "insert into water_mains (ubigeo, kind, material, state, geom) values ('150203', 'main', 'PVC', 'planned', {})",
        Taken::shape("LINESTRING(196300 8816000, 196300 8816020)")
    ));
    let at = office.give_back(&taken).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    office.meanwhile("update layer.water_mains set provider = 'EPS' where id = 2").await;
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("2 (2): version 3"), "{told}");
    assert_eq!(office.count("select count(*) from utility.line where material = 'HDPE'").await, 2);

    let other = office.take("water_mains").await;
    other.edit("update water_mains set material = 'CI' where id in (5, 6)");
    other.edit(&format!(
        "insert into water_mains (ubigeo, kind, material, state, geom) values ('150203', 'main', 'AC', 'planned', {})",
        Taken::shape("LINESTRING(196400 8816000, 196400 8816020)")
    ));
    let at = office.give_back(&other).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!(
        (status, &told["taken_back"], &told["state"]),
        (StatusCode::OK, &json!(3), &json!("revoked")),
        "{told}"
    );
    assert_eq!(office.count("select count(*) from utility.line where material in ('CI', 'AC')").await, 0);
    assert_eq!(office.count("select count(*) from utility.line where material = 'PVC' and diameter_mm = 110 and id in (5, 6)").await, 2);

    let last = office.take("water_mains").await;
    last.edit("delete from water_mains where id = 7");
    let at = office.give_back(&last).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "what was deleted has no way back to its number");
    assert!(told["detail"].as_str().unwrap().contains("deleted"), "{told}");
}
