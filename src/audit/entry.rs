//! One entry of the journal as the line that is hashed, exported and verified.

use serde::Serialize;
use sqlx::FromRow;

/// An entry. The order of the fields is the order in its line and never changes; a later field goes to the end, left
/// out where it is empty, so that older lines keep their bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Entry {
    /// Number; gaps are transactions that were rolled back.
    pub id: i64,
    /// When, in UTC with microseconds.
    pub at: String,
    /// Transaction.
    pub txid: String,
    /// Login at the database.
    pub login: String,
    /// Role that acted.
    pub role: String,
    /// Account of the service.
    pub account: Option<String>,
    /// Request of the service.
    pub request_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Document that supports the write.
    pub source_id: Option<i64>,
    /// Table.
    pub relation: String,
    /// INSERT, UPDATE, DELETE.
    pub operation: String,
    /// Rows.
    pub row_count: i64,
    /// Their keys, the first thousand.
    pub row_ids: Vec<i64>,
    /// SHA-256 over the rows before, as hexadecimal digits.
    pub hash_before: Option<String>,
    /// SHA-256 over the rows after.
    pub hash_after: Option<String>,
}

impl Entry {
    /// Its line, without the end of the line.
    ///
    /// # Errors
    /// Never so far: everything in it has a JSON form.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// The number in an entry's line, without reading the rest: a million lines are looked at.
pub fn id_of(line: &[u8]) -> Option<i64> {
    let rest = line.strip_prefix(b"{\"id\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}
