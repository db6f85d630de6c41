//! What a backup says of itself.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// `manifest.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the backup.
    pub predio_backup: u32,
    /// Version that took it.
    pub predio: String,
    /// When the snapshot was taken, in UTC.
    pub taken_at: String,
    /// Version of the server.
    pub server: String,
    /// Newest migration of the database.
    pub migration: i64,
    /// `demonstration`, `real`, or none when it was not said yet.
    pub kind: Option<String>,
    /// Hash of the journal's newest seal; none when it has none.
    pub newest_seal: Option<String>,
    /// Every table of the dump.
    pub tables: Vec<Table>,
    /// Tables whose rows are not in the dump: change notices mean something only on the server that made them.
    pub without_rows: Vec<String>,
    /// Logins of persons and programs, which a server has and a database has not.
    pub logins: Vec<Login>,
}

/// A table's rows in two numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Schema and name.
    pub name: String,
    /// Rows.
    pub rows: i64,
    /// Sum of the rows' SHA-256 (first 64 bits), whatever their order; generated columns left out.
    pub hash: String,
}

/// A login that is a member of one of our roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Login {
    /// Its name.
    pub name: String,
    /// The roles that it is a member of.
    pub roles: Vec<String>,
}

impl Login {
    /// The SQL that makes it again; the administrator gives the password.
    pub fn sql(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let roles: Vec<_> = self.roles.iter().map(|role| quoted(role)).collect();
        format!("create role {0} login; grant {1} to {0};", quoted(&self.name), roles.join(", "))
    }
}

/// Tables that differ between what was backed up and what is there; each with both.
pub fn differences(expected: &[Table], found: &[Table]) -> Vec<String> {
    let of = |tables: &[Table], name: &str| tables.iter().find(|table| table.name == name).cloned();
    let mut told: Vec<String> = expected
        .iter()
        .filter_map(|table| match of(found, &table.name) {
            None => Some(format!("{}: is missing", table.name)),
            Some(other) if other.rows != table.rows => {
                Some(format!("{}: {} rows, {} were backed up", table.name, other.rows, table.rows))
            }
            Some(other) if other.hash != table.hash => Some(format!("{}: the rows differ", table.name)),
            Some(_) => None,
        })
        .collect();
    let extra = found.iter().filter(|table| of(expected, &table.name).is_none());
    told.extend(extra.map(|table| format!("{}: was not backed up", table.name)));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: i64, hash: &str) -> Table {
        Table { name: name.to_owned(), rows, hash: hash.to_owned() }
    }

    #[test]
    fn every_difference_is_told() {
        let backed_up = [table("a", 1, "x"), table("b", 1, "x"), table("c", 1, "x"), table("d", 1, "x")];
        let found = [table("a", 1, "x"), table("b", 2, "y"), table("c", 1, "y"), table("e", 0, "")];
        let told = differences(&backed_up, &found);
        assert_eq!(
            told,
            ["b: 2 rows, 1 were backed up", "c: the rows differ", "d: is missing", "e: was not backed up"]
        );
        assert!(differences(&backed_up, &backed_up).is_empty());
    }

    #[test]
    fn names_of_logins_are_quoted() {
        let login = Login { name: "a\"b".to_owned(), roles: vec!["predio_surveyor".to_owned()] };
        assert_eq!(login.sql(), "create role \"a\"\"b\" login; grant \"predio_surveyor\" to \"a\"\"b\";");
    }
}
