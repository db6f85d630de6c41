//! The ledger in its short form: no acknowledged write is lost or doubled when the service or PostgreSQL is killed.

use std::path::Path;
use std::process::Command;

#[test]
fn killed_in_the_middle_nothing_acknowledged_is_lost_or_doubled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = Command::new(root.join("scripts/ledger"))
        .args(["--rounds", "5", "--postgres-rounds", "2", "--binary", env!("CARGO_BIN_EXE_predio")])
        .output()
        .expect("scripts/ledger needs python3 and psql");
    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{told}\n{}", String::from_utf8_lossy(&ended.stderr));
    println!("{told}");
}
