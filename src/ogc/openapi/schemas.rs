//! The shapes of answers, self-contained.

use serde_json::{Value, json};

/// `components.schemas`
pub(super) fn all() -> Value {
    let text = json!({ "type": "string" });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    json!({
        "link": {
            "type": "object", "required": ["href", "rel"],
            "properties": {
                "href": text, "rel": text, "type": text, "hreflang": text, "title": text, "templated": { "type": "boolean" },
            },
        },
        "landingPage": {
            "type": "object", "required": ["links"],
            "properties": { "title": text, "description": text, "attribution": text, "links": links },
        },
        "confClasses": {
            "type": "object", "required": ["conformsTo"],
            "properties": { "conformsTo": { "type": "array", "items": text } },
        },
        "collections": {
            "type": "object", "required": ["links", "collections"],
            "properties": {
                "links": links,
                "collections": { "type": "array", "items": { "$ref": "#/components/schemas/collection" } },
            },
        },
        "collection": {
            "type": "object", "required": ["id", "links"],
            "properties": {
                "id": text, "title": text, "description": text, "attribution": text, "links": links,
                "extent": { "$ref": "#/components/schemas/extent" },
                "itemType": { "type": "string", "enum": ["feature", "record"], "default": "feature" },
                "crs": { "type": "array", "items": text }, "storageCrs": { "type": "string", "format": "uri" },
            },
        },
        "extent": {
            "type": "object",
            "properties": {
                "spatial": { "type": "object", "properties": {
                    "bbox": { "type": "array", "minItems": 1, "items": { "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } } },
                    "crs": text,
                } },
                "temporal": { "type": "object", "properties": {
                    "interval": { "type": "array", "minItems": 1, "items": {
                        "type": "array", "minItems": 2, "maxItems": 2,
                        "items": { "type": "string", "format": "date-time", "nullable": true },
                    } },
                    "trs": text,
                } },
            },
        },
        "featureCollectionGeoJSON": {
            "type": "object", "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": { "type": "array", "items": { "$ref": "#/components/schemas/featureGeoJSON" } },
                "links": links, "attribution": text,
                "numberMatched": { "type": "integer", "minimum": 0 }, "numberReturned": { "type": "integer", "minimum": 0 },
            },
        },
        "featureGeoJSON": {
            "type": "object", "required": ["type", "geometry", "properties"],
            "properties": {
                "type": { "type": "string", "enum": ["Feature"] },
                "id": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
                "geometry": { "$ref": "#/components/schemas/geometryGeoJSON" },
                "properties": { "type": "object", "nullable": true },
                "links": links, "attribution": text,
            },
        },
        "geometryGeoJSON": {
            "type": "object", "nullable": true, "required": ["type"],
            "properties": {
                "type": { "type": "string", "enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"] },
                "coordinates": { "type": "array", "items": {} },
                "geometries": { "type": "array", "items": { "type": "object" } },
            },
        },
        "tileSets": {
            "type": "object", "required": ["tilesets"],
            "properties": { "links": links, "tilesets": { "type": "array", "items": {
                "type": "object", "required": ["dataType", "crs", "links"],
                "properties": { "title": text, "dataType": text, "crs": text, "tileMatrixSetURI": text, "tileMatrixSetId": text, "links": links },
            } } },
        },
        "document": { "type": "object" },
        "problem": {
            "type": "object", "required": ["type", "title", "status"],
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text, "parameter": text,
            },
        },
    })
}

/// `components.responses`
pub(super) fn responses() -> Value {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } },
        })
    };
    json!({
        "BadRequest": problem("A parameter that cannot be meant; `parameter` names it."),
        "Unauthorized": problem("Nobody is signed in."),
        "Forbidden": problem("Not this office, this scope or this district."),
        "Conflict": problem("Against what is there; says what to do instead."),
        "PreconditionFailed": problem("Somebody was first: what changed, and by which office."),
        "RulesBroken": problem("Rules that the feature breaks, all of them, each with a pointer to its property."),
        "PreconditionRequired": problem("Say which version you saw."),
        "NotFound": problem("Nothing of that name or number."),
        "NotAcceptable": problem("No representation that the client accepts."),
        "ServerError": problem("A fault of the service."),
        "Overloaded": problem("All connections are busy; try again after Retry-After."),
    })
}
