//! The rules of the register: their names, their norms, what they say.
//!
//! The database enforces those whose names are constraints (migrations 0003, 0050, 0070, 0071, 0100); here are the words. Names
//! are contract.

use chrono::NaiveDate;
use serde::Serialize;

use crate::problem::{Error, Rule, Violation};

const CIVIL: &str = "Código Civil";
const SHARES: &str = "Código Civil, art. 969";
const HEIRS: &str = "Código Civil, art. 660";
const CADASTRE: &str = "Ley 28294";
const HOUSE: &str = "regla del sistema";

/// Every rule of the register.
pub const RULES: &[Rule] = &[
    Rule::new(
        "tenure_right_shares_sum_to_one",
        SHARES,
        "las cuotas no suman uno; revise cada cuota del mismo derecho",
        "the shares do not sum to one; look at each share of the same kind of right",
    ),
    Rule::new(
        "parts_sum_to_one",
        SHARES,
        "las partes de quienes reciben no suman uno",
        "the parts of those who receive do not sum to one",
    ),
    Rule::new(
        "transfer_is_of_what_is_held",
        CIVIL,
        "nadie transfiere más de lo que tiene",
        "nobody transfers more than they hold",
    ),
    Rule::new(
        "transfer_goes_to_another",
        CIVIL,
        "quien transfiere no puede ser quien recibe",
        "who transfers cannot be who receives",
    ),
    Rule::new(
        "party_receives_once",
        SHARES,
        "un titular figura dos veces; sume sus partes",
        "a party stands twice; add its parts",
    ),
    Rule::new(
        "share_fits_the_register",
        HOUSE,
        "la fracción es demasiado fina: numerador y denominador tienen hasta 19 dígitos",
        "the fraction is too fine: numerator and denominator have up to 19 digits",
    ),
    Rule::new(
        "right_is_in_force",
        CIVIL,
        "ese derecho no rige en esa fecha sobre esta unidad",
        "that right is not in force on that day over this unit",
    ),
    Rule::new(
        "right_goes_on",
        CADASTRE,
        "ese derecho cambió después de esa fecha; anule primero el acto posterior o elija otra fecha",
        "that right changed after that day; annul the later act first or choose another day",
    ),
    Rule::new(
        "right_ends_with_its_holder",
        "Código Civil, art. 1021",
        "el usufructo y el uso terminan con la muerte de su titular, no pasan a herederos",
        "usufruct and use end with their holder's death, they do not pass to heirs",
    ),
    Rule::new(
        "restriction_forbids_transfer",
        "Ley 28687",
        "una carga inscrita prohíbe transferir en esa fecha",
        "a restriction on record forbids the transfer on that day",
    ),
    Rule::new(
        "restriction_is_in_force",
        CADASTRE,
        "esa carga no pesa sobre esta unidad en esa fecha y la víspera",
        "that restriction does not lie on this unit on that day and the day before",
    ),
    Rule::new(
        "restriction_lies_on_its_unit",
        CADASTRE,
        "ese lote no es de esta unidad",
        "that parcel is not of this unit",
    ),
    Rule::new(
        "restriction_says_what",
        HOUSE,
        "la carga no dice en qué consiste",
        "the restriction does not say what it is",
    ),
    Rule::new(
        "restriction_changes_by_act",
        CADASTRE,
        "una carga se inscribe y se levanta solo por un acto con su documento",
        "a restriction is put on and taken off by an act with its source only",
    ),
    Rule::new("norm_is_recorded", HOUSE, "esa norma no está registrada", "that norm is not on record"),
    Rule::new(
        "party_is_recorded",
        HEIRS,
        "quien recibe no está registrado; regístrelo primero",
        "who receives is not on record; record them first",
    ),
    Rule::new(
        "entry_is_of_the_unit",
        CADASTRE,
        "ese asiento no es de esta unidad, o ya está anulado",
        "that entry is not of this unit, or was annulled",
    ),
    Rule::new(
        "correction_changes_something",
        HOUSE,
        "la corrección no cambia nada",
        "the correction changes nothing",
    ),
    Rule::new(
        "period_is_not_empty",
        HOUSE,
        "la vigencia termina antes de empezar",
        "the period ends before it begins",
    ),
    Rule::new(
        "tenure_right_version_periods_do_not_overlap",
        CADASTRE,
        "dos asientos de un mismo derecho rigen a la vez",
        "two entries of one right are in force at the same time",
    ),
    Rule::new(
        "act_is_there",
        CADASTRE,
        "ese acto no es de esta unidad, es una corrección o anulación, o ya está anulado",
        "that act is not of this unit, is a correction or an annulment, or was annulled",
    ),
    Rule::new(
        "act_is_the_last_on_its_entries",
        CADASTRE,
        "algo posterior se apoya en ese acto; anúlelo primero",
        "something later rests on that act; annul that first",
    ),
    Rule::new(
        "annulment_names_something",
        HOUSE,
        "la anulación no dice qué anula",
        "the annulment does not say what it annuls",
    ),
    Rule::new(
        "act_takes_effect_by_today",
        HOUSE,
        "un acto rige desde hoy o desde antes",
        "an act takes effect today or took effect before",
    ),
    Rule::new(
        "act_source_is_recorded",
        CADASTRE,
        "el documento que lo prueba no está registrado",
        "the document that proves it is not on record",
    ),
    Rule::new(
        "act_is_about_its_unit",
        HOUSE,
        "un acto cambia derechos sobre su unidad y ninguna otra",
        "an act changes rights over its unit and no other",
    ),
    Rule::new(
        "act_is_one_per_transaction",
        HOUSE,
        "una transacción lleva un solo acto",
        "a transaction carries one act",
    ),
    Rule::new("act_is_annulled_once", CADASTRE, "ese acto ya está anulado", "that act was annulled already"),
    Rule::new(
        "tenure_right_changes_by_act",
        CADASTRE,
        "un derecho cambia solo por un acto con su documento",
        "a right changes by an act with its source only",
    ),
    Rule::new(
        "legal_objects_are_not_deleted",
        CADASTRE,
        "lo que rigió se anula, no se borra",
        "what was in force is annulled, not deleted",
    ),
    Rule::new(
        "tenure_right_identity_is_fixed",
        CADASTRE,
        "un derecho no cambia de unidad ni de clase",
        "a right changes neither its unit nor its kind",
    ),
    Rule::new(
        "party_alone_has_no_members",
        CIVIL,
        "solo un grupo o una sociedad conyugal tiene integrantes",
        "only a group or spouses have members",
    ),
    Rule::new(
        "party_spouses_are_two",
        "Código Civil, art. 301",
        "una sociedad conyugal es de dos personas naturales, sin cuotas",
        "spouses are two natural persons, without shares",
    ),
    Rule::new(
        "party_group_has_members",
        SHARES,
        "un grupo tiene dos integrantes o más",
        "a group has two members or more",
    ),
    Rule::new(
        "party_member_shares_sum_to_one",
        SHARES,
        "las cuotas de los integrantes no suman uno",
        "the shares of the members do not sum to one",
    ),
    Rule::new(
        "party_document_fits",
        "Ley 26497",
        "el número no corresponde a la clase de documento: el DNI tiene 8 dígitos, el RUC 11",
        "the number does not fit the kind of document: a DNI has 8 digits, a RUC 11",
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
    /// What it is about: a kind of right, the number of a party, an entry, an act.
    pub about: Option<String>,
    /// From which day.
    pub since: Option<NaiveDate>,
    /// The sum of shares that was found.
    pub sum: Option<String>,
}

impl Broken {
    /// A breach of `name`; nothing for a name that is no rule of the register.
    pub fn of(name: &str) -> Option<Self> {
        named(name).map(|rule| Self { rule, about: None, since: None, sum: None })
    }

    /// The breaches of the rules `name`, about these.
    pub fn about<T: ToString>(name: &str, about: impl IntoIterator<Item = T>) -> Vec<Self> {
        let one = |about: T| Some(Self { about: Some(about.to_string()), ..Self::of(name)? });
        about.into_iter().filter_map(one).collect()
    }

    /// In both languages, as a problem tells it.
    fn violation(&self) -> Violation {
        let about = [self.about.clone(), self.sum.clone(), self.since.map(|day| day.to_string())];
        let about: Vec<String> = about.into_iter().flatten().collect();
        let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
        let Rule { name, norm, es, en } = *self.rule;
        let detail = format!("es: {es}{about} [{norm}] | en: {en}{about} [{norm}]");
        Violation { rule: name.into(), detail, pointer: None }
    }
}

/// The breaches as an answer.
pub fn refused(broken: &[Broken]) -> Error {
    Error::Rules(broken.iter().map(Broken::violation).collect())
}

/// A refusal of the database as the rule that was broken.
pub fn explained(error: sqlx::Error) -> Error {
    let constraint = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
    match constraint.and_then(Broken::of) {
        Some(broken) => refused(&[broken]),
        None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_migrations_has_its_words() {
        let sql = [
            include_str!("../../migrations/0050_shares.sql"),
            include_str!("../../migrations/0070_acts.sql"),
            include_str!("../../migrations/0071_parties.sql"),
            include_str!("../../migrations/0100_burdens.sql"),
        ]
        .concat();
        let names: Vec<&str> =
            sql.split("constraint = '").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
        assert!(names.len() > 6, "{names:?}");
        // Told in words of their own.
        let elsewhere = ["right_is_limited_to_districts", "party_document_is_recorded_once"];
        for name in names.into_iter().filter(|name| !elsewhere.contains(name)) {
            assert!(named(name).is_some(), "{name} has no words");
        }
    }
}
