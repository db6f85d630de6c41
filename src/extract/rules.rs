//! From what is on record to what an extract says. Pure: no database, no clock.

use chrono::NaiveDate;

use super::model::{
    Areas, Extract, Finding, Norm, Object, Parameter, ParcelFacts, Place, Restriction, Services, Summary,
    ThemeFacts, Titling, Tolerance, Verdict, WithinTolerance, Words, Zone, ZoneFacts, ZoneParameter, Zoning,
};

/// Puts an extract together.
pub fn assemble(
    parcel: ParcelFacts,
    zones: Vec<ZoneFacts>,
    themes: &[ThemeFacts],
    findings: &[Finding],
    day: NaiveDate,
) -> Extract {
    let of = |theme: &ThemeFacts| {
        findings.iter().filter(|finding| finding.theme == theme.code).collect::<Vec<_>>()
    };
    let restrictions: Vec<_> =
        themes.iter().map(|theme| restriction(theme, &of(theme), parcel.grid_area_m2)).collect();
    let has_polygon = parcel.grid_area_m2.is_some();
    Extract {
        notice: (parcel.database_kind.as_deref() == Some("demonstration")).then(notice),
        as_of: day,
        recorded_as_of: None,
        tolerance: tolerance(&parcel),
        areas: areas(&parcel),
        zoning: zoning(zones, themes, parcel.grid_area_m2),
        services: services(&parcel),
        titling: Titling {
            state: parcel.titling_state.clone(),
            case_number: parcel.titling_case.clone(),
            as_of: parcel.titling_as_of,
        },
        summary: summary(&restrictions),
        restrictions: if has_polygon {
            restrictions
        } else {
            restrictions.into_iter().map(without_polygon).collect()
        },
        code: parcel.code.clone(),
        cuc: parcel.cuc.clone(),
        crc: parcel.crcs.clone(),
        kind: parcel.kind.clone(),
        fabric_state: parcel.fabric_state.clone(),
        version: parcel.version,
        valid_from: parcel.valid_from,
        valid_to: parcel.valid_to,
        place: place(parcel),
    }
}

/// What every representation of a demonstration says.
pub fn notice() -> Words {
    Words::new(
        "DATOS FICTICIOS: distrito de demostración, sin valor legal",
        "FICTITIOUS DATA: demonstration district, no legal value",
    )
}

fn place(parcel: ParcelFacts) -> Place {
    let bbox = match (parcel.west, parcel.south, parcel.east, parcel.north) {
        (Some(west), Some(south), Some(east), Some(north)) => Some([west, south, east, north].map(degrees)),
        _ => None,
    };
    Place {
        ubigeo: parcel.ubigeo,
        district: parcel.district,
        province: parcel.province,
        department: parcel.department,
        settlement: parcel.settlement,
        sector: parcel.sector,
        block: parcel.block,
        block_label: parcel.block_label,
        lot: parcel.lot,
        address: parcel.address,
        land_use: parcel.land_use,
        lon: parcel.lon.map(degrees),
        lat: parcel.lat.map(degrees),
        easting_m: parcel.easting.map(hundredths),
        northing_m: parcel.northing.map(hundredths),
        bbox,
        geometry: parcel.geometry,
    }
}

fn areas(parcel: &ParcelFacts) -> Areas {
    let excess = match (parcel.grid_area_m2, parcel.ellipsoidal_area_m2) {
        (Some(grid), Some(ellipsoidal)) if ellipsoidal > 0.0 => Some((grid / ellipsoidal - 1.0) * 100.0),
        _ => None,
    };
    // At Pativilca the scale of UTM 18S is 1.00074, so areas grow by 0.149 %.
    let said = excess.map_or_else(|| "0.149".to_owned(), |excess| format!("{excess:.3}"));
    Areas {
        registered_m2: parcel.registered_area_m2.map(hundredths),
        declared_m2: parcel.declared_area_m2.map(hundredths),
        grid_m2: parcel.grid_area_m2.map(hundredths),
        ellipsoidal_m2: parcel.ellipsoidal_area_m2.map(hundredths),
        perimeter_m: parcel.perimeter_m.map(hundredths),
        grid_excess_pct: excess.map(|excess| (excess * 1000.0).round() / 1000.0),
        note: Words::new(
            format!(
                "El área en el plano UTM 18S es {said} % mayor que sobre el elipsoide. Las cuatro áreas son datos \
                 distintos; ninguna reemplaza al área registrada."
            ),
            format!(
                "The area in the UTM 18S plane is {said} % larger than on the ellipsoid. The four areas are different \
                 facts; none replaces the registered area."
            ),
        ),
    }
}

/// Directiva 01-2008-SNCP/CNC: the difference counts in percent of the registered area.
fn tolerance(parcel: &ParcelFacts) -> Tolerance {
    let difference = match (parcel.registered_area_m2, parcel.grid_area_m2) {
        (Some(registered), Some(grid)) if registered > 0.0 => {
            Some((registered - grid).abs() / registered * 100.0)
        }
        _ => None,
    };
    let verdict = match (difference, parcel.tolerance_pct) {
        (Some(difference), Some(tolerance)) if difference <= tolerance => WithinTolerance::Within,
        (Some(_), Some(_)) => WithinTolerance::Outside,
        _ => WithinTolerance::NotKnown,
    };
    Tolerance {
        verdict,
        difference_pct: difference.map(hundredths),
        tolerance_pct: parcel.tolerance_pct,
        norm: norm(parcel.tolerance_norm.as_deref(), None, parcel.tolerance_norm_certainty.as_deref()),
    }
}

fn services(parcel: &ParcelFacts) -> Services {
    let known = |state: &Option<String>| state.clone().unwrap_or_else(|| "unknown".to_owned());
    Services {
        water: known(&parcel.water),
        sewer: known(&parcel.sewer),
        power: known(&parcel.power),
        as_of: parcel.services_as_of,
    }
}

fn zoning(zones: Vec<ZoneFacts>, themes: &[ThemeFacts], grid_area_m2: Option<f64>) -> Zoning {
    let office =
        themes.iter().find(|theme| theme.code == "zoning_reserved").map(|theme| theme.office.as_str());
    let (es, en) = office.map_or_else(Default::default, |office| {
        (format!(" Consultar a {office}."), format!(" Ask {office}."))
    });
    let note = zones.is_empty().then(|| {
        Words::new(
            format!("Ningún plan en vigor da zona a este predio: no se sabe qué parámetros rigen.{es}"),
            format!("No plan in force gives this parcel a zone: it is not known which parameters apply.{en}"),
        )
    });
    Zoning { zones: zones.into_iter().map(|facts| zone(facts, grid_area_m2)).collect(), note }
}

fn zone(facts: ZoneFacts, grid_area_m2: Option<f64>) -> Zone {
    Zone {
        percent: share(Some(facts.area_m2), grid_area_m2),
        norm: norm(facts.norm.as_deref(), None, facts.norm_certainty.as_deref()),
        parameters: parameters(&facts.parameters),
        zone_class: facts.zone_class,
        name: facts.name,
        category: facts.category,
        plan: facts.plan,
        ordinance: facts.ordinance,
        fictitious: facts.fictitious.unwrap_or_default(),
    }
}

/// The parameters of a certificate (Ley 29090, art. 14), all of them and in its order. What the plan does not
/// mention is not regulated, and said so.
const PARAMETERS: [(&str, &str, &str, &str); 14] = [
    ("permitted_uses", "Usos permisibles y compatibles", "Permitted and compatible uses", ""),
    ("facade_alignment", "Alineamiento de fachada", "Facade alignment", ""),
    ("coefficient_max", "Coeficiente máximo de edificación", "Maximum floor area ratio", ""),
    ("coefficient_min", "Coeficiente mínimo de edificación", "Minimum floor area ratio", ""),
    ("free_area_pct", "Área libre mínima", "Minimum free area", "%"),
    ("height_max_m", "Altura máxima", "Maximum height", "m"),
    ("height_min_m", "Altura mínima", "Minimum height", "m"),
    ("floors_max", "Pisos como máximo", "Maximum floors", ""),
    ("setback_m", "Retiros", "Setbacks", "m"),
    ("min_lot_area_m2", "Área de lote normativo", "Minimum lot area", "m²"),
    ("min_front_m", "Frente mínimo", "Minimum front", "m"),
    ("net_density", "Densidad neta", "Net density", "hab/ha"),
    ("parking", "Estacionamientos", "Parking", ""),
    ("heritage", "Bien cultural inmueble", "Heritage listing", ""),
];

fn parameters(known: &[ZoneParameter]) -> Vec<Parameter> {
    let one = |(code, es, en, unit): &(&str, &str, &str, &str)| {
        let found = known.iter().find(|parameter| parameter.parameter == *code);
        let own_unit = found.and_then(|parameter| parameter.unit.clone());
        Parameter {
            parameter: (*code).to_owned(),
            title: Words::new(*es, *en),
            applies: found.map_or_else(|| "not_regulated".to_owned(), |parameter| parameter.applies.clone()),
            value: found.and_then(|parameter| parameter.value.clone()),
            unit: own_unit.or_else(|| (!unit.is_empty()).then(|| (*unit).to_owned())),
            norm: found.and_then(|parameter| {
                norm(parameter.norm.as_deref(), None, parameter.norm_certainty.as_deref())
            }),
        }
    };
    PARAMETERS.iter().map(one).collect()
}

/// The answer of one theme: an object that reaches the parcel is a yes wherever it was studied; a no needs a study
/// of the whole parcel; anything else is not known.
pub fn restriction(theme: &ThemeFacts, findings: &[&Finding], grid_area_m2: Option<f64>) -> Restriction {
    let reached: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.is_reached).collect();
    let verdict = match (reached.first(), theme.studied_whole) {
        (Some(_), _) => Verdict::Affected,
        (None, true) => Verdict::NotAffected,
        (None, false) => Verdict::NoData,
    };
    let nearest = findings.iter().filter(|finding| !finding.is_reached).map(|finding| finding.distance_m);
    let nearest =
        nearest.min_by(f64::total_cmp).filter(|distance| reached.is_empty() && *distance <= theme.near_m);
    let first = reached.first();
    let area_m2 = first.and_then(|finding| finding.theme_area_m2);
    Restriction {
        theme: theme.code.clone(),
        title: Words::new(&theme.title_es, &theme.title_en),
        verdict,
        blocking: reached.iter().any(|finding| is_blocking(finding)),
        area_m2: area_m2.map(hundredths),
        percent: share(area_m2, grid_area_m2),
        distance_m: nearest.map(hundredths),
        norm: first
            .and_then(|finding| norm(finding.norm.as_deref(), None, finding.norm_certainty.as_deref()))
            .or_else(|| {
                norm(theme.norm.as_deref(), theme.norm_title.as_deref(), theme.norm_certainty.as_deref())
            }),
        office: first
            .and_then(|finding| finding.office.clone())
            .or_else(|| theme.studied_by.clone().filter(|_| verdict != Verdict::NoData))
            .unwrap_or_else(|| theme.office.clone()),
        date: first.and_then(|finding| finding.study_date).or(theme.study_date),
        study: first.and_then(|finding| finding.study.clone()).or_else(|| theme.study.clone()),
        note: notes(theme, &reached, verdict, grid_area_m2),
        objects: reached.iter().map(|finding| object(finding, grid_area_m2)).collect(),
    }
}

/// Ley 29869, art. 21, and Ley 30645: the level alone blocks nothing; very high and declared not mitigable does.
fn is_blocking(finding: &Finding) -> bool {
    finding.level.as_deref() == Some("very_high")
        && finding.declared == Some(true)
        && finding.mitigable == Some(false)
}

fn object(finding: &Finding, grid_area_m2: Option<f64>) -> Object {
    Object {
        kind: finding.kind.clone(),
        name: finding.name.clone(),
        level: finding.level.clone(),
        mitigable: finding.mitigable,
        declared: finding.declared,
        document: finding.document.clone(),
        state: finding.state.clone(),
        note: finding.note.clone(),
        area_m2: finding.area_m2.map(hundredths),
        percent: share(finding.area_m2, grid_area_m2),
        norm: norm(finding.norm.as_deref(), None, finding.norm_certainty.as_deref()),
    }
}

fn notes(
    theme: &ThemeFacts,
    reached: &[&Finding],
    verdict: Verdict,
    grid_area_m2: Option<f64>,
) -> Option<Words> {
    let mut notes: Vec<Words> = Vec::new();
    let unstudied = grid_area_m2.map(|area| ((area - theme.studied_m2) / area * 100.0).clamp(0.0, 100.0));
    if verdict == Verdict::NoData {
        let share = unstudied.filter(|_| theme.studied_m2 > 0.005);
        let share_es = share.map(|share| format!(" en {share:.1} % del predio")).unwrap_or_default();
        let share_en = share.map(|share| format!(" for {share:.1} % of the parcel")).unwrap_or_default();
        notes.push(Words::new(
            format!("No se sabe{share_es}: falta {}. Consultar a {}.", theme.needs_es, theme.office),
            format!("Not known{share_en}: missing is {}. Ask {}.", theme.needs_en, theme.office),
        ));
    }
    if verdict == Verdict::Affected && !theme.studied_whole && theme.studied_m2 > 0.005 {
        let share = unstudied.unwrap_or(100.0);
        notes.push(Words::new(
            format!("Además, {share:.1} % del predio no fue estudiado para este tema."),
            format!("Besides, {share:.1} % of the parcel was not studied for this theme."),
        ));
    }
    if reached.iter().any(|finding| is_blocking(finding)) {
        notes.push(Words::new(
            "Muy alto y declarado no mitigable: impide titular, construir y dar servicios (Ley 29869, Ley 30645).",
            "Very high and declared not mitigable: no title, building nor services (Ley 29869, Ley 30645).",
        ));
    }
    if reached.iter().any(|finding| finding.state.as_deref() == Some("estimated")) {
        notes.push(Words::new(
            "Estimada, sin valor legal, hasta que la autoridad del agua la fije por resolución.",
            "Estimated, without legal value, until the water authority sets it by resolution.",
        ));
    }
    if theme.reach == "strip"
        && reached.iter().all(|finding| finding.area_m2.is_some_and(|area| area < 0.005))
        && !reached.is_empty()
    {
        notes.push(Words::new("El predio toca su borde.", "The parcel touches its edge."));
    }
    joined(&notes)
}

fn joined(notes: &[Words]) -> Option<Words> {
    let join = |of: fn(&Words) -> &str| notes.iter().map(of).collect::<Vec<_>>().join(" ");
    (!notes.is_empty()).then(|| Words::new(join(|words| &words.es), join(|words| &words.en)))
}

/// Nothing can be measured on a parcel that has no polygon, whatever was studied.
fn without_polygon(mut restriction: Restriction) -> Restriction {
    if restriction.verdict != Verdict::Affected {
        restriction.verdict = Verdict::NoData;
        restriction.note = Some(Words::new(
            format!("No se sabe: el predio está inscrito sin polígono. Consultar a {}.", restriction.office),
            format!("Not known: the parcel is on record without a polygon. Ask {}.", restriction.office),
        ));
    }
    restriction
}

fn summary(restrictions: &[Restriction]) -> Summary {
    let count = |verdict| restrictions.iter().filter(|restriction| restriction.verdict == verdict).count();
    Summary {
        affected: count(Verdict::Affected),
        not_affected: count(Verdict::NotAffected),
        no_data: count(Verdict::NoData),
        blocking: restrictions.iter().any(|restriction| restriction.blocking),
    }
}

fn norm(code: Option<&str>, title: Option<&str>, certainty: Option<&str>) -> Option<Norm> {
    let certainty = certainty.unwrap_or("KU");
    code.map(|code| Norm {
        code: code.to_owned(),
        title: title.map(str::to_owned),
        certainty: certainty.to_owned(),
        to_confirm: certainty == "KU",
    })
}

fn share(area_m2: Option<f64>, grid_area_m2: Option<f64>) -> Option<f64> {
    match (area_m2, grid_area_m2) {
        (Some(area), Some(whole)) if whole > 0.0 => Some(hundredths((area / whole * 100.0).min(100.0))),
        _ => None,
    }
}

/// Square metres and metres to the centimetre.
fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Seven decimals of a degree are a centimetre.
fn degrees(number: f64) -> f64 {
    (number * 1e7).round() / 1e7
}
