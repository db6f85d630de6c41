//! Compiles the crate anew when the web map was built: `src/web` embeds it.

use std::path::Path;

fn main() {
    // A path that is not there would count as changed each time; its folder is there always.
    let watched = if Path::new("web/dist").exists() { "web/dist" } else { "web" };
    println!("cargo::rerun-if-changed={watched}");
    // A migration that is new is no change of a file that the macro has read.
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
}
