//! The real program in a folder of its own, for tests that drive it from outside.

// Each test binary uses a part of it, and a test's helper may panic like the test itself.
#![allow(dead_code, clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

/// A folder that ends with its test, with whatever still runs in it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/predio-life-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        // The unprivileged user must be able to pass, also where the umask says otherwise.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).unwrap();
        Self(path)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = program(Path::new(env!("CARGO_BIN_EXE_predio")), subcommand);
        command.arg("--data").arg(self.data());
        command
    }

    /// `predio up` without a demonstration district, on a free port, once it answers.
    pub fn up(&self) -> Service {
        let mut command = self.command("up");
        command.arg("--empty").args(["--listen", "127.0.0.1:0"]);
        Service::start(command, &self.0.join("up.log"))
    }

    pub fn postmaster(&self) -> i32 {
        let text = fs::read_to_string(self.data().join("postgres/postmaster.pid")).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.data().join("postgres/postmaster.pid").exists() {
            let _ = kill(Pid::from_raw(self.postmaster()), Signal::SIGQUIT);
            std::thread::sleep(Duration::from_millis(500));
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn program(path: &Path, subcommand: &str) -> Command {
    let mut command = Command::new(path);
    command.arg(subcommand).arg("--json").stdin(Stdio::null());
    for name in ["DATABASE_URL", "PREDIO_DATA", "PREDIO_LISTEN", "PREDIO_OWNER_URL"] {
        command.env_remove(name);
    }
    command
}

/// A service that answers.
pub struct Service {
    pub child: Child,
    pub welcome: Value,
    pub took: Duration,
}

impl Service {
    pub fn start(mut command: Command, log: &Path) -> Self {
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(File::create(log).unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let welcome: Value = serde_json::from_str(&line).unwrap_or_default();
        assert!(
            !welcome["address"].is_null(),
            "no welcome but {line:?}; log: {}",
            fs::read_to_string(log).unwrap()
        );
        let service = Self { child, welcome, took: begun.elapsed() };
        assert!(service.get("/health/live").starts_with("HTTP/1.1 200"), "{}", service.get("/health/live"));
        service
    }

    pub fn address(&self) -> &str {
        self.welcome["address"].as_str().unwrap().strip_prefix("http://").unwrap()
    }

    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Tells it to stop, and gives the exit code and how long it took.
    pub fn stop(mut self, with: Signal) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        kill(Pid::from_raw(self.pid()), with).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), begun.elapsed())
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Kills it without a chance to clean up.
    pub fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A connection to its own database.
    pub async fn sql(&self, login: &str) -> PgConnection {
        let pgpass = fs::read_to_string(self.welcome["postgres"]["pgpass"].as_str().unwrap()).unwrap();
        let start = format!("*:*:*:{login}:");
        let password = pgpass.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap();
        let port = &self.welcome["postgres"]["port"];
        PgConnection::connect(&format!("postgres://{login}:{password}@127.0.0.1:{port}/predio"))
            .await
            .unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill(Pid::from_raw(self.pid()), Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}
