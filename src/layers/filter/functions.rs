//! The functions that a filter may name. There are no others: a name that is not here is refused.

use super::typed::Type;

/// A function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in a filter.
    pub name: &'static str,
    /// What it takes.
    pub takes: Type,
    /// What it gives.
    pub gives: Type,
    /// What stands before and after its argument in SQL.
    pub sql: [&'static str; 2],
    /// What it does.
    pub about: &'static str,
}

/// All of them, each with one argument.
///
/// Letters change case by ICU's rules, whatever the database's own collation is; in the C locale PostgreSQL would only
/// know ASCII. CASEI goes through capitals, where `ß` and `SS`, `ς` and `σ` meet as case folding has it. ACCENTI takes
/// the marks off that Unicode's canonical decomposition sets apart.
pub const FUNCTIONS: [Function; 9] = [
    Function {
        name: "casei",
        takes: Type::Text,
        gives: Type::Text,
        sql: ["upper((", ") collate \"und-x-icu\")"],
        about: "a text of which capitals and small letters count as the same",
    },
    Function {
        name: "accenti",
        takes: Type::Text,
        gives: Type::Text,
        sql: ["regexp_replace(normalize(", ", NFD), '[\\u0300-\\u036f]', '', 'g')"],
        about: "a text without accents",
    },
    Function {
        name: "lower",
        takes: Type::Text,
        gives: Type::Text,
        sql: ["lower((", ") collate \"und-x-icu\")"],
        about: "a text in small letters",
    },
    Function {
        name: "upper",
        takes: Type::Text,
        gives: Type::Text,
        sql: ["upper((", ") collate \"und-x-icu\")"],
        about: "a text in capitals",
    },
    Function {
        name: "length",
        takes: Type::Text,
        gives: Type::Number,
        sql: ["length(", ")::numeric"],
        about: "the number of letters of a text",
    },
    Function {
        name: "abs",
        takes: Type::Number,
        gives: Type::Number,
        sql: ["abs(", ")"],
        about: "a number without its sign",
    },
    Function {
        name: "floor",
        takes: Type::Number,
        gives: Type::Number,
        sql: ["floor(", ")"],
        about: "the whole number below",
    },
    Function {
        name: "ceil",
        takes: Type::Number,
        gives: Type::Number,
        sql: ["ceil(", ")"],
        about: "the whole number above",
    },
    Function {
        name: "round",
        takes: Type::Number,
        gives: Type::Number,
        sql: ["round(", ")"],
        about: "the nearest whole number",
    },
];

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
