//! The extract as a page: the same facts in the words of one language.

use askama::Template;
use axum::response::Response;
use serde_json::json;

use super::model::{
    CadastralCode, Extract, Norm, Object, Parameter, Restriction, Verdict, WithinTolerance, Words as Both,
    Zone,
};
use super::perimeter::{self, RingShown};
use super::sketch::{Sketch, sketch};
use crate::http::ask::Ask;
use crate::http::negotiate::{HTML, Language, Media};
use crate::layers::Text;
use crate::ogc::reply::Head;
use crate::pages::shell::{Page, reply};
use crate::pages::words::{self, Words};
use crate::problem::Result;
use crate::surveys::perimeter::Table;

struct Row {
    title: String,
    measure: String,
    objects: Vec<String>,
    note: String,
    norm: String,
    source: String,
}

struct ZoneShown {
    title: String,
    parameters: Vec<(String, String)>,
    source: String,
}

#[derive(Template)]
#[template(path = "pages/parcel.html")]
struct ParcelPage {
    page: Page,
    lead: String,
    blocking: bool,
    sketch: Option<Sketch>,
    map: String,
    identity: Vec<(&'static str, String)>,
    areas: Vec<(&'static str, String)>,
    areas_note: String,
    tolerance: String,
    perimeter: Vec<RingShown>,
    perimeter_csv: String,
    has_polygon: bool,
    services: Vec<(&'static str, String)>,
    affected: Vec<Row>,
    no_data: Vec<Row>,
    not_affected: Vec<Row>,
    zones: Vec<ZoneShown>,
    zoning_note: Option<String>,
}

/// The notice as headers and pages take it.
pub fn notice(extract: &Extract) -> Option<Text> {
    extract.notice.clone().map(|notice| Text { es: notice.es, en: notice.en })
}

/// The page of one parcel.
pub fn parcel(ask: &Ask, extract: &Extract, table: &Table) -> Result<Response> {
    let say = Speaker { words: words::of(ask.language), language: ask.language };
    let notice = notice(extract);
    let at = format!("{}/predio/{}", ask.base, extract.code);
    let of_day = ask
        .query
        .split('&')
        .find(|pair| pair.starts_with("as_of="))
        .map(|pair| format!("?{pair}"))
        .unwrap_or_default();
    let mut page = Page::new(ask, notice.as_ref(), format!("{} {}", say.words.parcel, extract.code))
        .also("application/json", format!("{at}.json{of_day}"), "JSON")
        .also("application/geo+json", format!("{at}.geojson{of_day}"), "GeoJSON");
    page.canonical = Some(at);
    let rows = |verdict| {
        let of_verdict = extract.restrictions.iter().filter(|restriction| restriction.verdict == verdict);
        of_verdict.map(|restriction| say.row(restriction)).collect()
    };
    let shown = ParcelPage {
        lead: lead(extract),
        blocking: extract.summary.blocking,
        sketch: extract.place.geometry.as_deref().and_then(sketch),
        map: on_the_map(ask, extract, &of_day),
        identity: say.identity(extract),
        areas: say.areas(extract),
        areas_note: say.both(&extract.areas.note),
        tolerance: say.tolerance(extract),
        has_polygon: !table.sections.is_empty(),
        perimeter: perimeter::shown(say.words, table),
        perimeter_csv: format!(
            "{}/api/v1/parcels/{}/perimeter?f=csv&ubigeo={}&as_of={}",
            ask.base, extract.code, extract.place.ubigeo, extract.as_of
        ),
        services: say.services(extract),
        affected: rows(Verdict::Affected),
        no_data: rows(Verdict::NoData),
        not_affected: rows(Verdict::NotAffected),
        zones: extract.zoning.zones.iter().enumerate().map(|(at, zone)| say.zone(zone, at == 0)).collect(),
        zoning_note: extract.zoning.note.as_ref().map(|note| say.both(note)),
        page,
    };
    reply(ask, notice, &shown)
}

struct Choice {
    href: String,
    title: String,
    subtitle: String,
}

#[derive(Template)]
#[template(path = "pages/choices.html")]
struct ChoicesPage {
    page: Page,
    text: &'static str,
    choices: Vec<Choice>,
}

/// All parcels that a code can mean, with the district that tells them apart.
pub async fn choices(
    ask: &Ask,
    media: Media,
    code: &CadastralCode,
    places: Vec<(String, String)>,
    of_unit: bool,
) -> Result<Response> {
    let notice = ask.source.catalogue.current().await?.notice();
    let words = words::of(ask.language);
    let choice = |(ubigeo, code): (String, String)| Choice {
        href: ask.link(&format!("/predio/{code}?ubigeo={ubigeo}")),
        title: code,
        subtitle: format!("{} {ubigeo}", words.district),
    };
    let choices: Vec<Choice> = places.into_iter().map(choice).collect();
    if media != HTML {
        let listed: Vec<_> = choices
            .iter()
            .map(|choice| json!({ "code": choice.title, "href": choice.href, "title": choice.subtitle }))
            .collect();
        let document = json!({ "query": code.as_str(), "candidates": listed });
        return Ok(Head::new(crate::http::negotiate::JSON, notice).document(ask, document));
    }
    let text = if of_unit { words.choices_unit } else { words.choices };
    let page = Page::new(ask, notice.as_ref(), format!("{} {}", words.parcel, code.as_str()));
    reply(ask, notice, &ChoicesPage { page, text, choices })
}

/// Says facts in one language.
struct Speaker {
    words: &'static Words,
    language: Language,
}

impl Speaker {
    fn both(&self, text: &Both) -> String {
        match self.language {
            Language::Es => text.es.clone(),
            Language::En => text.en.clone(),
        }
    }

    fn or_not(&self, value: Option<&String>) -> String {
        value.cloned().unwrap_or_else(|| self.words.not_recorded.to_owned())
    }

    fn identity(&self, extract: &Extract) -> Vec<(&'static str, String)> {
        let (words, place) = (self.words, &extract.place);
        let crc = if extract.crc.is_empty() { words.not_recorded.to_owned() } else { extract.crc.join(", ") };
        let block = place.block.as_ref().map(|code| match &place.block_label {
            Some(label) => format!("{label} ({code})"),
            None => code.clone(),
        });
        let inside = place.easting_m.zip(place.northing_m).zip(place.lat.zip(place.lon));
        let inside =
            inside.map(|((e, n), (lat, lon))| format!("{e:.2} E {n:.2} N (UTM 18S) · {lat:.6}, {lon:.6}"));
        let district = [place.district.clone(), place.province.clone(), place.department.clone()];
        let district = district.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let rows = [
            (words.code, Some(extract.code.clone())),
            (words.cuc, Some(extract.cuc.clone().unwrap_or_else(|| words.not_assigned.to_owned()))),
            (words.crc, Some(crc)),
            (words.kind, Some(words.state(&extract.kind).to_owned())),
            (words.district, Some(format!("{district} ({})", place.ubigeo))),
            (words.settlement, Some(self.or_not(place.settlement.as_ref()))),
            (words.sector, place.sector.clone()),
            (words.block, block),
            (words.lot, place.lot.clone()),
            (words.address, Some(self.or_not(place.address.as_ref()))),
            (words.land_use, Some(self.or_not(place.land_use.as_ref()))),
            (words.fabric, Some(words.state(&extract.fabric_state).to_owned())),
            (words.valid_from, extract.valid_from.map(|day| day.to_string())),
            (words.position, inside),
            (words.as_of, Some(extract.as_of.to_string())),
        ];
        rows.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }

    fn areas(&self, extract: &Extract) -> Vec<(&'static str, String)> {
        let (words, areas) = (self.words, &extract.areas);
        let shown = |number: Option<f64>| {
            number.map_or_else(|| words.not_recorded.to_owned(), |number| grouped(number, 2))
        };
        vec![
            (words.registered, shown(areas.registered_m2)),
            (words.declared, shown(areas.declared_m2)),
            (words.grid, shown(areas.grid_m2)),
            (words.ellipsoidal, shown(areas.ellipsoidal_m2)),
            (words.perimeter, shown(areas.perimeter_m)),
        ]
    }

    fn tolerance(&self, extract: &Extract) -> String {
        let words = self.words;
        let said = match extract.tolerance.verdict {
            WithinTolerance::Within => words.within,
            WithinTolerance::Outside => words.outside,
            WithinTolerance::NotKnown => return format!("{}.", words.tolerance_unknown),
        };
        let numbers = match (extract.tolerance.difference_pct, extract.tolerance.tolerance_pct) {
            (Some(difference), Some(tolerance)) => format!(" ({difference:.2} % / {tolerance:.1} %)"),
            _ => String::new(),
        };
        format!("{said}{numbers}. {}", self.norm(extract.tolerance.norm.as_ref()))
    }

    fn services(&self, extract: &Extract) -> Vec<(&'static str, String)> {
        let (words, services, titling) = (self.words, &extract.services, &extract.titling);
        let state = |state: &str| words.state(state).to_owned();
        let mut rows = vec![
            (words.water, state(&services.water)),
            (words.sewer, state(&services.sewer)),
            (words.power, state(&services.power)),
        ];
        rows.extend(services.as_of.map(|day| (words.dated, day.to_string())));
        rows.push((words.titling, state(&titling.state)));
        rows.extend(titling.as_of.map(|day| (words.titling_dated, day.to_string())));
        rows.extend(titling.case_number.clone().map(|number| (words.case_number, number)));
        rows
    }

    fn norm(&self, norm: Option<&Norm>) -> String {
        match norm {
            Some(norm) if norm.to_confirm => format!("{} ({})", norm.code, self.words.to_confirm),
            Some(norm) => norm.code.clone(),
            None => String::new(),
        }
    }

    fn row(&self, restriction: &Restriction) -> Row {
        let date = restriction.date.map(|day| day.to_string());
        let source = [Some(restriction.office.clone()), restriction.study.clone(), date];
        Row {
            title: self.both(&restriction.title),
            measure: self.measure(restriction),
            objects: restriction
                .objects
                .iter()
                .map(|object| self.object(object))
                .filter(|text| !text.is_empty())
                .collect(),
            note: restriction.note.as_ref().map(|note| self.both(note)).unwrap_or_default(),
            norm: self.norm(restriction.norm.as_ref()),
            source: source.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }

    fn measure(&self, restriction: &Restriction) -> String {
        match (restriction.verdict, restriction.area_m2, restriction.distance_m) {
            (Verdict::Affected, Some(area), _) if area < 0.005 => self.words.touches.to_owned(),
            (Verdict::Affected, Some(area), _) => {
                let share =
                    restriction.percent.map(|percent| format!(" ({percent:.1} %)")).unwrap_or_default();
                format!("{} m²{share}", grouped(area, 2))
            }
            (_, _, Some(distance)) => format!("{distance:.1} m"),
            _ => String::new(),
        }
    }

    fn object(&self, object: &Object) -> String {
        let words = self.words;
        let level = object.level.as_ref().map(|level| format!("{} {}", words.level, words.state(level)));
        let mitigable = object.level.as_ref().map(|_| match object.mitigable {
            Some(true) => words.mitigable.to_owned(),
            Some(false) => words.not_mitigable.to_owned(),
            None => words.mitigable_unknown.to_owned(),
        });
        let state = object
            .state
            .as_ref()
            .filter(|state| *state != "in_force")
            .map(|state| words.state(state).to_owned());
        let share = object.percent.map(|percent| format!("{percent:.1} %"));
        let parts = [object.name.clone(), level, mitigable, state, object.document.clone(), share];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn zone(&self, zone: &Zone, is_main: bool) -> ZoneShown {
        let words = self.words;
        let share =
            zone.percent.map(|percent| format!(", {percent:.1} % {}", words.of_parcel)).unwrap_or_default();
        let fictitious = zone.fictitious.then(|| words.fictitious.to_owned());
        let source = [
            Some(format!("{}: {}", words.plan, zone.plan)),
            zone.ordinance.clone(),
            fictitious,
            Some(self.norm(zone.norm.as_ref())),
        ];
        let source =
            source.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        // The parameters of a smaller zone stand in the JSON; here they would bury those that rule.
        let parameters = if is_main {
            zone.parameters.iter().map(|one| self.parameter(one)).collect()
        } else {
            Vec::new()
        };
        ZoneShown { title: format!("{} {}{share}", zone.zone_class, zone.name), parameters, source }
    }

    fn parameter(&self, parameter: &Parameter) -> (String, String) {
        let words = self.words;
        let value = match (parameter.applies.as_str(), &parameter.value) {
            ("value", Some(value)) => match &parameter.unit {
                Some(unit) if !value.ends_with(unit.as_str()) => format!("{value} {unit}"),
                _ => value.clone(),
            },
            ("not_applicable", _) => words.not_applicable.to_owned(),
            _ => words.not_regulated.to_owned(),
        };
        (self.both(&parameter.title), value)
    }
}

/// The place in one line.
fn lead(extract: &Extract) -> String {
    let place = &extract.place;
    let lot = match (&place.block_label, &place.lot) {
        (Some(block), Some(lot)) => Some(format!("Mz. {block} Lt. {}", lot.trim_start_matches('0'))),
        _ => None,
    };
    let parts = [place.address.clone(), lot, place.settlement.clone(), place.district.clone()];
    let mut said: Vec<String> = Vec::new();
    // An address often ends with its settlement.
    for part in parts.into_iter().flatten() {
        if !said.iter().any(|before| before.contains(&part)) {
            said.push(part);
        }
    }
    said.join(" · ")
}

/// The web map with the parcel chosen, on the same day. The map takes its language from its address only.
fn on_the_map(ask: &Ask, extract: &Extract, of_day: &str) -> String {
    let at = extract.place.lat.zip(extract.place.lon).map(|(lat, lon)| format!("&at={lat:.5},{lon:.5},18"));
    let date = if of_day.is_empty() { String::new() } else { format!("&date={}", extract.as_of) };
    let language = if ask.language == Language::En { "&lang=en" } else { "" };
    format!("{}/?parcel={}{}{date}{language}", ask.base, extract.code, at.unwrap_or_default())
}

/// A number with its thousands apart, as both languages can read it.
fn grouped(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    if part.is_empty() { shown } else { format!("{shown}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567.891, 2), "1\u{202f}234\u{202f}567.89");
        assert_eq!(grouped(999.5, 1), "999.5");
    }
}
