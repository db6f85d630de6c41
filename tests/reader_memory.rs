//! What the process that asks for a file pays: nothing that grows with it. Alone in its process, so that the high-water
//! mark is its own.

use std::io::Write;
use std::path::Path;

use predio::spatial::reader;
use predio::spatial::wire::Frame;

const FEATURES: u64 = 1_000_000;
const BOUND_KIB: u64 = 32 << 10;

fn high_water_kib(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("status of the process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a high-water mark");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
}

/// Our reader's process, which is a child of a child.
fn of_reader(file: &Path) -> Option<u64> {
    let name = file.file_name()?.to_str()?;
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let found = processes.filter_map(|process| process.file_name().into_string().ok()).filter(|process| {
        let line = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.starts_with("/predio\0read-vector") && line.contains(name)
    });
    found.map(|process| high_water_kib(&process)).max()
}

#[tokio::test]
async fn a_million_features_pass_with_constant_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(format!("many-{}.csv", std::process::id()));
    let mut text = std::io::BufWriter::new(std::fs::File::create(&file).expect("a file"));
    writeln!(text, "code,name,lon,lat").expect("written");
    for index in 0..FEATURES {
        writeln!(text, "{index:08},Lote {index},-77.{index:07},-10.5").expect("written");
    }
    text.flush().expect("written");
    let mut reader = reader::start(Path::new(env!("CARGO_BIN_EXE_predio")), &file, None).expect("a reader");
    let (mut records, mut before, mut child) = (0, 0, 0);
    while let Some(frame) = reader.next().await.expect("a frame") {
        match frame {
            Frame::Header(_) => before = high_water_kib("self"),
            Frame::Record(_) => records += 1,
            Frame::End(end) => assert_eq!(end.read, FEATURES),
            other => panic!("{other:?}"),
        }
        // Near the end, but with more to come than the pipe holds, so that the reader still runs.
        if child == 0 && records == FEATURES / 10 * 9 {
            child = of_reader(&file).expect("the reader runs");
        }
    }
    let grown = high_water_kib("self") - before;
    println!(
        "{records} features: this process grew by {grown} KiB; the reader's high-water mark is {child} KiB"
    );
    assert_eq!(records, FEATURES);
    assert!(grown < BOUND_KIB && child < 8 * BOUND_KIB, "{grown} KiB, reader {child} KiB");
}
