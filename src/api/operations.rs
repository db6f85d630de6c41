//! What an operation of the document is made of.

use serde_json::{Map, Value, json};

use super::{bundles, deliveries, exports, parcels, register, resources, returns, shapes};
use crate::access::Permission;
use crate::http::routes::Declared;

/// One method of one path.
pub(super) struct Operation {
    /// In lower case, as the document has it.
    pub method: &'static str,
    /// From the root, as the router has it; the operation of a parcel by its own name.
    pub path: &'static str,
    /// Stable name.
    pub id: &'static str,
    /// What it does.
    pub es: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Besides those in the path.
    pub parameters: Vec<Value>,
    /// Media types of the body, each with its schema.
    pub body: Option<Value>,
    /// Status, meaning, media types with schemas.
    pub answers: Vec<(&'static str, &'static str, Value)>,
    /// Names in `components.responses`, besides those that every route may answer.
    pub errors: &'static [(&'static str, &'static str)],
}

/// Every operation.
pub(super) fn all() -> Vec<Operation> {
    let rooms = [
        bundles::all(),
        deliveries::all(),
        exports::all(),
        parcels::all(),
        register::all(),
        resources::all(),
        returns::all(),
    ];
    rooms.into_iter().flatten().collect()
}

impl Operation {
    /// Whether the route serves it.
    pub fn is_of(&self, route: &Declared) -> bool {
        let (own, routed) = (self.path.split('/'), route.path.split('/'));
        route.method.as_str().eq_ignore_ascii_case(self.method)
            && own.clone().count() == routed.clone().count()
            && own.zip(routed).all(|(own, routed)| own == routed || routed == "{operation}")
            // A path that the router names in full is no operation of a parcel.
            && (route.path == self.path
                || parcels::ON_ONE.iter().chain(&register::ACTS).any(|name| self.path.ends_with(name)))
    }

    pub fn json(&self, spanish: bool, permission: Option<Permission>) -> Value {
        let mut parameters = self.in_path();
        parameters.extend(self.parameters.iter().cloned());
        let mut operation = json!({
            "operationId": self.id,
            "summary": if spanish { self.es } else { self.en },
            "parameters": parameters,
            "responses": self.responses(permission),
            "security": security(permission),
        });
        if let Some(body) = &self.body {
            operation["requestBody"] = json!({ "required": true, "content": body });
        }
        if let Some(Permission::Roles(offices)) = permission {
            operation["x-offices"] = offices.iter().map(|office| office.name()).collect();
        }
        operation
    }

    fn in_path(&self) -> Vec<Value> {
        let of_export = self.path.starts_with("/api/v1/exports/{id}");
        let known = [
            ("code", "Code of the parcel: 14 digits in a block, UC or local number outside.", "string"),
            if of_export {
                ("id", "Id of the export, a UUID.", "string")
            } else {
                ("id", "Number of the unit, of the source, of the delivery or of the field copy.", "integer")
            },
            ("bundle", "Number of the bundle.", "integer"),
            ("finding", "Number of the finding.", "integer"),
            ("change", "Number of the change.", "integer"),
            ("sha256", "SHA-256 of the file, 64 hexadecimal digits.", "string"),
        ];
        let named = known.iter().filter(|(name, ..)| self.path.contains(&format!("{{{name}}}")));
        named
            .map(|(name, description, kind)| {
                json!({ "name": name, "in": "path", "required": true, "description": description,
                    "schema": { "type": kind } })
            })
            .collect()
    }

    fn responses(&self, permission: Option<Permission>) -> Value {
        let mut responses = Map::new();
        for (status, description, content) in &self.answers {
            let mut answer = json!({ "description": description });
            if !content.is_null() {
                answer["content"] = content.clone();
            }
            responses.insert((*status).to_owned(), answer);
        }
        let guarded = [("401", "Unauthorized"), ("403", "Forbidden")];
        let guarded = guarded.iter().filter(|_| !matches!(permission, Some(Permission::Public)));
        for (status, name) in shapes::ALWAYS.iter().chain(guarded).chain(self.errors) {
            responses
                .insert((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{name}") }));
        }
        Value::Object(responses)
    }
}

/// Nothing, or one of the ways to prove an account.
fn security(permission: Option<Permission>) -> Value {
    let ways = json!([{ "token": [] }, { "basic": [] }, { "session": [] }]);
    match permission {
        // An account sees more, and none is needed.
        Some(Permission::Public) => json!([{}, { "token": [] }, { "basic": [] }, { "session": [] }]),
        _ => ways,
    }
}

/// A parameter of the query.
pub(super) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
}

/// A header of the request.
pub(super) fn header(name: &str, description: &str, required: bool) -> Value {
    json!({ "name": name, "in": "header", "required": required, "description": description, "schema": { "type": "string" } })
}

/// JSON of a schema in `components.schemas`.
pub(super) fn shape(name: &str) -> Value {
    json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } })
}
