//! How the records of one file are made: decided by one look through it where its head does not say.

use std::collections::HashSet;

use gdal::Metadata;
use gdal::vector::{Layer, LayerAccess, OGRFieldType};

use super::values::narrow;
use crate::spatial::encoding::{Decision, Evidence};
use crate::spatial::text_file::Text;
use crate::spatial::wire::Kind;

/// How the records of one file are made.
pub struct Plan {
    pub fields: Vec<FieldPlan>,
    pub text: Decision,
    /// Text arrives with each byte widened to a character.
    pub widened: bool,
}

/// One field of the file.
pub struct FieldPlan {
    pub name: String,
    pub source: OGRFieldType::Type,
    pub kind: Kind,
    pub width: usize,
}

/// Looks through the file once where its text or its types are not known from its head.
pub fn survey(driver: &str, layer: &mut Layer<'_>, text: Option<&Text>, truths: &HashSet<String>) -> Plan {
    let widened = driver == "ESRI Shapefile";
    let mut fields: Vec<FieldPlan> = layer
        .defn()
        .fields()
        .map(|field| FieldPlan {
            name: field.name(),
            source: field.field_type(),
            kind: if truths.contains(&field.name()) { Kind::Truth } else { kind(field.field_type()) },
            width: usize::try_from(field.width()).unwrap_or(0),
        })
        .collect();
    let mut evidence = Evidence::default();
    let mut guesses = vec![Guess::default(); fields.len()];
    let unsure = |field: &FieldPlan| matches!(field.kind, Kind::Moment) || driver == "CSV";
    if widened || fields.iter().any(unsure) {
        for feature in layer.features() {
            for (index, field) in fields.iter().enumerate() {
                let Ok(Some(value)) = feature.field_as_string(index) else { continue };
                if widened && field.kind == Kind::Text {
                    let bytes = narrow(&value);
                    evidence.add(&bytes, field.width > 0 && bytes.len() >= field.width);
                } else {
                    guesses[index].add(&value);
                }
            }
        }
        for (field, guess) in fields.iter_mut().zip(&guesses) {
            match field.kind {
                Kind::Moment if guess.all_zoned() => field.kind = Kind::ZonedMoment,
                Kind::Text if driver == "CSV" => field.kind = guess.kind(),
                _ => {}
            }
        }
    }
    let text = if widened {
        for field in &fields {
            evidence.add(&narrow(&field.name), false);
        }
        evidence.decide(declared_encoding(layer).as_deref())
    } else if let Some(text) = text {
        text.decision.clone()
    } else {
        Decision::given("UTF-8", "lo fija el formato del archivo", "fixed by the file's format")
    };
    if widened {
        for field in &mut fields {
            field.name = text.decode(&narrow(&field.name), field.name.len() >= 10).0;
        }
    }
    Plan { fields, text, widened }
}

fn declared_encoding(layer: &Layer<'_>) -> Option<String> {
    ["ENCODING_FROM_CPG", "ENCODING_FROM_LDID"]
        .iter()
        .find_map(|key| layer.metadata_item(key, "SHAPEFILE"))
        .filter(|name| !name.is_empty())
}

/// What type a column of text could have, so that `0123` stays text.
#[derive(Clone, Default)]
struct Guess {
    seen: u64,
    integers: u64,
    reals: u64,
    zoned: u64,
}

impl Guess {
    fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.seen += 1;
        let digits = value.strip_prefix('-').unwrap_or(value);
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        self.integers +=
            u64::from(!padded && value.parse::<i64>().is_ok_and(|number| number.to_string() == value));
        self.reals += u64::from(!padded && decimal && value.parse::<f64>().is_ok());
        self.zoned += u64::from(value.get(10..).is_some_and(|time| time.contains(['+', '-'])));
    }

    fn kind(&self) -> Kind {
        match self.seen {
            0 => Kind::Text,
            seen if seen == self.integers => Kind::BigInteger,
            seen if seen == self.reals => Kind::Real,
            _ => Kind::Text,
        }
    }

    fn all_zoned(&self) -> bool {
        self.seen > 0 && self.zoned == self.seen
    }
}

fn kind(source: OGRFieldType::Type) -> Kind {
    match source {
        OGRFieldType::OFTInteger => Kind::Integer,
        OGRFieldType::OFTInteger64 => Kind::BigInteger,
        OGRFieldType::OFTReal => Kind::Real,
        OGRFieldType::OFTDate => Kind::Date,
        OGRFieldType::OFTTime => Kind::Time,
        OGRFieldType::OFTDateTime => Kind::Moment,
        OGRFieldType::OFTBinary => Kind::Bytes,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_leading_zeros_stays_text() {
        let mut guess = Guess::default();
        guess.add("150203");
        assert_eq!(guess.kind(), Kind::BigInteger);
        guess.add("010101");
        assert_eq!(guess.kind(), Kind::Text);
        let mut real = Guess::default();
        for value in ["-10.7", "3", ""] {
            real.add(value);
        }
        assert_eq!(real.kind(), Kind::Real);
    }
}
