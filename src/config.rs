//! Everything that can be set, each value with its environment variable and its default.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The settings of every subcommand.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Folder of the private cluster. Default: `.predio`, or `/var/lib/predio` when started as root.
    #[arg(long, env = "PREDIO_DATA", global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// A PostgreSQL server of your own; without it Predio runs a private one in its data folder.
    #[arg(long, env = "DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Login that owns the schema, for `migrate`, `demo` and `publish`. Default: `DATABASE_URL`.
    #[arg(long, env = "PREDIO_OWNER_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub owner_url: Option<String>,

    /// Address and port to serve on.
    #[arg(long, env = "PREDIO_LISTEN", global = true, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Address under which the public reaches the service; links start with it. Default: the address that was called.
    #[arg(long, env = "PREDIO_BASE_URL", global = true, value_name = "URL")]
    pub base_url: Option<String>,

    /// Proxy whose `Forwarded` and `X-Forwarded-*` headers are believed.
    #[arg(long, env = "PREDIO_TRUSTED_PROXY", global = true, value_name = "IP")]
    pub trusted_proxy: Option<IpAddr>,

    /// Database connections of one process.
    #[arg(long, env = "PREDIO_POOL", global = true, default_value_t = 16)]
    pub pool: u32,

    /// Longest time a request waits for a database connection, in milliseconds; then 503 with Retry-After.
    #[arg(long, env = "PREDIO_POOL_WAIT_MS", global = true, default_value_t = 2_000)]
    pub pool_wait_ms: u64,

    /// Longest run of one statement of a reader, in milliseconds.
    #[arg(long, env = "PREDIO_STATEMENT_TIMEOUT_MS", global = true, default_value_t = 60_000)]
    pub statement_timeout_ms: u64,

    /// Connections that are served at once; further ones wait in the kernel's queue.
    #[arg(long, env = "PREDIO_MAX_CONNECTIONS", global = true, default_value_t = 4_096)]
    pub max_connections: usize,

    /// Longest time a client may take to send a request's headers, in milliseconds.
    #[arg(long, env = "PREDIO_HEADER_TIMEOUT_MS", global = true, default_value_t = 10_000)]
    pub header_timeout_ms: u64,

    /// Longest drain of running requests at the end, in milliseconds.
    #[arg(long, env = "PREDIO_DRAIN_MS", global = true, default_value_t = 10_000)]
    pub drain_ms: u64,

    /// File of the key that signs the journal's seals. Default: `seal.key` in the data folder of the private cluster.
    #[arg(long, env = "PREDIO_SEAL_KEY", global = true, value_name = "FILE")]
    pub seal_key: Option<PathBuf>,

    /// Seconds between two seals of the journal.
    #[arg(long, env = "PREDIO_SEAL_SECONDS", global = true, default_value_t = 60)]
    pub seal_seconds: u64,

    /// What happens to files from outside where the sandbox (bwrap) cannot run: refused, or opened all the same.
    #[arg(long, env = "PREDIO_UNSANDBOXED_FILES", global = true, value_enum, default_value_t)]
    pub unsandboxed_files: UnsandboxedFiles,

    /// Megabytes of prepared exports that are kept at once, for all who ask.
    #[arg(long, env = "PREDIO_EXPORT_MB", global = true, default_value_t = 4_096)]
    pub export_mb: u64,

    /// Hours for which a prepared export is kept.
    #[arg(long, env = "PREDIO_EXPORT_HOURS", global = true, default_value_t = 24, value_parser = clap::value_parser!(i32).range(1..=720))]
    pub export_hours: i32,

    /// Days for which the dated downloads of the districts are kept; one is made each day, none with 0.
    #[arg(long, env = "PREDIO_DISTRICT_DAYS", global = true, default_value_t = 7, value_parser = clap::value_parser!(u16).range(0..=366))]
    pub district_days: u16,

    /// Turn named prepared statements off, for PgBouncer before 1.21 in transaction mode.
    #[arg(long, env = "PREDIO_NO_PREPARED_STATEMENTS", global = true)]
    pub no_prepared_statements: bool,
}

/// What happens to files from outside where no sandbox can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum UnsandboxedFiles {
    /// None is opened.
    #[default]
    Refuse,
    /// They are opened in a process with limits but without walls: it reads what the service's user may read.
    Accept,
}

impl Settings {
    /// Where the seal key lies: as told, else in the data folder of the private cluster; nowhere for a server of one's
    /// own.
    pub fn seal_key_file(&self) -> Option<PathBuf> {
        let in_folder = || self.database_url.is_none().then(|| self.data_folder().join("seal.key"));
        self.seal_key.clone().or_else(in_folder)
    }

    /// Most bytes of prepared exports.
    pub fn export_bytes(&self) -> u64 {
        self.export_mb.saturating_mul(1 << 20)
    }

    /// The folder of the private cluster: as told, else `/var/lib/predio` for root and `.predio` for others.
    pub fn data_folder(&self) -> PathBuf {
        match &self.data {
            Some(folder) => folder.clone(),
            None if nix::unistd::geteuid().is_root() => Path::new("/var/lib/predio").to_path_buf(),
            None => Path::new(".predio").to_path_buf(),
        }
    }
}
