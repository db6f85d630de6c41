//! One file from outside, with the files that belong to it: all that its reader gets to see.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::refusal::Refusal;

/// Endings whose files make one data set together; the first is the one that is opened.
const FAMILIES: [&[&str]; 4] = [
    &["shp", "shx", "dbf", "prj", "cpg"],
    &["tab", "dat", "map", "id", "ind"],
    &["mif", "mid"],
    &["gml", "xsd"],
];

/// A file and the files beside it that share its name and belong to its format.
#[derive(Clone, Debug)]
pub struct Upload {
    file: PathBuf,
    parts: Vec<PathBuf>,
}

impl Upload {
    /// Looks for the parts of `file` in its folder.
    ///
    /// # Errors
    /// [`Refusal`] where there is no such file.
    pub fn at(file: &Path) -> anyhow::Result<Self> {
        let file = std::path::absolute(file).context("the file's path")?;
        if !file.is_file() {
            let shown = file.display();
            return Err(Refusal::because(format!("No hay archivo {shown}.\nThere is no file {shown}.")));
        }
        let mut parts = vec![file.clone()];
        parts.extend(siblings(&file));
        Ok(Self { file, parts })
    }

    /// The file that is opened.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All files, the one that is opened first.
    pub fn parts(&self) -> &[PathBuf] {
        &self.parts
    }

    /// The same in another folder.
    pub(super) fn copy_to(&self, folder: &Path) -> anyhow::Result<Self> {
        let target = |part: &PathBuf| folder.join(part.file_name().unwrap_or_default());
        for part in &self.parts {
            std::fs::copy(part, target(part)).with_context(|| format!("reading {}", part.display()))?;
        }
        Ok(Self { file: target(&self.file), parts: self.parts.iter().map(target).collect() })
    }
}

fn siblings(file: &Path) -> Vec<PathBuf> {
    let ending = |path: &Path| path.extension().map(OsStr::to_ascii_lowercase);
    let own = ending(file);
    let is_own = |word: &&str| own.as_deref() == Some(OsStr::new(word));
    let Some(family) = FAMILIES.into_iter().find(|family| family.iter().any(&is_own)) else {
        return Vec::new();
    };
    let stem = |path: &Path| path.file_stem().map(OsStr::to_ascii_lowercase);
    let belongs = |path: &PathBuf| {
        path != file
            && stem(path) == stem(file)
            && ending(path).is_some_and(|ending| family.iter().any(|word| ending == *word))
            && path.is_file()
    };
    let folder = file.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    folder.into_iter().flatten().flatten().map(|entry| entry.path()).filter(belongs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shapefile_brings_its_parts_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["lots.shp", "LOTS.DBF", "lots.shx", "lots.txt", "other.dbf", "lots.shp.xml"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let upload = Upload::at(&folder.path().join("lots.shp")).unwrap();
        let mut names: Vec<_> =
            upload.parts().iter().map(|part| part.file_name().unwrap().to_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["LOTS.DBF", "lots.shp", "lots.shx"]);
        let alone = Upload::at(&folder.path().join("lots.txt")).unwrap();
        assert_eq!(alone.parts().len(), 1);
    }
}
