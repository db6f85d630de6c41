//! The life of the private cluster, told by driving the real program: first start, second start, clean stop, crashes,
//! and everything that is refused. Runs as root (who gives root up) and as anybody else.

// A test's helper may panic like the test itself.
#![allow(clippy::unwrap_used)]

mod service;

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use service::{Folder, Service, program};

/// Exit code, and the message of the `--json` answer.
fn refusal(output: &Output) -> (Option<i32>, String) {
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON but {output:?}"));
    (output.status.code(), answer["error"].as_str().unwrap().to_owned())
}

fn is_alive(pid: i32) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok()
}

#[tokio::test]
async fn a_first_start_makes_a_whole_cluster_and_the_second_takes_seconds() {
    let folder = Folder::new();
    let first = folder.up();
    let mut superuser = first.sql("postgres").await;
    let (checksums, encryption, ctype, sockets): (String, String, String, String) = sqlx::query_as(
        "select current_setting('data_checksums'), current_setting('password_encryption'),
                (select datctype::text from pg_database where datname = 'predio'),
                current_setting('unix_socket_directories')",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!((checksums.as_str(), encryption.as_str(), ctype.as_str()), ("on", "scram-sha-256", "C.UTF-8"));
    assert!(sockets.starts_with(folder.data().to_str().unwrap()), "{sockets}");
    let trusted: i64 =
        sqlx::query_scalar("select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'")
            .fetch_one(&mut superuser)
            .await
            .unwrap();
    assert_eq!(trusted, 0, "somebody may connect without a password");
    let mut owner = first.sql("predio_owner").await;
    let owned: i64 =
        sqlx::query_scalar("select count(*) from land.parcel").fetch_one(&mut owner).await.unwrap();
    assert_eq!(owned, 0);
    assert!(first.sql("predio_app").await.execute("select 1 from land.parcel").await.is_err());
    let mode = fs::metadata(folder.data().join("pgpass")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop((superuser, owner));

    assert_eq!(first.stop(Signal::SIGTERM).0, Some(0));
    assert!(!folder.data().join("postgres/postmaster.pid").exists(), "the server was not stopped cleanly");
    let second = folder.up();
    assert!(second.took < Duration::from_secs(10), "second start took {:?}", second.took);
    let (code, took) = second.stop(Signal::SIGINT);
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "stop took {took:?}");
}

#[test]
fn root_is_given_up() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let folder = Folder::new();
    // The binary lies where the unprivileged user may not go.
    let hidden = folder.0.join("hidden");
    fs::create_dir(&hidden).unwrap();
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o700)).unwrap();
    let binary = hidden.join("predio");
    fs::copy(env!("CARGO_BIN_EXE_predio"), &binary).unwrap();
    let mut command = program(&binary, "up");
    // A relative folder must mean the same before and after.
    command.args(["--empty", "--listen", "127.0.0.1:0", "--data", "data"]).current_dir(&folder.0);
    let service = Service::start(command, &folder.0.join("up.log"));
    let postgres = fs::metadata(format!("/proc/{}", folder.postmaster())).unwrap().uid();
    let predio = fs::metadata(format!("/proc/{}", service.pid())).unwrap().uid();
    assert_ne!(predio, 0);
    assert_eq!(predio, postgres);
    assert_eq!(fs::metadata(folder.data()).unwrap().uid(), postgres);
    // Root's other commands reach the running cluster.
    let output = folder.command("migrate").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[tokio::test]
async fn a_killed_service_leaves_a_server_that_the_next_start_takes_over() {
    let folder = Folder::new();
    let service = folder.up();
    service.sql("predio_owner").await.execute("create table service.kept as select 42 as n").await.unwrap();
    let postmaster = folder.postmaster();
    service.kill_9();
    assert!(is_alive(postmaster));
    let next = folder.up();
    assert_eq!(folder.postmaster(), postmaster, "the server was started anew");
    let kept: i32 = sqlx::query_scalar("select n from service.kept")
        .fetch_one(&mut next.sql("predio_owner").await)
        .await
        .unwrap();
    assert_eq!(kept, 42);
    assert_eq!(next.stop(Signal::SIGTERM).0, Some(0));
    assert!(!is_alive(postmaster), "the adopted server was not stopped");
}

#[tokio::test]
async fn a_killed_server_is_started_again_by_the_running_service() {
    let folder = Folder::new();
    let service = folder.up();
    let killed = folder.postmaster();
    kill(Pid::from_raw(killed), Signal::SIGKILL).unwrap();
    let begun = Instant::now();
    // Its last line, the state, is there only once the server answers.
    let is_back = || {
        let text = fs::read_to_string(folder.data().join("postgres/postmaster.pid")).unwrap_or_default();
        text.contains("ready") && !text.starts_with(&format!("{killed}\n"))
    };
    while !is_back() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the server stays down");
        std::thread::sleep(Duration::from_millis(50));
    }
    let parcels: i64 = sqlx::query_scalar("select count(*) from land.parcel")
        .fetch_one(&mut service.sql("predio_owner").await)
        .await
        .unwrap();
    assert_eq!(parcels, 0);
    assert_eq!(service.stop(Signal::SIGTERM).0, Some(0));
}

#[tokio::test]
async fn after_both_were_killed_in_the_middle_of_a_write_the_next_start_recovers() {
    let folder = Folder::new();
    let service = folder.up();
    let mut owner = service.sql("predio_owner").await;
    owner.execute("create table service.kept as select 42 as n").await.unwrap();
    owner.execute("begin; insert into service.kept select generate_series(1, 100000)").await.unwrap();
    let postmaster = folder.postmaster();
    service.kill_9();
    kill(Pid::from_raw(postmaster), Signal::SIGKILL).unwrap();
    let next = folder.up();
    let kept: Vec<i32> = sqlx::query_scalar("select n from service.kept")
        .fetch_all(&mut next.sql("predio_owner").await)
        .await
        .unwrap();
    assert_eq!(kept, [42], "what was committed is there, and nothing else");
    assert_eq!(next.stop(Signal::SIGTERM).0, Some(0));
}

/// After a crash the number in `postmaster.pid` may belong to any other process.
#[test]
fn a_stale_process_number_does_not_stop_the_start() {
    let folder = Folder::new();
    folder.up().stop(Signal::SIGTERM);
    let stranger = Command::new("sleep").arg("60").spawn();
    let mut stranger = stranger.unwrap();
    let pidfile = folder.data().join("postgres/postmaster.pid");
    let text = format!("{}\n{}\n1\n1\n/tmp\n127.0.0.1\n0 0\nready\n", stranger.id(), folder.data().display());
    fs::write(&pidfile, text).unwrap();
    let service = folder.up();
    assert_eq!(service.stop(Signal::SIGTERM).0, Some(0));
    assert!(matches!(stranger.try_wait(), Ok(None)), "the stranger was ended");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_first_start_that_was_cut_off_is_begun_again() {
    let folder = Folder::new();
    folder.up().stop(Signal::SIGTERM);
    let state = folder.data().join("cluster.json");
    let text = fs::read_to_string(&state).unwrap().replace("\"complete\": true", "\"complete\": false");
    assert!(text.contains("\"complete\": false"));
    fs::write(&state, text).unwrap();
    let (code, message) = refusal(&folder.command("migrate").output().unwrap());
    assert_eq!(code, Some(4));
    assert!(message.contains("has not finished"), "{message}");
    let service = folder.up();
    assert_eq!(service.stop(Signal::SIGTERM).0, Some(0));
    assert_eq!(folder.command("migrate").output().unwrap().status.code(), Some(0));
}

#[test]
fn a_first_start_that_is_told_to_stop_stops_cleanly() {
    let folder = Folder::new();
    let log = folder.0.join("up.log");
    let mut command = folder.command("up");
    command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    // The schema is there, the demonstration district is being made.
    while !fs::read_to_string(&log).unwrap().contains("\"step\":\"schema\"") {
        assert!(begun.elapsed() < Duration::from_mins(2), "{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!folder.data().join("postgres/postmaster.pid").exists(), "the server was left running");
    assert_eq!(folder.up().stop(Signal::SIGTERM).0, Some(0));
}

#[test]
fn a_second_up_on_the_same_data_names_the_first() {
    let folder = Folder::new();
    let service = folder.up();
    let output = folder.command("up").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    let (code, message) = refusal(&output);
    assert_eq!(code, Some(4));
    assert!(message.contains(&format!("process {}", service.pid())), "{message}");
    assert!(message.contains(service.address()), "{message}");
    assert!(service.get("/health/live").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_busy_port_is_refused_before_anything_is_made() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = folder.command("up").arg("--listen").arg(address.to_string()).output().unwrap();
    let (code, message) = refusal(&output);
    assert_eq!(code, Some(4));
    assert!(message.contains(&format!("port {} is busy", address.port())), "{message}");
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    assert!(!folder.data().exists(), "a data folder was made");
}

#[test]
fn the_databases_port_is_changed_when_a_stranger_took_it() {
    let folder = Folder::new();
    let first = folder.up();
    let port = first.welcome["postgres"]["port"].as_u64().unwrap();
    first.stop(Signal::SIGTERM);
    let _stranger = TcpListener::bind(("127.0.0.1", u16::try_from(port).unwrap())).unwrap();
    let second = folder.up();
    assert_ne!(second.welcome["postgres"]["port"].as_u64().unwrap(), port);
}

#[test]
fn a_foreign_folder_is_left_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.data()).unwrap();
    fs::write(folder.data().join("letter.odt"), "not Predio's").unwrap();
    let before = fs::metadata(folder.data()).unwrap();
    let (code, message) = refusal(&folder.command("up").args(["--listen", "127.0.0.1:0"]).output().unwrap());
    assert_eq!(code, Some(4));
    assert!(message.contains("files that are not Predio's"), "{message}");
    let after = fs::metadata(folder.data()).unwrap();
    assert_eq!((before.uid(), before.mode()), (after.uid(), after.mode()));
    assert_eq!(fs::read_dir(folder.data()).unwrap().count(), 1);
}

#[test]
fn a_cluster_of_another_major_version_is_refused() {
    let folder = Folder::new();
    folder.up().stop(Signal::SIGTERM);
    fs::write(folder.data().join("postgres/PG_VERSION"), "12\n").unwrap();
    let (code, message) = refusal(&folder.command("up").args(["--listen", "127.0.0.1:0"]).output().unwrap());
    assert_eq!(code, Some(4));
    assert!(message.contains("made by PostgreSQL 12"), "{message}");
}

#[tokio::test]
async fn a_database_of_a_newer_predio_is_left_alone() {
    let folder = Folder::new();
    let service = folder.up();
    let newer =
        "insert into public._sqlx_migrations (version, description, success, checksum, execution_time)
                 values (990001, 'of the future', true, '', 0)";
    service.sql("predio_owner").await.execute(newer).await.unwrap();
    service.stop(Signal::SIGTERM);
    for subcommand in ["up", "serve"] {
        let output = folder.command(subcommand).args(["--listen", "127.0.0.1:0"]).output().unwrap();
        let (code, message) = refusal(&output);
        assert_eq!(code, Some(4));
        assert!(message.contains("990001") && message.contains("newer Predio"), "{message}");
    }
    assert!(!folder.data().join("postgres/postmaster.pid").exists(), "the server was left running");
    let doctor = folder.command("doctor").output().unwrap();
    assert_eq!(doctor.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("990001"));
}

#[test]
fn a_healthy_folder_satisfies_the_doctor_also_when_nothing_runs() {
    let folder = Folder::new();
    folder.up().stop(Signal::SIGTERM);
    let output = folder.command("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["ok"], true);
    assert!(!folder.data().join("postgres/postmaster.pid").exists(), "the doctor left the server running");
}

#[tokio::test]
async fn somebody_elses_server_is_served_and_never_gets_invented_data() {
    let url = std::env::var("PREDIO_TEST_URL").expect("PREDIO_TEST_URL is not set: run scripts/test");
    let name = format!("predio_life_{}", std::process::id());
    let mut server = PgConnection::connect(&url).await.unwrap();
    // Safe SQL: the name is made here.
    server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let own = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
    let folder = Folder::new();
    let mut command = folder.command("up");
    command.args(["--listen", "127.0.0.1:0"]).env("DATABASE_URL", &own);
    let service = Service::start(command, &folder.0.join("up.log"));
    let mut database = PgConnection::connect(&own).await.unwrap();
    let (parcels, kinds): (i64, i64) = sqlx::query_as(
        "select (select count(*) from land.parcel), (select count(*) from service.setting where name = 'kind')",
    )
    .fetch_one(&mut database)
    .await
    .unwrap();
    assert_eq!((parcels, kinds), (0, 0));
    assert!(!folder.data().exists(), "a cluster of its own was made");
    assert_eq!(service.stop(Signal::SIGTERM).0, Some(0));
    database.close().await.unwrap();
    server.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
}
