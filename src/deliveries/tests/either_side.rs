//! Many edits on both sides at random, against a model of what follows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::returns::mains;
use super::*;

const FIELDS: [&str; 3] = ["material", "provider", "name"];
const WORDS: [&str; 3] = ["a", "b", "c"];

type Content = [String; 3];
type Side = BTreeMap<i64, Content>;

/// Steele and Vigna's splitmix64: the same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end).unwrap()
    }

    /// A side on which each main was left alone, taken away, or given words, of which some are those that it had.
    fn edited(&mut self, base: &Side) -> Side {
        let mut side = base.clone();
        for id in base.keys() {
            match self.below(6) {
                0 | 1 => {}
                2 => {
                    side.remove(id);
                }
                _ => {
                    for at in 0..FIELDS.len() {
                        if self.below(2) == 0 {
                            side.get_mut(id).unwrap()[at] = WORDS[self.below(3)].to_owned();
                        }
                    }
                }
            }
        }
        side
    }
}

/// The statements that make `side` of `base`.
fn statements(base: &Side, side: &Side) -> [String; 2] {
    let mut update = "update {table} set ".to_owned();
    for (at, field) in FIELDS.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(update, "{comma}{field} = case id");
        for (id, content) in side.iter().filter(|(id, content)| base[id][at] != content[at]) {
            let _ = write!(update, " when {id} then '{}'", content[at]);
        }
        let _ = write!(update, " else {field} end");
    }
    let changed: Vec<String> =
        side.iter().filter(|(id, content)| &base[id] != *content).map(|(id, _)| id.to_string()).collect();
    let _ = write!(update, " where id in ({})", changed.join(", "));
    let gone: Vec<String> =
        base.keys().filter(|id| !side.contains_key(id)).map(ToString::to_string).collect();
    [update, format!("delete from {{table}} where id in ({})", gone.join(", "))]
}

/// Theirs where they changed, ours elsewhere.
fn merged(base: &Content, theirs: &Content, ours: &Content) -> Content {
    std::array::from_fn(|at| if theirs[at] == base[at] { ours[at].clone() } else { theirs[at].clone() })
}

fn is_conflict(base: &Content, theirs: Option<&Content>, ours: Option<&Content>) -> bool {
    match (theirs, ours) {
        (None, None) => false,
        (None, Some(one)) | (Some(one), None) => one != base,
        (Some(theirs), Some(ours)) => (0..FIELDS.len())
            .any(|at| theirs[at] != base[at] && ours[at] != base[at] && theirs[at] != ours[at]),
    }
}

/// What is on record after the acceptance.
fn accepted(base: &Side, theirs: &Side, ours: &Side) -> Side {
    let after = |(id, base): (&i64, &Content)| {
        let (theirs, ours) = (theirs.get(id), ours.get(id));
        let content = match (theirs, ours) {
            _ if is_conflict(base, theirs, ours) => ours.cloned(),
            (Some(theirs), Some(ours)) => Some(merged(base, theirs, ours)),
            _ => None,
        };
        content.map(|content| (*id, content))
    };
    base.iter().filter_map(after).collect()
}

async fn on_record(office: &Office) -> Side {
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
        "select id, material, provider, name from utility.line where material is not null order by id",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    rows.into_iter().map(|(id, a, b, c)| (id, [a, b, c])).collect()
}

/// 120 mains whose words are known.
async fn world() -> Office {
    let office = mains().await;
    office
        .meanwhile(
            "insert into layer.water_mains (ubigeo, kind, state, geom)
             select '150203', 'main', 'in_service',
               st_setsrid(st_makeline(st_makepoint(196000 + n, 8816000), st_makepoint(196000 + n, 8816010)), 32718)
             from generate_series(13, 120) n order by n;
             update layer.water_mains set material = 'a', provider = 'a', name = 'a'",
        )
        .await;
    office
}

#[tokio::test]
async fn whatever_both_sides_did_nothing_is_lost_and_nothing_is_overwritten() {
    let office = world().await;
    for seed in [20_261_128, 7, 150_203] {
        let mut chance = Chance(seed);
        let base = on_record(&office).await;
        let (theirs, ours) = (chance.edited(&base), chance.edited(&base));
        let taken = office.take("water_mains").await;
        for statement in statements(&base, &theirs) {
            taken.edit(&statement.replace("{table}", "water_mains"));
        }
        for statement in statements(&base, &ours) {
            office.meanwhile(&statement.replace("{table}", "layer.water_mains")).await;
        }
        let at = office.give_back(&taken).await;
        assert_eq!(on_record(&office).await, ours, "nothing changes before it is accepted");
        let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
        assert_eq!((status, &told["refused"]), (StatusCode::OK, &json!([])), "{told}");
        assert_eq!(on_record(&office).await, accepted(&base, &theirs, &ours), "seed {seed}");

        let conflicts: BTreeSet<i64> = base
            .iter()
            .filter(|(id, content)| is_conflict(content, theirs.get(id), ours.get(id)))
            .map(|(id, _)| *id)
            .collect();
        assert!(conflicts.len() > 10, "{conflicts:?}");
        let told = office.get(&format!("{at}/changes?change=conflict&limit=1000")).await;
        let listed: BTreeSet<i64> = told["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["properties"]["object_id"].as_i64().unwrap())
            .collect();
        assert_eq!(listed, conflicts, "seed {seed}");
        let open = office.get(&at).await["changes"]["open"].as_u64().unwrap();
        assert_eq!(open, conflicts.len() as u64);
        let first: Vec<i64> = conflicts.into_iter().take(8).collect();
        decided(&office, &at, &first, (&base, &theirs, &ours)).await;
    }
}

/// Their side of some conflicts.
async fn decided(office: &Office, at: &str, conflicts: &[i64], (base, theirs, ours): (&Side, &Side, &Side)) {
    for id in conflicts {
        let change = office.change(at, *id).await;
        let body = json!({ "take": "theirs", "version": change["properties"]["version"] });
        let before = on_record(office).await;
        let (status, told) =
            office.decide(Method::POST, at, &format!("changes/{}/decide", change["id"]), body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let mut expected = before;
        match (theirs.get(id), ours.get(id)) {
            (Some(theirs), Some(ours)) => {
                expected.insert(*id, merged(&base[id], theirs, ours));
            }
            (Some(theirs), None) => {
                let anew = *on_record(office).await.keys().last().unwrap();
                expected.insert(anew, theirs.clone());
            }
            _ => {
                expected.remove(id);
            }
        }
        assert_eq!(on_record(office).await, expected, "main {id}");
    }
}
