//! Exports by a job: asked for, followed, fetched, ended.

use serde_json::{Value, json};

use super::operations::{Operation, header, shape};
use super::shapes::text;

pub(super) fn all() -> Vec<Operation> {
    vec![ask_for(), show(), follow(), file(), end()]
}

fn ask_for() -> Operation {
    Operation {
        method: "post",
        path: "/api/v1/exports",
        id: "askForExport",
        es: "Pedir un archivo de una o varias capas, que se hace aparte",
        en: "Ask for a file of one or several layers, which is made beside the request",
        parameters: vec![header("Idempotency-Key", "A random UUID, a new one for each write.", true)],
        body: Some(shape("export_ask")),
        answers: vec![(
            "202",
            "Taken; `Location` is the export, whose state tells how far it is.",
            shape("export"),
        )],
        errors: &[("404", "NotFound"), ("409", "Conflict"), ("422", "RulesBroken")],
    }
}

fn on_one(
    (method, path, id): (&'static str, &'static str, &'static str),
    (es, en): (&'static str, &'static str),
    answers: Vec<(&'static str, &'static str, Value)>,
    errors: &'static [(&'static str, &'static str)],
) -> Operation {
    Operation { method, path, id, es, en, parameters: Vec::new(), body: None, answers, errors }
}

fn show() -> Operation {
    on_one(
        ("get", "/api/v1/exports/{id}", "getExport"),
        ("Una exportación: estado, avance, tamaño, SHA-256", "An export: state, progress, size, SHA-256"),
        vec![("200", "Found.", shape("export"))],
        &[("404", "NotFound"), ("406", "NotAcceptable")],
    )
}

fn follow() -> Operation {
    on_one(
        ("get", "/api/v1/exports/{id}/events", "followExport"),
        ("Seguir el trabajo: eventos `progress` y `end`", "Follow the work: events `progress` and `end`"),
        vec![("200", "Found.", json!({ "text/event-stream": { "schema": text() } }))],
        &[("404", "NotFound")],
    )
}

fn file() -> Operation {
    let bytes =
        || json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    let mut operation = on_one(
        ("get", "/api/v1/exports/{id}/file", "getExportFile"),
        ("Su archivo, entero o en parte", "Its file, whole or in part"),
        vec![
            ("200", "The file, with `Repr-Digest` and its SHA-256 as `ETag`.", bytes()),
            ("206", "The range that was asked for.", bytes()),
            ("304", "The client has it.", Value::Null),
            ("416", "The range begins after the end.", Value::Null),
        ],
        &[("404", "NotFound"), ("409", "Conflict")],
    );
    operation.parameters = vec![
        header("Range", "One range of bytes, `bytes=1048576-`, to go on with a broken download.", false),
        header("If-Range", "The `ETag` of what came before; of another file the whole is sent.", false),
    ];
    operation
}

fn end() -> Operation {
    on_one(
        ("delete", "/api/v1/exports/{id}", "endExport"),
        (
            "Terminarla: su trabajo se detiene y su archivo se olvida",
            "End it: its work stops and its file is forgotten",
        ),
        vec![("204", "Done.", Value::Null)],
        &[("404", "NotFound")],
    )
}

/// Shapes of bodies and answers.
pub(super) fn schemas() -> Value {
    let integer = || json!({ "type": "integer", "nullable": true });
    let moment = || json!({ "type": "string", "format": "date-time", "nullable": true });
    let any = json!({ "type": "object", "nullable": true });
    let names = json!({ "type": "array", "items": text(), "minItems": 1, "maxItems": 100 });
    let value =
        json!({ "description": "As the parameter of that name on `items`; lists where that has commas." });
    json!({
        "export_ask": { "type": "object", "required": ["format"], "additionalProperties": value, "properties": {
            "layer": { "type": "string", "description": "Name of a collection; or `layers`." },
            "layers": names,
            "format": { "type": "string", "enum": crate::exports::names() },
            "filter": { "description": "CQL2, as text or as JSON." } } },
        "export": { "type": "object", "required": ["id", "state", "format", "created_at", "expires_at"], "properties": {
            "id": { "type": "string", "format": "uuid" },
            "state": { "type": "string", "enum": ["waiting", "working", "ready", "broken"] },
            "format": text(), "asked": any,
            "progress": { "type": "object", "nullable": true, "properties": {
                "phase": { "type": "string", "enum": ["waiting", "counting", "writing", "keeping"] },
                "features": integer(), "total": integer(), "bytes": integer() } },
            "features": integer(), "bytes": integer(), "sha256": { "type": "string", "nullable": true }, "trouble": any,
            "created_at": moment(), "started_at": moment(), "ready_at": moment(), "expires_at": moment(),
            "file": { "type": "string", "nullable": true }, "events": text() } },
    })
}
