//! Finds the server's programs, and says which Debian packages are missing.

use std::path::{Path, PathBuf};

use crate::refusal::Refusal;

/// The oldest major version that the schema is written for.
const OLDEST: u32 = 15;

/// The control files that the schema's extensions need.
const EXTENSIONS: [&str; 5] = ["postgis", "btree_gist", "pg_trgm", "unaccent", "pgcrypto"];

/// The programs of one installed PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// Major version.
    pub major: u32,
    /// Folder of `initdb` and `postgres`.
    pub folder: PathBuf,
}

impl Binaries {
    /// The path of one program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The newest installed PostgreSQL that has all extensions; `usr` is `/usr`.
///
/// # Errors
/// A [`Refusal`] with the line that installs what is missing.
pub fn newest(usr: &Path) -> anyhow::Result<Binaries> {
    let installed = installed(usr);
    let Some(newest) = installed.iter().max_by_key(|binaries| binaries.major) else {
        return Err(Refusal::because(format!(
            "no PostgreSQL {OLDEST} or newer under {}. Install it:\n  {}",
            usr.join("lib/postgresql").display(),
            apt_line(OLDEST)
        )));
    };
    let complete = installed.iter().filter(|binaries| missing_extension(usr, binaries.major).is_none());
    match complete.max_by_key(|binaries| binaries.major) {
        Some(binaries) => Ok(binaries.clone()),
        None => Err(incomplete(usr, newest.major)),
    }
}

/// The programs of the major version that an existing cluster was made with.
///
/// # Errors
/// A [`Refusal`] that names the versions, when that one is not installed or lacks an extension.
pub fn of_major(usr: &Path, major: u32) -> anyhow::Result<Binaries> {
    let installed = installed(usr);
    let Some(binaries) = installed.iter().find(|binaries| binaries.major == major) else {
        let others: Vec<String> = installed.iter().map(|binaries| binaries.major.to_string()).collect();
        return Err(Refusal::because(format!(
            "this cluster was made by PostgreSQL {major}, which is not installed (found: {}). Install it:\n  {}\n\
             or move the data to the other version with pg_dump and pg_restore.",
            if others.is_empty() { "none".to_owned() } else { others.join(", ") },
            apt_line(major)
        )));
    };
    if missing_extension(usr, major).is_some() {
        return Err(incomplete(usr, major));
    }
    Ok(binaries.clone())
}

/// Every installed major version from the oldest supported one on.
fn installed(usr: &Path) -> Vec<Binaries> {
    let Ok(entries) = std::fs::read_dir(usr.join("lib/postgresql")) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some(Binaries { major, folder: entry.path().join("bin") })
        })
        .filter(|binaries| binaries.major >= OLDEST)
        .filter(|binaries| binaries.program("initdb").exists() && binaries.program("postgres").exists())
        .collect()
}

fn missing_extension(usr: &Path, major: u32) -> Option<&'static str> {
    let folder = usr.join(format!("share/postgresql/{major}/extension"));
    EXTENSIONS.into_iter().find(|name| !folder.join(format!("{name}.control")).exists())
}

fn incomplete(usr: &Path, major: u32) -> anyhow::Error {
    let name = missing_extension(usr, major).unwrap_or("postgis");
    Refusal::because(format!(
        "PostgreSQL {major} is installed without the extension {name}. Install it:\n  {}",
        apt_line(major)
    ))
}

fn apt_line(major: u32) -> String {
    format!("sudo apt-get install postgresql-{major} postgresql-{major}-postgis-3")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree like Debian's, with these majors, of which the second list has the extensions.
    fn tree(name: &str, majors: &[u32], complete: &[u32]) -> PathBuf {
        let usr = std::env::temp_dir().join(format!("predio-find-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&usr).unwrap();
        for major in majors {
            let bin = usr.join(format!("lib/postgresql/{major}/bin"));
            std::fs::create_dir_all(&bin).unwrap();
            std::fs::write(bin.join("initdb"), "").unwrap();
            std::fs::write(bin.join("postgres"), "").unwrap();
        }
        for major in complete {
            let folder = usr.join(format!("share/postgresql/{major}/extension"));
            std::fs::create_dir_all(&folder).unwrap();
            for extension in EXTENSIONS {
                std::fs::write(folder.join(format!("{extension}.control")), "").unwrap();
            }
        }
        usr
    }

    #[test]
    fn the_newest_complete_version_is_taken() {
        let usr = tree("newest", &[13, 15, 16, 17], &[13, 15, 16]);
        assert_eq!(newest(&usr).unwrap().major, 16);
        std::fs::remove_dir_all(usr).unwrap();
    }

    #[test]
    fn a_missing_server_is_told_with_the_line_that_installs_it() {
        let usr = tree("none", &[13], &[13]);
        let error = newest(&usr).unwrap_err();
        assert!(error.downcast_ref::<Refusal>().is_some());
        assert!(
            error.to_string().contains("apt-get install postgresql-15 postgresql-15-postgis-3"),
            "{error}"
        );
        std::fs::remove_dir_all(usr).unwrap();
    }

    #[test]
    fn a_missing_extension_is_named() {
        let usr = tree("incomplete", &[15], &[]);
        let error = newest(&usr).unwrap_err().to_string();
        assert!(error.contains("without the extension postgis"), "{error}");
        std::fs::remove_dir_all(usr).unwrap();
    }

    #[test]
    fn another_major_version_is_refused() {
        let usr = tree("major", &[16], &[16]);
        let error = of_major(&usr, 15).unwrap_err().to_string();
        assert!(error.contains("made by PostgreSQL 15") && error.contains("found: 16"), "{error}");
        std::fs::remove_dir_all(usr).unwrap();
    }
}
