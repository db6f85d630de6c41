//! What the database refuses, in the words of the rules.

use sqlx::postgres::PgDatabaseError;

use crate::http::negotiate::Language;
use crate::parcels::rules::{Broken, Told};
use crate::parcels::store::LastChange;
use crate::problem::Error;

/// A refusal of the database as the rules that were broken: all of those that the judgement found, in both languages.
pub fn explained(error: sqlx::Error) -> Error {
    let cause = error.as_database_error().and_then(|cause| cause.try_downcast_ref::<PgDatabaseError>());
    let broken = cause.map(told).unwrap_or_default();
    if broken.is_empty() { error.into() } else { refused(&broken) }
}

fn told(cause: &PgDatabaseError) -> Vec<Broken> {
    let Some(rule) = cause.constraint() else { return Vec::new() };
    // The judgement lists everything that it found; other constraints name themselves only.
    let list: Vec<Told> =
        cause.detail().and_then(|detail| serde_json::from_str(detail).ok()).unwrap_or_default();
    let broken: Vec<Broken> = list.into_iter().filter_map(Broken::told).collect();
    if broken.is_empty() { Broken::of(rule).into_iter().collect() } else { broken }
}

/// The rules as an answer; Spanish first, English beside it.
pub fn refused(broken: &[Broken]) -> Error {
    let both = |one: &Broken| {
        let mut violation = one.violation(Language::Es);
        violation.detail = format!("es: {} | en: {}", violation.detail, one.sentence(Language::En));
        violation
    };
    Error::Rules(broken.iter().map(both).collect())
}

/// Who changed a parcel, by the office and never by the person.
pub fn what_changed(change: &LastChange) -> String {
    let by = match (&change.kind, &change.role, &change.at) {
        (Some(kind), Some(role), Some(at)) => format!("{kind}, {role}, {at}"),
        _ => "no operation on record".to_owned(),
    };
    let after = if change.children.is_empty() {
        String::new()
    } else {
        format!(" -> {}", change.children.join(", "))
    };
    format!(
        "es: el predio {code} ya no es como usted lo vio; último cambio: {by}{after} | \
         en: parcel {code} is no longer as you saw it; last change: {by}{after}",
        code = change.code
    )
}
