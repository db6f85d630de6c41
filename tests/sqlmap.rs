//! sqlmap in its short form: it finds no way in, and no statement gets another shape by what the public sends.

use std::path::Path;
use std::process::Command;

#[test]
fn sqlmap_finds_no_way_in_and_makes_no_statement_of_another_shape() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = Command::new(root.join("scripts/sqlmap"))
        .args(["--binary", env!("CARGO_BIN_EXE_predio")])
        .output()
        .expect("scripts/sqlmap needs python3 and psql");
    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{told}\n{}", String::from_utf8_lossy(&ended.stderr));
    println!("{told}");
}
