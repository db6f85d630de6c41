//! Operations on parcels, and what is told of one.

use serde_json::{Value, json};

use super::operations::{Operation, header, query, shape};

/// Operations on the one parcel that the path names, as the router's `{operation}` takes them.
pub(super) const ON_ONE: [&str; 6] = ["/split", "/detach", "/adjust", "/replace", "/retire", "/correct"];

pub(super) fn all() -> Vec<Operation> {
    let mut all = vec![
        on("/api/v1/parcels/{code}/split", "splitParcel", "Subdividir un lote", "Divide a parcel", "split"),
        on(
            "/api/v1/parcels/{code}/detach",
            "detachParcel",
            "Independizar partes; el lote sigue como remanente",
            "Detach parts; the parcel goes on as the remainder",
            "detach",
        ),
        on(
            "/api/v1/parcels/{code}/adjust",
            "adjustParcel",
            "Mover, agregar o quitar vértices",
            "Move, insert or remove corners",
            "adjust",
        ),
        on(
            "/api/v1/deliveries/{id}/features/{feature}/replace/{code}",
            "replaceParcelFromDelivery",
            "Reemplazar el polígono por el de un levantamiento entregado",
            "Replace the polygon by that of a delivered survey",
            "replace_from_delivery",
        ),
        on(
            "/api/v1/parcels/{code}/replace",
            "replaceParcel",
            "Reemplazar el polígono por el de un levantamiento",
            "Replace the polygon by a survey's",
            "polygons",
        ),
        on(
            "/api/v1/parcels/{code}/retire",
            "retireParcel",
            "Retirar un lote; su tierra queda libre",
            "Retire a parcel; its land becomes free",
            "terms",
        ),
        on(
            "/api/v1/parcels/{code}/correct",
            "correctParcel",
            "Corregir lo mal registrado en todo su período",
            "Put a wrong record right for its whole period",
            "polygons",
        ),
        on("/api/v1/parcels/merge", "mergeParcels", "Acumular lotes", "Unite parcels", "merge"),
        on(
            "/api/v1/parcels/agree",
            "agreeParcels",
            "Incorporar lotes provisionales al tejido",
            "Make provisional parcels part of the fabric",
            "agree",
        ),
    ];
    all.extend(told());
    all
}

/// An operation; its body is the schema of that name.
fn on(path: &'static str, id: &'static str, es: &'static str, en: &'static str, body: &str) -> Operation {
    let trial = json!({ "type": "boolean", "default": false });
    Operation {
        method: "post",
        path,
        id,
        es,
        en,
        parameters: vec![
            query("dry_run", "Only try: the report without the change; needs no key and no version.", &trial),
            header(
                "Idempotency-Key",
                "A random UUID, a new one for each write; required unless it is a trial.",
                false,
            ),
            header(
                "If-Match",
                "The `version` of the parcel that the writer saw, in quotes; or `expected` in the body.",
                false,
            ),
        ],
        body: Some(shape(body)),
        answers: vec![
            ("200", "Tried: what it would do, with every rule that it would break.", shape("report")),
            ("201", "Done.", shape("report")),
        ],
        errors: &[
            ("404", "NotFound"),
            ("409", "Conflict"),
            ("422", "RulesBroken"),
            ("428", "PreconditionRequired"),
        ],
    }
}

fn day(name: &str, description: &str) -> Value {
    query(name, description, &json!({ "type": "string", "format": "date" }))
}

fn told() -> Vec<Operation> {
    let text = json!({ "type": "string" });
    let as_of = || day("as_of", "The day that is asked about; today in Lima without it.");
    let ubigeo = || query("ubigeo", "The district, where a code stands in several.", &text);
    let recorded = || query("recorded_as_of", "What was on record at that instant; for auditors.", &text);
    let one = |path, id, es, en, parameters, content| Operation {
        method: "get",
        path,
        id,
        es,
        en,
        parameters,
        body: None,
        answers: vec![("200", "Found.", content)],
        errors: &[("404", "NotFound"), ("406", "NotAcceptable")],
    };
    let mut extract = shape("extract");
    extract["application/geo+json"] = json!({ "schema": { "type": "object" } });
    let mut perimeter = shape("perimeter");
    perimeter["text/csv"] = json!({ "schema": { "type": "string" } });
    vec![
        Operation {
            errors: &[("404", "NotFound"), ("406", "NotAcceptable"), ("409", "Conflict")],
            ..one(
                "/api/v1/parcels/{code}",
                "getParcel",
                "El lote como lo debe conocer quien lo cambia; `ETag` es su versión",
                "The parcel as its next writer must know it; `ETag` is its version",
                vec![as_of()],
                shape("parcel"),
            )
        },
        one(
            "/api/v1/parcels/{code}/lineage",
            "getLineage",
            "Ascendientes y descendientes",
            "Ancestors and descendants",
            vec![as_of()],
            shape("lineage"),
        ),
        one(
            "/api/v1/parcels/{code}/extract",
            "getExtract",
            "Todo lo que afecta al lote",
            "Everything that limits the parcel",
            vec![as_of(), ubigeo(), recorded()],
            extract,
        ),
        one(
            "/api/v1/parcels/{code}/areas",
            "getAreas",
            "Las cuatro áreas y su tolerancia",
            "The four areas and their tolerance",
            vec![as_of(), ubigeo(), recorded()],
            shape("areas"),
        ),
        one(
            "/api/v1/parcels/{code}/perimeter",
            "getPerimeter",
            "Cuadro de vértices del plano perimétrico",
            "Table of the perimeter plan",
            vec![as_of(), ubigeo()],
            perimeter,
        ),
    ]
}
