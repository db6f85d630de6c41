//! Everything that is not about one parcel's ground: who asks, holders, changes, conversion, this document.

use serde_json::json;

use super::operations::{Operation, header, query, shape};

pub(super) fn all() -> Vec<Operation> {
    vec![document(), me(), holders(), changes(), convert_point(), convert_file()]
}

fn document() -> Operation {
    let mime = crate::http::negotiate::OPENAPI.mime;
    Operation {
        method: "get",
        path: "/api/v1/openapi.json",
        id: "getDocument",
        es: "Este documento",
        en: "This document",
        parameters: Vec::new(),
        body: None,
        answers: vec![("200", "The document.", json!({ mime: { "schema": { "type": "object" } } }))],
        errors: &[("406", "NotAcceptable")],
    }
}

fn me() -> Operation {
    Operation {
        method: "get",
        path: "/api/v1/me",
        id: "getMe",
        es: "Por quién lo tiene el servicio",
        en: "Who the service takes the caller for",
        parameters: Vec::new(),
        body: None,
        answers: vec![("200", "Who asks.", shape("me"))],
        errors: &[],
    }
}

fn holders() -> Operation {
    Operation {
        method: "post",
        path: "/api/v1/parcels/{code}/holders",
        id: "readHolders",
        es: "Titulares de un lote, con una finalidad que se anota",
        en: "Who holds a parcel, for a purpose that is noted",
        parameters: Vec::new(),
        body: Some(shape("purpose")),
        answers: vec![("200", "Told, and noted with account, role, purpose and request.", shape("holders"))],
        errors: &[("404", "NotFound")],
    }
}

fn changes() -> Operation {
    let mut page = shape("changes");
    page["text/event-stream"] = json!({ "schema": { "type": "string" } });
    Operation {
        method: "get",
        path: "/api/v1/changes",
        id: "followChanges",
        es: "Qué cambió en las capas que ve quien pregunta",
        en: "What changed behind the layers that the asker sees",
        parameters: vec![
            query(
                "cursor",
                "Where the page before ended; opaque. Without it: from now on.",
                &json!({ "type": "string" }),
            ),
            query(
                "limit",
                "Changes of a page.",
                &json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
            ),
            header("Last-Event-ID", "Where a stream of events broke off; counts more than `cursor`.", false),
        ],
        body: None,
        answers: vec![(
            "200",
            "A page, or with `Accept: text/event-stream` events `change` and `reset`.",
            page,
        )],
        errors: &[],
    }
}

fn systems() -> serde_json::Value {
    json!({ "type": "integer", "enum": [32718, 5387, 24878, 4326, 24877, 32717] })
}

fn convert_point() -> Operation {
    let number = json!({ "type": "number" });
    Operation {
        method: "get",
        path: "/api/v1/convert",
        id: "convertPoint",
        es: "Convertir un punto; sin parámetros, los sistemas",
        en: "Convert a point; without parameters, the systems",
        parameters: vec![
            query("from", "EPSG code of the position.", &systems()),
            query("to", "EPSG code of the answer.", &systems()),
            query("x", "Easting in metres, or longitude in degrees.", &number),
            query("y", "Northing in metres, or latitude in degrees.", &number),
        ],
        body: None,
        answers: vec![(
            "200",
            "The position with the operation and its accuracy in metres.",
            shape("converted"),
        )],
        errors: &[("406", "NotAcceptable")],
    }
}

fn convert_file() -> Operation {
    let text = json!({ "type": "string" });
    let csv = json!({ "text/csv": { "schema": { "type": "string" } } });
    Operation {
        method: "post",
        path: "/api/v1/convert",
        id: "convertFile",
        es: "Convertir un archivo CSV",
        en: "Convert a CSV file",
        parameters: vec![
            query("from", "EPSG code of the positions.", &systems()),
            query("to", "EPSG code of the answer.", &systems()),
            query("x", "Column of eastings or longitudes, where its name does not say it.", &text),
            query("y", "Column of northings or latitudes, where its name does not say it.", &text),
        ],
        body: Some(csv.clone()),
        answers: vec![(
            "200",
            "The rows with two columns more; headers Predio-Operation, Predio-Accuracy-M, Predio-Rows.",
            csv,
        )],
        errors: &[("406", "NotAcceptable")],
    }
}
