//! The words of CQL2 text.

use super::tree::Place;
use crate::problem::Result;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword without quotes.
    Name(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without sign.
    Number(String),
    /// An operator, bracket or comma.
    Symbol(&'static str),
    /// After the last word.
    End,
}

const SYMBOLS: [&str; 15] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "%", "^"];

/// The words of `text`, each with the character it begins at, counted from 1.
///
/// # Errors
/// Names the character that begins no word, and a quote that is never closed.
pub(super) fn words(text: &str) -> Result<Vec<(usize, Token)>> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = word(&letters[at..], at + 1)?;
        words.push((at + 1, token));
        at += length;
    }
    words.push((letters.len() + 1, Token::End));
    Ok(words)
}

fn word(rest: &[char], at: usize) -> Result<(Token, usize)> {
    let first = rest[0];
    let digit_follows = rest.get(1).is_some_and(char::is_ascii_digit);
    match first {
        '\'' => quoted(rest, at).map(|(text, length)| (Token::Text(text), length)),
        '"' => quoted(rest, at).map(|(text, length)| (Token::Quoted(text), length)),
        _ if first.is_ascii_digit() || (first == '.' && digit_follows) => {
            let length = number(rest);
            Ok((Token::Number(rest[..length].iter().collect()), length))
        }
        _ if first.is_alphabetic() || matches!(first, '_' | ':') => {
            let length = rest.iter().take_while(|letter| is_part(**letter)).count();
            Ok((Token::Name(rest[..length].iter().collect()), length))
        }
        _ => symbol(rest).ok_or_else(|| {
            Place::Character(at)
                .wrong(format!("`{first}` no significa nada aquí"), format!("`{first}` means nothing here"))
        }),
    }
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | ':' | '.')
}

fn symbol(rest: &[char]) -> Option<(Token, usize)> {
    let is_here =
        |symbol: &&&str| symbol.chars().enumerate().all(|(index, letter)| rest.get(index) == Some(&letter));
    SYMBOLS.iter().find(is_here).map(|symbol| (Token::Symbol(symbol), symbol.len()))
}

/// How many letters the number takes.
fn number(rest: &[char]) -> usize {
    let digits = |from: usize| rest[from..].iter().take_while(|letter| letter.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.get(length), Some('e' | 'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some('+' | '-')));
        let exponent = digits((length + 1 + sign).min(rest.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// What stands between quotes; a quote inside is doubled, or in a text has a backslash before it. Every other
/// backslash stays, as the patterns of LIKE need it.
fn quoted(rest: &[char], at: usize) -> Result<(String, usize)> {
    let quote = rest[0];
    let mut text = String::new();
    let mut index = 1;
    loop {
        let (here, next) = (rest.get(index), rest.get(index + 1));
        match here {
            None => {
                return Err(Place::Character(at).wrong(
                    format!("la comilla {quote} no se cierra"),
                    format!("the quote {quote} is not closed"),
                ));
            }
            Some(letter) if *letter == quote && next == Some(&quote) => index += 1,
            Some('\\') if quote == '\'' && next == Some(&quote) => index += 1,
            Some(letter) if *letter == quote => return Ok((text, index + 1)),
            Some(_) => {}
        }
        text.push(rest[index]);
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        words(text).unwrap().into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn words_are_told_apart() {
        let name = |text: &str| Token::Name(text.to_owned());
        let number = |text: &str| Token::Number(text.to_owned());
        assert_eq!(
            tokens("año.x>=1.5e-3"),
            [name("año.x"), Token::Symbol(">="), number("1.5e-3"), Token::End]
        );
        assert_eq!(tokens("2e"), [number("2"), name("e"), Token::End]);
        assert_eq!(tokens(".5-3"), [number(".5"), Token::Symbol("-"), number("3"), Token::End]);
        assert_eq!(tokens("\"a\"\"b\""), [Token::Quoted("a\"b".to_owned()), Token::End]);
    }

    #[test]
    fn quotes_are_escaped_in_both_ways() {
        for text in ["'d''Or'", r"'d\'Or'"] {
            assert_eq!(tokens(text)[0], Token::Text("d'Or".to_owned()), "{text}");
        }
        assert_eq!(tokens(r"'50\%'")[0], Token::Text(r"50\%".to_owned()));
        assert!(words(r"'\'").is_err() && words("'a").is_err() && words("\"a").is_err());
    }

    #[test]
    fn what_begins_no_word_is_named_by_character() {
        for (text, place) in
            [("ñ = ;", "at character 5"), ("a = $1", "at character 5"), ("a\0", "at character 2")]
        {
            let error = words(text).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
