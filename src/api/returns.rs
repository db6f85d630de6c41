//! Field copies that go out, and what is said of the deliveries that return them.

use serde_json::{Value, json};

use super::deliveries::{get, integer};
use super::operations::{Operation, header, query, shape};
use super::shapes::{list, text};

const KEY: (&str, &str) = ("Idempotency-Key", "A random UUID, a new one for each write.");

pub(super) fn all() -> Vec<Operation> {
    let mut all = vec![take(), decide()];
    all.extend(told());
    all
}

fn take() -> Operation {
    Operation {
        method: "post",
        path: "/api/v1/field_copies",
        id: "takeFieldCopy",
        es: "Sacar una copia de campo: lo que sale se conserva, y lo que vuelva se compara con ello",
        en: "Take a field copy: what goes out is kept, and what comes back is compared with it",
        parameters: vec![header(KEY.0, KEY.1, true)],
        body: Some(shape("field_copy_wanted")),
        answers: vec![("201", "Taken; its file lies below `Location`, at `/file`.", shape("field_copy"))],
        errors: &[("409", "Conflict"), ("422", "RulesBroken")],
    }
}

fn decide() -> Operation {
    Operation {
        method: "post",
        path: "/api/v1/deliveries/{id}/changes/{change}/decide",
        id: "decideConflict",
        es: "Decidir un conflicto: tomar lo que volvió o quedarse con lo que consta",
        en: "Decide a conflict: take what came back, or keep what is on record",
        parameters: vec![
            header(KEY.0, KEY.1, true),
            header("If-Match", "The `version` of the delivery that the writer saw, in quotes.", true),
        ],
        body: Some(shape("conflict_verdict")),
        answers: vec![("200", "Done.", shape("delivery"))],
        errors: &[
            ("404", "NotFound"),
            ("409", "Conflict"),
            ("422", "RulesBroken"),
            ("428", "PreconditionRequired"),
        ],
    }
}

fn limit() -> Value {
    let many = json!({ "type": "integer", "minimum": 1, "maximum": 10_000 });
    query("limit", "How many; 100 unless told.", &many)
}

fn told() -> Vec<Operation> {
    let file =
        json!({ "application/geopackage+sqlite3": { "schema": { "type": "string", "format": "binary" } } });
    let any = json!({ "application/json": { "schema": { "type": "object" } } });
    vec![
        get(
            "/api/v1/field_copies",
            "listFieldCopies",
            "Salidas de campo de la oficina",
            "Field copies of the office",
            vec![query("before", "Only those before this number.", &integer()), limit()],
            any,
        ),
        get(
            "/api/v1/field_copies/{id}",
            "getFieldCopy",
            "Una salida de campo",
            "A field copy",
            Vec::new(),
            shape("field_copy"),
        ),
        get(
            "/api/v1/field_copies/{id}/file",
            "fetchFieldCopy",
            "El GeoPackage tal como salió",
            "The GeoPackage as it went out",
            Vec::new(),
            file,
        ),
        get(
            "/api/v1/deliveries/{id}/changes",
            "listChanges",
            "Cambios de una devolución: cuántos de cada clase, y los de una página como GeoJSON",
            "Changes of a return: how many of each kind, and those of a page as GeoJSON",
            vec![
                query("change", "Only this kind.", &json!({ "type": "string", "enum": KINDS })),
                query("state", "`open`, `applied`, `kept` or `revoked`.", &text()),
                query("after", "Only those after this number.", &integer()),
                limit(),
            ],
            shape("changes"),
        ),
    ]
}

const KINDS: [&str; 9] =
    ["ours", "equal", "update", "merge", "create", "delete", "conflict", "operation", "refused"];

/// Shapes of bodies and answers.
pub(super) fn schemas() -> Value {
    let reason = json!({ "type": "string", "minLength": 3, "description": "Why, for the journal." });
    let maybe = |kind: &str| json!({ "type": kind, "nullable": true });
    let change = json!({ "type": "object", "properties": {
        "change": { "type": "string", "enum": KINDS }, "state": text(), "feature": maybe("integer"), "object_id": maybe("integer"),
        "base_version": maybe("integer"), "version": maybe("integer"), "written": maybe("integer"),
        "is_absent": { "type": "boolean", "description": "The file has it no more." },
        "is_ended": { "type": "boolean", "description": "It ended here." },
        "changed": list(&text()), "changed_here": list(&text()), "conflicts": list(&text()),
        "values": { "type": "object", "description": "Each property that either side changed, with `base`, `theirs`, `ours`; of a new feature its values." },
        "shapes": { "type": "object", "description": "`base`, `theirs`, `ours`, where either side changed the shape." } } });
    json!({
        "field_copy_wanted": { "type": "object", "required": ["reason", "ubigeo", "target"], "properties": {
            "reason": reason, "ubigeo": text(), "target": { "type": "string", "description": "Layer that the office changes." },
            "bbox": { "type": "string", "description": "west,south,east,north in degrees" },
            "filter": { "type": "string", "description": "CQL2 text" } } },
        "field_copy": { "type": "object", "required": ["id", "ubigeo", "target", "features", "sha256"], "properties": {
            "id": integer(), "ubigeo": text(), "target": text(), "bbox": maybe("string"), "filter": maybe("string"),
            "features": integer(), "sha256": text(), "bytes": integer(), "taken_at": { "type": "string", "format": "date-time" } } },
        "conflict_verdict": { "type": "object", "required": ["reason", "take"], "properties": {
            "reason": reason, "take": { "type": "string", "enum": ["theirs", "ours"] },
            "version": { "type": "integer", "nullable": true, "description": "Version on record that who decides saw; none where it ended." } } },
        "changes": { "type": "object", "required": ["counts", "features"], "properties": {
            "counts": { "type": "object" }, "after": maybe("integer"),
            "features": list(&json!({ "type": "object", "properties": { "id": integer(), "geometry": maybe("object"), "properties": change } })) } },
    })
}
