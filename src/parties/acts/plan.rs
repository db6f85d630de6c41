//! What an act will do, worked out on the entries as they stand: pure, exact, all broken rules at once.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::parties::model::{Corrected, Entry, NewRestriction, Receiver, Request};
use crate::parties::rules::Broken;
use crate::parties::share::Share;

/// What will be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Entries that end on the day of the act.
    pub ends: Vec<i64>,
    /// Entries that begin on that day.
    pub begins: Vec<Begin>,
    /// Entries put right where they stand, as they will be.
    pub corrected: Vec<Entry>,
    /// Entries that no longer count.
    pub annulled: Vec<i64>,
    /// The act that is annulled with everything that it did.
    pub annuls: Option<i64>,
    /// The restriction that is put on.
    pub burden: Option<NewRestriction>,
    /// The restriction that is taken off.
    pub released: Option<i64>,
}

/// An entry that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// The right that goes on; a new one where absent.
    pub right: Option<i64>,
    /// Kind of right.
    pub kind: String,
    /// Its party.
    pub party: i64,
    /// Its share.
    pub share: Share,
    /// Its last day; none: it goes on.
    pub valid_until: Option<NaiveDate>,
    /// The document that proves it; none: that of the act.
    pub source: Option<i64>,
    /// Entry in the registry.
    pub registry_entry: Option<String>,
}

/// Plans an act that holds from `day`, on the entries of its unit.
///
/// # Errors
/// Every rule that it breaks.
pub fn make(
    request: &Request,
    standing: &[Entry],
    day: NaiveDate,
    today: NaiveDate,
) -> Result<Plan, Vec<Broken>> {
    match request {
        Request::Constitution { right_kind, to, valid_until, registry_entry } => {
            let template = Begin {
                right: None,
                kind: right_kind.name().to_owned(),
                party: 0,
                share: Share::WHOLE,
                valid_until: *valid_until,
                source: None,
                registry_entry: registry_entry.clone(),
            };
            constitute(&template, to, day)
        }
        Request::Transfer { right, share, to, registry_entry } => {
            let held = held(standing, *right, day, today)?;
            pass(held, share.unwrap_or(held.share), to, registry_entry.as_ref())
        }
        Request::Succession { right, to, registry_entry } => {
            let held = held(standing, *right, day, today)?;
            if matches!(held.kind.as_str(), "usufruct" | "use") {
                return Err(Broken::about("right_ends_with_its_holder", [right]));
            }
            pass(held, held.share, to, registry_entry.as_ref())
        }
        Request::Extinction { right } => {
            let ends = vec![held(standing, *right, day, today)?.entry];
            Ok(Plan { ends, ..Plan::default() })
        }
        Request::Burden(burden) => burdened(burden, day),
        Request::Release { restriction } => Ok(Plan { released: Some(*restriction), ..Plan::default() }),
        Request::Correction { entries } => correct(standing, entries),
        Request::Annulment { annuls, entries } => annul(standing, *annuls, entries),
    }
}

fn constitute(template: &Begin, to: &[Receiver], day: NaiveDate) -> Result<Plan, Vec<Broken>> {
    let mut broken = receivers(to, None);
    if template.valid_until.is_some_and(|until| until < day) {
        broken.extend(Broken::of("period_is_not_empty"));
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    Ok(Plan { begins: given(template, to)?, ..Plan::default() })
}

fn burdened(burden: &NewRestriction, day: NaiveDate) -> Result<Plan, Vec<Broken>> {
    let mut broken = Vec::new();
    if burden.title.trim().len() < 3 {
        broken.extend(Broken::of("restriction_says_what"));
    }
    if burden.valid_until.is_some_and(|until| until < day) {
        broken.extend(Broken::of("period_is_not_empty"));
    }
    if broken.is_empty() { Ok(Plan { burden: Some(burden.clone()), ..Plan::default() }) } else { Err(broken) }
}

/// The entry of the right that is in force on `day`, if nothing has changed it since.
fn held(standing: &[Entry], right: i64, day: NaiveDate, today: NaiveDate) -> Result<&Entry, Vec<Broken>> {
    let found = standing.iter().find(|entry| entry.right == right && entry.covers(day));
    let entry = found.ok_or_else(|| Broken::about("right_is_in_force", [right]))?;
    // No act takes effect after today: an entry that reaches today has not been ended by one.
    if entry.valid_until.is_some_and(|until| until < today) {
        return Err(Broken::about("right_goes_on", [right]));
    }
    Ok(entry)
}

/// `share` of the unit goes from the holder of `held` to others; what is left stays as the same right.
fn pass(
    held: &Entry,
    share: Share,
    to: &[Receiver],
    registry_entry: Option<&String>,
) -> Result<Plan, Vec<Broken>> {
    let mut broken = receivers(to, Some(held.party));
    if share > held.share {
        broken.extend(Broken::about("transfer_is_of_what_is_held", [held.right]));
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let template = Begin {
        right: None,
        kind: held.kind.clone(),
        party: held.party,
        share,
        valid_until: held.valid_until,
        source: None,
        registry_entry: registry_entry.cloned(),
    };
    let mut begins = given(&template, to)?;
    if share < held.share {
        let rest = held.share.minus(share).ok_or_else(|| too_fine(held.party))?;
        let (source, registry_entry) = (held.source, held.registry_entry.clone());
        begins.insert(0, Begin { right: Some(held.right), share: rest, source, registry_entry, ..template });
    }
    Ok(Plan { ends: vec![held.entry], begins, ..Plan::default() })
}

/// What is wrong with those who receive.
fn receivers(to: &[Receiver], from: Option<i64>) -> Vec<Broken> {
    let mut seen = BTreeSet::new();
    let twice: Vec<i64> = to.iter().map(|one| one.party).filter(|party| !seen.insert(*party)).collect();
    let mut broken = Broken::about("party_receives_once", twice);
    let parts: Vec<Share> = to.iter().map(|one| one.part).collect();
    if !Share::make_one(&parts) {
        broken.extend(Broken::of("parts_sum_to_one"));
    }
    broken.extend(Broken::about("transfer_goes_to_another", from.filter(|from| seen.contains(from))));
    broken
}

/// One entry for each receiver: its part of the template's share.
fn given(template: &Begin, to: &[Receiver]) -> Result<Vec<Begin>, Vec<Broken>> {
    let one = |receiver: &Receiver| {
        let share = template.share.times(receiver.part);
        let begin = |share| Begin { party: receiver.party, share, ..template.clone() };
        share.map(begin).ok_or_else(|| too_fine(receiver.party))
    };
    to.iter().map(one).collect()
}

fn too_fine(party: i64) -> Vec<Broken> {
    Broken::about("share_fits_the_register", [party])
}

fn counted(standing: &[Entry], entry: i64) -> Option<&Entry> {
    standing.iter().find(|one| one.entry == entry && !one.annulled)
}

fn correct(standing: &[Entry], entries: &[Corrected]) -> Result<Plan, Vec<Broken>> {
    let mut broken = Vec::new();
    let mut corrected = Vec::new();
    for one in entries {
        let Some(before) = counted(standing, one.entry) else {
            broken.extend(Broken::about("entry_is_of_the_unit", [one.entry]));
            continue;
        };
        let after = put_right(before, one);
        if after == *before {
            broken.extend(Broken::about("correction_changes_something", [one.entry]));
        }
        if after.valid_from.zip(after.valid_until).is_some_and(|(from, until)| until < from) {
            broken.extend(Broken::about("period_is_not_empty", [one.entry]));
        }
        corrected.push(after);
    }
    if entries.is_empty() {
        broken.extend(Broken::of("correction_changes_something"));
    }
    if broken.is_empty() { Ok(Plan { corrected, ..Plan::default() }) } else { Err(broken) }
}

fn put_right(before: &Entry, one: &Corrected) -> Entry {
    Entry {
        party: one.party.unwrap_or(before.party),
        share: one.share.unwrap_or(before.share),
        valid_from: one.valid_from.onto(before.valid_from.as_ref()),
        valid_until: one.valid_until.onto(before.valid_until.as_ref()),
        registry_entry: one.registry_entry.onto(before.registry_entry.as_ref()),
        ..before.clone()
    }
}

fn annul(standing: &[Entry], annuls: Option<i64>, entries: &[i64]) -> Result<Plan, Vec<Broken>> {
    if annuls.is_some() != entries.is_empty() {
        return Err(Broken::of("annulment_names_something").into_iter().collect());
    }
    let unknown: Vec<i64> =
        entries.iter().copied().filter(|entry| counted(standing, *entry).is_none()).collect();
    if !unknown.is_empty() {
        return Err(Broken::about("entry_is_of_the_unit", unknown));
    }
    Ok(Plan { annulled: entries.to_vec(), annuls, ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parties::model::{Put, RestrictionKind};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn share(text: &str) -> Share {
        text.parse().unwrap()
    }

    fn entry(right: i64, party: i64, held: &str) -> Entry {
        Entry {
            entry: right * 10,
            right,
            kind: "ownership".to_owned(),
            party,
            share: share(held),
            valid_from: Some(day("2010-01-01")),
            valid_until: None,
            annulled: false,
            source: Some(5),
            registry_entry: Some("P-1".to_owned()),
        }
    }

    fn to(party: i64, part: &str) -> Receiver {
        Receiver { party, part: share(part) }
    }

    fn planned(request: &Request, standing: &[Entry]) -> Result<Plan, Vec<&'static str>> {
        make(request, standing, day("2020-05-05"), day("2026-01-01"))
            .map_err(|broken| broken.iter().map(|one| one.rule.name).collect())
    }

    fn transfer(held: Option<&str>, to: Vec<Receiver>) -> Request {
        Request::Transfer { right: 1, share: held.map(share), to, registry_entry: None }
    }

    #[test]
    fn a_share_is_passed_on_exactly_and_the_rest_stays_the_same_right() {
        let plan =
            planned(&transfer(Some("1/6"), vec![to(7, "1/3"), to(8, "2/3")]), &[entry(1, 2, "1/2")]).unwrap();
        assert_eq!(plan.ends, [10]);
        let begun: Vec<_> =
            plan.begins.iter().map(|one| (one.right, one.party, one.share.to_string(), one.source)).collect();
        assert_eq!(
            begun,
            [
                (Some(1), 2, "1/3".to_owned(), Some(5)),
                (None, 7, "1/18".to_owned(), None),
                (None, 8, "1/9".to_owned(), None)
            ]
        );
        let whole = planned(&transfer(None, vec![to(7, "1/1")]), &[entry(1, 2, "1/2")]).unwrap();
        assert_eq!((whole.begins.len(), whole.begins[0].share), (1, share("1/2")));
    }

    #[test]
    fn every_rule_is_told_at_once() {
        let wrong = transfer(Some("2/3"), vec![to(7, "1/3"), to(7, "1/3"), to(2, "1/2")]);
        assert_eq!(
            planned(&wrong, &[entry(1, 2, "1/2")]).unwrap_err(),
            [
                "party_receives_once",
                "parts_sum_to_one",
                "transfer_goes_to_another",
                "transfer_is_of_what_is_held"
            ]
        );
        assert_eq!(
            planned(&transfer(None, vec![]), &[entry(1, 2, "1/1")]).unwrap_err(),
            ["parts_sum_to_one"]
        );
    }

    #[test]
    fn what_was_passed_on_since_cannot_be_passed_on_again() {
        let give = transfer(None, vec![to(7, "1/1")]);
        let ended = Entry { valid_until: Some(day("2022-12-31")), ..entry(1, 2, "1/1") };
        assert_eq!(planned(&give, &[ended]).unwrap_err(), ["right_goes_on"]);
        let later = Entry { valid_from: Some(day("2021-01-01")), ..entry(1, 2, "1/1") };
        assert_eq!(planned(&give, &[later]).unwrap_err(), ["right_is_in_force"]);
        let annulled = Entry { annulled: true, ..entry(1, 2, "1/1") };
        assert_eq!(planned(&give, &[annulled]).unwrap_err(), ["right_is_in_force"]);
        // A term that has not come yet goes over to who receives.
        let term = Entry { valid_until: Some(day("2030-12-31")), ..entry(1, 2, "1/1") };
        let plan = planned(&give, &[term]).unwrap();
        assert_eq!(plan.begins[0].valid_until, Some(day("2030-12-31")));
    }

    #[test]
    fn usufruct_ends_with_its_holder() {
        let dies = Request::Succession { right: 1, to: vec![to(7, "1/1")], registry_entry: None };
        let usufruct = Entry { kind: "usufruct".to_owned(), ..entry(1, 2, "1/1") };
        assert_eq!(planned(&dies, &[usufruct]).unwrap_err(), ["right_ends_with_its_holder"]);
        assert!(planned(&dies, &[entry(1, 2, "1/1")]).is_ok());
    }

    #[test]
    fn a_right_that_ends_goes_to_nobody() {
        let usufruct = Entry { kind: "usufruct".to_owned(), ..entry(1, 2, "1/1") };
        let ends = Request::Extinction { right: 1 };
        let plan = planned(&ends, std::slice::from_ref(&usufruct)).unwrap();
        assert_eq!(plan, Plan { ends: vec![10], ..Plan::default() });
        let ended = Entry { valid_until: Some(day("2022-12-31")), ..usufruct };
        assert_eq!(planned(&ends, &[ended]).unwrap_err(), ["right_goes_on"]);
        assert_eq!(planned(&ends, &[]).unwrap_err(), ["right_is_in_force"]);
    }

    #[test]
    fn a_restriction_says_what_it_is_and_ends_after_it_begins() {
        let burden = NewRestriction {
            kind: RestrictionKind::Mortgage,
            title: "  ".to_owned(),
            description: None,
            parcel: None,
            norm: None,
            office: None,
            valid_until: Some(day("2020-05-04")),
        };
        let wrong = planned(&Request::Burden(burden.clone()), &[]).unwrap_err();
        assert_eq!(wrong, ["restriction_says_what", "period_is_not_empty"]);
        let right =
            NewRestriction { title: "Hipoteca".to_owned(), valid_until: Some(day("2020-05-05")), ..burden };
        assert_eq!(planned(&Request::Burden(right.clone()), &[]).unwrap().burden, Some(right));
    }

    #[test]
    fn a_correction_takes_away_what_it_names_as_nothing() {
        let told: Corrected =
            serde_json::from_str(r#"{"entry": 10, "valid_until": null, "registry_entry": null}"#).unwrap();
        let standing = [Entry { valid_until: Some(day("2030-12-31")), ..entry(1, 2, "1/1") }];
        let plan = planned(&Request::Correction { entries: vec![told] }, &standing).unwrap();
        let after = Entry { valid_until: None, registry_entry: None, ..standing[0].clone() };
        assert_eq!(plan.corrected, [after]);
    }

    #[test]
    fn a_correction_keeps_what_it_does_not_name() {
        let one = Corrected {
            entry: 10,
            party: None,
            share: Some(share("1/3")),
            valid_from: Put::Stays,
            valid_until: Put::Stays,
            registry_entry: Put::Stays,
        };
        let standing = [entry(1, 2, "1/2")];
        let plan = planned(&Request::Correction { entries: vec![one.clone()] }, &standing).unwrap();
        assert_eq!(plan.corrected, [Entry { share: share("1/3"), ..standing[0].clone() }]);
        let nothing = Corrected { share: Some(share("1/2")), ..one.clone() };
        let backwards = Corrected { valid_until: Put::Is(Some(day("2009-01-01"))), ..one.clone() };
        let strange = Corrected { entry: 99, ..one };
        let request = Request::Correction { entries: vec![nothing, backwards, strange] };
        assert_eq!(
            planned(&request, &standing).unwrap_err(),
            ["correction_changes_something", "period_is_not_empty", "entry_is_of_the_unit"]
        );
    }

    #[test]
    fn an_annulment_names_an_act_or_entries() {
        let standing = [entry(1, 2, "1/2")];
        let annulment = |annuls, entries: &[i64]| Request::Annulment { annuls, entries: entries.to_vec() };
        assert_eq!(planned(&annulment(None, &[10]), &standing).unwrap().annulled, [10]);
        assert_eq!(planned(&annulment(Some(4), &[]), &standing).unwrap().annuls, Some(4));
        for wrong in [annulment(None, &[]), annulment(Some(4), &[10])] {
            assert_eq!(planned(&wrong, &standing).unwrap_err(), ["annulment_names_something"]);
        }
        assert_eq!(planned(&annulment(None, &[11]), &standing).unwrap_err(), ["entry_is_of_the_unit"]);
    }
}
