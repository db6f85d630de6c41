//! The rules of the fabric: their names, their norms, what they say, and those that are pure geometry.
//!
//! The database enforces the rules whose names are constraints (`migrations/0021_fabric_rules.sql`); here are the
//! words. Names are contract.

use serde::{Deserialize, Serialize};

use super::shape::Shape;
use crate::http::negotiate::Language;
pub use crate::problem::Rule;
use crate::problem::Violation;
use crate::spatial::mm::{Mm, cross, edges};

const CADASTRE: &str = "Ley 28294";
const PRECISION: &str = "DS 005-2006-JUS";
const REGISTRY: &str = "Res. 097-2013-SUNARP-SN";
const CUC: &str = "Directiva 001-2006-SNCP/CNC";
const HOUSE: &str = "regla del sistema";

/// Every rule of the fabric.
pub const RULES: &[Rule] = &[
    Rule::new(
        "parcel_version_agreed_do_not_overlap",
        CADASTRE,
        "dos predios acordados se superponen; corrija el lindero o deje uno como provisional",
        "two agreed parcels overlap; put the boundary right or leave one provisional",
    ),
    Rule::new(
        "parcel_version_agreed_corners_are_matched",
        CADASTRE,
        "un vértice toca el lindero de un vecino que no lo tiene; ajuste ambos a la vez",
        "a corner touches the edge of a neighbour that lacks it; adjust both at once",
    ),
    Rule::new(
        "parcel_version_agreed_corners_are_known",
        PRECISION,
        "un vértice no tiene registro de cómo se midió",
        "a corner has no record of how it was measured",
    ),
    Rule::new(
        "parcel_version_agreed_is_valid",
        REGISTRY,
        "el polígono no es válido: se cruza o se toca a sí mismo",
        "the polygon is not valid: it crosses or touches itself",
    ),
    Rule::new(
        "parcel_version_agreed_is_on_the_grid",
        PRECISION,
        "un vértice no está en la grilla de 1 mm",
        "a corner is off the 1 mm grid",
    ),
    Rule::new(
        "parcel_version_agreed_has_a_polygon",
        REGISTRY,
        "el predio no tiene polígono; incorpórelo con un levantamiento",
        "the parcel has no polygon; bring one in by a survey",
    ),
    Rule::new(
        "operation_keeps_the_land",
        CADASTRE,
        "las partes no cubren exactamente lo que cubría el todo",
        "the parts do not cover exactly what the whole covered",
    ),
    Rule::new(
        "operation_opens_no_gap",
        CADASTRE,
        "queda tierra libre entre predios acordados; ajuste los vecinos o declárela",
        "land is left free between agreed parcels; adjust the neighbours or declare it",
    ),
    Rule::new(
        "operation_keeps_lineage",
        REGISTRY,
        "un predio nuevo no tiene origen o uno extinguido no tiene resultado",
        "a new parcel has no parent or one that ended has no child",
    ),
    Rule::new(
        "lineage_comes_from_an_operation",
        REGISTRY,
        "la filiación nace de una operación: split, detach o merge",
        "lineage comes from an operation: split, detach or merge",
    ),
    Rule::new(
        "lineage_is_append_only",
        CADASTRE,
        "lo que una operación enlazó queda enlazado",
        "what an operation linked stays linked",
    ),
    Rule::new(
        "operation_registered_areas_add_up",
        REGISTRY,
        "las áreas registradas de las partes no suman la del todo",
        "the registered areas of the parts do not add up to that of the whole",
    ),
    Rule::new(
        "parcel_lock_holds",
        "Ley 28687",
        "un expediente abierto retiene el predio; espere su cierre o actúe por encargo de él",
        "an open case holds the parcel; wait until it is closed or act on its behalf",
    ),
    Rule::new(
        "operation_takes_effect_by_today",
        HOUSE,
        "una operación rige desde hoy o desde antes",
        "an operation takes effect today or took effect before",
    ),
    Rule::new(
        "operation_load_is_the_owners",
        HOUSE,
        "solo el propietario del esquema carga un tejido entero",
        "only the owner of the schema loads a whole fabric",
    ),
    Rule::new(
        "operation_takes_effect_on_its_day",
        HOUSE,
        "una versión empieza o termina otro día que el de la operación; dé a la operación ese día",
        "a version begins or ends on another day than the operation's; give the operation that day",
    ),
    Rule::new(
        "operation_describes_only",
        HOUSE,
        "un cambio de datos no cambia el polígono ni el estado; use adjust, replace o retire",
        "a change of what is said of a parcel leaves its polygon and state; use adjust, replace or retire",
    ),
    Rule::new(
        "parcel_lock_holds_what_is_in_force",
        HOUSE,
        "el predio ya no rige: un expediente no puede retenerlo; vea su filiación",
        "the parcel is no longer in force: a case cannot hold it; see its lineage",
    ),
    Rule::new(
        "operation_is_one_per_transaction",
        HOUSE,
        "una transacción lleva una sola operación",
        "a transaction carries one operation",
    ),
    Rule::new(
        "parcel_version_changes_by_operation",
        HOUSE,
        "el polígono, el período y el estado cambian solo por una operación: split, merge, detach, adjust, replace, retire, correct o agree",
        "polygon, period and state change by an operation only: split, merge, detach, adjust, replace, retire, correct or agree",
    ),
    Rule::new(
        "parcel_version_agreed_by_operation",
        HOUSE,
        "solo la operación agree hace acordado un predio; incorpórelo como provisional",
        "only the operation agree makes a parcel agreed; enter it as provisional",
    ),
    Rule::new(
        "parcel_version_enters_on_free_land",
        CADASTRE,
        "un predio nuevo entra en tierra libre; aquí rige uno acordado: divídalo o independice",
        "a new parcel enters on free land; an agreed one is in force here: split it or detach from it",
    ),
    Rule::new(
        "legal_objects_are_not_deleted",
        CADASTRE,
        "lo que rigió se da de baja, no se borra",
        "what was in force is retired, not deleted",
    ),
    Rule::new(
        "corner_place_never_changes",
        PRECISION,
        "un vértice es su lugar; para moverlo use adjust",
        "a corner is its place; to move it use adjust",
    ),
    Rule::new(
        "parcel_cuc_is_never_reused",
        CUC,
        "ese código único catastral está en el archivo histórico y no se vuelve a dar",
        "that unique cadastral code is in the historical archive and is never given again",
    ),
    Rule::new(
        "parcel_code_runs_out",
        "RM 155-2006-VIVIENDA",
        "no queda número libre en la manzana",
        "no number is left in the block",
    ),
    Rule::new(
        "line_divides_the_parcel",
        REGISTRY,
        "la línea no divide el predio; prolónguela hasta ambos linderos",
        "the line does not divide the parcel; prolong it to both boundaries",
    ),
    Rule::new(
        "area_is_within_the_parcel",
        REGISTRY,
        "el área pedida debe ser mayor que cero y menor que la del predio",
        "the area asked for must be more than nothing and less than the parcel's",
    ),
    Rule::new(
        "side_is_long_enough",
        REGISTRY,
        "un lado nuevo mide menos de 1 cm; lleve el vértice al existente",
        "a new side is shorter than 1 cm; take the corner to the one that is there",
    ),
    Rule::new(
        "ring_has_an_area",
        REGISTRY,
        "un anillo queda con menos de tres vértices o sin área",
        "a ring is left with fewer than three corners or without an area",
    ),
    Rule::new(
        "corner_is_there",
        PRECISION,
        "el predio no tiene un vértice ahí",
        "the parcel has no corner there",
    ),
    Rule::new(
        "corner_is_on_an_edge",
        PRECISION,
        "el lugar no está sobre un lindero; inserte el vértice en el lindero y muévalo después",
        "the place is not on an edge; insert the corner on the edge and move it afterwards",
    ),
    Rule::new(
        "merge_takes_two",
        REGISTRY,
        "se acumulan dos predios o más, todos del mismo estado y distrito",
        "a merge takes two parcels or more, all of one state and district",
    ),
    Rule::new(
        "merge_is_one_piece",
        REGISTRY,
        "los predios que se acumulan deben ser colindantes",
        "parcels to be merged must adjoin",
    ),
    Rule::new(
        "merge_has_one_holder",
        REGISTRY,
        "los predios que se acumulan deben tener los mismos titulares y cuotas",
        "parcels to be merged must have the same holders and shares",
    ),
    Rule::new(
        "parcel_is_in_force_openly",
        CADASTRE,
        "el predio no rige desde esa fecha sin término; elija una fecha posterior a su último cambio",
        "the parcel is not in force from that date on; choose a date after its last change",
    ),
    Rule::new(
        "parcel_is_provisional",
        CADASTRE,
        "el predio ya está acordado, o no hay ninguno provisional",
        "the parcel is agreed already, or there is no provisional one",
    ),
    Rule::new(
        "place_is_near_the_parcel",
        "RJ 086-2011-IGN",
        "una coordenada está a más de 5 km del predio: revise zona, datum y orden de los ejes",
        "a coordinate is more than 5 km from the parcel: look at zone, datum and order of the axes",
    ),
];

/// The rule of that name.
pub fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// One breach of a rule.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// The rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// Code of the parcel.
    pub parcel: Option<String>,
    /// Code of the other one.
    pub other: Option<String>,
    /// Square metres or metres, as the rule has it.
    pub measure: Option<f64>,
    /// Easting and northing of the place.
    pub at: Option<[f64; 2]>,
}

/// A breach as the database tells it.
#[derive(Clone, Debug, Deserialize, sqlx::FromRow)]
pub struct Told {
    /// Name of the rule.
    pub rule: String,
    /// Code of the parcel.
    pub parcel: Option<String>,
    /// Code of the other one.
    pub other: Option<String>,
    /// What was measured.
    pub measure: Option<f64>,
    /// Easting.
    pub x: Option<f64>,
    /// Northing.
    pub y: Option<f64>,
}

impl Broken {
    /// A breach of `name` that is about no place; nothing for a name that is no rule of the fabric.
    pub fn of(name: &str) -> Option<Self> {
        named(name).map(|rule| Self { rule, parcel: None, other: None, measure: None, at: None })
    }

    /// The same about a parcel.
    #[must_use]
    pub fn parcel(mut self, code: &str) -> Self {
        self.parcel = Some(code.to_owned());
        self
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Mm) -> Self {
        let (e, n) = place.metres();
        self.at = Some([e, n]);
        self
    }

    /// What the database tells; nothing for a name that is no rule of the fabric.
    pub fn told(told: Told) -> Option<Self> {
        let rule = named(&told.rule)?;
        let at = told.x.zip(told.y).map(|(e, n)| [e, n]);
        Some(Self { rule, parcel: told.parcel, other: told.other, measure: told.measure, at })
    }

    /// The breach in one sentence.
    pub fn sentence(&self, language: Language) -> String {
        let text = if language == Language::Es { self.rule.es } else { self.rule.en };
        let about = [self.parcel.as_deref(), self.other.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        let measure = self.measure.map(|m2| format!(" ({m2:.6} m²)")).unwrap_or_default();
        let at = self.at.map(|[e, n]| format!(" E {e:.3} N {n:.3}")).unwrap_or_default();
        let about = if about.is_empty() { about } else { format!("{about}: ") };
        format!("{about}{text}{measure}{at} [{}]", self.rule.norm)
    }

    /// The breach as a problem tells it.
    pub fn violation(&self, language: Language) -> Violation {
        Violation { rule: self.rule.name.into(), detail: self.sentence(language), pointer: None }
    }
}

/// Shortest side that a plan can show (check T01).
const SHORTEST_SIDE_MM: f64 = 10.0;

/// What is wrong with rings that an operation made; sides that were there before are not its doing.
pub fn rings(code: &str, shape: &Shape, before: Option<&Shape>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for ring in shape.rings() {
        let doubled: i128 = edges(ring).map(|(a, b)| cross(ring[0], a, b)).sum();
        if ring.len() < 3 || doubled == 0 {
            broken.extend(Broken::of("ring_has_an_area").map(|b| b.parcel(code)));
            continue;
        }
        let old =
            |a, b| before.is_some_and(|shape| shape.edges().any(|edge| edge == (a, b) || edge == (b, a)));
        let short = edges(ring).filter(|&(a, b)| a.distance(b) < SHORTEST_SIDE_MM && !old(a, b));
        broken.extend(
            short.filter_map(|(a, _)| Broken::of("side_is_long_enough").map(|b| b.parcel(code).at(a))),
        );
    }
    broken
}

/// Farthest that a coordinate may lie from what is known (zone, datum and axis mistakes are kilometres).
const FARTHEST_M: f64 = 5_000.0;

/// Places that are too far from the parcel to be meant.
pub fn far(code: &str, shape: &Shape, places: &[Mm]) -> Vec<Broken> {
    let Some([w, s, e, n]) = shape.bounds_m() else { return Vec::new() };
    let near = |place: &Mm| {
        let (x, y) = place.metres();
        x > w - FARTHEST_M && x < e + FARTHEST_M && y > s - FARTHEST_M && y < n + FARTHEST_M
    };
    let far = places.iter().filter(|place| !near(place));
    far.filter_map(|place| Broken::of("place_is_near_the_parcel").map(|b| b.parcel(code).at(*place)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_migrations_has_its_words() {
        let sql = [
            include_str!("../../migrations/0020_operations.sql"),
            include_str!("../../migrations/0021_fabric_rules.sql"),
            include_str!("../../migrations/0022_codes.sql"),
            include_str!("../../migrations/0024_lineage.sql"),
        ]
        .concat();
        let raised = sql.split("constraint = '").skip(1).filter_map(|rest| rest.split('\'').next());
        let judged = sql.split("select '").skip(1).filter_map(|rest| rest.split('\'').next());
        let judged = judged.filter(|name| name.contains('_') && !name.contains(' '));
        let names: Vec<&str> =
            raised.chain(judged).filter(|name| *name != "register_follows_its_operation").collect();
        assert!(names.len() > 12, "{names:?}");
        for name in names {
            assert!(named(name).is_some(), "{name} has no words");
        }
    }

    #[test]
    fn a_short_side_is_named_unless_it_was_there() {
        let at = |x, y| Mm { x, y };
        let shape = Shape(vec![vec![vec![at(0, 0), at(9, 0), at(10_000, 10_000), at(0, 10_000)]]]);
        assert_eq!(rings("A", &shape, None).len(), 1);
        assert!(rings("A", &shape, Some(&shape)).is_empty());
        let flat = Shape(vec![vec![vec![at(0, 0), at(9000, 0)]]]);
        assert_eq!(rings("A", &flat, None)[0].rule.name, "ring_has_an_area");
    }
}
