//! What the database refuses, in the words of who asked: the rule by its name, the property it is about, what to do.

use sqlx::postgres::PgDatabaseError;

use crate::layers::Layer;
use crate::layers::write::Since;
use crate::problem::{Error, Violation};

/// Rules that stand against the state of what is there, and not against what was sent.
const CONFLICTS: [&str; 6] = [
    "parcel_version_changes_by_operation",
    "legal_objects_are_not_deleted",
    "layer_changes_what_is_in_force",
    "layer_object_is_open",
    "layer_property_stays_with_the_object",
    "parcel_lock_holds",
];

/// A refusal of the database, told of `layer`.
pub(super) fn refused(layer: &Layer, error: sqlx::Error) -> Error {
    let cause = error.as_database_error().and_then(|cause| cause.try_downcast_ref::<PgDatabaseError>());
    cause.and_then(|cause| told(layer, cause)).unwrap_or_else(|| error.into())
}

fn told(layer: &Layer, cause: &PgDatabaseError) -> Option<Error> {
    let one = |rule: &str| {
        Error::Rules(vec![Violation {
            rule: rule.to_owned().into(),
            detail: said(cause),
            pointer: pointer(layer, cause),
        }])
    };
    match (cause.code(), cause.constraint()) {
        // The rights of a role or of a district; `problem` tells them.
        ("42501", _) => None,
        (_, Some("layer_version_is_current")) => Some(overtaken()),
        (_, Some(rule)) if CONFLICTS.contains(&rule) => Some(Error::Conflict(said(cause))),
        // unique_violation, exclusion_violation
        ("23505" | "23P01", Some(rule)) => {
            Some(Error::Conflict(format!("{rule}: there is one of that name or period already")))
        }
        // foreign_key_violation, from either side
        ("23503", Some(rule)) if cause.message().contains("still referenced") => {
            Some(Error::Conflict(format!("{rule}: others still refer to it")))
        }
        ("23502", _) => Some(one("property-missing")),
        (_, Some(rule)) => Some(one(rule)),
        // A value out of range, a text that is none, a geometry of another type; a place that cannot be moved.
        (code, None) if code.starts_with("22") => Some(one("value-is-possible")),
        ("XX000", None) => Some(one("geometry-in-area-of-use")),
        _ => None,
    }
}

/// The database's own words with what it advises. They name columns and rules, and hold no row.
fn said(cause: &PgDatabaseError) -> String {
    match cause.hint() {
        Some(hint) => format!("{}. {hint}", cause.message()),
        None => cause.message().to_owned(),
    }
}

/// The property that a refusal is about: the column that it names, or that its rule is named after.
fn pointer(layer: &Layer, cause: &PgDatabaseError) -> Option<String> {
    let geometry = layer.geometry.as_ref().map(|geometry| geometry.column.as_str());
    if cause.column().is_some() && cause.column() == geometry {
        return Some("/geometry".to_owned());
    }
    let named = cause.column().or_else(|| {
        let rule = cause.constraint()?;
        let columns = layer.columns.iter().map(|column| column.name.as_str());
        columns.filter(|name| rule.contains(&format!("_{name}_"))).max_by_key(|name| name.len())
    })?;
    layer.property(named).map(|column| format!("/properties/{}", column.name))
}

/// Somebody wrote between the look and the write.
pub(super) fn overtaken() -> Error {
    Error::PreconditionFailed(
        "es: alguien lo cambió mientras tanto | en: somebody changed it meanwhile".to_owned(),
    )
}

/// What a writer is told who did not say what it saw: also the one whose program cannot say it.
pub(super) fn unseen() -> Error {
    Error::PreconditionRequired(
        "es: diga qué versión vio: If-Match, la propiedad `version` o el parámetro `version`; QGIS no la dice al borrar: \
         borre lo que otros escribieron por la conexión PostGIS de la capa | \
         en: say which version you saw: If-Match, the property `version`, or the parameter `version`; QGIS does not say it \
         when it deletes: delete what others wrote over the PostGIS connection of the layer"
            .to_owned(),
    )
}

/// What a writer who saw an older version is told: what changed, by which office and never by whom.
pub(super) fn stale(current: i64, since: Option<&Since>) -> Error {
    let (es, en) = match since {
        None => (String::new(), String::new()),
        Some(since) => {
            let office = since.role.trim_start_matches("predio_");
            let changed = since.changed.as_deref().unwrap_or_default().join(", ");
            let at = since.at.format("%Y-%m-%dT%H:%M:%SZ");
            (
                format!("; cambió: {changed} ({office}, {at})"),
                format!("; changed: {changed} ({office}, {at})"),
            )
        }
    };
    Error::PreconditionFailed(format!(
        "es: ya no es como usted lo vio, la versión es ahora {current}{es} | \
         en: it is no longer as you saw it, the version is now {current}{en}"
    ))
}
