//! Sources and their files over HTTP, on a real database.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use sqlx::Executor;
use tower::ServiceExt;

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::testing::{self, TestDatabase};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /JS (app.alert) >> endobj\n%%EOF\n";

struct Office {
    router: Router,
    actor: Actor,
}

impl Office {
    async fn open() -> (TestDatabase, Self) {
        let test = testing::database().await;
        let district = "begin; set local predio.reason = 'test';
            insert into land.district (ubigeo, name, province, department, source, fictitious, geom)
            values ('999901', 'Ensayo', 'Ensayo', 'Ensayo', 'ensayo', true,
              st_multi(st_makeenvelope(190000, 8810000, 200000, 8820000, 32718)));
            commit;";
        test.owner().await.execute(district).await.unwrap();
        let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
        let actor = Actor::inside("rosa", Audience::Titling, "pedido-1");
        (test, Self { router: crate::router::router(app), actor })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let body = body.into();
        let mut request = Request::builder()
            .method(method)
            .header(header::CONTENT_LENGTH, body.len())
            .uri(path)
            .header(header::HOST, "predio.test")
            .header("idempotency-key", format!("fuente-{path}"))
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(self.actor.clone());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, to_bytes(body, 60 << 20).await.unwrap())
    }

    /// Records a source; the address of its files.
    async fn source(&self, about_person: bool) -> String {
        let source = json!({ "ubigeo": "999901", "reason": "expediente", "source": {
            "kind": "deed", "number": "7", "office": "Notaría Ficticia", "issued_on": "2020-01-01", "about_person": about_person } });
        let (status, _, body) = self.call(Method::POST, "/api/v1/sources", source.to_string()).await;
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, StatusCode::CREATED, "{told}");
        format!("/api/v1/sources/{}/files", told["id"])
    }

    /// Attaches a file; its address.
    async fn attach(&self, files: &str, bytes: &'static [u8]) -> (StatusCode, String) {
        let (status, _, body) = self.call(Method::POST, files, bytes).await;
        let told: Value = serde_json::from_slice(&body).unwrap();
        (status, format!("{files}/{}", told["files"][0]["sha256"].as_str().unwrap_or_default()))
    }
}

fn is_download(headers: &HeaderMap) -> bool {
    let said =
        |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    said(header::CONTENT_DISPOSITION).starts_with("attachment; filename=\"")
        && said(header::X_CONTENT_TYPE_OPTIONS) == "nosniff"
        && said(header::CONTENT_SECURITY_POLICY) == "sandbox; default-src 'none'"
        && said(header::CONTENT_TYPE) == "application/pdf"
}

#[tokio::test]
async fn a_file_is_kept_by_its_hash_and_leaves_as_a_download() {
    let (test, office) = Office::open().await;
    let files = office.source(false).await;
    let (status, file) = office.attach(&files, PDF).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(office.attach(&files, PDF).await, (StatusCode::OK, file.clone()));
    let (status, headers, body) = office.call(Method::GET, &file, Bytes::new()).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, PDF));
    assert!(is_download(&headers), "{headers:?}");
    let nothing = format!("{files}/{}", "0".repeat(64));
    for wrong in [nothing.as_str(), &format!("{files}/abc")] {
        assert_eq!(office.call(Method::GET, wrong, Bytes::new()).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    for sql in
        ["delete from document.file", "update document.file set bytes = 'x'", "delete from land.source_file"]
    {
        let mut owner = test.owner().await;
        assert!(owner.execute(sql).await.is_err(), "{sql}");
    }
    // What the source is about decided where its file lies.
    let turned = "begin; set local predio.reason = 'x'; update land.source set about_person = true";
    let refused = test.owner().await.execute(turned).await.unwrap_err();
    let refused = refused.as_database_error().and_then(|error| error.constraint().map(str::to_owned));
    assert_eq!(refused.as_deref(), Some("source_with_files_keeps_its_subject"));
}

#[tokio::test]
async fn a_file_about_a_person_is_read_for_a_purpose_and_noted() {
    let (test, mut office) = Office::open().await;
    let files = office.source(true).await;
    let (status, file) = office.attach(&files, PDF).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(office.call(Method::GET, &file, Bytes::new()).await.0, StatusCode::FORBIDDEN);
    let read = async |office: &Office, purpose: &str| {
        office.call(Method::POST, &file, json!({ "purpose": purpose }).to_string()).await
    };
    assert_eq!(read(&office, "ver").await.0, StatusCode::BAD_REQUEST);
    let (status, headers, body) = read(&office, "expediente 7-2026").await;
    assert_eq!((status, &body[..], is_download(&headers)), (StatusCode::OK, PDF, true));
    let noted: Vec<(String, String, String)> =
        sqlx::query_as("select account, purpose, relation from person.access_log")
            .fetch_all(&mut test.owner().await)
            .await
            .unwrap();
    let expected = ["rosa", "expediente 7-2026", "person.document"].map(str::to_owned);
    assert_eq!(noted, [expected.into()]);
    // It lies where no role reads a table.
    let elsewhere: i64 = sqlx::query_scalar("select count(*) from document.file")
        .fetch_one(&mut test.owner().await)
        .await
        .unwrap();
    assert_eq!(elsewhere, 0);
    for office_of in [Audience::Surveyor, Audience::Auditor, Audience::Admin, Audience::Citizen] {
        office.actor = Actor::inside("luis", office_of, "1");
        assert_eq!(read(&office, "expediente 7-2026").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let (_test, office) = Office::open().await;
    let files = office.source(false).await;
    for bytes in
        [b"<html><script>alert(1)</script>".as_slice(), b"PK\x03\x04", b"", b"%PDF-1.7 without an end"]
    {
        let (status, _, body) = office.call(Method::POST, &files, bytes).await;
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (status, &told["violations"][0]["rule"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("file_is_of_a_known_type"))
        );
    }
    // More than a megabyte comes in here and nowhere else; more than 50 does not.
    let mut large = PDF[..9].to_vec();
    large.resize(3 << 20, b' ');
    large.extend_from_slice(b"%%EOF");
    assert_eq!(office.call(Method::POST, &files, large.clone()).await.0, StatusCode::CREATED);
    assert_eq!(office.call(Method::POST, "/api/v1/sources", large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let huge = Bytes::from(vec![b' '; super::MOST_BYTES + 1]);
    assert_eq!(office.call(Method::POST, &files, huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(office.call(Method::POST, "/api/v1/sources/99/files", PDF).await.0, StatusCode::NOT_FOUND);
}
