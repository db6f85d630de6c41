//! A file's declared reference system, found among those that PostGIS knows.

use sqlx::PgConnection;

use super::store;
use crate::spatial::srid::same_system;
use crate::spatial::wire::Crs;

/// What PostGIS knows of a declared system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownAs {
    /// This one, and how it was found: `declared` by its code, `matched` by datum and parameters.
    One(i32, &'static str),
    /// None.
    Nothing,
    /// Several with the same parameters: a question for the user.
    Several(Vec<i32>),
}

/// Looks a declared system up.
///
/// # Errors
/// When the database fails.
pub async fn known_as(connection: &mut PgConnection, crs: &Crs) -> sqlx::Result<KnownAs> {
    if let Some((authority, code)) = &crs.authority
        && let Some(srid) = store::srid_of(connection, authority, *code).await?
    {
        return Ok(KnownAs::One(srid, "declared"));
    }
    let projection =
        crs.proj4.split_ascii_whitespace().find_map(|part| part.strip_prefix("+proj=")).unwrap_or("");
    let known = store::systems_of(connection, projection).await?;
    Ok(match same_system(crs, &known).as_slice() {
        [srid] => KnownAs::One(*srid, "matched"),
        [] => KnownAs::Nothing,
        several => KnownAs::Several(several.to_vec()),
    })
}

/// The name of a system with its code.
pub fn label(crs: &Crs) -> String {
    match &crs.authority {
        Some((authority, code)) if *code != 0 => format!("{} ({authority}:{code})", crs.name),
        Some((authority, _)) => format!("{} ({authority})", crs.name),
        None => crs.name.clone(),
    }
}
