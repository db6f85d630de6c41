//! Several layers of one file: looked at, brought, decided together.

use serde_json::{Value, json};

use super::operations::{Operation, header, query, shape};
use super::shapes::{list, number, text};

pub(super) fn all() -> Vec<Operation> {
    vec![look(), show(), decision("accept"), decision("revoke")]
}

fn look() -> Operation {
    let file = json!({ "type": "string", "format": "binary" });
    let form = json!({ "type": "object", "required": ["file"], "properties": {
        "file": list(&file), "ubigeo": text(), "sender": text() } });
    Operation {
        method: "post",
        path: "/api/v1/deliveries/layers",
        id: "lookAtLayers",
        es: "Ver qué capas tiene un archivo y a dónde iría cada una; nada se guarda",
        en: "See what layers a file has and where each would go; nothing is kept",
        parameters: vec![
            query(
                "file_name",
                "Name of the file, whose ending tells the format; in a form the part's own.",
                &text(),
            ),
            query("ubigeo", "District, for where the layers of this sender went before.", &text()),
            query("sender", "Who sends the file, for the same.", &text()),
        ],
        body: Some(
            json!({ "application/octet-stream": { "schema": file }, "multipart/form-data": { "schema": form } }),
        ),
        answers: vec![(
            "200",
            "Its layers, each with its kind of geometry, its features, its system and a suggested target.",
            shape("file_layers"),
        )],
        errors: &[("413", "TooLarge"), ("422", "RulesBroken")],
    }
}

fn show() -> Operation {
    Operation {
        method: "get",
        path: "/api/v1/bundles/{bundle}",
        id: "getBundle",
        es: "Un paquete: las entregas de un mismo archivo, en el orden en que entran",
        en: "A bundle: the deliveries of one upload, in the order in which they enter",
        parameters: Vec::new(),
        body: None,
        answers: vec![("200", "Found; `ETag` is the version of the whole.", shape("bundle"))],
        errors: &[("404", "NotFound"), ("406", "NotAcceptable")],
    }
}

fn decision(what: &str) -> Operation {
    let mut parameters = vec![
        header("Idempotency-Key", "A random UUID, a new one for each write.", true),
        header("If-Match", "The `ETag` of the bundle that the writer saw.", true),
    ];
    let (path, id, es, en) = if what == "accept" {
        let trial = json!({ "type": "boolean", "default": false });
        parameters.push(query("dry_run", "Only try: what would happen.", &trial));
        (
            "/api/v1/bundles/{bundle}/accept",
            "acceptBundle",
            "Aceptar todas las entregas del paquete, como una sola transacción",
            "Accept every delivery of the bundle, as one transaction",
        )
    } else {
        (
            "/api/v1/bundles/{bundle}/revoke",
            "revokeBundle",
            "Revocar todo lo que entró con el paquete, mientras nada se construyó encima",
            "Take back all that entered with the bundle, while nothing was built on it",
        )
    };
    Operation {
        method: "post",
        path,
        id,
        es,
        en,
        parameters,
        body: Some(shape("why")),
        answers: vec![("200", "Done.", shape("bundle"))],
        errors: &[
            ("404", "NotFound"),
            ("409", "Conflict"),
            ("422", "RulesBroken"),
            ("428", "PreconditionRequired"),
        ],
    }
}

/// Shapes of answers.
pub(super) fn schemas() -> Value {
    let either = json!({ "type": "object", "nullable": true, "properties": { "es": text(), "en": text() } });
    let layer = json!({ "type": "object", "required": ["layer", "geometry"], "properties": {
        "layer": text(), "driver": text(), "geometry": text(), "features": number(), "declared_crs": text(),
        "declared_srid": number(), "fields": list(&text()), "target": text(), "because": either } });
    let delivery = json!({ "$ref": "#/components/schemas/delivery" });
    json!({
        "file_layers": { "type": "object", "properties": {
            "file_name": text(), "sha256": text(), "bytes": number(), "layers": list(&layer), "unreadable": list(&either) } },
        "bundle": { "type": "object", "properties": { "bundle": number(), "deliveries": list(&delivery) } },
    })
}
