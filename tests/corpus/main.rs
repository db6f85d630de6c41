//! Files that lie, break, swell or reach for what is not theirs, read as the service reads them.
//!
//! Nothing is opened in this process: the program under test starts its reader behind its walls. `PREDIO_CORPUS=long`
//! is the long form (`scripts/corpus`).
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use predio::spatial::reader;
use predio::spatial::wire::Frame;

use self::answer::Answer;

mod answer;
mod archives;
mod broken;
mod large;
mod lies;
mod walls;

const PROGRAM: &str = answer::PROGRAM;

/// A folder with a secret beside the upload, and a listener that nobody may call.
struct Lab {
    folder: tempfile::TempDir,
    canary: String,
    port: u16,
    calls: Arc<AtomicUsize>,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let canary = format!("CANARY-{}", uuid::Uuid::new_v4());
        std::fs::create_dir(folder.path().join("uploads")).unwrap();
        std::fs::write(folder.path().join("secret.csv"), format!("name,x,y\n{canary},1,2\n")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { folder, canary, port, calls }
    }

    fn secret(&self) -> PathBuf {
        self.folder.path().join("secret.csv")
    }

    /// An upload of this name.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("uploads").join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Reads an upload, and sees that nothing came out, was called or stayed behind.
    async fn read(&self, file: &Path) -> Answer {
        self.read_layer(file, None).await
    }

    async fn read_layer(&self, file: &Path, layer: Option<&str>) -> Answer {
        let answer = Answer::of(file, layer).await;
        assert!(!answer.tells(&self.canary), "the secret came out of {}", file.display());
        assert_eq!(self.calls.load(Ordering::SeqCst), 0, "{} called", file.display());
        assert_no_trace(file).await;
        answer
    }
}

/// No process works on the file any more, and no folder of a reader is left.
async fn assert_no_trace(file: &Path) {
    // The kernel takes the processes behind the walls away in its own time.
    for _ in 0..200 {
        if !is_read(file) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(!is_read(file), "a reader is left behind");
    let own = format!("predio-read-{}-", std::process::id());
    let left = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&own);
    assert!(!std::fs::read_dir(std::env::temp_dir()).unwrap().flatten().any(|entry| left(&entry)));
}

fn is_read(file: &Path) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let name = file.as_os_str().as_encoded_bytes();
    lines
        .filter(|line| line.starts_with(b"bwrap"))
        .any(|line| line.windows(name.len()).any(|part| part == name))
}

/// Whether the long form was asked for.
fn long() -> bool {
    std::env::var("PREDIO_CORPUS").is_ok_and(|form| form == "long")
}

#[tokio::test]
async fn a_secret_that_comes_out_would_be_seen() {
    let lab = Lab::new();
    assert!(Answer::of(&lab.secret(), None).await.tells(&lab.canary));
    drop(std::net::TcpStream::connect(("127.0.0.1", lab.port)).unwrap());
    for _ in 0..100 {
        if lab.calls.load(Ordering::SeqCst) == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the call was not counted");
}
