//! The private PostGIS cluster: found, made, started, adopted after a crash, stopped.
//!
//! Invariants: it listens on a socket in the data folder and on the loopback address only, asks a password of
//! everybody, and checks its pages (data checksums). One Predio per data folder, by a lock that ends with its
//! process. A half-made cluster is never taken for a whole one: it is made aside and renamed.

mod configure;
pub mod database;
pub mod find;
pub mod folder;
pub mod lock;
mod postmaster;
pub mod privilege;
mod secrets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::refusal::Refusal;
use find::Binaries;
use folder::{Layout, State};
use lock::{Asked, Holder, Lock};
use postmaster::Postmaster;
pub use secrets::Login;
use secrets::Secrets;

/// The name of Predio's database in its own cluster.
pub const DATABASE: &str = "predio";

/// A running private cluster.
pub struct Cluster {
    layout: Layout,
    state: State,
    secrets: Secrets,
    /// The server and the lock when this process is answerable for it; none when another Predio runs it.
    mine: Option<(Postmaster, Lock)>,
    adopted: bool,
}

impl Cluster {
    /// Starts the cluster of `folder`, making it first where there is none, and holds it until [`Self::stop`].
    /// A server that a killed Predio left running is adopted; one that was killed itself recovers.
    ///
    /// # Errors
    /// A [`Refusal`] when another Predio has the folder, when it is somebody else's, or packages are missing.
    pub fn start(folder: &Path, holder: &Holder) -> anyhow::Result<Self> {
        let layout = Layout::of(folder)?;
        layout.prepare()?;
        let layout = Layout::of(folder)?;
        match lock::ask(&layout.lock(), holder)? {
            Asked::Taken(lock) => Self::start_locked(layout, lock),
            Asked::Held(other) => Err(refuse(&layout, &other)),
        }
    }

    /// Connects to the cluster of `folder` that another Predio runs, or starts it for the time of one command.
    ///
    /// # Errors
    /// A [`Refusal`] when there is no cluster, or its first start has not finished.
    pub fn borrow(folder: &Path, command: &str) -> anyhow::Result<Self> {
        let layout = Layout::of(folder)?;
        if !layout.has_cluster() {
            return Err(Refusal::because(format!(
                "there is no cluster in {} yet. Make it with `predio up`, or name your own server with DATABASE_URL.",
                layout.root().display()
            )));
        }
        layout.refuse_foreign(&fs::metadata(layout.root())?)?;
        let cluster = Self::borrow_existing(layout, command)?;
        if !cluster.state.complete {
            return Err(Refusal::because(format!(
                "the first start of {} has not finished. Let `predio up` finish it.",
                cluster.layout.root().display()
            )));
        }
        Ok(cluster)
    }

    fn borrow_existing(layout: Layout, command: &str) -> anyhow::Result<Self> {
        loop {
            match lock::ask(&layout.lock(), &Holder::this(command, None))? {
                Asked::Taken(lock) => return Self::start_locked(layout, lock),
                Asked::Held(other) if other.serves() => {
                    let state = State::load(&layout)?;
                    let secrets = Secrets::load(&layout.secrets())?;
                    return Ok(Self { layout, state, secrets, mine: None, adopted: false });
                }
                // It stops the server when it is done, so borrowing it would end in the middle.
                Asked::Held(other) => {
                    tracing::info!(pid = other.pid, "waiting for `predio {}` to finish", other.command);
                    std::thread::sleep(Duration::from_millis(500));
                }
            }
        }
    }

    fn start_locked(layout: Layout, lock: Lock) -> anyhow::Result<Self> {
        let mut state = State::load_or_create(&layout)?;
        let secrets = Secrets::load_or_create(&layout.secrets())?;
        let owner = owner(&layout)?;
        let (postmaster, adopted) = match adopt(&layout, &state)? {
            Some(postmaster) => (postmaster, true),
            None => (launch(&layout, &mut state, &secrets, owner)?, false),
        };
        Ok(Self { layout, state, secrets, mine: Some((postmaster, lock)), adopted })
    }

    /// True while the server lives, as far as this process is answerable for it.
    pub fn is_alive(&mut self) -> bool {
        self.mine.as_mut().is_none_or(|(postmaster, _)| postmaster.is_alive())
    }

    /// Starts the server again after it was killed; the lock stays held.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        let owner = owner(&self.layout)?;
        let Some((postmaster, _)) = &mut self.mine else { bail!("another Predio runs this cluster") };
        *postmaster = launch(&self.layout, &mut self.state, &self.secrets, owner)?;
        Ok(())
    }

    /// Stops the server if this process started or adopted it, and gives the folder free.
    pub fn stop(mut self) -> anyhow::Result<()> {
        match &mut self.mine {
            Some((postmaster, _)) => postmaster.stop(),
            None => Ok(()),
        }
    }

    /// True when a server was found running that a killed Predio had left.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// True once the first start has finished.
    pub fn is_complete(&self) -> bool {
        self.state.complete
    }

    /// Remembers that the first start has finished.
    pub fn complete(&mut self) -> anyhow::Result<()> {
        self.state.complete = true;
        self.state.save(&self.layout)
    }

    /// Process of the server, when this Predio is answerable for it.
    pub fn server_pid(&self) -> Option<i32> {
        self.mine.as_ref().map(|(postmaster, _)| postmaster.pid())
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.layout.root()
    }

    /// The file with the passwords, in the form of `.pgpass`.
    pub fn password_file(&self) -> PathBuf {
        self.layout.secrets()
    }

    /// The server's port on the loopback address.
    pub fn port(&self) -> u16 {
        self.state.port
    }

    /// Folder of the unix socket, when it had to lie outside the data folder because that one's path is too long.
    pub fn distant_socket(&self) -> Option<&Path> {
        (!self.state.socket.starts_with(self.layout.root())).then_some(self.state.socket.as_path())
    }

    /// The password of a login; only for setting it on the role.
    pub fn password(&self, login: Login) -> &str {
        self.secrets.of(login)
    }

    /// What owns the schema, on the unix socket.
    pub fn owner_url(&self) -> String {
        self.socket_url(Login::Owner, DATABASE)
    }

    /// What the service connects as, on the unix socket.
    pub fn app_url(&self) -> String {
        self.socket_url(Login::App, DATABASE)
    }

    /// The superuser in Predio's database, on the unix socket.
    pub fn superuser_url(&self) -> String {
        self.socket_url(Login::Superuser, DATABASE)
    }

    /// The superuser in the maintenance database, which exists from the beginning.
    pub fn maintenance_url(&self) -> String {
        self.socket_url(Login::Superuser, "postgres")
    }

    /// The superuser over TCP, for programs that know no sockets.
    pub fn superuser_tcp_url(&self) -> String {
        let password = self.secrets.of(Login::Superuser);
        format!("postgres://postgres:{password}@127.0.0.1:{}/{DATABASE}", self.state.port)
    }

    /// A socket's path stands percent-encoded where the host stands; libpq and sqlx both read that.
    fn socket_url(&self, login: Login, database: &str) -> String {
        let path = self.state.socket.as_os_str().as_encoded_bytes();
        let host = percent_encoding::percent_encode(path, percent_encoding::NON_ALPHANUMERIC);
        let (role, password) = (login.role(), self.secrets.of(login));
        format!("postgres://{role}:{password}@{host}:{}/{database}", self.state.port)
    }
}

/// Refuses when another Predio serves from `folder`; takes nothing, so it can come before slow work.
///
/// # Errors
/// A [`Refusal`] that names its process and address.
pub fn refuse_if_held(folder: &Path) -> anyhow::Result<()> {
    let layout = Layout::of(folder)?;
    match lock::holder(&layout.lock())? {
        Some(other) => Err(refuse(&layout, &other)),
        None => Ok(()),
    }
}

fn refuse(layout: &Layout, other: &Holder) -> anyhow::Error {
    let folder = layout.root().display();
    let (pid, command) = (other.pid, &other.command);
    let what = match &other.address {
        Some(address) => format!("serves on {address} from {folder}. Stop it with `kill {pid}`"),
        None => format!("works in {folder}. Wait until it is done"),
    };
    Refusal::because(format!(
        "`predio {command}` (process {pid}) already {what}, or choose another folder with --data."
    ))
}

/// The programs that fit the folder: of the version that made its cluster, or the newest for a new one.
///
/// # Errors
/// A [`Refusal`] that names the packages to install.
pub fn binaries(folder: &Path) -> anyhow::Result<Binaries> {
    let usr = Path::new("/usr");
    let version = folder.join("postgres/PG_VERSION");
    match fs::read_to_string(&version) {
        Ok(text) => {
            let major = text.trim().parse().with_context(|| format!("{} is damaged", version.display()))?;
            find::of_major(usr, major)
        }
        Err(_) => find::newest(usr),
    }
}

/// Who the server runs as, when this process is root.
fn owner(layout: &Layout) -> anyhow::Result<Option<(u32, u32)>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let user = privilege::owner(layout)?;
    Ok(Some((user.uid.as_raw(), user.gid.as_raw())))
}

/// The server that runs in the folder although nobody holds the lock: a killed Predio left it.
fn adopt(layout: &Layout, state: &State) -> anyhow::Result<Option<Postmaster>> {
    let Some((mut postmaster, ..)) = Postmaster::running(&layout.pgdata()) else { return Ok(None) };
    if postmaster.is_stopping() {
        ensure!(
            postmaster.wait_for_end(Duration::from_mins(1)),
            "PostgreSQL (process {}) is stopping and does not end",
            postmaster.pid()
        );
        return Ok(None);
    }
    if let Err(error) = postmaster.wait_until_ready() {
        tracing::warn!(%error, "the server that was left running did not come up; starting it anew");
        postmaster.stop()?;
        return Ok(None);
    }
    // The folder was moved under the running server: nobody could reach it where we look.
    if !Postmaster::running(&layout.pgdata())
        .is_some_and(|(_, port, socket)| port == state.port && socket == state.socket)
    {
        postmaster.stop()?;
        return Ok(None);
    }
    Ok(Some(postmaster))
}

/// Makes the cluster if there is none and starts its server, on another port when a stranger took ours.
fn launch(
    layout: &Layout,
    state: &mut State,
    secrets: &Secrets,
    owner: Option<(u32, u32)>,
) -> anyhow::Result<Postmaster> {
    let binaries = binaries(layout.root())?;
    if !layout.pgdata().join("PG_VERSION").exists() {
        create(&binaries, layout, secrets, owner)?;
    }
    folder::prepare_socket_folder(&state.socket, owner)?;
    if !folder::is_free(state.port) {
        let taken = state.port;
        state.port = folder::free_port()?;
        tracing::warn!(taken, chosen = state.port, "another program took the database's port");
    }
    state.save(layout)?;
    give_to_owner(&layout.state(), owner)?;
    write_settings(layout, state, owner)?;
    Postmaster::start(&binaries, layout, state, owner)
}

/// `initdb`, aside and then renamed.
fn create(
    binaries: &Binaries,
    layout: &Layout,
    secrets: &Secrets,
    owner: Option<(u32, u32)>,
) -> anyhow::Result<()> {
    let aside = layout.root().join("postgres.new");
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    let password = layout.root().join("password.new");
    fs::write(&password, secrets.of(Login::Superuser))?;
    fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    give_to_owner(&password, owner)?;
    let output = postmaster::command(&binaries.program("initdb"), owner)
        .arg("--pgdata")
        .arg(&aside)
        .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"])
        .args(["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"])
        .arg("--pwfile")
        .arg(&password)
        .output()
        .context("cannot run initdb")?;
    fs::remove_file(&password)?;
    if !output.status.success() {
        bail!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let main = aside.join("postgresql.conf");
    let mut text = fs::read_to_string(&main)?;
    text.push_str("\ninclude_if_exists = 'predio.conf'\n");
    fs::write(&main, text)?;
    fs::rename(&aside, layout.pgdata())?;
    Ok(())
}

fn write_settings(layout: &Layout, state: &State, owner: Option<(u32, u32)>) -> anyhow::Result<()> {
    let path = layout.pgdata().join("predio.conf");
    fs::write(&path, configure::settings(layout, state))
        .with_context(|| format!("cannot write {}", path.display()))?;
    give_to_owner(&path, owner)
}

fn give_to_owner(path: &Path, owner: Option<(u32, u32)>) -> anyhow::Result<()> {
    if let Some((uid, gid)) = owner {
        std::os::unix::fs::chown(path, Some(uid), Some(gid))
            .with_context(|| format!("cannot give {} to its owner", path.display()))?;
    }
    Ok(())
}
