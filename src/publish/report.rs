//! What publishing a file came to: every feature accounted for, in words and as JSON.

use std::fmt::Write;

use super::columns::Column;
use super::crs::Place;
use super::load::Tally;
use super::store::judge::Judged;
use super::store::layer::Target;
use super::{Args, Audience, Fingerprint};
use crate::intake::personal::Suspect;
use crate::spatial::wire::{Encoding, Header, What};

/// The account of one publication.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// Name of the layer.
    pub name: String,
    /// Who may see it.
    pub audience: Audience,
    /// The file and the files that belong to it.
    pub files: Vec<Fingerprint>,
    /// Driver that read it.
    pub driver: String,
    /// Layer of the file.
    pub layer: String,
    /// Reference system and how it was found.
    pub crs: Place,
    /// How text was decoded and why.
    pub encoding: Encoding,
    /// Type of the geometry column.
    pub geometry: Option<String>,
    /// Features of the file: loaded + repaired + rejected.
    pub read: u64,
    /// Features loaded as they were.
    pub loaded: u64,
    /// Features loaded after a repair.
    pub repaired: u64,
    /// Features left out, each with its reason.
    pub rejected: u64,
    /// Features loaded without geometry.
    pub without_geometry: u64,
    /// Features whose height or measure was left out.
    pub dropped_z: u64,
    /// Features whose arcs became chords.
    pub straightened: u64,
    /// Reasons and how often.
    pub classes: Vec<Class>,
    /// The first thousand rejections and repairs.
    pub findings: Vec<Finding>,
    /// Values that were not carried over whole.
    pub remarked_values: u64,
    /// The first of them.
    pub remarks: Vec<ValueRemark>,
    /// What the reader has to say about the file: units, what does not hang together.
    pub notes: Vec<crate::spatial::wire::Note>,
    /// Features with something to say about.
    pub noted_features: u64,
    /// The first of them.
    pub feature_notes: Vec<FeatureNote>,
    /// Columns whose name had to change.
    pub renamed: Vec<Column>,
    /// Columns that look like personal data.
    pub personal: Vec<Suspect>,
}

/// A reason and how often it was met.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Class {
    /// `rejected` or `repaired`.
    pub verdict: String,
    /// Stable word.
    pub reason: String,
    /// Features.
    pub count: u64,
}

/// One feature that was rejected or repaired.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Finding {
    /// Number of the feature in the file, from 1.
    pub feature: u64,
    /// `rejected` or `repaired`.
    pub verdict: String,
    /// Stable word.
    pub reason: String,
    /// Field, vertex, or the driver's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where, in the file's coordinates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<[f64; 2]>,
    /// Area before the repair, in the file's units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_before: Option<f64>,
    /// Area after the repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_after: Option<f64>,
}

/// A value that was not carried over whole.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ValueRemark {
    /// Number of the feature in the file, from 1.
    pub feature: u64,
    /// Name of the field in the file.
    pub field: String,
    /// What happened.
    pub what: What,
    /// The value as far as it can be shown.
    pub value: String,
}

/// What the reader has to say about one feature.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FeatureNote {
    /// Number of the feature in the file, from 1.
    pub feature: u64,
    /// What it is.
    #[serde(flatten)]
    pub note: crate::spatial::wire::Note,
}

impl Finding {
    /// Number, reason and place, in Spanish and in English.
    pub fn in_words(&self) -> (String, String) {
        let (es, en) = reason(&self.reason);
        let detail = self.detail.as_deref().map_or_else(String::new, |detail| format!(" [{detail}]"));
        let areas = match (self.area_before, self.area_after) {
            (Some(before), Some(after)) if (before - after).abs() > 1e-9 * before.abs() => {
                format!(" (área · area {before} → {after})")
            }
            _ => String::new(),
        };
        let at = |word: &str| self.place.map_or_else(String::new, |[x, y]| format!(" {word} ({x}, {y})"));
        let feature = self.feature;
        (
            format!("{feature}: {es}{}{detail}{areas}", at("en")),
            format!("{feature}: {en}{}{detail}{areas}", at("at")),
        )
    }
}

impl Report {
    pub(super) fn build(
        target: &Target<'_>,
        header: &Header,
        tally: Tally,
        judged: Judged,
        personal: Vec<Suspect>,
        files: Vec<Fingerprint>,
    ) -> Self {
        let (args, columns) = (target.args, target.columns);
        let field =
            |index: usize| columns.get(index).map_or_else(String::new, |column| column.source.clone());
        let remarks = tally.remarks.into_iter().map(|(feature, remark)| ValueRemark {
            feature,
            field: field(remark.field),
            what: remark.what,
            value: remark.value,
        });
        Self {
            name: args.name.clone(),
            audience: args.audience,
            files,
            driver: header.driver.clone(),
            layer: header.layer.clone(),
            crs: target.place.clone(),
            encoding: header.encoding.clone(),
            geometry: target.geometry.map(str::to_owned),
            read: tally.read,
            loaded: tally.read - judged.repaired - judged.rejected,
            repaired: judged.repaired,
            rejected: judged.rejected,
            without_geometry: judged.without_geometry,
            dropped_z: tally.dropped_z,
            straightened: tally.curved,
            classes: judged.classes,
            findings: judged.findings,
            remarked_values: tally.remarked,
            remarks: remarks.collect(),
            notes: header.notes.clone(),
            noted_features: tally.noted,
            feature_notes: tally
                .notes
                .into_iter()
                .map(|(feature, note)| FeatureNote { feature, note })
                .collect(),
            renamed: columns.iter().filter(|column| column.name != column.source).cloned().collect(),
            personal,
        }
    }

    /// Something of the file is not in the layer as it was.
    pub fn has_findings(&self) -> bool {
        self.rejected > 0 || self.repaired > 0
    }

    pub(super) fn layer_comment(&self, args: &Args) -> String {
        let plain = self.name.replace('_', " ");
        let es = args.title.as_deref().unwrap_or(&plain);
        let en = args.title_en.as_deref().unwrap_or(es);
        let description =
            args.description.as_deref().map_or_else(String::new, |text| format!(" {}", one_line(text)));
        let file = self.files.first().map_or("", |file| file.name.as_str());
        format!(
            "es: {}.{description} Del archivo {file}. | en: {}. From the file {file}.",
            one_line(es).trim_end_matches('.'),
            one_line(en).trim_end_matches('.')
        )
    }

    pub(super) fn table_comment(&self) -> String {
        let file = self.files.first().map_or("", |file| file.name.as_str());
        format!("es: Publicado del archivo {file} | en: Published from the file {file}")
    }

    /// The report for people: Spanish, with English beside it.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        let schema = self.audience.schema();
        let _ = writeln!(text, "Capa {schema}.{} publicada · Layer published", self.name);
        let crs = self.crs.srid.map_or_else(
            || "sin geometría · no geometry".to_owned(),
            |srid| format!("EPSG:{srid} {} ({})", self.crs.name, how(self.crs.how)),
        );
        let _ = writeln!(text, "  sistema · system      {crs}");
        let _ = writeln!(text, "  texto · text          {}: {}", self.encoding.name, self.encoding.why_es);
        let _ = writeln!(text, "                        {}", self.encoding.why_en);
        for (word, number) in [
            ("leídos · read         ", self.read),
            ("cargados · loaded     ", self.loaded),
            ("reparados · repaired  ", self.repaired),
            ("rechazados · rejected ", self.rejected),
        ] {
            let _ = writeln!(text, "  {word} {number}");
        }
        self.write_notes(&mut text);
        self.write_findings(&mut text);
        text
    }

    fn write_notes(&self, text: &mut String) {
        for (number, es, en) in [
            (self.without_geometry, "sin geometría", "without geometry"),
            (self.dropped_z, "con altura, que se omite", "with height, left out"),
            (self.straightened, "con arcos, hechos cuerdas", "with arcs, made chords"),
            (self.remarked_values, "valores con observación", "values with a remark"),
            (self.noted_features, "observaciones sobre elementos", "notes on features"),
        ] {
            if number > 0 {
                let _ = writeln!(text, "  {number} {es} · {en}");
            }
        }
        for note in &self.notes {
            let _ = writeln!(text, "  {} · {}", note.es, note.en);
        }
        for FeatureNote { feature, note } in self.feature_notes.iter().take(20) {
            let _ = writeln!(text, "    elemento · feature {feature}: {} · {}", note.es, note.en);
        }
        for column in &self.renamed {
            let _ = writeln!(text, "  columna · column «{}» → {}", column.source, column.name);
        }
        for suspect in &self.personal {
            let _ =
                writeln!(text, "  datos personales posibles · possible personal data: {}", suspect.column);
        }
    }

    fn write_findings(&self, text: &mut String) {
        for class in &self.classes {
            let (es, en) = reason(&class.reason);
            let verdict =
                if class.verdict == "repaired" { "reparados · repaired" } else { "rechazados · rejected" };
            let _ = writeln!(text, "  {} {verdict}: {es} · {en}", class.count);
        }
        for finding in self.findings.iter().take(20) {
            let _ = writeln!(text, "    elemento · feature {}", finding.in_words().0);
        }
        let total = self.rejected + self.repaired;
        if total > 20 {
            let _ =
                writeln!(text, "    … {total} en total; todos con --json · {total} in all, each with --json");
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace('|', "/").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn how(how: &str) -> &'static str {
    match how {
        "told" => "dado con --srid · given by --srid",
        "declared" => "lo declara el archivo · declared by the file",
        "matched" => "reconocido por datum y parámetros · recognised by datum and parameters",
        _ => "nada declarado, son grados · nothing declared, degrees",
    }
}

/// A reason in Spanish and English; PostGIS's own words where it has one that we do not know.
fn reason(word: &str) -> (&str, &str) {
    match word {
        "self_intersection" => ("se cruza a sí misma", "self-intersection"),
        "ring_self_intersection" => ("un anillo se toca o cruza a sí mismo", "ring self-intersection"),
        "hole_lies_outside_shell" => ("un hueco está fuera de su contorno", "hole lies outside shell"),
        "holes_are_nested" => ("un hueco dentro de otro", "holes are nested"),
        "interior_is_disconnected" => ("el interior queda partido", "interior is disconnected"),
        "nested_shells" => ("un contorno dentro de otro", "nested shells"),
        "duplicate_rings" => ("anillos repetidos", "duplicate rings"),
        "too_few_points_in_geometry_component" | "too_few_positions" => {
            ("muy pocos vértices", "too few points")
        }
        "open_ring" => ("anillo sin cerrar", "ring is not closed"),
        "not_finite" => ("una coordenada no es un número", "a coordinate is not a number"),
        "no_geometry" => ("la geometría no se entiende", "the geometry cannot be read"),
        "unsupported_type" => ("tipo de geometría no admitido", "unsupported geometry type"),
        "unreadable" => ("no se pudo leer", "could not be read"),
        "no_such_moment" => ("fecha u hora que no existe", "no such date or time"),
        "not_a_number" => ("valor que no es un número", "value is not a number"),
        "outside_the_world" => ("fuera del mundo", "outside the world"),
        other => (other, other),
    }
}
