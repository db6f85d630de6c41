//! The register: units and the acts over their rights, parties, sources with their files, surveys.

use serde_json::{Value, json};

use super::operations::{Operation, header, query, shape};
use super::shapes::{day, list, number, place, refer, text};

/// Acts over the rights of a unit, as the router's `{operation}` takes them.
pub(super) const ACTS: [&str; 8] = [
    "/constitution",
    "/transfer",
    "/succession",
    "/extinction",
    "/burden",
    "/release",
    "/correction",
    "/annulment",
];

pub(super) fn all() -> Vec<Operation> {
    let mut all = acts();
    all.extend(units());
    all.extend(parties());
    all.extend(sources());
    all.push(survey());
    all
}

fn key() -> Value {
    header(
        "Idempotency-Key",
        "A random UUID, a new one for each write; required unless it is a trial.",
        false,
    )
}

fn write(path: &'static str, id: &'static str, es: &'static str, en: &'static str, body: Value) -> Operation {
    Operation {
        method: "post",
        path,
        id,
        es,
        en,
        parameters: vec![key()],
        body: Some(body),
        answers: vec![("201", "Recorded.", shape("recorded"))],
        errors: &[("409", "Conflict"), ("422", "RulesBroken")],
    }
}

fn acts() -> Vec<Operation> {
    let on = |path, id, es, en, body: &str| Operation {
        parameters: vec![
            query(
                "dry_run",
                "Only try: shares before and after and every broken rule, without the change.",
                &json!({ "type": "boolean", "default": false }),
            ),
            key(),
            header(
                "If-Match",
                "The `version` of the unit's rights that the writer saw, in quotes; or `version` in the body.",
                false,
            ),
        ],
        answers: vec![("200", "Tried.", shape("act_report")), ("201", "Done.", shape("act_report"))],
        errors: &[
            ("404", "NotFound"),
            ("409", "Conflict"),
            ("422", "RulesBroken"),
            ("428", "PreconditionRequired"),
        ],
        ..write(path, id, es, en, shape(body))
    };
    vec![
        on(
            "/api/v1/units/{id}/rights/constitution",
            "constituteRight",
            "Constituir un derecho",
            "Constitute a right",
            "constitution",
        ),
        on(
            "/api/v1/units/{id}/rights/transfer",
            "transferRight",
            "Transferir un derecho o una parte",
            "Transfer a right or a share of it",
            "transfer",
        ),
        on(
            "/api/v1/units/{id}/rights/succession",
            "succeedRight",
            "Suceder a quien falleció",
            "Succeed the deceased",
            "succession",
        ),
        on(
            "/api/v1/units/{id}/rights/extinction",
            "endRight",
            "Extinguir un derecho, que no pasa a nadie",
            "End a right, which goes to nobody",
            "extinction",
        ),
        on(
            "/api/v1/units/{id}/rights/burden",
            "burdenUnit",
            "Inscribir una carga o responsabilidad sobre la unidad o uno de sus lotes",
            "Put a restriction or a responsibility on the unit or one of its parcels",
            "burden",
        ),
        on(
            "/api/v1/units/{id}/rights/release",
            "releaseUnit",
            "Levantar una carga",
            "Take a restriction off",
            "release",
        ),
        on(
            "/api/v1/units/{id}/rights/correction",
            "correctRight",
            "Corregir lo mal inscrito en todo su período",
            "Put a wrong entry right for its whole period",
            "correction",
        ),
        on(
            "/api/v1/units/{id}/rights/annulment",
            "annulAct",
            "Anular un acto o un asiento",
            "Annul an act or an entry",
            "annulment",
        ),
    ]
}

fn get(
    path: &'static str,
    id: &'static str,
    es: &'static str,
    en: &'static str,
    content: Value,
) -> Operation {
    Operation {
        method: "get",
        path,
        id,
        es,
        en,
        parameters: Vec::new(),
        body: None,
        answers: vec![("200", "Found.", content)],
        errors: &[("404", "NotFound"), ("406", "NotAcceptable")],
    }
}

fn units() -> Vec<Operation> {
    let day = json!({ "type": "string", "format": "date" });
    let as_of = || query("as_of", "The day that is asked about; today in Lima without it.", &day);
    let told = |path, id, es, en, content: &str| Operation {
        parameters: vec![as_of()],
        ..get(path, id, es, en, shape(content))
    };
    vec![
        told(
            "/api/v1/parcels/{code}/units",
            "getUnits",
            "Unidades prediales del lote y sus derechos",
            "Property units over the parcel and their rights",
            "units",
        ),
        told(
            "/api/v1/units/{id}",
            "getUnit",
            "Derechos, fuentes y actos de una unidad; `ETag` es su versión",
            "Rights, sources and acts of a unit; `ETag` is its version",
            "unit",
        ),
    ]
}

fn parties() -> Vec<Operation> {
    vec![
        write(
            "/api/v1/parties",
            "recordParty",
            "Inscribir a una parte",
            "Record a party",
            shape("new_party"),
        ),
        Operation {
            parameters: Vec::new(),
            answers: vec![(
                "200",
                "Told, and noted with account, role, purpose and request.",
                shape("parties"),
            )],
            errors: &[],
            ..write(
                "/api/v1/parties/find",
                "findParties",
                "Quién es, con una finalidad que se anota",
                "Who that is, for a purpose that is noted",
                shape("find_parties"),
            )
        },
    ]
}

fn sources() -> Vec<Operation> {
    let bytes = || json!({ "type": "string", "format": "binary" });
    let file = || {
        json!({ "application/pdf": { "schema": bytes() }, "image/png": { "schema": bytes() },
            "image/jpeg": { "schema": bytes() } })
    };
    let path = "/api/v1/sources/{id}/files/{sha256}";
    vec![
        write(
            "/api/v1/sources",
            "recordSource",
            "Registrar una fuente",
            "Record a source",
            shape("new_source"),
        ),
        get(
            "/api/v1/sources/{id}",
            "getSource",
            "Una fuente y sus archivos",
            "A source and its files",
            shape("source"),
        ),
        Operation {
            parameters: Vec::new(),
            answers: vec![
                ("200", "The same bytes were there already.", shape("source_file")),
                ("201", "Kept.", shape("source_file")),
            ],
            errors: &[("404", "NotFound"), ("413", "TooLarge"), ("422", "RulesBroken")],
            ..write(
                "/api/v1/sources/{id}/files",
                "attachFile",
                "Adjuntar un archivo: PDF, PNG o JPEG, hasta 50 MB",
                "Attach a file: PDF, PNG or JPEG, up to 50 MB",
                file(),
            )
        },
        get(path, "getFile", "El archivo, como descarga", "The file, as a download", file()),
        Operation {
            parameters: Vec::new(),
            answers: vec![("200", "The file; the reading is noted.", file())],
            errors: &[("404", "NotFound")],
            ..write(
                path,
                "readPersonalFile",
                "El archivo sobre una persona, con una finalidad que se anota",
                "The file about a person, for a purpose that is noted",
                shape("purpose"),
            )
        },
    ]
}

fn survey() -> Operation {
    write(
        "/api/v1/surveys",
        "recordSurvey",
        "Registrar un levantamiento",
        "Record a survey",
        shape("new_survey"),
    )
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

/// What an act is proved by, why and from when, and beside it what it does.
fn act(required: &[&str], members: &Value) -> Value {
    json!({ "allOf": [refer("act_terms"), object(required, members)] })
}

/// `components.schemas` of the register. Shares are exact fractions and therefore text.
pub(super) fn schemas() -> Value {
    let id = json!({ "type": "integer" });
    let share = json!({ "type": "string", "pattern": "^[0-9]+/[0-9]+$|^1$", "example": "1/6" });
    let any = json!({ "type": "object" });
    let to = list(&object(&["party"], &json!({ "party": id, "part": share })));
    let mut all = bodies(&id, &share, &to);
    let told = json!({
        "act_report": object(&["act", "dry_run", "unit", "broken", "shares", "entries"], &json!({
            "act": text(), "act_id": { "type": "integer", "nullable": true }, "dry_run": { "type": "boolean" }, "unit": id,
            "version": { "type": "string", "nullable": true }, "effective_on": day(), "broken": list(&any),
            "shares": list(&object(&["kind", "party"], &json!({ "kind": text(), "right": id, "party": id,
                "before": { "type": "string", "nullable": true }, "after": { "type": "string", "nullable": true } }))),
            "entries": list(&any), "burdens": list(&any), "cases": list(&any), "restrictions": list(&any) })),
        "unit": object(&["version", "rights"], &json!({ "version": text(), "rights": list(&object(
            &["entry", "right", "kind", "party", "share"], &json!({ "entry": id, "right": id, "kind": text(), "party": id,
                "share": share, "valid_from": day(), "valid_until": day(), "source": { "type": "integer", "nullable": true },
                "registry_entry": { "type": "string", "nullable": true } }))), "restrictions": list(&restriction()), "sources": list(&any), "acts": list(&any) })),
        "units": object(&["units"], &json!({ "units": list(&refer("unit")) })),
        "parties": object(&["parties"], &json!({ "parties": list(&any) })),
        "source": object(&["id", "files"], &json!({ "id": id, "files": list(&refer("source_file")) })),
        "source_file": object(&["sha256"], &json!({ "sha256": text(), "media_type": text(),
            "size": { "type": "integer", "description": "Bytes." }, "attached_at": { "type": "string", "format": "date-time" } })),
        "recorded": { "type": "object", "description": "The number of what was recorded." },
    });
    for (name, schema) in told.as_object().into_iter().flatten() {
        all[name] = schema.clone();
    }
    all
}

/// A restriction as a unit shows it.
fn restriction() -> Value {
    let nullable = json!({ "type": "string", "nullable": true });
    object(
        &["restriction", "kind", "title"],
        &json!({ "restriction": { "type": "integer" }, "kind": text(), "title": text(), "parcel": nullable, "norm": nullable,
            "office": nullable, "valid_from": day(), "valid_until": day(), "source": { "type": "integer", "nullable": true } }),
    )
}

fn bodies(id: &Value, share: &Value, to: &Value) -> Value {
    let or_nothing =
        json!({ "type": "string", "nullable": true, "description": "Absent, it stays; null takes it away." });
    let entry = object(
        &["entry"],
        &json!({ "entry": id, "party": id, "share": share, "valid_from": or_nothing, "valid_until": or_nothing,
            "registry_entry": or_nothing }),
    );
    let kinds = json!({ "type": "string", "enum": ["mortgage", "right_of_way", "transfer_ban", "attachment",
        "preventive_entry", "use_condition", "responsibility"] });
    let corner = object(
        &["at"],
        &json!({ "at": place(), "method": text(), "sigma_m": number(), "measured_on": day() }),
    );
    json!({
        "act_terms": object(&["reason"], &json!({ "reason": { "type": "string", "minLength": 3 }, "effective_on": day(),
            "source_id": { "type": "integer", "nullable": true }, "source": refer("source_told"),
            "version": { "type": "string", "nullable": true } })),
        "source_told": object(&["kind"], &json!({ "kind": text(), "number": text(), "office": text(), "issued_on": day(),
            "about_person": { "type": "boolean", "default": true } })),
        "constitution": act(&["right_kind", "to"], &json!({ "right_kind": text(), "to": to, "valid_until": day(), "registry_entry": text() })),
        "transfer": act(&["right", "to"], &json!({ "right": id, "share": share, "to": to, "registry_entry": text() })),
        "succession": act(&["right", "to"], &json!({ "right": id, "to": to, "registry_entry": text() })),
        "extinction": act(&["right"], &json!({ "right": id })),
        "burden": act(&["kind", "title"], &json!({ "kind": kinds, "title": text(), "description": text(), "parcel": text(),
            "norm": text(), "office": text(), "valid_until": day() })),
        "release": act(&["restriction"], &json!({ "restriction": id })),
        "correction": act(&["entries"], &json!({ "entries": list(&entry) })),
        "annulment": act(&[], &json!({ "annuls": id, "entries": list(id) })),
        "new_party": object(&["kind", "name", "reason"], &json!({ "kind": { "type": "string", "enum": ["natural", "legal", "group", "spouses"] },
            "name": text(), "document_kind": text(), "document_number": text(), "reason": text(),
            "members": list(&object(&["party"], &json!({ "party": id, "share": share }))) })),
        "find_parties": object(&["purpose"], &json!({ "purpose": { "type": "string", "minLength": 8 }, "document": text(), "parties": list(id) })),
        "new_source": object(&["ubigeo", "reason", "source"], &json!({ "ubigeo": text(), "reason": text(), "source": refer("source_told") })),
        "new_survey": object(&["ubigeo", "reason", "method", "performed_on", "corners"], &json!({ "ubigeo": text(), "reason": text(),
            "method": text(), "performed_on": day(), "control_points": { "type": "integer", "nullable": true }, "sigma_m": number(),
            "srid": { "type": "integer", "default": 32718 }, "source_id": { "type": "integer", "nullable": true },
            "source": refer("source_told"), "note": text(), "corners": list(&corner) })),
    })
}
