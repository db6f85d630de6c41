use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{call, get, json, service};

#[tokio::test]
async fn a_point_says_its_operation_and_accuracy() {
    let test = crate::testing::database().await;
    let service = service(&test).await;
    let (status, _, body) = get(&service, "/api/v1/convert?from=24878&to=32718&x=196000&y=8816000").await;
    assert_eq!(status, StatusCode::OK);
    let answer = json(&body);
    assert_eq!(answer["result"], serde_json::json!([195_779.764, 8_815_629.205]));
    assert_eq!((answer["from"]["epsg"].as_i64(), answer["accuracy_m"].as_f64()), (Some(24878), Some(16.0)));
    assert!(answer["operation"].as_str().unwrap().contains("EPSG:1208"), "{body}");
    assert!(answer["pipeline"].as_str().unwrap().contains("+x=-279 +y=175 +z=-379"), "{body}");
    let (_, _, body) = get(&service, "/api/v1/convert?from=32717&to=32718&x=852266&y=8815774").await;
    assert!(json(&body)["remarks"][0]["es"].as_str().unwrap().contains("zona 17"), "{body}");
    let (_, _, body) = get(&service, "/api/v1/convert").await;
    assert_eq!(json(&body)["systems"].as_array().unwrap().len(), 6);
    for (query, parameter) in [
        ("from=2154&to=32718&x=1&y=1", "from"),
        ("from=24878&x=1&y=1", "to"),
        ("from=24878&to=32718&x=casa&y=1", "x"),
        ("from=24878&to=32718&x=1&y=1&z=0", "z"),
    ] {
        let (status, _, body) = get(&service, &format!("/api/v1/convert?{query}")).await;
        assert_eq!(
            (status, json(&body)["parameter"].as_str()),
            (StatusCode::BAD_REQUEST, Some(parameter)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_file_comes_back_row_by_row() {
    let test = crate::testing::database().await;
    let service = service(&test).await;
    let file = "VERTICE,ESTE,NORTE\n1,196000,8816000\n2,nada,8816000\n";
    let request = Request::post("/api/v1/convert?from=24878&to=5387")
        .header("host", "predio.test")
        .header("content-type", "text/csv")
        .body(Body::from(file))
        .unwrap();
    let (status, headers, body) = call(&service, request).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(headers["predio-accuracy-m"], "17.0");
    assert_eq!(headers["predio-rows"], "read=2, converted=1, rejected=1");
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(body.contains("1,196000,8816000,195779.764,8815629.205,"), "{body}");
    let nowhere = Request::post("/api/v1/convert?from=24878&to=5387").header("host", "predio.test");
    let (status, _, body) = call(&service, nowhere.body(Body::from("a,b\n1,2\n")).unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
}
