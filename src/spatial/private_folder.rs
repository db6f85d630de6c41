//! A folder for one file on its way in or out, which goes away with it.
//!
//! Readers need one only where the walls' own `/tmp` does not serve. A process that was killed leaves its folders behind; the
//! next one takes them away when it starts to serve, or makes a folder of its own.

use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;

const PREFIX: &str = "predio-read-";

/// A folder with mode 0700, removed when dropped.
#[derive(Debug)]
pub struct PrivateFolder(TempDir);

impl PrivateFolder {
    /// Makes one in the machine's folder for temporary files.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn create() -> anyhow::Result<Self> {
        let place = std::env::temp_dir();
        sweep(&place);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&place);
        Ok(Self(folder.with_context(|| format!("making a private folder in {}", place.display()))?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Removes what killed processes of this user left: a stranger's file should not lie about until the next one comes.
pub fn sweep_left() {
    sweep(&std::env::temp_dir());
}

/// Removes what killed processes of this user left. Others' folders cannot be removed, and need not be.
fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if owner.is_some_and(|owner| owner.parse::<u32>().is_ok() && !runs(owner))
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::debug!(%error, folder = %entry.path().display(), "a left folder stays");
        }
    }
}

fn runs(process: &str) -> bool {
    Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_away_and_takes_what_others_left() {
        let place = std::env::temp_dir();
        // Larger than any process number that Linux gives out.
        let left = place.join(format!("{PREFIX}4194305-abc"));
        std::fs::create_dir_all(left.join("deep")).unwrap();
        let folder = PrivateFolder::create().unwrap();
        assert!(!left.exists() && folder.path().exists());
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
