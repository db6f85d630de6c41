//! What desktop programs are given, over HTTP. That QGIS opens and draws it is shown in `tests/clients/qgis`.

use std::collections::BTreeSet;
use std::io::Read;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use roxmltree::Document;
use serde_json::Value;
use tower::ServiceExt;

use super::style;
use crate::access::{Actor, Audience};
use crate::app::App;
use crate::testing::{self, TestDatabase};

struct Desk {
    test: TestDatabase,
    router: Router,
    actor: Option<Actor>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Desk {
    async fn new() -> Self {
        let test = testing::demo_database().await;
        let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
        Self { test, router: crate::router::router(app), actor: None }
    }

    async fn get(&self, path: &str) -> Answer {
        let mut request = Request::get(path).header(header::HOST, "predio.test").body(Body::empty()).unwrap();
        if let Some(actor) = &self.actor {
            request.extensions_mut().insert(actor.clone());
        }
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn found(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer
    }

    /// The project inside its archive.
    async fn project(&self, query: &str) -> String {
        let packed = self.found(&format!("/proyecto.qgz{query}")).await.body;
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(packed)).unwrap();
        let mut text = String::new();
        archive.by_name("predio.qgs").unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

/// Parses QGIS's documents, whose document type needs to be allowed.
fn parsed(text: &str) -> Document<'_> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// `#rrggbb` as QGIS writes it.
fn triple(colour: &str) -> String {
    let part = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
    format!("{},{},{},", part(1), part(3), part(5))
}

#[tokio::test]
async fn every_style_is_given_as_qml_and_sld_with_the_colours_of_the_web_map() {
    let desk = Desk::new().await;
    for style in style::all() {
        let path = format!("/capas/{}/{}", style.layer, style.id);
        let qml = desk.found(&format!("{path}.qml")).await;
        let qml = parsed(qml.text()).root_element().document().input_text().to_owned();
        let sld = desk.found(&format!("{path}.sld")).await;
        let sld = parsed(sld.text());
        let rules = sld.descendants().filter(|node| node.has_tag_name(("http://www.opengis.net/se", "Rule")));
        assert!(rules.count() >= style.classes.len(), "{path}");
        for class in &style.classes {
            assert!(qml.contains(&triple(&class.colour)), "{path}: {} in QML", class.colour);
            assert!(sld.input_text().contains(&class.colour), "{path}: {} in SLD", class.colour);
        }
    }
}

#[tokio::test]
async fn a_project_holds_every_layer_once_for_each_style_in_its_group() {
    let desk = Desk::new().await;
    let text = desk.project("").await;
    let project = parsed(&text);
    let of = |tag: &str| project.descendants().filter(move |node| node.has_tag_name(tag)).collect::<Vec<_>>();
    let ids: Vec<&str> = of("maplayer")
        .iter()
        .filter_map(|layer| {
            layer.children().find(|node| node.has_tag_name("id")).and_then(|node| node.text())
        })
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice: {ids:?}");
    let leaves: BTreeSet<&str> =
        of("layer-tree-layer").iter().filter_map(|leaf| leaf.attribute("id")).collect();
    assert_eq!(leaves, ids.iter().copied().collect());
    let collections = desk.found("/ogc/collections?f=json").await.json();
    for collection in collections["collections"].as_array().unwrap() {
        let name = collection["id"].as_str().unwrap();
        let wanted = format!("typename='{name}' url='http://predio.test/ogc'");
        assert!(text.contains(&wanted.replace('\'', "&apos;")), "{name} is not in the project");
    }
    assert!(ids.contains(&"predio_parcels-water") && ids.contains(&"predio_zones"));
    let groups: Vec<&str> =
        of("layer-tree-group").iter().filter_map(|group| group.attribute("name")).collect();
    assert_eq!((groups[0], groups.last().copied()), ("Catastro", Some("Mapa base")));
    // The parcels lie above the zones, and the notice stands on the map.
    let order: Vec<&str> = of("item").iter().filter_map(roxmltree::Node::text).collect();
    let place = |id| order.iter().position(|one| one.strip_prefix("predio_") == Some(id)).unwrap();
    assert!(place("parcels") < place("zones") && place("zones") < place("blocks"));
    assert!(
        of("TitleLabel")[0]
            .descendants()
            .any(|node| node.text().is_some_and(|text| text.contains("DATOS FICTICIOS")))
    );
    assert!(of("xmin")[0].text().unwrap().parse::<f64>().unwrap() > 100_000.0);
}

#[tokio::test]
async fn forms_name_fields_list_values_and_open_what_the_reader_may_write() {
    let mut desk = Desk::new().await;
    let qml = desk.found("/capas/water_mains/water_mains.qml").await;
    let document = parsed(qml.text());
    let editable = |document: &Document, name: &str| {
        let fields = document.descendants().find(|node| node.has_tag_name("editable")).unwrap();
        let field = fields.children().find(|field| field.attribute("name") == Some(name)).unwrap();
        field.attribute("editable").unwrap().to_owned()
    };
    assert_eq!(editable(&document, "state"), "0", "a citizen writes nothing");
    let hazards = desk.found("/capas/hazard_zones/hazard_zones.qml").await;
    let hazards = parsed(hazards.text());
    let level = hazards
        .descendants()
        .find(|node| node.has_tag_name("field") && node.attribute("name") == Some("level"))
        .unwrap();
    let values: Vec<&str> = level.descendants().filter_map(|node| node.attribute("value")).collect();
    assert!(values.len() >= 4 && values.contains(&"high"), "{values:?}");
    let alias = document.descendants().find(|node| node.attribute("field") == Some("diameter_mm")).unwrap();
    assert!(alias.attribute("name").unwrap().ends_with("[mm]"), "{alias:?}");
    desk.actor = Some(Actor::inside("pilar", Audience::Planner, "1"));
    let qml = desk.found("/capas/water_mains/water_mains.qml").await;
    assert_eq!(editable(&parsed(qml.text()), "state"), "1");
    assert_eq!(editable(&parsed(qml.text()), "version"), "0");
}

#[tokio::test]
async fn a_project_on_postgis_reads_the_views_of_the_reader_and_holds_no_password() {
    let mut desk = Desk::new().await;
    let public = desk.project("?source=postgis").await;
    assert!(public.contains("table=&quot;layer&quot;.&quot;parcels&quot; (geom)"), "{public}");
    assert!(public.contains("&quot;valid&quot; @&gt; (now() at time zone"));
    assert!(!public.contains("staff_layer"));
    for secret in ["password", "user=", "authcfg"] {
        assert!(!public.contains(secret), "{secret}");
    }
    desk.actor = Some(Actor::inside("tomas", Audience::Surveyor, "1"));
    assert!(desk.project("?source=postgis").await.contains("staff_layer"));
    assert_eq!(desk.get("/proyecto.qgz?source=wfs").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_view_that_a_municipality_adds_is_in_the_project_without_a_word() {
    let desk = Desk::new().await;
    let mut owner = desk.test.owner().await;
    sqlx::raw_sql(
        "create view layer.wells as select 1 as id, 'Pozo <1>' as name, st_setsrid(st_makepoint(196000, 8816000), 32718)::geometry(Point, 32718) as geom;
         comment on view layer.wells is 'es: Pozos & puquios | en: Wells & springs';
         grant select on layer.wells to predio_public",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    // The catalogue is at most a second old.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let qlr = desk.found("/capas/wells/wells.qlr").await;
    let title = parsed(qlr.text())
        .descendants()
        .find(|node| node.has_tag_name("layername"))
        .unwrap()
        .text()
        .unwrap()
        .to_owned();
    assert_eq!(title, "Pozos & puquios");
    assert!(
        parsed(desk.found("/capas/wells/wells.qml").await.text())
            .descendants()
            .any(|node| node.attribute("class") == Some("SimpleMarker"))
    );
    assert!(desk.project("").await.contains("typename=&apos;wells&apos;"));
    for missing in [
        "/capas/wells/wells.sld",
        "/capas/wells/zones.qml",
        "/capas/wells/wells",
        "/capas/nothing/nothing.qml",
    ] {
        assert_eq!(desk.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
    assert_eq!(desk.get("/capas/wells/wells.qml?x=1").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn metadata_say_what_is_known_and_that_the_rest_is_not() {
    let desk = Desk::new().await;
    let json = desk.found("/capas/parcels/metadatos.json").await;
    assert!(json.headers["predio-notice"].to_str().unwrap().contains("DATOS FICTICIOS"));
    let json = json.json();
    assert_eq!(json["crs"]["storage"], "http://www.opengis.net/def/crs/EPSG/0/32718");
    assert_eq!(
        (&json["update_frequency"], &json["accuracy_m"], &json["contact"]),
        (&"continual".into(), &Value::Null, &Value::Null)
    );
    assert!(
        json["fields"]
            .as_array()
            .unwrap()
            .iter()
            .any(|field| field["name"] == "grid_area_m2" && field["unit"] == "m²")
    );
    let iso = desk.found("/capas/parcels/metadatos.xml").await;
    let iso = parsed(iso.text());
    let statement = |document: &Document, tag: &str| {
        let node = document.descendants().find(|node| node.tag_name().name() == tag).unwrap();
        node.descendants()
            .filter(roxmltree::Node::is_text)
            .filter_map(|node| node.text())
            .map(str::trim)
            .collect::<String>()
    };
    assert!(statement(&iso, "statement").contains("levantamientos"));
    assert_eq!(statement(&iso, "organisationName"), "no se sabe");
    assert!(statement(&iso, "EX_GeographicBoundingBox").starts_with("-77."));
    let dcat = desk.found("/capas/parcels/metadatos.jsonld").await.json();
    assert_eq!((&dcat["@type"], &dcat["dct:license"]), (&"dcat:Dataset".into(), &"no se sabe".into()));

    let mut owner = desk.test.owner().await;
    sqlx::raw_sql(
        "insert into service.setting (name, value) values ('contact', '{\"organisation\": \"Oficina ficticia\", \"email\": \"catastro@predio.test\"}');
         update service.layer_metadata set licence = 'ODbL 1.0', accuracy_m = 0.05 where layer = 'parcels'",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let iso = desk.found("/capas/parcels/metadatos.xml?lang=en").await;
    let iso = parsed(iso.text());
    assert_eq!(statement(&iso, "organisationName"), "Oficina ficticia");
    assert_eq!(statement(&iso, "DQ_QuantitativeResult"), "0.05");
    assert!(statement(&iso, "MD_LegalConstraints").contains("ODbL 1.0"));
}
