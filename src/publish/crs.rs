//! Where a file's coordinates are: as told, as declared, or degrees that say nothing; never a guess.

use sqlx::PgConnection;

use super::load::Tally;
use super::refuse;
use crate::intake::crs::{KnownAs, known_as, label};
use crate::intake::store;
use crate::spatial::wire::{Crs, Header};

/// The reference system of a layer, and how it was found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Place {
    /// SRID in PostGIS; `None` where the file has no geometry.
    pub srid: Option<i32>,
    /// Name of the system.
    pub name: String,
    /// What the file declares.
    pub declared: Option<String>,
    /// How the system was decided: `told`, `declared`, `matched`, `degrees`, `none`.
    pub how: &'static str,
    /// Longitude and latitude rather than metres.
    pub degrees: bool,
}

/// Decides, or refuses with what would help.
pub async fn decide(
    connection: &mut PgConnection,
    header: &Header,
    told: Option<i32>,
    tally: &Tally,
) -> anyhow::Result<Place> {
    let declared = header.crs.as_ref().filter(|crs| !crs.by_format);
    if tally.with_geometry == 0 && told.is_none() && declared.is_none() {
        return Ok(Place { how: "none", ..Place::default() });
    }
    let (srid, how) = match (told, declared) {
        (Some(srid), _) => (srid, "told"),
        (None, Some(crs)) => find(connection, crs).await?,
        // A drawing's own numbers may look like degrees and be metres from a corner; so may a network's.
        (None, None)
            if DRAWN.contains(&header.driver.as_str()) || tally.beyond_degrees * 2 > tally.with_geometry =>
        {
            return Err(undeclared(header, tally));
        }
        (None, None) => (4326, "degrees"),
    };
    let Some((name, degrees)) = store::system(connection, srid).await? else {
        return Err(refuse(
            &format!("PostGIS no conoce el sistema EPSG:{srid}."),
            &format!("PostGIS does not know the system EPSG:{srid}."),
        ));
    };
    if degrees && tally.beyond_degrees * 2 > tally.with_geometry {
        return Err(no_degrees(&name, tally));
    }
    let declared = declared.map(label);
    Ok(Place { srid: Some(srid), name, declared, how, degrees })
}

/// Formats that have no word for a reference system.
const DRAWN: [&str; 3] = ["DXF", "EPANET", "SWMM"];

async fn find(connection: &mut PgConnection, crs: &Crs) -> anyhow::Result<(i32, &'static str)> {
    let label = label(crs);
    match known_as(connection, crs).await? {
        KnownAs::One(srid, how) => Ok((srid, how)),
        KnownAs::Nothing => Err(refuse(
            &format!(
                "El archivo declara un sistema de coordenadas que PostGIS no conoce: {label}. Si sabe cuál es, dígalo con --srid."
            ),
            &format!(
                "The file declares a reference system that PostGIS does not know: {label}. If you know which it is, say so with --srid."
            ),
        )),
        KnownAs::Several(several) => {
            let list = several.iter().map(|srid| format!("EPSG:{srid}")).collect::<Vec<_>>().join(", ");
            Err(refuse(
                &format!("El archivo declara «{label}», que puede ser {list}: elija con --srid."),
                &format!("The file declares '{label}', which may be {list}: choose with --srid."),
            ))
        }
    }
}

fn undeclared(header: &Header, tally: &Tally) -> anyhow::Error {
    let [west, south, east, north] = tally.bounds.unwrap_or_default();
    let span = format!("x {west:.3} … {east:.3}, y {south:.3} … {north:.3}");
    // Southern UTM in Peru; which datum, the numbers do not say: PSAD56 lies 430 m off and looks the same.
    let utm = west > 100_000. && east < 900_000. && south > 7_900_000. && north < 10_000_000.;
    let (hint_es, hint_en) = if utm {
        (
            " Parecen UTM del hemisferio sur: --srid 32718 para WGS 84 zona 18S, 24878 para PSAD56 zona 18S; las cifras no dicen cuál de los dos.",
            " They look like southern UTM: --srid 32718 for WGS 84 zone 18S, 24878 for PSAD56 zone 18S; the numbers do not say which.",
        )
    } else {
        ("", "")
    };
    let driver = &header.driver;
    refuse(
        &format!(
            "El archivo ({driver}) no declara su sistema de coordenadas y sus números ({span}) no son necesariamente grados: dígalo con --srid.{hint_es}"
        ),
        &format!(
            "The file ({driver}) does not declare its reference system and its numbers ({span}) are not necessarily degrees: say it with --srid.{hint_en}"
        ),
    )
}

fn no_degrees(name: &str, tally: &Tally) -> anyhow::Error {
    let [west, south, east, north] = tally.bounds.unwrap_or_default();
    refuse(
        &format!(
            "El sistema es «{name}», en grados, pero los números del archivo (x {west:.3} … {east:.3}, y {south:.3} … {north:.3}) no son grados: diga el sistema verdadero con --srid."
        ),
        &format!(
            "The system is '{name}', in degrees, but the file's numbers (x {west:.3} … {east:.3}, y {south:.3} … {north:.3}) are no degrees: say the true system with --srid."
        ),
    )
}
