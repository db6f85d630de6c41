//! The drill: a backup is one that was restored. Taken while the service writes, restored into a new, empty cluster,
//! compared table by table and answer by answer, the journal verified.

// A test's helper may panic like the test itself.
#![allow(clippy::unwrap_used)]

mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;
use serde_json::Value;
use sqlx::{Connection, Executor};

use service::{Folder, Service};

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

fn done(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    json(&output)
}

fn serve(folder: &Folder) -> Service {
    let mut command = folder.command("serve");
    command.args(["--listen", "127.0.0.1:0"]);
    Service::start(command, &folder.0.join("serve.log"))
}

/// The body of an answer, without what names the address that was called.
fn body(service: &Service, path: &str) -> String {
    let answer = service.get(path);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.replace(service.address(), "here")
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_restored_compared_and_served() {
    let (first, second) = (Folder::new(), Folder::new());
    let service = first.up();
    done(first.command("demo").args(["--parcels", "1000"]));
    done(first.command("audit").arg("seal"));

    // Writers that go on through the backup.
    let stop = Arc::new(AtomicBool::new(false));
    let mut writer = service.sql("predio_owner").await;
    let told = stop.clone();
    let writing = tokio::spawn(async move {
        let mut written = 0;
        while !told.load(Ordering::Relaxed) {
            let insert = "begin; set local predio.reason = 'drill';
                insert into land.norm (code, title, certainty) values (gen_random_uuid()::text, 'a norm', 'KU'); commit";
            writer.execute(insert).await.unwrap();
            written += 1;
        }
        writer.close().await.unwrap();
        written
    });
    let file = first.0.join("backup.tar");
    let mut taking = first.command("backup");
    taking.arg(&file);
    let taken = tokio::task::spawn_blocking(move || done(&mut taking)).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    assert!(writing.await.unwrap() > 0);
    assert!(taken["rows"].as_i64().unwrap() > 1_000 && taken["newest_seal"].is_string(), "{taken}");
    holds_no_key(&first, &file);

    let restored = done(second.command("restore").arg(&file));
    assert_eq!((&restored["tables"], &restored["rows"]), (&taken["tables"], &taken["rows"]));
    assert!(restored["journal_seals"].as_i64().unwrap() >= 1);

    let again = serve(&second);
    for path in [
        "/ogc/collections/parcels/items?limit=200&sortby=id&f=json",
        "/ogc/collections/zones/items?limit=50&sortby=id&f=json",
    ] {
        assert_eq!(body(&again, path), body(&service, path), "{path}");
    }
    // The chain goes on under the key of the new folder; the old one is no secret and still vouches for its seals.
    let mut owner = again.sql("predio_owner").await;
    let write = "begin; set local predio.reason = 'after the drill'; update land.norm set note = 'x'; commit";
    owner.execute(write).await.unwrap();
    done(second.command("audit").arg("seal"));
    let (old, new) = (public_key(&first), public_key(&second));
    let verified = done(second.command("audit").arg("verify").arg("--key").arg(&old).arg("--key").arg(&new));
    assert_eq!(
        (&verified["ok"], verified["keys"].as_array().unwrap().len()),
        (&true.into(), 2),
        "{verified}"
    );
    let output = second.command("audit").arg("verify").output().unwrap();
    assert_eq!((output.status.code(), &json(&output)["findings"][0]["kind"]), (Some(3), &"key".into()));
    owner.close().await.unwrap();
    assert_eq!(again.stop(Signal::SIGTERM).0, Some(0));
    assert_eq!(service.stop(Signal::SIGTERM).0, Some(0));
}

/// The folder's public key, as a file.
fn public_key(folder: &Folder) -> PathBuf {
    let output = folder.command("audit").arg("key").output().unwrap();
    assert!(output.stdout.starts_with(b"-----BEGIN PUBLIC KEY"), "{output:?}");
    let path = folder.0.join("seal.pub");
    fs::write(&path, output.stdout).unwrap();
    path
}

fn holds_no_key(folder: &Folder, file: &Path) {
    let key = fs::read_to_string(folder.data().join("seal.key")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    let bytes = fs::read(file).unwrap();
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(file).unwrap()) & 0o777, 0o600);
}

#[test]
fn a_damaged_backup_and_a_place_that_is_taken_are_refused_before_anything_is_made() {
    let (first, second) = (Folder::new(), Folder::new());
    assert_eq!(first.up().stop(Signal::SIGTERM).0, Some(0));
    let file = first.0.join("backup.tar");
    done(first.command("backup").arg(&file));
    let refused = |command: &mut Command, code: i32, said: &str| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let error = json(&output)["error"].as_str().unwrap().to_owned();
        assert!(error.contains(said), "{error}");
    };
    refused(first.command("backup").arg(&file), 4, "exists already");
    refused(first.command("restore").arg(&file), 4, "there is a cluster");

    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = first.0.join("damaged.tar");
    fs::write(&damaged, &bytes).unwrap();
    refused(second.command("restore").arg(&damaged), 1, "is damaged");
    fs::write(&damaged, &bytes[..middle]).unwrap();
    refused(second.command("restore").arg(&damaged), 1, "cut off");
    fs::write(&damaged, b"something else").unwrap();
    refused(second.command("restore").arg(&damaged), 1, "no backup");
    assert!(!second.data().exists(), "a data folder was made");
}
