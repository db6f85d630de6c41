//! CQL2 text: by precedence, never deeper than the budget allows.

use super::lexer::{self, Token};
use super::tree::{Budget, Node, Place, Term};
use crate::problem::{Error, Result};

/// Names that mean something else without quotes.
const KEYWORDS: [&str; 10] = ["and", "or", "not", "like", "between", "in", "is", "null", "div", "escape"];
/// What stands where a value does.
const VALUE: (&str, &str) =
    ("una propiedad, un literal o una función", "a property, a literal or a function");
const COMPARISONS: [&str; 6] = ["=", "<>", "<", ">", "<=", ">="];

/// Reads `text`.
///
/// # Errors
/// Names the character that cannot stand where it does.
pub fn read(text: &str) -> Result<Node> {
    let mut parser = Parser { words: lexer::words(text)?, at: 0, budget: Budget::default() };
    let node = parser.any()?;
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected(("un operador o el final", "an operator or the end"))),
    }
}

/// A place in the words.
pub(super) struct Parser {
    words: Vec<(usize, Token)>,
    at: usize,
    pub(super) budget: Budget,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> &Token {
        self.words.get(self.at + count).map_or(&Token::End, |(_, token)| token)
    }

    pub(super) fn place(&self) -> Place {
        let last = self.words.len() - 1;
        Place::Character(self.words[self.at.min(last)].0)
    }

    /// Says in Spanish and in English what is wanted here, and what is found.
    pub(super) fn unexpected(&self, (es, en): (&str, &str)) -> Error {
        let found = match self.peek() {
            Token::Name(text) | Token::Number(text) => format!("`{text}`"),
            Token::Quoted(text) => format!("\"{text}\""),
            Token::Text(text) => format!("'{text}'"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::End => {
                let wanted =
                    (format!("se espera {es}, no el final"), format!("{en} is expected, not the end"));
                return self.place().wrong(wanted.0, wanted.1);
            }
        };
        self.place().wrong(format!("se espera {es}, no {found}"), format!("{en} is expected, not {found}"))
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    pub(super) fn takes(&mut self, symbol: &str) -> bool {
        let is_here = matches!(self.peek(), Token::Symbol(here) if *here == symbol);
        self.at += usize::from(is_here);
        is_here
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.takes(symbol) { Ok(()) } else { Err(self.missing(symbol)) }
    }

    /// A symbol or keyword, which is the same in every language.
    fn missing(&self, word: &str) -> Error {
        let word = format!("`{word}`");
        self.unexpected((&word, &word))
    }

    fn is_word(&self, count: usize, word: &str) -> bool {
        matches!(self.ahead(count), Token::Name(name) if name.eq_ignore_ascii_case(word))
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let is_here = self.is_word(0, word);
        self.at += usize::from(is_here);
        is_here
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.takes_word(word) { Ok(()) } else { Err(self.missing(&word.to_uppercase())) }
    }

    fn call(&mut self, place: Place, name: &str, arguments: Vec<Node>) -> Result<Node> {
        self.budget.node(place, Term::Call(name.to_owned(), arguments))
    }

    fn any(&mut self) -> Result<Node> {
        self.budget.sink(&self.place())?;
        let node = self.chain("or", Self::all);
        self.budget.rise();
        node
    }

    fn all(&mut self) -> Result<Node> {
        self.chain("and", Self::not)
    }

    /// `a OR b OR c` as one call, so that long lists are wide and not deep.
    fn chain(&mut self, word: &str, part: fn(&mut Self) -> Result<Node>) -> Result<Node> {
        let place = self.place();
        let first = part(self)?;
        if !self.is_word(0, word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes_word(word) {
            parts.push(part(self)?);
        }
        self.call(place, word, parts)
    }

    fn not(&mut self) -> Result<Node> {
        let place = self.place();
        if !self.takes_word("not") {
            return self.comparison();
        }
        self.budget.sink(&place)?;
        let inner = self.not()?;
        self.budget.rise();
        self.call(place, "not", vec![inner])
    }

    fn comparison(&mut self) -> Result<Node> {
        let left = self.sum()?;
        let place = self.place();
        if let Token::Symbol(symbol) = self.peek()
            && COMPARISONS.contains(symbol)
        {
            let symbol = *symbol;
            self.at += 1;
            let right = self.sum()?;
            return self.call(place, symbol, vec![left, right]);
        }
        if self.takes_word("is") {
            let is_negated = self.takes_word("not");
            self.expect_word("null")?;
            let test = self.call(place.clone(), "isnull", vec![left])?;
            return self.negated(is_negated, place, test);
        }
        let is_negated =
            self.is_word(0, "not") && ["like", "between", "in"].iter().any(|word| self.is_word(1, word));
        self.at += usize::from(is_negated);
        let test = if self.takes_word("like") {
            let pattern = self.sum()?;
            self.call(place.clone(), "like", vec![left, pattern])?
        } else if self.takes_word("between") {
            let low = self.sum()?;
            self.expect_word("and")?;
            let high = self.sum()?;
            self.call(place.clone(), "between", vec![left, low, high])?
        } else if self.takes_word("in") {
            let list_place = self.place();
            self.expect("(")?;
            let list = self.arguments()?;
            let list = self.budget.node(list_place, Term::List(list))?;
            self.call(place.clone(), "in", vec![left, list])?
        } else {
            return Ok(left);
        };
        self.negated(is_negated, place, test)
    }

    fn negated(&mut self, is_negated: bool, place: Place, test: Node) -> Result<Node> {
        if is_negated { self.call(place, "not", vec![test]) } else { Ok(test) }
    }

    /// `a, b)`: everything up to the bracket.
    fn arguments(&mut self) -> Result<Vec<Node>> {
        let mut arguments = Vec::new();
        if self.takes(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.any()?);
            if self.takes(")") {
                return Ok(arguments);
            }
            if !self.takes(",") {
                return Err(self.unexpected(("`,` o `)`", "`,` or `)`")));
            }
        }
    }

    fn sum(&mut self) -> Result<Node> {
        let mut left = self.product()?;
        loop {
            let place = self.place();
            let symbol = if self.takes("+") {
                "+"
            } else if self.takes("-") {
                "-"
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = self.call(place, symbol, vec![left, right])?;
        }
    }

    fn product(&mut self) -> Result<Node> {
        let mut left = self.power()?;
        loop {
            let place = self.place();
            let symbol = ["*", "/", "%"].into_iter().find(|symbol| self.takes(symbol));
            let symbol = symbol.or_else(|| self.takes_word("div").then_some("div"));
            let Some(symbol) = symbol else { return Ok(left) };
            let right = self.power()?;
            left = self.call(place, symbol, vec![left, right])?;
        }
    }

    fn power(&mut self) -> Result<Node> {
        let base = self.signed()?;
        let place = self.place();
        if !self.takes("^") {
            return Ok(base);
        }
        let exponent = self.signed()?;
        self.call(place, "^", vec![base, exponent])
    }

    fn signed(&mut self) -> Result<Node> {
        let place = self.place();
        if self.takes("+") {
            return self.primary();
        }
        if !self.takes("-") {
            return self.primary();
        }
        if let Token::Number(digits) = self.peek() {
            let number = Term::Number(format!("-{digits}"));
            self.at += 1;
            return self.budget.node(place, number);
        }
        let one = self.budget.node(place.clone(), Term::Number("-1".to_owned()))?;
        let operand = self.primary()?;
        self.call(place, "*", vec![one, operand])
    }

    fn primary(&mut self) -> Result<Node> {
        let place = self.place();
        let term = match self.peek().clone() {
            Token::Symbol("(") => return self.bracket(),
            Token::Number(digits) => Term::Number(digits),
            Token::Text(text) => Term::Text(text),
            Token::Quoted(name) => Term::Property(name),
            Token::Name(name) => return self.named(&name),
            Token::Symbol(_) | Token::End => {
                return Err(self.unexpected(VALUE));
            }
        };
        self.at += 1;
        self.budget.node(place, term)
    }

    /// `(a)` is `a`; `(a, b)` and `()` are lists.
    fn bracket(&mut self) -> Result<Node> {
        let place = self.place();
        self.at += 1;
        let mut parts = self.arguments()?;
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                self.budget.node(place, Term::List(parts))
            }
        }
    }

    fn named(&mut self, name: &str) -> Result<Node> {
        let (place, small) = (self.place(), name.to_lowercase());
        let is_called = matches!(self.ahead(1), Token::Symbol("("));
        if KEYWORDS.contains(&small.as_str()) {
            return Err(self.unexpected(VALUE));
        }
        if let Some(shape) = self.shape(&small)? {
            return self.budget.node(place, Term::Shape(shape));
        }
        self.at += 1;
        match small.as_str() {
            "true" | "false" if !is_called => self.budget.node(place, Term::Truth(small == "true")),
            "date" | "timestamp" if is_called => {
                self.at += 1;
                let text = self.only_text()?;
                let term = if small == "date" { Term::Date(text) } else { Term::Timestamp(text) };
                self.budget.node(place, term)
            }
            _ if is_called => {
                self.at += 1;
                let arguments = self.arguments()?;
                self.call(place, &small, arguments)
            }
            _ => self.budget.node(place, Term::Property(name.to_owned())),
        }
    }

    fn only_text(&mut self) -> Result<String> {
        let Token::Text(text) = self.peek().clone() else {
            return Err(self.unexpected(("un texto entre comillas simples", "a text in single quotes")));
        };
        self.at += 1;
        self.expect(")")?;
        Ok(text)
    }

    /// Whether a geometry begins here: its name, and then a bracket or its dimensions.
    pub(super) fn is_shape(&self) -> bool {
        matches!(self.ahead(1), Token::Symbol("("))
            || (self.is_word(1, "z") && matches!(self.ahead(2), Token::Symbol("(")))
    }
}
