//! The real data beside the repository that tests read.

use std::path::{Path, PathBuf};

/// A file or folder of it, or `None` with a printed line.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PREDIO_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = root.join(path);
    if !file.exists() {
        println!("skipped: {} is not here", file.display());
        return None;
    }
    Some(file)
}
