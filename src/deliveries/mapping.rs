//! Which column means which property: suggestions from names and values, as people in Peruvian cadastre write them.

use super::model::{Field, Origin, Property};
use crate::intake::names::words;
use crate::problem::{Error, Result, Violation};

/// What a file says of a lot that the cadastre gives by itself: it is compared, and not taken over.
const GIVEN: [&str; 3] = ["given_code", "given_block", "given_lot"];

/// Words in names of columns, by property. The first one that fits is taken.
const WORDS: &[(&str, &[&str])] = &[
    (
        "given_code",
        &[
            "codlote",
            "idlote",
            "codigocatastral",
            "codcatastral",
            "codigo",
            "cod",
            "crc",
            "cuc",
            "codpredio",
            "idpredio",
        ],
    ),
    ("given_block", &["manzana", "mz", "mza", "mzna", "mzn", "manz", "idmzna", "codmzna", "codmz", "block"]),
    ("given_lot", &["lote", "lt", "lot", "nrolote", "numlote", "codlt"]),
    (
        "declared_area_m2",
        &[
            "areadeclarada",
            "area",
            "aream2",
            "areagrafica",
            "superficie",
            "supm2",
            "areaterreno",
            "areamatriz",
        ],
    ),
    ("registered_area_m2", &["arearegistral", "arearegistrada", "areainscrita", "areasunarp"]),
    ("use", &["uso", "usopredio", "usos", "codigouso", "use"]),
    ("address", &["direccion", "domicilio", "ubicacion", "address"]),
    ("settlement", &["centropoblado", "ccpp", "asentamiento", "habilitacion", "hhuu", "settlement"]),
    ("sector", &["sector", "codsector", "codsect", "idsector", "sec"]),
    ("label", &["label", "manzana", "mz", "mza", "letra", "nommzna", "nombre"]),
    ("name", &["nombre", "nom", "name", "denominacion", "nomvia", "nombrevia"]),
    ("code", &["codigo", "code", "cod", "codvia", "id"]),
    ("kind", &["tipo", "clase", "kind", "type", "tipovia"]),
    ("state", &["estado", "state", "situacion", "condicion"]),
    ("material", &["material", "mat", "matconstructivo", "tipomaterial"]),
    ("diameter_mm", &["diametro", "diam", "diametromm", "dn", "diameter"]),
    ("voltage_kv", &["tension", "voltaje", "kv", "voltage"]),
    ("installed_year", &["anio", "ano", "anioinstalacion", "anoinstalacion", "year"]),
    ("built_year", &["anioconstruccion", "anoconstruccion", "anio", "ano"]),
    ("floors", &["pisos", "nropisos", "numpisos", "niveles", "floors", "npisos"]),
    ("provider", &["operador", "prestador", "eps", "empresa", "provider"]),
    ("category", &["categoria", "jerarquia", "category", "clasif"]),
    ("surface", &["superficierodadura", "rodadura", "pavimento", "surface"]),
    ("width_m", &["ancho", "width", "anchom"]),
    ("right_of_way_m", &["derechovia", "derechodevia"]),
    ("zone_class", &["zona", "zonificacion", "codzona", "zone", "clasezona"]),
];

/// Codes whose lost zeros are put back.
const DIGITS: &[(&str, i32)] = &[("given_lot", 3)];

/// Suggests where each property comes from. A column that looks like people is never suggested.
pub fn suggest(target: &str, properties: &[Property], fields: &[Field]) -> Vec<Origin> {
    let usable: Vec<&Field> =
        fields.iter().filter(|field| field.personal.is_none() && field.filled > 0).collect();
    wanted(target, properties)
        .filter_map(|(property, is_number)| {
            let telling: Vec<&Field> =
                usable.iter().filter(|field| can_be(&property, field)).copied().collect();
            let (field, because) = best(&property, &telling)?;
            let unit = unit_of(&property, &field.name);
            Some(Origin {
                digits: digits_of(target, &property, field),
                kind: if is_number { "number" } else { "text" }.to_owned(),
                factor: unit,
                field: field.name.clone(),
                because: Some(because),
                property,
            })
        })
        .collect()
}

/// What is the same in every feature tells none of them from another.
fn can_be(property: &str, field: &Field) -> bool {
    !["code", "given_code", "given_lot", "label"].contains(&property)
        || field.filled < 2
        || field.samples.len() > 1
}

/// Properties that a mapping may set, and whether they are numbers.
fn wanted(target: &str, properties: &[Property]) -> impl Iterator<Item = (String, bool)> {
    let given: &[&str] = if target == "parcels" { &GIVEN } else { &[] };
    let given = given.iter().map(|name| ((*name).to_owned(), false));
    let is_parcels = target == "parcels";
    let own: Vec<(String, bool)> = properties
        .iter()
        // Of a lot the place says sector and block; the district is the delivery's.
        .filter(|property| {
            property.name != "ubigeo"
                && !(is_parcels && ["sector", "block"].contains(&property.name.as_str()))
        })
        .map(|property| {
            let is_number = property.sql_type.starts_with("numeric")
                || property.sql_type.starts_with("double")
                || property.sql_type == "integer";
            (property.name.clone(), is_number)
        })
        .collect();
    given.chain(own)
}

fn best<'a>(property: &str, fields: &[&'a Field]) -> Option<(&'a Field, String)> {
    let known = WORDS.iter().find(|(name, _)| *name == property).map_or(&[][..], |(_, words)| words);
    let own = property.replace('_', "");
    // Words are letters: of `area_m2` they leave `aream`.
    let exact = |wanted: &str| {
        let wanted: String = wanted.chars().filter(char::is_ascii_alphabetic).collect();
        fields.iter().find(|field| words(&field.name).last() == Some(&wanted)).copied()
    };
    let partly = |wanted: &str| {
        fields.iter().find(|field| words(&field.name).iter().any(|word| word == wanted)).copied()
    };
    std::iter::once(own.as_str())
        .chain(known.iter().copied())
        .find_map(exact)
        .or_else(|| known.iter().copied().find_map(partly))
        .map(|field| (field, format!("es: por el nombre «{0}» | en: by the name '{0}'", field.name)))
}

/// Digits of a code, where the column has some that are whole: then the shorter ones lost their zeros. A lot called 7
/// in a column of such numbers lost nothing.
fn digits_of(target: &str, property: &str, field: &Field) -> Option<i32> {
    // Of these the schema itself asks for so many digits.
    match (target, property) {
        ("sectors", "code") | ("blocks", "sector") => return Some(2),
        ("blocks", "code") => return Some(3),
        _ => {}
    }
    let (_, digits) = DIGITS.iter().find(|(name, _)| *name == property)?;
    let is_whole = |text: &String| {
        usize::try_from(*digits).is_ok_and(|digits| text.len() == digits)
            && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    field.samples.iter().any(is_whole).then_some(*digits)
}

/// Hectares and inches, where the name of the column says so.
fn unit_of(property: &str, column: &str) -> Option<f64> {
    let words = words(column);
    let says = |unit: &str| words.iter().any(|word| word == unit);
    match property {
        "declared_area_m2" | "registered_area_m2" if says("ha") || says("has") || says("hectareas") => {
            Some(10_000.0)
        }
        "diameter_mm" if says("pulg") || says("pulgadas") || says("in") || says("inch") => Some(25.4),
        _ => None,
    }
}

/// A mapping that somebody set, checked against the file and the target.
///
/// # Errors
/// Every rule that it breaks.
pub fn check(target: &str, properties: &[Property], fields: &[Field], mapping: &[Origin]) -> Result<()> {
    let wanted: Vec<String> = wanted(target, properties).map(|(name, _)| name).collect();
    let mut broken = Vec::new();
    let mut tell = |at: usize, member: &str, detail: String| {
        broken.push(Violation {
            rule: "mapping-names-what-is-there".into(),
            detail,
            pointer: Some(format!("/mapping/{at}/{member}")),
        });
    };
    for (at, origin) in mapping.iter().enumerate() {
        if !wanted.contains(&origin.property) {
            tell(
                at,
                "property",
                format!("`{target}` has no `{}`; it has {}", origin.property, wanted.join(", ")),
            );
        }
        if mapping[..at].iter().any(|other| other.property == origin.property) {
            tell(at, "property", format!("`{}` is mapped twice", origin.property));
        }
        match fields.iter().find(|field| field.name == origin.field) {
            None => tell(at, "field", format!("the file has no column `{}`", origin.field)),
            Some(field) if field.personal.is_some() => {
                tell(at, "field", format!("column `{}` looks like people and was not kept", origin.field));
            }
            Some(_) => {}
        }
        if !["text", "number"].contains(&origin.kind.as_str()) {
            tell(at, "kind", "is `text` or `number`".to_owned());
        }
        if origin.digits.is_some_and(|digits| !(1..=20).contains(&digits)) {
            tell(at, "digits", "are 1 to 20".to_owned());
        }
        if origin.factor.is_some_and(|factor| !(factor.is_finite() && factor > 0.0)) {
            tell(at, "factor", "is a positive number".to_owned());
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Error::Rules(broken)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spatial::wire::Kind;

    fn field(name: &str) -> Field {
        Field {
            name: name.to_owned(),
            kind: Kind::Text,
            filled: 9,
            numbers: 0,
            samples: vec!["7".to_owned(), "8".to_owned()],
            personal: None,
        }
    }

    fn property(name: &str, sql_type: &str) -> Property {
        Property { name: name.to_owned(), sql_type: sql_type.to_owned(), required: false, only_new: false }
    }

    fn pairs(target: &str, properties: &[Property], names: &[&str]) -> Vec<(String, String)> {
        let fields: Vec<Field> = names.iter().map(|name| field(name)).collect();
        suggest(target, properties, &fields)
            .into_iter()
            .map(|origin| (origin.property, origin.field))
            .collect()
    }

    #[test]
    fn cadastral_words_are_known() {
        let properties = [
            property("use", "text"),
            property("declared_area_m2", "numeric(14,4)"),
            property("sector", "text"),
        ];
        let found = pairs("parcels", &properties, &["COD_LOTE", "MZ", "LT", "AREA", "USO", "SECTOR"]);
        let expected = [
            ("given_code", "COD_LOTE"),
            ("given_block", "MZ"),
            ("given_lot", "LT"),
            ("use", "USO"),
            ("declared_area_m2", "AREA"),
        ];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_column_of_the_propertys_own_name_is_that_property() {
        let properties = [property("registered_area_m2", "numeric"), property("declared_area_m2", "numeric")];
        let columns = ["grid_area_m2", "registered_area_m2", "declared_area_m2"];
        let expected =
            ["registered_area_m2", "declared_area_m2"].map(|name| (name.to_owned(), name.to_owned()));
        assert_eq!(pairs("parcels", &properties, &columns), expected);
        assert_eq!(pairs("parcels", &properties, &["AREA_M2"])[0].1, "AREA_M2");
    }

    #[test]
    fn hectares_are_multiplied_and_people_are_left_alone() {
        let mut fields = [field("AREA_HA"), field("USO")];
        fields[1].personal = Some("es: x | en: x".to_owned());
        let properties = [property("use", "text"), property("declared_area_m2", "numeric(14,4)")];
        let found = suggest("parcels", &properties, &fields);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].factor, Some(10_000.0));
    }

    #[test]
    fn a_mapping_names_columns_and_properties_that_are_there() {
        let origin = |property: &str, field: &str| Origin {
            property: property.to_owned(),
            field: field.to_owned(),
            kind: "text".to_owned(),
            digits: None,
            factor: None,
            because: None,
        };
        let (properties, fields) = ([property("use", "text")], [field("USO")]);
        assert!(check("parcels", &properties, &fields, &[origin("use", "USO")]).is_ok());
        let Err(Error::Rules(broken)) =
            check("parcels", &properties, &fields, &[origin("x", "USO"), origin("use", "NADA")])
        else {
            panic!("taken");
        };
        assert_eq!(broken.len(), 2);
    }
}
