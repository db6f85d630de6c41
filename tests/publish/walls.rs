//! The command line where there is no sandbox, and where it is killed.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::*;

const POINT: &str = r#"{"type":"Point","coordinates":[-77.7,-10.7]}"#;

fn command(town: &Town, name: &str, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_predio"));
    command.args(["publish", name]).arg(file).args(["--audience", "staff"]).env("DATABASE_URL", &town.url);
    command.env_remove("PREDIO_OWNER_URL").stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[tokio::test]
async fn without_a_sandbox_nothing_is_opened_unless_that_is_accepted() {
    let folder = folder();
    let file = folder.join("point.geojson");
    std::fs::write(&file, POINT).unwrap();
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let town = Town::new().await;
    let mut refused = command(&town, "points", &file);
    refused.env("PATH", "/nowhere").env("TMPDIR", &temporary);
    let output = refused.output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("bubblewrap"), "{}", said(&output));
    let accepted = refused.env("PREDIO_UNSANDBOXED_FILES", "accept").output().unwrap();
    assert_eq!(accepted.status.code(), Some(0), "{}", said(&accepted));
    let left = std::fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left, 0, "a private folder was left");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Command lines of processes that name the file.
fn working_on(file: &Path) -> usize {
    let name = file.as_os_str().as_encoded_bytes();
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = lines.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(name.len()).any(|part| part == name)).count()
}

#[tokio::test]
async fn a_killed_publication_leaves_no_reader_and_no_file() {
    let folder = folder();
    let file = folder.join("many.csv");
    let mut text = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    writeln!(text, "code,lon,lat").unwrap();
    for index in 0..2_000_000 {
        writeln!(text, "{index:08},-77.5,-10.5").unwrap();
    }
    text.flush().unwrap();
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let town = Town::new().await;
    let mut running = command(&town, "many", &file)
        .env("TMPDIR", &temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The command itself, and bwrap twice: outside and inside.
    for _ in 0..500 {
        if working_on(&file) >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(working_on(&file) >= 3, "the reader never began");
    running.kill().unwrap();
    running.wait().unwrap();
    for _ in 0..500 {
        if working_on(&file) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(working_on(&file), 0, "a reader outlived what started it");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    std::fs::remove_dir_all(folder).unwrap();
}
