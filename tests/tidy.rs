//! The architecture's invariants, run on the source text. Each message says what to do.

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A module may use modules of its own rank and below.
const RANKS: [&[&str]; 16] = [
    &["config", "problem", "refusal"],
    &["database", "spatial"],
    &["layers"],
    &["app", "http", "access", "audit", "changes", "jobs", "documents", "intake"],
    &["ogc", "desktop", "exports"],
    &["sources"],
    &["parties"],
    &["parcels"],
    &["surveys"],
    &["utilities", "risk"],
    &["zoning"],
    &["titling"],
    &["programme"],
    // What comes in goes to any of the features below.
    &["deliveries"],
    // The frame and the words of the pages are shared by what is shown in them.
    &["extract", "search", "pages"],
    &["web", "router", "api", "cluster", "backup", "demo", "publish", "commands", "testing", "tests"],
];
const LONGEST_FILE: usize = 500;

fn sources(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|e| panic!("{}: {e}", next.display())).flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("dist") {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    assert!(!found.is_empty(), "no source below {folder}");
    found.sort();
    found
}

fn rank(module: &str) -> Option<usize> {
    RANKS.iter().position(|names| names.contains(&module))
}

fn module_of(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn is_test(file: &str) -> bool {
    file.contains("tests") || file.ends_with("testing.rs")
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut broken = Vec::new();
    for (file, text) in sources("src", &[".rs"]) {
        let module = module_of(&file);
        if matches!(module, "main" | "lib") || is_test(&file) {
            continue;
        }
        let own = rank(module)
            .unwrap_or_else(|| panic!("{file}: give module `{module}` its rank in tests/tidy.rs"));
        for used in without_tests(&text).split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if rank(&used).is_some_and(|other| other > own) {
                broken.push(format!("{file} uses crate::{used}, which lies above it"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn sql_stands_only_in_stores() {
    let may = |file: &str| {
        file.ends_with("store.rs")
            || file.contains("/store/")
            || ["src/database/", "src/layers/", "src/demo/", "src/cluster/"]
                .iter()
                .any(|f| file.starts_with(f))
            || is_test(file)
    };
    let starts = [
        "\"select ",
        "\"insert into ",
        "\"update ",
        "\"delete from ",
        "query!(",
        "query_as!(",
        "query_scalar!(",
    ];
    let broken: Vec<_> = sources("src", &[".rs"])
        .into_iter()
        .filter(|(file, _)| !may(file))
        .flat_map(|(file, text)| {
            starts
                .iter()
                .filter(|s| without_tests(&text).contains(**s))
                .map(|s| format!("{file}: {s}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "SQL belongs into store.rs:\n{}", broken.join("\n"));
}

#[test]
fn only_spatial_names_gdal_and_proj() {
    let broken: Vec<_> = sources("src", &[".rs"])
        .into_iter()
        .filter(|(file, _)| !file.starts_with("src/spatial/"))
        .filter(|(_, text)| text.contains("gdal::") || text.contains("use gdal") || text.contains("proj::"))
        .map(|(file, _)| file)
        .collect();
    assert!(broken.is_empty(), "GDAL and PROJ only in spatial/: {broken:?}");
}

#[test]
fn every_room_says_what_it_is() {
    let broken: Vec<_> = sources("src", &[".rs"])
        .into_iter()
        .filter(|(file, text)| !is_test(file) && !text.starts_with("//!"))
        .map(|(file, _)| file)
        .collect();
    assert!(broken.is_empty(), "these files do not open with //!: {broken:?}");
}

#[test]
fn no_file_holds_several_things() {
    let mut all = sources("src", &[".rs", ".sql"]);
    all.extend(sources("tests", &[".rs", ".py"]));
    if Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src").exists() {
        all.extend(sources("web/src", &[".ts", ".tsx", ".css"]));
    }
    let broken: Vec<_> = all
        .into_iter()
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(broken.is_empty(), "longer than {LONGEST_FILE} lines: {broken:?}");
}

#[test]
fn there_is_no_drawer_and_no_ghost() {
    let names = ["utils.rs", "util.rs", "helpers.rs", "helper.rs", "misc.rs", "common.rs"];
    for (file, text) in sources("src", &[".rs"]) {
        let name = file.rsplit('/').next().unwrap_or_default();
        assert!(!names.contains(&name) && !name.starts_with("old_"), "{file} is a drawer or a ghost");
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '!') {
            assert!(
                !["TODO", "FIXME", "XXX", "todo!", "unimplemented!"].contains(&word),
                "{file} leaves work behind: {word}"
            );
        }
    }
}

#[test]
fn migrations_are_numbered_apart_and_in_order() {
    let numbers: Vec<usize> = sources("migrations", &[".sql"])
        .iter()
        .map(|(file, _)| {
            file["migrations/".len()..][..4].parse().unwrap_or_else(|_| panic!("{file} has no number"))
        })
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "two migrations share a number: {numbers:?}");
}
