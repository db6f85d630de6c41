//! The shapes of bodies and answers, self-contained. Coordinates are easting and northing in EPSG:32718, metres.

use serde_json::{Value, json};

use super::{bundles, deliveries, exports, register, returns};

/// Failures that every route may answer.
pub(super) const ALWAYS: [(&str, &str); 4] =
    [("400", "BadRequest"), ("429", "TooMany"), ("500", "ServerError"), ("503", "Overloaded")];

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn number() -> Value {
    json!({ "type": "number", "nullable": true })
}

pub(super) fn day() -> Value {
    json!({ "type": "string", "format": "date", "nullable": true })
}

pub(super) fn place() -> Value {
    json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } })
}

pub(super) fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `components.schemas`
pub(super) fn schemas() -> Value {
    let mut all = bodies();
    let rooms = [
        answers(),
        bundles::schemas(),
        deliveries::schemas(),
        exports::schemas(),
        register::schemas(),
        returns::schemas(),
    ];
    for (name, schema) in rooms.iter().filter_map(Value::as_object).flatten() {
        all[name] = schema.clone();
    }
    all
}

/// What is done beside the terms.
fn with_terms(required: &[&str], members: &Value) -> Value {
    json!({ "allOf": [refer("terms"), { "type": "object", "required": required, "properties": members }] })
}

fn bodies() -> Value {
    let cut = json!({ "oneOf": [
        { "type": "object", "required": ["line"], "properties": { "line": list(&place()) } },
        { "type": "object", "required": ["legs"], "properties": { "legs": {
            "type": "object", "required": ["from", "legs"], "properties": {
                "from": place(),
                "legs": list(&json!({ "type": "object", "required": ["bearing", "distance"], "properties": {
                    "bearing": { "type": "number", "description": "Azimuth, degrees." },
                    "distance": { "type": "number", "description": "Metres in the plane." } } })) } } } },
        { "type": "object", "required": ["area"], "properties": { "area": {
            "type": "object", "required": ["area_m2", "towards"], "properties": {
                "area_m2": { "type": "number", "description": "Grid area of the first part, m²." },
                "towards": { "type": "number", "description": "Azimuth in which the line advances, degrees." } } } } },
    ] });
    let corner = json!({ "oneOf": [
        { "type": "object", "required": ["move"], "properties": { "move": {
            "type": "object", "required": ["from", "to"], "properties": { "from": place(), "to": place() } } } },
        { "type": "object", "required": ["insert"], "properties": { "insert": {
            "type": "object", "required": ["at"], "properties": { "at": place() } } } },
        { "type": "object", "required": ["remove"], "properties": { "remove": {
            "type": "object", "required": ["at"], "properties": { "at": place() } } } },
    ] });
    let lawful =
        json!({ "type": "boolean", "description": "Whether it complies with the urban parameters." });
    let registered = list(&json!({ "type": "number", "nullable": true, "description": "m²" }));
    json!({
        "terms": { "type": "object", "required": ["reason"], "properties": {
            "reason": { "type": "string", "minLength": 3, "description": "Why, for the journal." },
            "effective_on": day(),
            "source_id": { "type": "integer", "nullable": true, "description": "Document that proves it." },
            "survey_id": { "type": "integer", "nullable": true, "description": "Survey that it rests on." },
            "case": { "type": "string", "nullable": true, "description": "The case on whose behalf it is done." },
            "expected": { "type": "object", "additionalProperties": text(), "description": "The version that the writer saw, by code." } } },
        "split": with_terms(&["cut", "lawful"], &json!({ "cut": cut, "lawful": lawful, "registered_areas_m2": registered })),
        "detach": with_terms(&["cut", "lawful"], &json!({ "cut": cut, "lawful": lawful, "keep": place(), "registered_areas_m2": registered })),
        "adjust": with_terms(&["corners"], &json!({ "corners": list(&corner) })),
        "polygons": with_terms(&["polygons"], &json!({
            "polygons": list(&list(&list(&place()))), "declares_gap": { "type": "boolean", "default": false } })),
        "replace_from_delivery": with_terms(&[], &json!({ "declares_gap": { "type": "boolean", "default": false } })),
        "merge": with_terms(&["codes"], &json!({ "codes": list(&text()), "registered_area_m2": number() })),
        "agree": with_terms(&[], &json!({ "codes": list(&text()), "block": { "type": "string", "nullable": true } })),
        "purpose": { "type": "object", "required": ["purpose"], "properties": {
            "purpose": { "type": "string", "minLength": 8 }, "as_of": day(), "ubigeo": { "type": "string", "nullable": true } } },
    })
}

fn answers() -> Value {
    let measures = json!({ "type": "object", "nullable": true, "properties": {
        "grid_area_m2": { "type": "number" }, "ellipsoidal_area_m2": { "type": "number" }, "perimeter_m": { "type": "number" } } });
    let broken = json!({ "type": "object", "required": ["name", "norm", "es", "en"], "properties": {
        "name": text(), "norm": text(), "es": text(), "en": text(), "parcel": { "type": "string", "nullable": true },
        "other": { "type": "string", "nullable": true }, "measure": number(),
        "at": { "type": "array", "nullable": true, "items": { "type": "number" } } } });
    let touched = json!({ "type": "object", "required": ["code", "part"], "properties": {
        "code": text(), "part": { "type": "string", "enum": ["ends", "begins", "changes", "gets_corner"] },
        "version": { "type": "string", "nullable": true }, "fabric_state": { "type": "string", "nullable": true },
        "before": measures, "after": measures, "registered_area_m2": number() } });
    let any = json!({ "type": "object" });
    json!({
        "report": { "type": "object", "required": ["operation", "dry_run", "broken", "parcels", "preview"], "properties": {
            "operation_id": { "type": "integer", "nullable": true }, "operation": text(), "dry_run": { "type": "boolean" },
            "effective_on": day(), "broken": list(&broken), "parcels": list(&touched), "free_edges": list(&any),
            "cases": list(&any), "rights": list(&any), "restrictions": list(&any), "preview": any } },
        "parcel": { "type": "object", "required": ["code", "ubigeo", "version", "fabric_state", "began"], "properties": {
            "code": text(), "ubigeo": text(), "version": text(), "fabric_state": { "type": "string", "enum": ["agreed", "provisional"] },
            "began": day(), "grid_area_m2": number(), "ellipsoidal_area_m2": number(), "registered_area_m2": number(),
            "perimeter_m": number() } },
        "lineage": { "type": "object", "required": ["code", "as_of", "parcels", "links"], "properties": {
            "code": text(), "as_of": day(),
            "parcels": list(&json!({ "type": "object", "properties": { "code": text(), "generation": { "type": "integer" },
                "in_force": { "type": "boolean" }, "began": day(), "ended": day() } })),
            "links": list(&json!({ "type": "object", "properties": { "parent": text(), "child": text(), "operation": text(),
                "effective_on": day(), "source": { "type": "string", "nullable": true } } })) } },
        "extract": { "type": "object", "required": ["as_of", "code", "kind", "areas", "restrictions"], "properties": {
            "as_of": day(), "code": text(), "cuc": { "type": "string", "nullable": true }, "crc": list(&text()), "kind": text(),
            "fabric_state": text(), "version": { "type": "integer" }, "valid_from": day(), "valid_to": day(), "place": any,
            "areas": any, "tolerance": any, "zoning": any, "restrictions": list(&any) } },
        "areas": { "type": "object", "required": ["as_of", "code", "areas", "tolerance"], "properties": {
            "as_of": day(), "code": text(), "kind": text(), "areas": any, "tolerance": any } },
        "perimeter": { "type": "object", "required": ["as_of", "code", "sections", "perimeter_m"], "properties": {
            "as_of": day(), "code": text(), "ubigeo": text(), "kind": text(), "crs": any, "sections": list(&any),
            "perimeter_m": number(), "printed_sides_m": number(), "areas": any } },
        "me": { "type": "object", "required": ["signed_in", "audience", "offices", "scopes"], "properties": {
            "signed_in": { "type": "boolean" }, "account": { "type": "string", "nullable": true }, "audience": text(),
            "offices": list(&text()), "districts": { "type": "array", "nullable": true, "items": text() }, "scopes": list(&text()) } },
        "holders": { "type": "object", "required": ["ubigeo", "code", "as_of", "holders"], "properties": {
            "ubigeo": text(), "code": text(), "as_of": day(),
            "holders": list(&json!({ "type": "object", "properties": {
                "crc": { "type": "string", "nullable": true }, "right_kind": text(), "share_numerator": { "type": "integer" },
                "share_denominator": { "type": "integer" }, "registry_entry": { "type": "string", "nullable": true },
                "party_id": { "type": "integer" }, "party_kind": text(), "name": text(),
                "document_kind": { "type": "string", "nullable": true }, "document_number": { "type": "string", "nullable": true } } })) } },
        "changes": { "type": "object", "required": ["changes", "cursor", "more", "reset"], "properties": {
            "changes": list(&json!({ "type": "object", "properties": {
                "at": { "type": "string", "format": "date-time" }, "operation": text(), "rows": { "type": "integer" }, "layers": list(&text()),
                "bbox": { "type": "array", "nullable": true, "minItems": 4, "maxItems": 4, "items": { "type": "number" } } } })),
            "cursor": text(), "more": { "type": "boolean" }, "reset": { "type": "boolean" } } },
        "converted": { "type": "object", "properties": {
            "from": any, "position": place(), "to": any, "result": place(), "operation": text(), "pipeline": text(),
            "accuracy_m": { "type": "number" }, "remarks": list(&any), "systems": list(&any) } },
        "problem": { "type": "object", "required": ["type", "title", "status"], "properties": {
            "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(), "parameter": text(),
            "violations": list(&json!({ "type": "object", "required": ["rule", "detail"], "properties": {
                "rule": text(), "detail": text(), "pointer": text() } })) } },
    })
}

/// `components.responses`
pub(super) fn failures() -> Value {
    let problem = |description: &str| json!({ "description": description, "content": { "application/problem+json": { "schema": refer("problem") } } });
    json!({
        "BadRequest": problem("Something that cannot be meant; `parameter` names it."),
        "Unauthorized": problem("Nobody is signed in, or what should prove an account does not."),
        "Forbidden": problem("Not this office, this scope or this district."),
        "NotFound": problem("Nothing of that code on that day."),
        "NotAcceptable": problem("No representation that the client accepts."),
        "TooLarge": problem("More bytes than are taken."),
        "Conflict": problem("Somebody was first: the operation, the office and the time."),
        "RulesBroken": problem("Every rule that is broken, each with its norm."),
        "PreconditionRequired": problem("Say which version you saw: If-Match, or `expected`."),
        "TooMany": problem("Too many failed attempts; try again after Retry-After."),
        "ServerError": problem("A fault of the service."),
        "Overloaded": problem("All connections are busy; try again after Retry-After."),
    })
}
