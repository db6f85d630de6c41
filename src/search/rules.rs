//! Reading what was typed, and judging how well a name fits. Pure: no database.

use super::model::Meaning;
use crate::intake::names::without_accent;

/// Longest text that is looked at.
const LONGEST: usize = 200;
/// Kinds of streets with the spellings that people use; the first is the plain one.
const STREET_KINDS: [&[&str]; 7] = [
    &["jr", "jiron", "jir"],
    &["av", "avenida", "avda", "ave"],
    &["calle", "ca", "cl", "cll"],
    &["psje", "pasaje", "pje", "psj"],
    &["prol", "prolongacion"],
    &["carr", "carretera"],
    &["alameda", "alam"],
];
/// Words that say nothing about which one.
const NOISE: [&str; 13] =
    ["de", "del", "la", "el", "en", "y", "n", "nro", "no", "num", "numero", "centro", "poblado"];

/// Everything that `text` can mean, the most particular first; nothing for an empty text.
pub fn read(text: &str) -> Vec<Meaning> {
    let text: String = text.trim().chars().take(LONGEST).collect();
    if let Some(position) = coordinates(&text) {
        return vec![position];
    }
    let tokens = tokens(&text);
    if let Some(lot) = lot(&tokens) {
        return vec![lot];
    }
    let mut meanings: Vec<Meaning> = code(&text).into_iter().map(Meaning::Code).collect();
    meanings.extend(name(&tokens));
    meanings
}

/// Small letters without accents, as `service.plain` makes them.
pub fn plain(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(without_accent).collect()
}

/// Words and numbers of a text, plain, kinds of streets made equal.
pub fn tokens(text: &str) -> Vec<String> {
    plain(text)
        .split(|letter: char| !letter.is_alphanumeric() || matches!(letter, 'º' | 'ª'))
        .filter(|token| !token.is_empty())
        .map(|token| {
            let kind = STREET_KINDS.iter().find(|spellings| spellings.contains(&token));
            kind.map_or(token, |spellings| spellings[0]).to_owned()
        })
        .collect()
}

fn is_street_kind(token: &str) -> bool {
    STREET_KINDS.iter().any(|spellings| spellings[0] == token)
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_digit())
}

// Coordinates ------------------------------------------------------------------------------------------

/// UTM 18S (easting and northing in either order) or latitude and longitude (decimal or degrees, minutes, seconds).
fn coordinates(text: &str) -> Option<Meaning> {
    let numbers = numbers(text)?;
    match numbers[..] {
        [a, b] => plane(a.value, b.value).or_else(|| round(&a, &b)),
        [d1, m1, d2, m2] => round(&d1.with(&m1, None)?, &d2.with(&m2, None)?),
        [d1, m1, s1, d2, m2, s2] => round(&d1.with(&m1, Some(&s1))?, &d2.with(&m2, Some(&s2))?),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug)]
struct Number {
    value: f64,
    is_decimal: bool,
    /// A letter of a cardinal point that stands before or after it.
    point: Option<char>,
    is_marked: bool,
}

impl Number {
    fn with(&self, minutes: &Self, seconds: Option<&Self>) -> Option<Self> {
        let small = |number: &Self| (0.0..60.0).contains(&number.value);
        let whole = self.value.fract() == 0.0 && small(minutes) && seconds.is_none_or(small);
        let part = minutes.value / 60.0 + seconds.map_or(0.0, |seconds| seconds.value / 3600.0);
        let point = [self.point, minutes.point, seconds.and_then(|seconds| seconds.point)]
            .into_iter()
            .flatten()
            .next();
        whole.then(|| Self {
            value: self.value.abs().mul_add(1.0, part).copysign(self.value),
            is_decimal: true,
            point,
            is_marked: true,
        })
    }
}

/// The numbers of a text that holds nothing but numbers and the signs of coordinates.
fn numbers(text: &str) -> Option<Vec<Number>> {
    let mut found: Vec<Number> = Vec::new();
    let mut before = None;
    let text = words_of_coordinates(text);
    let letters: Vec<char> = text.chars().collect();
    // "E 195855 N 8816242" or "195855 E 8816242 N": the first one says which way it goes.
    let points_come_first = letters
        .iter()
        .find(|letter| letter.is_ascii_alphanumeric())
        .is_some_and(|first| !first.is_ascii_digit());
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_ascii_digit() || (letter == '-' && letters.get(at + 1).is_some_and(char::is_ascii_digit))
        {
            let end = (at + 1..letters.len())
                .find(|end| !is_part_of_number(&letters, *end))
                .unwrap_or(letters.len());
            let word: String =
                letters[at..end].iter().map(|letter| if *letter == ',' { '.' } else { *letter }).collect();
            found.push(Number {
                value: word.parse().ok()?,
                is_decimal: word.contains('.'),
                point: before.take(),
                is_marked: false,
            });
            at = end;
            continue;
        }
        match letter {
            'n' | 's' | 'e' | 'o' | 'w' if points_come_first => before = Some(letter),
            'n' | 's' | 'e' | 'o' | 'w' => found.last_mut()?.point = Some(letter),
            '°' | 'º' | '\'' | '"' | '’' | '′' | '″' | '”' => {
                if let Some(last) = found.last_mut() {
                    last.is_marked = true;
                }
            }
            ' ' | ',' | ';' | ':' | '=' | '/' | '(' | ')' | '.' | '+' => {}
            _ => return None,
        }
        at += 1;
    }
    Some(found)
}

/// A comma between two digits of one word is a decimal comma only where a point is not used at all.
fn is_part_of_number(letters: &[char], at: usize) -> bool {
    let digit_after = letters.get(at + 1).is_some_and(char::is_ascii_digit);
    match letters[at] {
        '.' => digit_after,
        ',' => {
            digit_after
                && !letters.contains(&'.')
                && letters.get(at + 1..).is_some_and(|rest| rest.contains(&' '))
        }
        letter => letter.is_ascii_digit(),
    }
}

fn words_of_coordinates(text: &str) -> String {
    let mut text = text.to_lowercase();
    for (word, sign) in [
        ("utm", " "),
        ("18s", " "),
        ("18 s", " "),
        ("18l", " "),
        ("zona", " "),
        ("wgs84", " "),
        ("wgs 84", " "),
        ("wgs-84", " "),
        ("latitud", " "),
        ("longitud", " "),
        ("lat", " "),
        ("lon", " "),
        ("lng", " "),
        ("sur", "s"),
        ("oeste", "o"),
        ("este", "e"),
        ("norte", "n"),
        ("mn", "n"),
        ("me", "e"),
        ("−", "-"),
    ] {
        text = text.replace(word, sign);
    }
    text
}

/// Eastings and northings that zone 18S can have in Peru.
fn plane(a: f64, b: f64) -> Option<Meaning> {
    let is_easting = |number: f64| (100_000.0..1_000_000.0).contains(&number);
    let is_northing = |number: f64| (7_900_000.0..10_000_000.0).contains(&number);
    if is_easting(a) && is_northing(b) {
        return Some(Meaning::Grid { easting: a, northing: b });
    }
    (is_northing(a) && is_easting(b)).then_some(Meaning::Grid { easting: b, northing: a })
}

/// Latitude and longitude in Peru, in either order; without a sign they are south and west.
fn round(a: &Number, b: &Number) -> Option<Meaning> {
    let spoken = |number: &Number| number.is_decimal || number.is_marked || number.point.is_some();
    if !spoken(a) || !spoken(b) {
        return None;
    }
    let is_lat = |number: &Number| {
        (0.0..=20.0).contains(&number.value.abs()) && !matches!(number.point, Some('e' | 'o' | 'w'))
    };
    let is_lon = |number: &Number| {
        (68.0..=82.0).contains(&number.value.abs()) && !matches!(number.point, Some('n' | 's'))
    };
    let degrees =
        |lat: &Number, lon: &Number| Meaning::Degrees { lon: -lon.value.abs(), lat: -lat.value.abs() };
    if is_lat(a) && is_lon(b) {
        return Some(degrees(a, b));
    }
    (is_lon(a) && is_lat(b)).then(|| degrees(b, a))
}

// Codes ------------------------------------------------------------------------------------------------

/// Digits of a cadastral code, or a rural code. Pieces that lost their zeros ("2-13-13") get them back.
fn code(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if bare
        .strip_prefix("UC")
        .is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_digit()) && rest.len() <= 20)
    {
        return Some(bare);
    }
    let only = |letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '.' | '/');
    if !text.chars().all(only) || bare.len() < 3 || bare.len() > 23 {
        return None;
    }
    let pieces: Vec<&str> =
        text.split(|letter: char| !letter.is_ascii_digit()).filter(|piece| !piece.is_empty()).collect();
    let padded = match pieces[..] {
        [ubigeo, sector, block, lot]
            if ubigeo.len() == 6 && sector.len() <= 2 && block.len() <= 3 && lot.len() <= 3 =>
        {
            format!("{ubigeo}{sector:0>2}{block:0>3}{lot:0>3}")
        }
        [sector, block, lot] if sector.len() <= 2 && block.len() <= 3 && lot.len() <= 3 => {
            format!("{sector:0>2}{block:0>3}{lot:0>3}")
        }
        [block, lot] if block.len() <= 3 && lot.len() <= 3 => format!("{block:0>3}{lot:0>3}"),
        _ => bare,
    };
    Some(padded)
}

// Lots and names ---------------------------------------------------------------------------------------

/// "Mz B Lt 4 Pativilca", "manzana B", "mzb lt4".
fn lot(tokens: &[String]) -> Option<Meaning> {
    let mut rest = tokens.to_vec();
    let block = named(&mut rest, &["mz", "mza", "mzna", "mzn", "manzana", "manz", "mnz"], 3)?;
    let lot = named(&mut rest, &["lt", "lte", "lote", "lot"], 4);
    let place = rest.into_iter().filter(|token| !NOISE.contains(&token.as_str())).collect();
    Some(Meaning::Lot { block: block.to_uppercase(), lot: lot.map(|lot| lot.to_uppercase()), place })
}

/// Takes `word value` or `wordvalue` out of the tokens.
fn named(tokens: &mut Vec<String>, words: &[&str], longest: usize) -> Option<String> {
    if let Some(at) = tokens.iter().position(|token| words.contains(&token.as_str()))
        && tokens.get(at + 1).is_some_and(|value| value.len() <= longest)
    {
        tokens.remove(at);
        return Some(tokens.remove(at));
    }
    let joined = |token: &String| {
        let value = words.iter().find_map(|word| token.strip_prefix(word))?;
        let is_value = value.len() == 1 || value.bytes().any(|byte| byte.is_ascii_digit());
        (is_value && value.len() <= longest).then(|| value.to_owned())
    };
    let (at, value) =
        tokens.iter().enumerate().find_map(|(at, token)| joined(token).map(|value| (at, value)))?;
    tokens.remove(at);
    Some(value)
}

/// The words of a name; the last number that is not a street's own name is the house number.
fn name(tokens: &[String]) -> Option<Meaning> {
    let is_house = |at: usize| {
        let names_street = at > 0 && is_street_kind(&tokens[at - 1]);
        at > 0 && is_number(&tokens[at]) && !names_street
    };
    let house = (0..tokens.len()).rev().find(|at| is_house(*at));
    let words: Vec<String> = (0..tokens.len())
        .filter(|at| Some(*at) != house)
        .map(|at| tokens[at].clone())
        .filter(|token| !NOISE.contains(&token.as_str()))
        .collect();
    let says_something = words.iter().any(|word| word.len() > 1 && !is_number(word));
    says_something.then(|| Meaning::Name {
        words,
        number: house.map(|at| tokens[at].trim_start_matches('0').to_owned()),
    })
}

// Likeness ---------------------------------------------------------------------------------------------

/// How well `words` name a thing whose words are `own` and that lies in a place called `place`, 0 to 1. All words
/// should be found; own words that were not said count a little against it, words of the place do not.
pub fn likeness(words: &[String], own: &[String], place: &[String]) -> f64 {
    if words.is_empty() || own.is_empty() {
        return 0.0;
    }
    let best =
        |word: &String, among: &[String]| among.iter().map(|other| alike(word, other)).fold(0.0, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "a handful of words")]
    let mean = |sum: f64, count: usize| sum / count as f64;
    let found: f64 = words.iter().map(|word| best(word, own).max(0.98 * best(word, place))).sum();
    let said: f64 =
        own.iter().filter(|word| !NOISE.contains(&word.as_str())).map(|word| best(word, words)).sum();
    let own_count = own.iter().filter(|word| !NOISE.contains(&word.as_str())).count();
    // "costaverde", "san jose": blanks are typing errors too.
    let joined = if words.len() == own.len() { 0.0 } else { 0.95 * alike(&words.concat(), &own.concat()) };
    let named = words.iter().any(|word| best(word, own) > 0.6);
    let apart =
        if named { mean(found, words.len()) * (0.75 + 0.25 * mean(said, own_count.max(1))) } else { 0.0 };
    apart.max(joined)
}

/// Two words, 0 to 1; numbers are equal or not, and a beginning counts.
fn alike(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    if a.bytes().chain(b.bytes()).any(|byte| byte.is_ascii_digit()) {
        return 0.0;
    }
    let (longer, shorter) =
        (a.chars().count().max(b.chars().count()), a.chars().count().min(b.chars().count()));
    #[expect(clippy::cast_precision_loss, reason = "a word has few letters")]
    let edits = 1.0 - distance(a, b) as f64 / longer as f64;
    let begins = shorter >= 3 && b.starts_with(a);
    let score = if begins { edits.max(0.85) } else { edits };
    if score < 0.5 { 0.0 } else { score }
}

/// Edits between two words: insert, delete, replace, swap neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests;
