//! Columns that look like people: by what they are called, and by what is in them.
//!
//! A column called "dni" or "propietario" is suspected whatever it holds. One called "nombre" may name places, so
//! its values decide; and values alone decide where they are eight-digit numbers scattered as identity numbers are.

use super::names::{without_accent, words};
use crate::spatial::wire::Value;

/// Values of a column that are looked at; more tell nothing new.
const SAMPLE: u64 = 20_000;

/// Parts of names that only columns about people have.
const PERSON_WORDS: &[&str] = &[
    "dni",
    "nrodni",
    "numdni",
    "dnititular",
    "lm",
    "propietario",
    "propietarios",
    "titular",
    "titulares",
    "poseedor",
    "poseedores",
    "posesionario",
    "conyuge",
    "apellido",
    "apellidos",
    "apepat",
    "apemat",
    "apellpat",
    "paterno",
    "materno",
    "contribuyente",
    "contribuyentes",
    "beneficiario",
    "ocupante",
    "jefe",
    "celular",
    "email",
    "correo",
    "nacimiento",
    "owner",
    "owners",
    "holder",
    "surname",
    "lastname",
    "firstname",
    "fullname",
    "taxpayer",
    "ssn",
    "passport",
    "pasaporte",
    "proprietaire",
    "prenom",
    "demandeur",
];

/// Parts of names that may be about people or about things.
const NAME_WORDS: &[&str] =
    &["nombre", "nombres", "nom", "name", "names", "persona", "solicitante", "documento", "doc", "razon"];

/// Given names and surnames, common in Peru, that seldom name a place.
const GIVEN: &[&str] = &[
    "maria",
    "jose",
    "juan",
    "luis",
    "carlos",
    "jorge",
    "victor",
    "ana",
    "rosa",
    "julio",
    "miguel",
    "cesar",
    "pedro",
    "manuel",
    "carmen",
    "jesus",
    "luz",
    "juana",
    "walter",
    "segundo",
    "elena",
    "francisco",
    "marco",
    "oscar",
    "edgar",
    "david",
    "roberto",
    "alberto",
    "gladys",
    "percy",
    "fernando",
    "eduardo",
    "ricardo",
    "wilmer",
    "wilson",
    "raul",
    "julia",
    "elizabeth",
    "patricia",
    "flor",
    "sonia",
    "norma",
    "martha",
    "teresa",
    "silvia",
    "milagros",
    "karina",
    "diana",
    "yolanda",
    "felix",
    "hugo",
    "daniel",
    "angel",
    "antonio",
    "alejandro",
    "alfredo",
    "andres",
    "enrique",
    "gustavo",
    "guillermo",
    "javier",
    "jaime",
    "mario",
    "martin",
    "pablo",
    "rafael",
    "santiago",
    "sergio",
    "lucia",
];
const SURNAMES: &[&str] = &[
    "quispe",
    "flores",
    "sanchez",
    "rodriguez",
    "garcia",
    "rojas",
    "diaz",
    "mamani",
    "torres",
    "ramos",
    "lopez",
    "gonzales",
    "perez",
    "chavez",
    "vasquez",
    "ramirez",
    "mendoza",
    "espinoza",
    "castillo",
    "huaman",
    "vargas",
    "fernandez",
    "gutierrez",
    "ruiz",
    "castro",
    "romero",
    "salazar",
    "cruz",
    "gomez",
    "rivera",
    "condori",
    "martinez",
    "reyes",
    "silva",
    "leon",
    "paredes",
    "medina",
    "herrera",
    "cardenas",
    "valverde",
    "alvarez",
    "aguilar",
    "guerrero",
    "morales",
    "cordova",
    "campos",
    "palomino",
    "delgado",
    "hernandez",
    "chura",
    "ccori",
    "villanueva",
    "jimenez",
    "ortiz",
    "munoz",
    "soto",
    "nunez",
    "benites",
    "lozano",
    "caceres",
    "carrasco",
    "ayala",
    "bautista",
    "zapata",
];

/// What was seen of each column.
#[derive(Default)]
pub struct Watch {
    columns: Vec<Seen>,
}

#[derive(Clone, Default)]
struct Seen {
    values: u64,
    eight_digits: u64,
    people: u64,
    prefixes: std::collections::HashMap<String, u64>,
}

/// A suspected column.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Suspect {
    /// Name in the file.
    pub column: String,
    /// `name`, `identity_numbers` or `people`.
    pub evidence: &'static str,
}

impl Suspect {
    /// The evidence in Spanish and in English.
    pub fn in_words(&self) -> (&'static str, &'static str) {
        match self.evidence {
            "identity_numbers" => ("parecen números de DNI", "looks like identity numbers"),
            "people" => ("parecen nombres de personas", "looks like names of people"),
            _ => ("por su nombre", "by its name"),
        }
    }
}

impl Watch {
    /// Watches so many columns.
    pub fn new(columns: usize) -> Self {
        Self { columns: vec![Seen::default(); columns] }
    }

    /// Takes a value in.
    pub fn add(&mut self, index: usize, value: &Value) {
        let Some(seen) = self.columns.get_mut(index).filter(|seen| seen.values < SAMPLE) else { return };
        match value {
            Value::Text(text) => seen.add(text),
            Value::Integer(number) => seen.add(&number.to_string()),
            Value::Null | Value::Real(_) => {}
        }
    }

    /// The columns that look like people, by their names in the file.
    pub fn suspects<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<Suspect> {
        let suspect = |(name, seen): (&str, &Seen)| {
            let evidence = seen.evidence(&words(name))?;
            Some(Suspect { column: name.to_owned(), evidence })
        };
        names.into_iter().zip(&self.columns).filter_map(suspect).collect()
    }
}

impl Seen {
    fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.values += 1;
        if is_identity_number(text) {
            self.eight_digits += 1;
            *self.prefixes.entry(text[..4].to_owned()).or_default() += 1;
        }
        self.people += u64::from(is_person(text));
    }

    fn evidence(&self, name: &[String]) -> Option<&'static str> {
        let called = |list: &[&str]| name.iter().any(|word| list.contains(&word.as_str()));
        if self.values == 0 {
            return None;
        }
        if called(PERSON_WORDS) {
            return Some("name");
        }
        // Codes of things run on in series; identity numbers do not share their beginnings.
        let commonest = self.prefixes.values().max().copied().unwrap_or(0);
        if self.eight_digits >= 5
            && self.eight_digits * 10 >= self.values * 8
            && commonest * 5 <= self.eight_digits
        {
            return Some("identity_numbers");
        }
        let few = if called(NAME_WORDS) { 4 } else { 2 };
        (self.people >= 3 && self.people * few >= self.values).then_some("people")
    }
}

/// Eight digits that are no date.
fn is_identity_number(text: &str) -> bool {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    let is_day = |year: u32, month: u32, day: u32| {
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    !is_day(part(0..4), part(4..6), part(6..8)) && !is_day(part(4..8), part(2..4), part(0..2))
}

/// Two to six words, a given name and a surname among them, and nothing that only places have.
fn is_person(text: &str) -> bool {
    const PLACE: &[&str] = &[
        "calle",
        "jiron",
        "jr",
        "av",
        "avenida",
        "pasaje",
        "psje",
        "urb",
        "urbanizacion",
        "aahh",
        "asentamiento",
        "pp",
        "jj",
        "ie",
        "institucion",
        "parque",
        "plaza",
        "asociacion",
        "colegio",
        "centro",
        "puesto",
        "hospital",
        "san",
        "santa",
        "santo",
        "mz",
        "lote",
        "sector",
        "distrito",
        "fundo",
        "hacienda",
        "villa",
        "pueblo",
        "cooperativa",
    ];
    if text.len() > 80 || text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).map(without_accent).collect())
        .collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    (2..=6).contains(&words.len()) && any(GIVEN) && any(SURNAMES) && !any(PLACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(name: &str, values: &[&str]) -> Option<&'static str> {
        let mut watch = Watch::new(1);
        for value in values {
            watch.add(0, &Value::Text((*value).to_owned()));
        }
        watch.suspects([name]).first().map(|suspect| suspect.evidence)
    }

    #[test]
    fn by_name() {
        for name in ["DNI", "propietario", "NOM_TITULAR", "ApellidoPaterno", "nro_dni", "e-mail"] {
            assert_eq!(evidence(name, &["x"]), Some("name"), "{name}");
        }
        for name in ["NOMFIC", "LIBELLE", "nombre_distrito", "manzana", "tipo", "documento"] {
            assert_eq!(evidence(name, &["SUPE PUERTO", "BARRANCA"]), None, "{name}");
        }
        assert_eq!(evidence("dni", &[]), None, "an empty column shows nobody");
    }

    #[test]
    fn by_eight_digits_that_are_neither_dates_nor_a_series() {
        assert_eq!(
            evidence("cod", &["41203377", "08123456", "73998011", "10445566", "25678901"]),
            Some("identity_numbers")
        );
        assert_eq!(evidence("cod", &["20171013", "20171013", "20180101", "19991231", "20010203"]), None);
        assert_eq!(evidence("cod", &["15020301", "15020302", "15020303", "15020304", "15020305"]), None);
    }

    #[test]
    fn by_people_and_not_by_places() {
        let people = ["QUISPE MAMANI, JUAN", "María Flores Rojas", "PEREZ DIAZ ROSA"];
        assert_eq!(evidence("obs", &people), Some("people"));
        assert_eq!(
            evidence("nombre", &["SANTA ROSA DE LIMA", "JOSE OLAYA", "CARLOS A MANNUCCI", "SAN MARTIN"]),
            None
        );
        assert_eq!(evidence("calle", &["Jr. José Gálvez", "Calle Juan Torres", "Av. Miguel Castro"]), None);
    }
}
