//! Filters that nobody would write: none panics, none is a failure of ours, and no literal changes the SQL.
//!
//! `scripts/fuzz-filter` runs the long form; `PREDIO_FUZZ` says how many inputs, one in 500 of which is executed.

use std::collections::HashSet;
use std::sync::Arc;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{World, world};
use crate::http::ask::encode;
use crate::layers::crs::Crs;
use crate::layers::filter::{Filter, Language};
use crate::layers::request::Request;
use crate::layers::{Layer, sql};
use crate::problem::Error;

const SEEDS: [&str; 14] = [
    "name LIKE 'Lote%' AND small IN (1, 2, 3)",
    "CASEI(name) = CASEI('lote a') OR ACCENTI(name) <> 'x'",
    "s_intersects(geom, POLYGON((-78 -11, -77 -11, -77 -10, -78 -11)))",
    "s_within(geom, BBOX(-78, -11, -77, -10)) and not s_touches(geom, LINESTRING(-78 -11, -77 -10))",
    "t_during(moment, INTERVAL('2024-01-01T00:00:00Z', '..'))",
    "day BETWEEN DATE('2020-01-01') AND DATE('2020-02-01')",
    "a_contains(tags, ('a', 'b'))",
    "(id + 2) * 3 / small - amount % 7 > size ^ 2 div 3",
    "flag AND NOT (name IS NULL)",
    "key = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'",
    "\"name\" = 'd''Or' OR name = 'd\\'Or'",
    r#"{"op":"and","args":[{"op":"=","args":[{"property":"name"},"a"]},{"op":"in","args":[{"property":"id"},[1,2]]}]}"#,
    r#"{"op":"s_intersects","args":[{"property":"geom"},{"type":"Polygon","coordinates":[[[-78,-11],[-77,-11],[-77,-10],[-78,-11]]]}]}"#,
    r#"{"op":"t_after","args":[{"property":"day"},{"date":"2020-01-05"}]}"#,
];

/// What sqlmap and its like send.
const PAYLOADS: [&str; 14] = [
    "' OR '1'='1",
    "' OR 1=1 --",
    "'; DROP TABLE fixture.lot; --",
    "1' AND (SELECT 5034 FROM PG_SLEEP(5))--",
    "') UNION ALL SELECT NULL,NULL,NULL--",
    "' AND 1=CAST((SELECT version()) AS int)--",
    "$1",
    "$$x$$",
    "\\",
    "\\'; select 1; --",
    "%27%20OR%201=1",
    "a\u{2019} or \u{ff07}1",
    "/* */",
    "'||(select current_user)||'",
];

/// A text literal; a backslash before a quote would be the escape of that quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace("\\'", "'").replace('\'', "''"))
}

/// Writes filters: one source of chance for their shape, another for their literals.
struct Author {
    shape: ChaCha8Rng,
    words: ChaCha8Rng,
}

impl Author {
    fn new(shape: u64, words: u64) -> Self {
        Self { shape: ChaCha8Rng::seed_from_u64(shape), words: ChaCha8Rng::seed_from_u64(words) }
    }

    fn text(&mut self) -> String {
        let payload = PAYLOADS.choose(&mut self.words).unwrap();
        let length = self.words.random_range(0..8);
        let letters: String = (0..length).map(|_| self.words.random_range('\u{20}'..'\u{200}')).collect();
        quoted(&format!("{payload}{letters}x"))
    }

    fn int(&mut self) -> String {
        self.words.random::<i64>().to_string()
    }

    fn decimal(&mut self) -> String {
        format!(
            "{}.{}e{}",
            self.words.random_range(0..9999),
            self.words.random_range(0..99),
            self.words.random_range(-200..200)
        )
    }

    fn day(&mut self) -> String {
        let (year, month) = (self.words.random_range(0..9999), self.words.random_range(1..=12));
        format!("{year:04}-{month:02}-{:02}", self.words.random_range(1..=28))
    }

    fn number(&mut self, depth: u32) -> String {
        match self.shape.random_range(0..if depth == 0 { 6 } else { 10 }) {
            0 => "id".into(),
            1 => "size".into(),
            2 => "amount".into(),
            3 => "small".into(),
            4 => self.int(),
            5 => self.decimal(),
            6 => format!("abs({})", self.number(depth - 1)),
            7 => format!("length({})", self.name(depth - 1)),
            _ => {
                let symbol = ["+", "-", "*", "/", "%", "div", "^"][self.shape.random_range(0..7)];
                format!("({} {symbol} {})", self.number(depth - 1), self.number(depth - 1))
            }
        }
    }

    fn name(&mut self, depth: u32) -> String {
        match self.shape.random_range(0..if depth == 0 { 2 } else { 5 }) {
            0 => "name".into(),
            1 => self.text(),
            2 => format!("CASEI({})", self.name(depth - 1)),
            3 => format!("ACCENTI({})", self.name(depth - 1)),
            _ => format!("lower({})", self.name(depth - 1)),
        }
    }

    fn period(&mut self) -> String {
        match self.shape.random_range(0..6) {
            0 => "day".into(),
            1 => "moment".into(),
            2 => "clock".into(),
            3 => format!("DATE('{}')", self.day()),
            4 => format!("TIMESTAMP('{}T23:59:59Z')", self.day()),
            _ => format!("INTERVAL('{}', '..')", self.day()),
        }
    }

    fn place(&mut self) -> String {
        let words = &mut self.words;
        format!("{:.6} {:.6}", words.random_range(-180.0..180.0), words.random_range(-90.0..90.0))
    }

    fn shape(&mut self) -> String {
        match self.shape.random_range(0..4) {
            0 => format!("POINT({})", self.place()),
            1 => format!("LINESTRING({}, {}, {})", self.place(), self.place(), self.place()),
            2 => format!("MULTIPOINT(({}))", self.place()),
            _ => {
                let (first, second, third) = (self.place(), self.place(), self.place());
                format!("POLYGON(({first}, {second}, {third}, {first}))")
            }
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        let d = depth.saturating_sub(1);
        match self.shape.random_range(0..if depth == 0 { 8 } else { 12 }) {
            0 => {
                let symbol = ["=", "<>", "<", ">", "<=", ">="][self.shape.random_range(0..6)];
                format!("{} {symbol} {}", self.number(2), self.number(2))
            }
            1 => format!("{} = {}", self.name(2), self.name(2)),
            2 => format!("{} LIKE {}", self.name(1), self.text()),
            3 => {
                let list: Vec<String> = (0..self.words.random_range(1..9)).map(|_| self.text()).collect();
                format!("name IN ({})", list.join(", "))
            }
            4 => format!("{} BETWEEN {} AND {}", self.number(1), self.number(1), self.number(1)),
            5 => {
                let relation = ["t_after", "t_during", "t_equals", "t_intersects", "t_overlaps"]
                    [self.shape.random_range(0..5)];
                format!("{relation}({}, {})", self.period(), self.period())
            }
            6 => {
                let relation = ["s_intersects", "s_disjoint", "s_within", "s_touches", "s_equals"]
                    [self.shape.random_range(0..5)];
                format!("{relation}(geom, {})", self.shape())
            }
            7 => format!("a_overlaps(tags, ({}, {}))", self.text(), self.text()),
            8 => format!("NOT ({})", self.condition(d)),
            9 => format!("flag = ({})", self.condition(d)),
            10 => format!("({}) OR {}", self.condition(d), self.condition(d)),
            _ => format!("{} AND ({})", self.condition(d), self.condition(d)),
        }
    }
}

/// A seed with some letters changed.
fn mutated(chance: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = SEEDS.choose(chance).unwrap().chars().collect();
    for _ in 0..chance.random_range(1..6) {
        let at = chance.random_range(0..letters.len().max(1)).min(letters.len().saturating_sub(1));
        match chance.random_range(0..5) {
            0 if !letters.is_empty() => drop(letters.remove(at)),
            1 => letters.insert(at, chance.random()),
            2 => {
                let other: Vec<char> = SEEDS.choose(chance).unwrap().chars().collect();
                let from = chance.random_range(0..other.len());
                let piece = other[from..(from + chance.random_range(1..20)).min(other.len())].to_vec();
                letters.splice(at..at, piece);
            }
            3 => letters
                .insert(at, *['(', ')', '\'', '"', ',', '-', '\\', '9', '{', '['].choose(chance).unwrap()),
            _ => letters.truncate(at + 1),
        }
    }
    letters.into_iter().collect()
}

fn language(text: &str) -> Language {
    if text.starts_with('{') { Language::Json } else { Language::Text }
}

/// The statement that counts what passes, or why there is none.
fn statement(layer: &Layer, text: &str) -> Result<String, Error> {
    let filter = Filter::read(layer, language(text), text, Crs::crs84())?;
    let request = Request { filter: Some(Arc::new(filter)), ..Request::all(chrono::Utc::now().into()) };
    Ok(sql::count(layer, &request, None, sql::Plan { prefilter: true })?.text)
}

async fn lots(world: &World) -> Arc<Layer> {
    world.app.source_of(crate::access::Audience::Public).catalogue.layer("t_lots").await.unwrap()
}

async fn executed(world: &World, text: &str) {
    let form = if language(text) == Language::Json { "cql2-json" } else { "cql2-text" };
    let answer =
        world.items(&format!("t_lots/items?limit=1&filter-lang={form}&filter={}", encode(text))).await;
    assert!(matches!(answer.status.as_u16(), 200 | 400), "{text}: {} {}", answer.status, answer.text());
}

#[tokio::test]
async fn no_filter_is_a_failure_of_ours() {
    let inputs: u64 = std::env::var("PREDIO_FUZZ").map_or(6_000, |count| count.parse().unwrap());
    let seed: u64 = std::env::var("PREDIO_FUZZ_SEED").map_or(1, |seed| seed.parse().unwrap());
    let world = world().await;
    let layer = lots(&world).await;
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (mut accepted, mut refused, mut run) = (0_u64, 0_u64, 0_u64);
    for round in 0..inputs {
        let text = match round % 3 {
            0 => mutated(&mut chance),
            1 => Author::new(chance.random(), chance.random()).condition(3),
            _ => {
                let bytes: Vec<u8> = (0..chance.random_range(0..80)).map(|_| chance.random()).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        match statement(&layer, &text) {
            Ok(_) => accepted += 1,
            Err(Error::BadRequest { parameter, .. }) if parameter == "filter" => refused += 1,
            Err(other) => panic!("{text}: {other:?}"),
        }
        if chance.random_ratio(1, if inputs > 100_000 { 500 } else { 10 }) {
            run += 1;
            executed(&world, &text).await;
        }
    }
    println!("{inputs} filters: {accepted} accepted, {refused} refused, {run} sent to PostgreSQL");
    assert!(accepted > inputs / 4 && refused > inputs / 4, "{accepted} {refused}");
}

#[tokio::test]
async fn literals_never_change_the_sql() {
    let world = world().await;
    let layer = lots(&world).await;
    let mut shapes = 0;
    for shape in 0..400 {
        let texts: HashSet<String> = (0..10)
            .filter_map(|words| statement(&layer, &Author::new(shape, words).condition(3)).ok())
            .collect();
        shapes += texts.len();
        assert!(texts.len() <= 1, "shape {shape}: {texts:#?}");
    }
    assert!(shapes > 300, "{shapes}");
}

#[tokio::test]
async fn payloads_stay_values() {
    let world = world().await;
    let layer = lots(&world).await;
    let mut texts = HashSet::new();
    for payload in PAYLOADS {
        let filter = format!("name = {}", quoted(&format!("{payload} ")));
        texts.insert(statement(&layer, &filter).unwrap());
        let json = serde_json::json!({ "op": "=", "args": [{ "property": "name" }, payload] }).to_string();
        texts.insert(statement(&layer, &json).unwrap());
        executed(&world, &filter).await;
        executed(&world, &json).await;
        // Outside of quotes a payload is a filter or none, never another statement.
        for filter in [format!("name = 'x{payload}"), format!("id = 1 {payload}"), format!("{payload} = 1")] {
            executed(&world, &filter).await;
        }
    }
    assert_eq!(texts.len(), 1, "{texts:#?}");
    let left: i64 = sqlx::query_scalar("select count(*) from fixture.lot")
        .fetch_one(&mut world.database.owner().await)
        .await
        .unwrap();
    assert_eq!(left, 400);
}
