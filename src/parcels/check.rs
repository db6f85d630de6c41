//! `predio check fabric`: audits the parcels in force set-wise and names every defect with its place.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{Connection, PgConnection};

use super::store;

/// One defect of the fabric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Stable class, one of [`CLASSES`].
    pub class: String,
    /// Code of the parcel.
    pub code: String,
    /// Code or name of the other party: the parcel overlapped, the block left.
    pub other: Option<String>,
    /// What was measured, in the unit of [`Class::unit`].
    pub measure: Option<f64>,
    /// Why, in the words of the judge (PostGIS) where it has any.
    pub detail: Option<String>,
    /// Easting of the place, EPSG:32718, metres.
    pub x: Option<f64>,
    /// Northing of the place, EPSG:32718, metres.
    pub y: Option<f64>,
}

/// A class of findings in the words of the officer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Class {
    /// Stable name.
    pub name: &'static str,
    /// Spanish.
    pub es: &'static str,
    /// English.
    pub en: &'static str,
    /// Unit of the measure.
    pub unit: &'static str,
}

/// Every class that the audit knows, in the order in which it looks.
pub const CLASSES: [Class; 11] = [
    class("no_geometry", "predio sin polígono", "parcel without a polygon", ""),
    class("invalid_geometry", "polígono inválido", "invalid polygon", ""),
    class("off_grid", "vértice fuera de la grilla de 1 mm", "corner off the 1 mm grid", ""),
    class("overlap", "superposición con otro predio", "overlap with another parcel", "m²"),
    class("sliver_gap", "vacío angosto dentro de la manzana", "narrow gap inside the block", "m²"),
    class(
        "unmatched_corner",
        "vértice sobre el lindero vecino sin vértice común",
        "corner on a neighbour's edge that lacks it",
        "",
    ),
    class("outside_district", "fuera del distrito", "outside the district", "m²"),
    class("crosses_district", "cruza el límite del distrito", "crosses the district's limit", "m²"),
    class("outside_block", "sale de su manzana", "leaves its block", "m²"),
    class(
        "area_beyond_tolerance",
        "área registrada fuera de tolerancia",
        "registered area beyond tolerance",
        "%",
    ),
    class("building_outside", "edificación fuera del predio", "building outside its parcel", "m²"),
];

const fn class(name: &'static str, es: &'static str, en: &'static str, unit: &'static str) -> Class {
    Class { name, es, en, unit }
}

/// The whole audit.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// Parcels in force that were looked at.
    pub parcels: i64,
    /// Findings by class, every class named also with 0.
    pub counts: BTreeMap<&'static str, usize>,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Audits the parcels in force today, of one district or (`None`) of all.
///
/// # Errors
/// When the database fails.
pub async fn fabric(connection: &mut PgConnection, ubigeo: Option<&str>) -> sqlx::Result<Audit> {
    let parcels = store::count_in_force(connection, ubigeo).await?;
    let mut findings = store::polygon_findings(connection, ubigeo).await?;
    findings.extend(store::overlaps(connection, ubigeo).await?);
    findings.extend(store::sliver_gaps(connection, ubigeo).await?);
    findings.extend(store::unmatched_corners(connection, ubigeo).await?);
    findings.extend(store::misplaced(connection, ubigeo).await?);
    findings.extend(store::areas_beyond_tolerance(connection, ubigeo).await?);
    findings.extend(store::buildings_outside(connection, ubigeo).await?);
    let counts = CLASSES.map(|c| (c.name, findings.iter().filter(|f| f.class == c.name).count())).into();
    Ok(Audit { parcels, counts, findings })
}

/// Keeps the findings, so that their repair can be followed (layer `fabric_findings` for the staff). Answers how many
/// are open, and how many were found no more.
///
/// # Errors
/// When the database fails; then nothing is kept.
pub async fn keep(
    connection: &mut PgConnection,
    ubigeo: Option<&str>,
    audit: &Audit,
) -> sqlx::Result<(i64, i64)> {
    let mut transaction = connection.begin().await?;
    store::act_as_owner(&mut transaction, "predio check fabric").await?;
    let kept = store::keep_findings(&mut transaction, ubigeo, &audit.findings).await?;
    transaction.commit().await?;
    Ok(kept)
}
