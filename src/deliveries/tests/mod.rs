//! Deliveries over HTTP, in a real PostGIS, with files that are opened by the real reader.

mod bundles;
mod crs;
mod edges;
mod either_side;
mod formats;
mod real;
mod returned;
mod returns;
mod rights;
mod round_trip;
mod seeded;
mod slice;
mod speed;
mod survey;
mod work;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use sqlx::Executor;
use tower::ServiceExt;

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::testing::{self, TestDatabase};

/// Where the town of these tests begins.
const EAST: f64 = 196_000.0;
const NORTH: f64 = 8_816_000.0;

/// An office that brings files.
pub struct Office {
    pub test: TestDatabase,
    pub app: App,
    router: Router,
    pub actor: Actor,
}

/// The program under test: it lies beside the folder of the tests' own programs.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().unwrap().parent().unwrap().join("predio");
    assert!(program.is_file(), "{} is not built: cargo build", program.display());
    program
}

/// A district with a sector and two blocks of 60 by 40 metres, and no lots.
const DISTRICT: &str = "begin; set local predio.reason = 'test';
    insert into land.district (ubigeo, name, province, department, source, valid, geom)
    values ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)',
      st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
    insert into land.sector (ubigeo, code, name, geom)
    values ('150203', '01', 'Centro', st_multi(st_makeenvelope(195000, 8815000, 197000, 8817000, 32718)));
    insert into land.block (ubigeo, sector_code, code, label, geom) values
      ('150203', '01', '001', 'A', st_multi(st_makeenvelope(196000, 8816000, 196060, 8816040, 32718))),
      ('150203', '01', '002', 'B', st_multi(st_makeenvelope(196070, 8816000, 196130, 8816040, 32718)));
    commit;";

impl Office {
    pub async fn open() -> Self {
        let test = testing::database().await;
        test.owner().await.execute(DISTRICT).await.unwrap();
        Self::on(test).await
    }

    pub async fn on(test: TestDatabase) -> Self {
        let app = App::new(testing::settings(), test.database.clone()).await.unwrap().with_reader(&program());
        let actor = Actor::inside("luz", Audience::Surveyor, "pedido-1");
        Self { test, router: crate::router::router(app.clone()), app, actor }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> (StatusCode, HeaderMap, Value) {
        let (status, headers, bytes) = self.raw(method, path, headers, body).await;
        let told = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        (status, headers, told)
    }

    /// The same with the bytes of the answer as they are.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let key = format!("entrega-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "predio.test");
        if !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            request = request.header("idempotency-key", key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(self.actor.clone());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, to_bytes(body, 64 << 20).await.unwrap().to_vec())
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, _, told) = self.call(Method::GET, path, &[], Body::empty()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        told
    }

    /// Brings a file; the address of its delivery.
    pub async fn bring(&self, query: &str, file: impl Into<Body>) -> String {
        let path = format!("/api/v1/deliveries?ubigeo=150203&sender=Topograf%C3%ADa+Ensayo&{query}");
        let (status, headers, told) = self.call(Method::POST, &path, &[], file).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    /// Waits until the work on a delivery rests.
    pub async fn rest(&self, at: &str) -> Value {
        let begun = Instant::now();
        loop {
            let told = self.get(at).await;
            if !["staging", "checking"].contains(&told["state"].as_str().unwrap()) {
                return told;
            }
            assert!(begun.elapsed() < Duration::from_mins(4), "{told}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Brings a file and waits until it was examined.
    pub async fn checked(&self, query: &str, file: impl Into<Body>) -> (String, Value) {
        let at = self.bring(query, file).await;
        let told = self.rest(&at).await;
        assert_eq!(told["state"], "checked", "{told:#}");
        (at, told)
    }

    /// Decides something on the version that is there.
    pub async fn decide(&self, method: Method, at: &str, what: &str, mut body: Value) -> (StatusCode, Value) {
        let told = self.get(at).await;
        body["reason"] = json!("prueba de entregas");
        let tag = format!("\"{}\"", told["version"]);
        let (status, _, told) =
            self.call(method, &format!("{at}/{what}"), &[("if-match", &tag)], body.to_string()).await;
        (status, told)
    }

    /// Classes of findings with the features that have them.
    pub async fn findings(&self, at: &str) -> Vec<(i64, String)> {
        let told = self.get(&format!("{at}/findings?limit=10000")).await;
        let one = |finding: &Value| {
            (finding["feature"].as_i64().unwrap_or(0), finding["class"].as_str().unwrap().to_owned())
        };
        told["findings"].as_array().unwrap().iter().map(one).collect()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.test.owner().await).await.unwrap()
    }
}

/// A ring of a rectangle, by its south-west corner from the town's origin.
pub fn rectangle(east: f64, north: f64, width: f64, height: f64) -> Value {
    let (x, y) = (EAST + east, NORTH + north);
    json!([[[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]])
}

/// A GeoJSON file with its system named, if any.
pub fn geojson(srid: Option<i32>, features: &[Value]) -> String {
    let mut file = json!({ "type": "FeatureCollection", "features": features });
    if let Some(srid) = srid {
        file["crs"] =
            json!({ "type": "name", "properties": { "name": format!("urn:ogc:def:crs:EPSG::{srid}") } });
    }
    file.to_string()
}

pub fn polygon(rings: &Value, properties: &Value) -> Value {
    json!({ "type": "Feature", "properties": properties, "geometry": { "type": "Polygon", "coordinates": rings } })
}

/// Six lots of 10 by 20 metres in the southern row of block A.
pub fn lots() -> Vec<Value> {
    (0..6)
        .map(|k| {
            let rings = rectangle(f64::from(k) * 10.0, 0.0, 10.0, 20.0);
            polygon(&rings, &json!({ "MZ": "A", "LOTE": k + 1, "AREA": "200,00", "USO": "vivienda" }))
        })
        .collect()
}
