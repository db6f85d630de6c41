//! Deliveries: a file brought, examined, decided.

use serde_json::{Value, json};

use super::operations::{Operation, header, query, shape};
use super::shapes::{list, number, text};

pub(super) fn all() -> Vec<Operation> {
    let mut all = vec![bring(), compare(), preview()];
    all.extend(told());
    all.extend(decided());
    all
}

pub(super) fn integer() -> Value {
    json!({ "type": "integer" })
}

fn bring() -> Operation {
    let file = json!({ "type": "string", "format": "binary" });
    let form = json!({ "type": "object", "required": ["file"], "properties": {
        "file": list(&file), "returns": integer(), "ubigeo": text(), "target": text(), "layers": text(), "sender": text(), "source_id": integer(),
        "accuracy_m": number(), "srid": integer(), "layer": text(), "plan": text(), "reason": text() } });
    let said = [
        (
            "returns",
            "Field copy that it returns; district, layer and sender are then those of the copy.",
            integer(),
        ),
        ("ubigeo", "District that it is about.", text()),
        (
            "target",
            "Layer that it goes to, one that takes new features: `parcels`, `buildings`, `water_mains`, …",
            text(),
        ),
        ("sender", "Who sent the file; a mapping is kept for each.", text()),
        ("file_name", "Name of the file, whose ending tells the format; in a form the part's own.", text()),
        ("source_id", "Document that it came with.", integer()),
        ("accuracy_m", "Accuracy of its positions, metres.", number()),
        ("srid", "EPSG code of its coordinates, as the sender says.", integer()),
        ("layer", "Layer of the file, where it has several.", text()),
        (
            "layers",
            "In place of `target`: several layers of the file as JSON, `[{\"layer\": …, \"target\": …, \"srid\": …}]`. A delivery of each, together a bundle, to which `Location` leads.",
            text(),
        ),
        ("plan", "Plan in draft that zones go to.", text()),
        ("reason", "Why, for the journal.", text()),
    ];
    let mut parameters: Vec<Value> =
        said.iter().map(|(name, words, schema)| query(name, words, schema)).collect();
    parameters.push(header("Idempotency-Key", "A random UUID, a new one for each write.", true));
    Operation {
        method: "post",
        path: "/api/v1/deliveries",
        id: "bringDelivery",
        es: "Entregar un archivo, que se prepara y se examina; nada más cambia",
        en: "Bring a file, which is staged and examined; nothing else changes",
        parameters,
        body: Some(
            json!({ "application/octet-stream": { "schema": file }, "multipart/form-data": { "schema": form } }),
        ),
        answers: vec![(
            "202",
            "Taken; `Location` is the delivery, whose state tells how far the work is.",
            shape("delivery"),
        )],
        errors: &[("409", "Conflict"), ("413", "TooLarge"), ("422", "RulesBroken")],
    }
}

pub(super) fn get(
    path: &'static str,
    id: &'static str,
    es: &'static str,
    en: &'static str,
    parameters: Vec<Value>,
    content: Value,
) -> Operation {
    Operation {
        method: "get",
        path,
        id,
        es,
        en,
        parameters,
        body: None,
        answers: vec![("200", "Found.", content)],
        errors: &[("404", "NotFound"), ("406", "NotAcceptable")],
    }
}

fn told() -> Vec<Operation> {
    let any = json!({ "application/json": { "schema": { "type": "object" } } });
    let events = json!({ "text/event-stream": { "schema": { "type": "string" } } });
    let limit = || {
        query(
            "limit",
            "How many; 100 unless told.",
            &json!({ "type": "integer", "minimum": 1, "maximum": 10_000 }),
        )
    };
    vec![
        get(
            "/api/v1/deliveries",
            "listDeliveries",
            "Entregas de la oficina",
            "Deliveries of the office",
            vec![
                query("before", "Only those before this number.", &integer()),
                query("state", "Only those in this state.", &text()),
                limit(),
            ],
            any.clone(),
        ),
        get(
            "/api/v1/deliveries/{id}",
            "getDelivery",
            "Una entrega, con sus hallazgos por clase",
            "A delivery, with its findings by class",
            Vec::new(),
            shape("delivery"),
        ),
        get(
            "/api/v1/deliveries/{id}/events",
            "followDelivery",
            "Seguir el trabajo: eventos `progress` y `end`",
            "Follow the work: events `progress` and `end`",
            Vec::new(),
            events,
        ),
        get(
            "/api/v1/deliveries/{id}/findings",
            "listFindings",
            "Hallazgos, cada uno con su lugar",
            "Findings, each with its place",
            vec![
                query("class", "Only this class.", &text()),
                query("severity", "`error`, `warning` or `notice`.", &text()),
                query("feature", "Only of this feature.", &integer()),
                query("after", "Only those after this number.", &integer()),
                limit(),
            ],
            shape("findings"),
        ),
        get(
            "/api/v1/deliveries/{id}/features",
            "listStaged",
            "Elementos preparados, con su resultado",
            "Staged features, with their verdict",
            vec![
                query("verdict", "`accepted`, `repaired` or `rejected`.", &text()),
                query("after", "Only those after this number.", &integer()),
                limit(),
            ],
            any,
        ),
    ]
}

fn preview() -> Operation {
    get(
        "/api/v1/deliveries/{id}/preview",
        "previewDelivery",
        "Ver dónde estaría la entrega según una propuesta de sistema, con su evidencia; nada cambia",
        "See where the delivery would lie by a proposed system, with its evidence; nothing changes",
        vec![
            query("candidate", "Name of a proposal of the delivery.", &text()),
            query(
                "limit",
                "Features at most, spread over the file; 500 unless told.",
                &json!({ "type": "integer", "minimum": 1, "maximum": 5_000 }),
            ),
        ],
        json!({ "application/geo+json": { "schema": { "type": "object" } } }),
    )
}

fn compare() -> Operation {
    get(
        "/api/v1/deliveries/{id}/compare",
        "compareDeliveries",
        "Comparar dos versiones de un plano: nuevos, idos, movidos, con otra forma, con otros datos",
        "Compare two versions of a plan: new, gone, moved, reshaped, described otherwise",
        vec![
            query("with", "The later delivery.", &integer()),
            query(
                "same",
                "Also those that stayed the same.",
                &json!({ "type": "boolean", "default": false }),
            ),
        ],
        json!({ "application/json": { "schema": { "type": "object" } } }),
    )
}

/// A decision; its body is the schema of that name.
fn decision(
    (method, path, id): (&'static str, &'static str, &'static str),
    es: &'static str,
    en: &'static str,
    body: &str,
    answer: (&'static str, &'static str),
) -> Operation {
    let mut parameters = vec![
        header("Idempotency-Key", "A random UUID, a new one for each write.", true),
        header("If-Match", "The `version` of the delivery that the writer saw, in quotes.", true),
    ];
    if path.ends_with("/accept") || path.contains("repair") {
        let trial = json!({ "type": "boolean", "default": false });
        parameters.push(query("dry_run", "Only try: what would happen.", &trial));
    }
    Operation {
        method,
        path,
        id,
        es,
        en,
        parameters,
        body: Some(shape(body)),
        answers: vec![(answer.0, answer.1, shape("delivery"))],
        errors: &[
            ("404", "NotFound"),
            ("409", "Conflict"),
            ("422", "RulesBroken"),
            ("428", "PreconditionRequired"),
        ],
    }
}

fn decided() -> Vec<Operation> {
    let examined = ("202", "Kept; it is examined anew.");
    let done = ("200", "Done.");
    vec![
        decision(
            ("post", "/api/v1/deliveries/{id}/crs", "placeDelivery"),
            "Decir su sistema de coordenadas",
            "Say its reference system",
            "delivery_place",
            examined,
        ),
        decision(
            ("put", "/api/v1/deliveries/{id}/mapping", "mapDelivery"),
            "Decir qué es cada columna; queda para el remitente",
            "Say what each column means; kept for the sender",
            "delivery_mapping",
            examined,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/check", "checkDelivery"),
            "Examinarla de nuevo",
            "Examine it anew",
            "why",
            examined,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/repairs", "repairClass"),
            "Reparar los hallazgos de una clase",
            "Repair the findings of a class",
            "delivery_repair",
            examined,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/findings/{finding}/repair", "repairFinding"),
            "Reparar un hallazgo",
            "Repair a finding",
            "why",
            examined,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/accept", "acceptDelivery"),
            "Aceptar: entra lo que no tiene error, como una sola transacción",
            "Accept: what has no error enters, as one transaction",
            "why",
            done,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/reject", "rejectDelivery"),
            "Dejarla de lado",
            "Put it aside",
            "why",
            done,
        ),
        decision(
            ("post", "/api/v1/deliveries/{id}/revoke", "revokeDelivery"),
            "Revocar lo que entró, mientras nada se construyó encima",
            "Take back what entered, while nothing was built on it",
            "why",
            done,
        ),
    ]
}

/// Shapes of bodies and answers.
pub(super) fn schemas() -> Value {
    let reason = json!({ "type": "string", "minLength": 3, "description": "Why, for the journal." });
    let origin = json!({ "type": "object", "required": ["property", "field"], "properties": {
        "property": text(), "field": text(), "kind": { "type": "string", "enum": ["text", "number"], "default": "text" },
        "digits": { "type": "integer", "nullable": true, "description": "Lost zeros are put back up to so many." },
        "factor": { "type": "number", "nullable": true, "description": "Unit: 10000 for hectares." }, "because": text() } });
    let proposal = json!({ "type": "object", "properties": {
        "candidate": text(), "es": text(), "en": text(), "srid": integer(), "axes_swapped": { "type": "boolean" }, "unit_m": number(),
        "looked_at": integer(), "inside_share": number(), "corner_share": number(), "overlap_share": number(), "median_offset_m": number(),
        "distance_km": number() } });
    let finding = json!({ "type": "object", "required": ["id", "class", "severity", "es", "en"], "properties": {
        "id": integer(), "class": text(), "severity": { "type": "string", "enum": ["error", "warning", "notice"] }, "feature": integer(),
        "part": integer(), "ring": integer(), "vertex": integer(), "field": text(), "other": text(), "measure": number(),
        "place": super::shapes::place(), "lon_lat": super::shapes::place(), "repair": text(), "es": text(), "en": text() } });
    let states = ["staging", "needs_crs", "checking", "checked", "accepted", "rejected", "revoked", "broken"];
    let any = json!({ "type": "object", "nullable": true });
    json!({
        "why": { "type": "object", "required": ["reason"], "properties": { "reason": reason } },
        "delivery_place": { "type": "object", "required": ["reason"], "properties": {
            "reason": reason, "candidate": { "type": "string", "description": "Name of a proposal." }, "srid": integer(),
            "axes_swapped": { "type": "boolean", "default": false }, "unit_m": number() } },
        "delivery_mapping": { "type": "object", "required": ["reason", "mapping"], "properties": { "reason": reason, "mapping": list(&origin) } },
        "delivery_repair": { "type": "object", "required": ["reason", "class"], "properties": { "reason": reason, "class": text() } },
        "delivery": { "type": "object", "required": ["id", "ubigeo", "target", "state", "sha256", "version"], "properties": {
            "id": integer(), "ubigeo": text(), "target": text(), "file_name": text(), "sha256": text(), "bytes": integer(), "sender": text(),
            "state": { "type": "string", "enum": states }, "srid": { "type": "integer", "nullable": true }, "operation": { "type": "string", "nullable": true },
            "proposals": { "type": "array", "nullable": true, "items": proposal }, "mapping": { "type": "array", "nullable": true, "items": origin },
            "fields": { "type": "array", "nullable": true, "items": { "type": "object" } }, "trouble": any, "progress": any,
            "returns": { "type": "integer", "nullable": true, "description": "Field copy that it returns." }, "changes": any,
            "findings": list(&json!({ "type": "object" })), "read_count": number(), "accepted_count": number(),
            "repaired_count": number(), "rejected_count": number(), "version": integer(), "bundle": { "type": "integer", "nullable": true } } },
        "findings": { "type": "object", "required": ["findings"], "properties": { "findings": list(&finding), "after": { "type": "integer", "nullable": true } } },
    })
}
