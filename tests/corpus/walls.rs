//! The walls themselves, tried by a program that wants out.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::*;

/// Says in a frame what it could do: each word is a way out.
const PROWLER: &str = r#"#!/usr/bin/bash
out=""
cat SECRET >/dev/null 2>&1 && out="$out secret"
cat /etc/passwd >/dev/null 2>&1 && out="$out passwd"
(exec 3<>/dev/tcp/127.0.0.1/PORT) 2>/dev/null && out="$out network"
(echo x > /in/left) 2>/dev/null && out="$out upload-written"
(echo x > "/in/plan.json") 2>/dev/null && out="$out upload-changed"
(echo x > /usr/left) 2>/dev/null && out="$out usr-written"
(echo x > /left) 2>/dev/null && out="$out root-written"
[ -e /proc/1 ] && out="$out proc"
[ -n "$CARGO_MANIFEST_DIR" ] && out="$out environment"
unshare -U true 2>/dev/null && out="$out namespaces"
head -c 1200000000 /usr/bin/env /dev/zero > /tmp/fill 2>/dev/null
(while :; do cat /usr/bin/env || exit; done >> /tmp/fill) 2>/dev/null
[ "$(stat -c %s /tmp/fill)" -gt 1073741824 ] && out="$out too-much-written"
json="{\"code\":\"tried\",\"es\":\"-\",\"en\":\"seen:$(ls -m /in | tr -d '\n')$out.\"}"
printf "E\\x$(printf %02x ${#json})\\0\\0\\0%s" "$json"
"#;

#[tokio::test]
async fn a_program_behind_the_walls_sees_its_upload_and_gets_nowhere() {
    let lab = Lab::new();
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "there is an environment to be seen");
    let text =
        PROWLER.replace("SECRET", lab.secret().to_str().unwrap()).replace("PORT", &lab.port.to_string());
    let prowler = lab.folder.path().join("prowler");
    std::fs::write(&prowler, text).unwrap();
    std::fs::set_permissions(&prowler, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = lab.file("plan.json", "{}");
    lab.file("other.json", "{}");
    let answer = Answer::by(&prowler, &file, None).await;
    assert_eq!(answer.refusal().en, "seen:plan.json.", "it found ways out");
    assert_eq!(lab.calls.load(Ordering::SeqCst), 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}");
}

#[tokio::test]
async fn a_reader_that_is_dropped_leaves_nothing() {
    let lab = Lab::new();
    let file = lab.file("many.csv", large::rows(200_000));
    let mut reader = reader::start(Path::new(PROGRAM), &file, None).unwrap();
    assert!(matches!(reader.next().await.unwrap(), Some(Frame::Header(_))));
    drop(reader);
    assert_no_trace(&file).await;
}

/// The figure that matters is printed; the bound is for a machine that builds at the same time.
#[tokio::test]
async fn the_walls_cost_little() {
    let lab = Lab::new();
    let file = lab.file("one.geojson", r#"{"type":"Point","coordinates":[1,2]}"#);
    lab.read(&file).await;
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        let begun = Instant::now();
        lab.read(&file).await;
        best.0 = best.0.min(begun.elapsed());
        let begun = Instant::now();
        let bare =
            std::process::Command::new(PROGRAM).args(["read-vector", "--"]).arg(&file).output().unwrap();
        best.1 = best.1.min(begun.elapsed());
        assert!(bare.status.success());
    }
    println!("a file of one feature: {:?} behind the walls, {:?} without", best.0, best.1);
    assert!(best.0.saturating_sub(best.1) < Duration::from_millis(200), "{best:?}");
}
