//! Writing over OGC API (Features Part 4), as each office and as each client does it.

mod features;
mod legal;
mod rights;
mod versions;

use serde_json::json;

use super::*;
use crate::access::{Actor, Audience};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const UTM: &str = "<http://www.opengis.net/def/crs/EPSG/0/32718>";
const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
const WHY: (&str, &str) = ("predio-reason", "orden de trabajo 12");

/// A service with something of every layer that is written.
pub(in crate::ogc::tests) struct Office {
    pub(in crate::ogc::tests) test: TestDatabase,
    router: Router,
}

pub(in crate::ogc::tests) async fn office() -> Office {
    let test = testing::database().await;
    test.owner().await.execute(include_str!("world.sql")).await.unwrap();
    let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
    Office { test, router: router(app) }
}

impl Office {
    async fn call(
        &self,
        who: Option<Audience>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let address =
            if path.starts_with('/') { path.to_owned() } else { format!("/ogc/collections/{path}") };
        let mut request = Request::builder().method(method).uri(address).header(header::HOST, "predio.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = request.body(Body::from(text)).unwrap();
        if let Some(office) = who {
            request.extensions_mut().insert(Actor::inside(
                format!("prueba_{}", office.name()),
                office,
                "pedido-9",
            ));
        }
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    async fn planner(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.call(Some(Audience::Planner), method, path, headers, body).await
    }

    async fn surveyor(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.call(Some(Audience::Surveyor), method, path, headers, body).await
    }

    async fn see(&self, who: Audience, path: &str) -> Answer {
        self.call(Some(who), "GET", path, &[], &Value::Null).await
    }

    async fn scalar<T>(&self, sql: &'static str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sql).fetch_one(&mut self.test.owner().await).await.unwrap()
    }
}

fn main(geometry: &Value) -> Value {
    let properties = json!({ "kind": "main", "state": "planned", "material": "HDPE", "diameter_mm": 160 });
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn rules(answer: &Answer) -> Vec<(String, String)> {
    let told = answer.json()["violations"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told.iter().map(|one| (text(&one["rule"]), text(&one["pointer"]))).collect()
}
