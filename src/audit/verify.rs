//! Is an exported journal whole and true? Answered from the file alone.
//!
//! What a file alone can show: that no sealed entry was edited, deleted, put in or reordered since it was sealed, that
//! the seals are one unbroken chain, and that the holder of the key signed each. What it cannot show: whoever has the
//! signing key can write another journal and seal that, and whoever owns the database can cut the newest seals off
//! together with their entries. Both are seen only by comparison with seals that were kept elsewhere.

use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Serialize;

use super::entry::id_of;
use super::export::{EndLine, Head};
use super::hash::Tree;
use super::key::PublicKey;
use super::seal::{Seal, Statement};

/// Entries in no seal are normal for a minute or a few; a transaction that is open for longer than this is not.
const LONGEST_TRANSACTION_S: i64 = 24 * 3_600;

/// What the verifier is given beside the file.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys that may have signed; without any, the file vouches for itself.
    pub keys: Vec<PublicKey>,
    /// Seals that were kept elsewhere.
    pub kept: Vec<Seal>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name: `edited`, `missing`, `order`, `chain`, `signature`, `key`, `cut`, `other-seal`, `never-sealed`, `form`.
    pub kind: &'static str,
    /// The seal it concerns.
    pub seal: Option<i64>,
    /// In words.
    pub detail: String,
}

/// The verifier's answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Nothing is wrong.
    pub ok: bool,
    /// Entries read.
    pub entries: u64,
    /// Entries in seals.
    pub sealed: u64,
    /// Seals read.
    pub seals: u64,
    /// Hash of the newest seal: print it, file it, publish it.
    pub newest_seal: Option<String>,
    /// Its time.
    pub newest_at: Option<String>,
    /// Keys that signed, in the order of their first seal.
    pub keys: Vec<PublicKey>,
    /// How far the answer reaches.
    pub reach: &'static str,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// Reads an export and says everything that is wrong with it.
///
/// # Errors
/// When the file cannot be read; what is wrong *in* it is a finding.
pub fn verify(mut file: impl BufRead, trust: &Trust) -> io::Result<Report> {
    let mut reading = Reading::new(trust);
    let mut line = Vec::with_capacity(1 << 12);
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match id_of(text) {
            Some(id) => reading.entry(id, text),
            None => reading.other(text),
        }
    }
    Ok(reading.finish())
}

struct Reading<'a> {
    trust: &'a Trust,
    kept: HashMap<i64, &'a Seal>,
    report: Report,
    head: Option<Head>,
    /// Entries since the last seal.
    tree: Tree,
    last_id: Option<i64>,
    first_unsealed: Option<(i64, String)>,
    before: Option<(Seal, Statement)>,
    ended: bool,
}

impl<'a> Reading<'a> {
    fn new(trust: &'a Trust) -> Self {
        let kept = trust.kept.iter().filter_map(|seal| Some((seal.read().ok()?.number, seal))).collect();
        Self {
            trust,
            kept,
            report: Report::default(),
            head: None,
            tree: Tree::default(),
            last_id: None,
            first_unsealed: None,
            before: None,
            ended: false,
        }
    }

    fn find(&mut self, kind: &'static str, seal: Option<i64>, detail: impl Into<String>) {
        self.report.findings.push(Finding { kind, seal, detail: detail.into() });
    }

    fn entry(&mut self, id: i64, line: &[u8]) {
        self.report.entries += 1;
        if self.last_id.is_some_and(|last| last >= id) {
            self.find("order", None, format!("entry {id} does not follow the one before it"));
        }
        if self.first_unsealed.is_none() {
            self.first_unsealed = Some((id, time_in(line)));
        }
        self.last_id = Some(id);
        self.tree.push(line);
    }

    fn other(&mut self, line: &[u8]) {
        if self.ended {
            self.find("form", None, "something follows the last line");
        } else if let Ok(seal) = serde_json::from_slice::<Seal>(line) {
            self.seal(seal);
        } else if let Ok(EndLine { end }) = serde_json::from_slice(line) {
            self.ended = true;
            if (end.entries, end.seals) != (self.report.entries, self.report.seals) {
                let said = format!("the file says {} entries and {} seals", end.entries, end.seals);
                self.find(
                    "cut",
                    None,
                    format!("{said}, it has {} and {}", self.report.entries, self.report.seals),
                );
            }
        } else if let (None, Ok(head)) = (&self.head, serde_json::from_slice::<Head>(line)) {
            self.head = Some(head);
        } else {
            self.find("form", None, "a line is neither an entry nor a seal");
        }
    }

    fn seal(&mut self, seal: Seal) {
        self.report.seals += 1;
        let tree = std::mem::take(&mut self.tree);
        (self.last_id, self.first_unsealed) = (None, None);
        self.report.sealed += tree.len();
        let Ok(said) = seal.read() else {
            self.find("form", None, "a seal's statement cannot be read");
            return;
        };
        self.compare_content(&said, &tree);
        self.compare_chain(&said);
        self.compare_signature(&seal, said.number);
        if let Some(kept) = self.kept.remove(&said.number)
            && kept.statement != seal.statement
        {
            let when = kept.read().map(|kept| kept.at).unwrap_or_default();
            let detail =
                format!("the seal that was kept elsewhere ({when}) is another: the journal was rewritten");
            self.find("other-seal", Some(said.number), detail);
        }
        self.before = Some((seal, said));
    }

    fn compare_content(&mut self, said: &Statement, tree: &Tree) {
        let place = format!("among the entries {} to {}", said.first, said.last);
        if tree.len() < said.count {
            let detail = format!("{} of {} entries are missing {place}", said.count - tree.len(), said.count);
            self.find("missing", Some(said.number), detail);
        } else if tree.len() > said.count {
            let detail = format!("{} entries too many {place}", tree.len() - said.count);
            self.find("edited", Some(said.number), detail);
        } else if hex::encode(tree.root()) != said.root {
            let detail = format!("an entry was edited, exchanged or moved {place}");
            self.find("edited", Some(said.number), detail);
        }
    }

    fn compare_chain(&mut self, said: &Statement) {
        let (number, previous, total) = match &self.before {
            Some((seal, before)) => (before.number + 1, Some(seal.hash_text()), before.total + said.count),
            None => (1, None, said.count),
        };
        if said.number != number {
            self.find("chain", Some(said.number), format!("seal {number} should stand here"));
        } else if said.previous != previous {
            self.find("chain", Some(said.number), "it does not continue the seal before it");
        } else if said.total != total {
            self.find(
                "chain",
                Some(said.number),
                format!("it counts {} entries so far, there are {total}", said.total),
            );
        }
        if self.head.as_ref().is_some_and(|head| head.journal != said.journal) {
            self.find("chain", Some(said.number), "it belongs to another journal");
        }
    }

    fn compare_signature(&mut self, seal: &Seal, number: i64) {
        if !self.report.keys.contains(&seal.key) {
            self.report.keys.push(seal.key);
            if !self.trust.keys.is_empty() && !self.trust.keys.contains(&seal.key) {
                let key = String::from(seal.key);
                self.find(
                    "key",
                    Some(number),
                    format!("signed with the key {key}, which is none of those given"),
                );
            }
        }
        if !seal.is_signed() {
            self.find("signature", Some(number), "its signature is not that of its key over these words");
        }
    }

    fn finish(mut self) -> Report {
        if self.head.is_none() {
            self.find("form", None, "the file does not begin as an export of Predio's journal");
        }
        if !self.ended {
            self.find("cut", None, "the file ends before its last line");
        }
        let mut absent: Vec<i64> = self.kept.keys().copied().collect();
        absent.sort_unstable();
        if let (Some(first), Some(last)) = (absent.first(), absent.last()) {
            let detail = format!(
                "the seals {first} to {last}, kept elsewhere, are not in the journal: its tail was cut"
            );
            self.find("cut", Some(*first), detail);
        }
        self.look_at_unsealed();
        if let Some((seal, said)) = &self.before {
            self.report.newest_seal = Some(seal.hash_text());
            self.report.newest_at = Some(said.at.clone());
        }
        self.report.reach = reach(self.trust);
        self.report.ok = self.report.findings.is_empty();
        self.report
    }

    /// An entry that should have been sealed long ago was kept out of the seals or put in afterwards.
    fn look_at_unsealed(&mut self) {
        let Some((id, at)) = self.first_unsealed.take() else { return };
        let Some((_, newest)) = &self.before else { return };
        let (Some(at), Some(sealed)) = (seconds(&at), seconds(&newest.at)) else {
            self.find("form", None, format!("entry {id} has no time"));
            return;
        };
        if sealed - at > LONGEST_TRANSACTION_S {
            let detail = format!(
                "entry {id} is a day older than the newest seal and in none: kept out, or put in later"
            );
            self.find("never-sealed", None, detail);
        }
    }
}

fn reach(trust: &Trust) -> &'static str {
    match (trust.keys.is_empty(), trust.kept.is_empty()) {
        (false, false) => "compared with the given key and with the seals kept elsewhere",
        (true, false) => {
            "compared with the seals kept elsewhere; no key was given, the file vouches for its own"
        }
        (false, true) => {
            "compared with the given key; whoever has the signing key could have rewritten the whole chain, or its newest \
             seals could have been cut off: only seals kept elsewhere (--against) show that"
        }
        (true, true) => {
            "the file vouches for itself: a chain that was rewritten as a whole and signed with another key, or whose \
             newest seals were cut off, looks the same. Give the public key (--key) and seals kept elsewhere (--against)"
        }
    }
}

/// The time in an entry's line.
fn time_in(line: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct At {
        at: String,
    }
    serde_json::from_slice(line).map(|At { at }| at).unwrap_or_default()
}

fn seconds(at: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(at).ok().map(|at| at.timestamp())
}
