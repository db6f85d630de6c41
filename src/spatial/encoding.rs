//! Which encoding a file's text is in, decided from its bytes; what the file declares is only a witness.
//!
//! Shapefiles of three French towns show why: one has no `.cpg`, one's `.cpg` says UTF-8 over Latin-1 bytes, one
//! says 1252 and is right. Text in a shapefile may also be cut in the middle of a character, where the field ends.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::wire::{self, What};

/// What was seen of a file's text, fed one value at a time.
pub struct Evidence {
    detector: EncodingDetector,
    plain: u64,
    utf8: u64,
    cut: u64,
    other: u64,
    control: bool,
    letters_1252: u64,
    letters_850: u64,
}

/// How to read a file's text.
#[derive(Clone, Debug)]
pub struct Decision {
    charset: Charset,
    /// The decision in words.
    pub report: wire::Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Charset {
    Web(&'static Encoding),
    /// DOS Latin 1, which the web's encodings lack and old dBASE programs wrote.
    Dos850,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            plain: 0,
            utf8: 0,
            cut: 0,
            other: 0,
            control: false,
            letters_1252: 0,
            letters_850: 0,
        }
    }
}

impl Evidence {
    /// Takes one value in; `full` says that it fills its field, so that its last character may be cut.
    pub fn add(&mut self, bytes: &[u8], full: bool) {
        if bytes.is_ascii() {
            self.plain += 1;
            return;
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => self.utf8 += 1,
            Err(error) if full && error.error_len().is_none() => self.cut += 1,
            Err(_) => self.other += 1,
        }
        for byte in bytes.iter().filter(|byte| !byte.is_ascii()) {
            self.control |= (0x80..0xa0).contains(byte);
            self.letters_1252 += u64::from(is_usual(decode_1252(*byte)));
            self.letters_850 += u64::from(is_usual(DOS_850[usize::from(byte - 0x80)]));
        }
        self.detector.feed(bytes, false);
        self.detector.feed(b"\n", false);
    }

    /// Decides, with what the file declares as a witness.
    pub fn decide(mut self, declared: Option<&str>) -> Decision {
        let label = declared.and_then(from_label);
        let said = declared.unwrap_or("nada");
        let said_en = declared.unwrap_or("nothing");
        let seen = self.utf8 + self.cut + self.other;
        if seen == 0 {
            let charset = label.unwrap_or(Charset::Web(UTF_8));
            return decision(
                charset,
                declared,
                "no hay letras fuera de ASCII: cualquier codificación da lo mismo".into(),
                "there are no letters beyond ASCII: any encoding gives the same".into(),
            );
        }
        if self.utf8 > 0 && self.other * 20 <= self.utf8 {
            return decision(
                Charset::Web(UTF_8),
                declared,
                format!(
                    "{} textos con letras de varios bytes son UTF-8 válido; el archivo declara {said}",
                    self.utf8
                ),
                format!(
                    "{} texts with multi-byte letters are valid UTF-8; the file declares {said_en}",
                    self.utf8
                ),
            );
        }
        if let Some(charset) = label.filter(|charset| self.bears_out(*charset)) {
            return decision(
                charset,
                declared,
                format!("el archivo declara {said} y sus {seen} textos con letras acentuadas lo confirman"),
                format!("the file declares {said_en} and its {seen} texts with accented letters bear it out"),
            );
        }
        let charset = if self.letters_850 > self.letters_1252 {
            Charset::Dos850
        } else {
            self.detector.feed(b"", true);
            Charset::Web(western(self.detector.guess(Some(b"pe"), Utf8Detection::Deny)))
        };
        let name = charset.name();
        decision(
            charset,
            declared,
            format!(
                "{} de {seen} textos no son UTF-8 (el archivo declara {said}); sus bytes son de {name}",
                self.other
            ),
            format!(
                "{} of {seen} texts are not UTF-8 (the file declares {said_en}); their bytes are {name}",
                self.other
            ),
        )
    }

    /// Whether the bytes are what such a text would be made of.
    fn bears_out(&self, charset: Charset) -> bool {
        match charset {
            Charset::Web(encoding) if encoding == UTF_8 => self.other == 0,
            Charset::Web(encoding) if encoding == WINDOWS_1252 => self.letters_1252 >= self.letters_850,
            Charset::Web(_) => true,
            Charset::Dos850 => self.letters_850 >= self.letters_1252,
        }
    }
}

impl Decision {
    /// Text that was decoded elsewhere.
    pub fn given(name: &str, es: &str, en: &str) -> Self {
        decision_named(Charset::Web(UTF_8), name, None, es.into(), en.into())
    }

    /// Decodes one value; `full` says that it fills its field. Says what had to be done, if anything.
    pub fn decode(&self, bytes: &[u8], full: bool) -> (String, Option<What>) {
        match self.charset {
            Charset::Web(encoding) if encoding == UTF_8 => decode_utf8(bytes, full),
            Charset::Web(encoding) => {
                let (text, bad) = encoding.decode_without_bom_handling(bytes);
                (text.into_owned(), bad.then_some(What::NoCharacter))
            }
            Charset::Dos850 => (bytes.iter().map(|byte| decode_850(*byte)).collect(), None),
        }
    }

    /// The encoding for a stream decoder, where there is one.
    pub fn web(&self) -> Option<&'static Encoding> {
        match self.charset {
            Charset::Web(encoding) => Some(encoding),
            Charset::Dos850 => None,
        }
    }
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::Dos850 => "IBM850",
        }
    }
}

fn decode_utf8(bytes: &[u8], full: bool) -> (String, Option<What>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) if full && error.error_len().is_none() => {
            let whole = &bytes[..error.valid_up_to()];
            (String::from_utf8_lossy(whole).into_owned(), Some(What::CutCharacter))
        }
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), Some(What::OtherEncoding)),
    }
}

fn decision(charset: Charset, declared: Option<&str>, why_es: String, why_en: String) -> Decision {
    decision_named(charset, charset.name(), declared, why_es, why_en)
}

fn decision_named(
    charset: Charset,
    name: &str,
    declared: Option<&str>,
    why_es: String,
    why_en: String,
) -> Decision {
    let report =
        wire::Encoding { name: name.to_owned(), declared: declared.map(str::to_owned), why_es, why_en };
    Decision { charset, report }
}

/// What `.cpg` files and GDAL call encodings.
fn from_label(label: &str) -> Option<Charset> {
    let plain: String =
        label.trim().to_ascii_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = plain.trim_start_matches(|c: char| !c.is_ascii_digit());
    match plain.as_str() {
        "LATIN1" | "ISO88591" | "88591" | "ANSI1252" | "CP1252" | "1252" => {
            return Some(Charset::Web(WINDOWS_1252));
        }
        "UTF8" | "65001" => return Some(Charset::Web(UTF_8)),
        "850" | "CP850" | "IBM850" | "OEM850" | "OEM" => return Some(Charset::Dos850),
        _ => {}
    }
    Encoding::for_label(label.trim().as_bytes())
        .or_else(|| Encoding::for_label(format!("windows-{digits}").as_bytes()))
        .or_else(|| Encoding::for_label(format!("iso-8859-{}", digits.strip_prefix("8859")?).as_bytes()))
        .map(Charset::Web)
}

/// A guess among the western code pages is windows-1252: they differ in letters that Spanish, Quechua and French
/// do not write, and the detector tells them apart by single bytes.
fn western(guess: &'static Encoding) -> &'static Encoding {
    match guess.name() {
        "windows-1254" | "windows-1257" | "windows-1250" | "ISO-8859-2" | "ISO-8859-15" | "windows-1258"
        | "ISO-8859-4" | "windows-1252" | "macintosh" => WINDOWS_1252,
        _ => guess,
    }
}

fn is_usual(letter: char) -> bool {
    "áéíóúüñÁÉÍÓÚÜÑàâçèêëîïôùûÀÂÇÈÊËÎÏÔÙÛœŒ°ºª²³«»¿¡’“”–—€".contains(letter)
}

fn decode_1252(byte: u8) -> char {
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{fffd}')
}

fn decode_850(byte: u8) -> char {
    if byte.is_ascii() { char::from(byte) } else { DOS_850[usize::from(byte - 0x80)] }
}

#[rustfmt::skip]
const DOS_850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
    'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
    '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(values: &[&[u8]], declared: Option<&str>) -> Decision {
        let mut evidence = Evidence::default();
        for value in values {
            evidence.add(value, false);
        }
        evidence.decide(declared)
    }

    #[test]
    fn a_cpg_that_lies_is_not_believed() {
        let decision = decide(&[b"zone \xe0 vocation \xe9conomique", b"b\xe2ti"], Some("UTF-8"));
        assert_eq!(decision.report.name, "windows-1252");
        assert_eq!(decision.decode(b"b\xe2ti", false), ("bâti".to_owned(), None));
    }

    #[test]
    fn valid_utf8_wins_over_the_cpg() {
        let decision = decide(&["Áncash".as_bytes(), "Ñaña".as_bytes()], Some("ISO-8859-1"));
        assert_eq!(decision.report.name, "UTF-8");
        assert_eq!(decision.decode("Ñaña".as_bytes(), false).0, "Ñaña");
    }

    #[test]
    fn a_character_cut_by_the_field_is_left_out_and_said() {
        let mut evidence = Evidence::default();
        evidence.add("población".as_bytes(), false);
        evidence.add(&"señalización".as_bytes()[..12], true);
        let decision = evidence.decide(None);
        assert_eq!(decision.report.name, "UTF-8");
        assert_eq!(decision.decode(&"Año".as_bytes()[..2], true), ("A".to_owned(), Some(What::CutCharacter)));
    }

    #[test]
    fn old_dos_text_is_recognised() {
        let decision = decide(&[b"Parque Mu\xa4oz", b"Jir\xa2n Jun\xa1n"], None);
        assert_eq!(decision.report.name, "IBM850");
        assert_eq!(decision.decode(b"Jir\xa2n Jun\xa1n", false).0, "Jirón Junín");
    }

    #[test]
    fn labels_of_cpg_files() {
        for (label, name) in [
            ("1252", "windows-1252"),
            ("ISO-8859-1", "windows-1252"),
            ("65001", "UTF-8"),
            ("88595", "ISO-8859-5"),
            ("1251", "windows-1251"),
        ] {
            assert_eq!(from_label(label).unwrap().name(), name, "{label}");
        }
        assert!(from_label("disparate").is_none());
    }
}
