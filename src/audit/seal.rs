//! What a seal says, and the line in which it is kept.

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::hash::{Hash, sha256};
use super::key::{PublicKey, SealKey};

/// The signed words. Their JSON text is what is signed and what the next seal's `previous` is the hash of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Form of this statement.
    pub predio_seal: u32,
    /// The journal it belongs to.
    pub journal: String,
    /// 1, 2, 3, …
    pub number: i64,
    /// SHA-256 of the statement before; none for the first.
    pub previous: Option<String>,
    /// Entries that it seals.
    pub count: u64,
    /// Entries sealed so far, with these.
    pub total: u64,
    /// Lowest number among them.
    pub first: i64,
    /// Highest number among them.
    pub last: i64,
    /// Root of the Merkle tree (RFC 6962, SHA-256) over their lines in the order of their numbers.
    pub root: String,
    /// When, in UTC.
    pub at: String,
}

/// A statement with its signature: a line of the export, and of the file beside the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The statement's exact text.
    #[serde(rename = "seal")]
    pub statement: String,
    /// Ed25519 signature over that text, in base64.
    pub signature: String,
    /// Who signed.
    pub key: PublicKey,
}

impl Seal {
    /// Signs a statement.
    ///
    /// # Errors
    /// Never so far: a statement has a JSON form.
    pub fn sign(statement: &Statement, key: &SealKey) -> serde_json::Result<Self> {
        let statement = serde_json::to_string(statement)?;
        let signature = STANDARD.encode(key.sign(statement.as_bytes()));
        Ok(Self { statement, signature, key: key.public() })
    }

    /// What it says.
    ///
    /// # Errors
    /// When it is no statement of ours.
    pub fn read(&self) -> serde_json::Result<Statement> {
        serde_json::from_str(&self.statement)
    }

    /// What the next seal calls this one.
    pub fn hash(&self) -> Hash {
        sha256(self.statement.as_bytes())
    }

    /// The same as hexadecimal digits.
    pub fn hash_text(&self) -> String {
        hex::encode(self.hash())
    }

    /// Whether its key signed it.
    pub fn is_signed(&self) -> bool {
        self.signature_bytes().is_some_and(|signature| self.key.signed(self.statement.as_bytes(), &signature))
    }

    /// The signature; none when it is no base64.
    pub fn signature_bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.signature).ok()
    }
}

/// Every seal among the lines of a file: the one beside the key, or an export.
///
/// # Errors
/// When the file cannot be read.
pub fn read_all(file: impl BufRead) -> std::io::Result<Vec<Seal>> {
    let mut seals = Vec::new();
    for line in file.split(b'\n') {
        let line = line?;
        if line.starts_with(b"{\"seal\":") {
            seals.extend(serde_json::from_slice::<Seal>(&line).ok());
        }
    }
    Ok(seals)
}
