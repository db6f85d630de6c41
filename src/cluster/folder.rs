//! The data folder: what lies in it, whose it is, and what Predio remembers about its cluster.

use std::fs::{self, DirBuilder};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use nix::unistd::{Uid, User};
use rand::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refusal::Refusal;

/// The form of the data folder; a newer one is refused.
const FORMAT: u32 = 1;

/// Linux allows 107 bytes for a socket's path; `/.s.PGSQL.65535` takes 15 of them.
const LONGEST_SOCKET_FOLDER: usize = 107 - 15;

/// Where the parts of a data folder lie.
#[derive(Clone, Debug)]
pub struct Layout(PathBuf);

impl Layout {
    /// The layout of `folder`, made absolute.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let absolute = std::path::absolute(folder).context("the data folder has no absolute path")?;
        // Resolved when it exists, because the server's own working folder is compared with it.
        Ok(Self(absolute.canonicalize().unwrap_or(absolute)))
    }

    /// The data folder itself.
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// PostgreSQL's own folder.
    pub fn pgdata(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// Log files.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// What Predio remembers: [`State`].
    pub fn state(&self) -> PathBuf {
        self.0.join("cluster.json")
    }

    /// The passwords.
    pub fn secrets(&self) -> PathBuf {
        self.0.join("pgpass")
    }

    /// The lock of the running Predio.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The folder of the unix socket: inside the data folder, or a short one where the path would be too long.
    pub fn socket(&self) -> PathBuf {
        let inside = self.0.join("socket");
        if inside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            return inside;
        }
        let digest = Sha256::digest(self.0.as_os_str().as_encoded_bytes());
        PathBuf::from(format!(
            "/tmp/predio-{:02x}{:02x}{:02x}{:02x}",
            digest[0], digest[1], digest[2], digest[3]
        ))
    }

    /// True once `cluster.json` lies here.
    pub fn has_cluster(&self) -> bool {
        self.state().exists()
    }

    /// Makes the folder, or refuses one that holds anything else or belongs to somebody else.
    pub fn prepare(&self) -> anyhow::Result<()> {
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(closed(&self.0, &error)),
            Ok(metadata) => self.refuse_foreign(&metadata)?,
        }
        private_folder(&self.0).map_err(|error| closed(&self.0, &error))?;
        private_folder(&self.log())?;
        Ok(())
    }

    /// Refuses a folder that is not Predio's.
    pub fn refuse_foreign(&self, metadata: &fs::Metadata) -> anyhow::Result<()> {
        let folder = self.0.display();
        if !metadata.is_dir() {
            return Err(Refusal::because(format!(
                "{folder} is not a folder. Choose another one with --data."
            )));
        }
        let me = nix::unistd::geteuid();
        if !me.is_root() && metadata.uid() != me.as_raw() {
            return Err(Refusal::because(format!(
                "{folder} belongs to the user {}. Start Predio as that user or as root, or choose another folder \
                 with --data.",
                user_name(metadata.uid())
            )));
        }
        if self.has_cluster() || self.is_blank()? {
            return Ok(());
        }
        Err(Refusal::because(format!(
            "{folder} holds files that are not Predio's, so no cluster is made there. Choose an empty or new folder \
             with --data."
        )))
    }

    /// True when nothing lies there but what a first start that was cut off, or a mounted disk, leaves.
    pub fn is_blank(&self) -> anyhow::Result<bool> {
        let entries = fs::read_dir(&self.0).map_err(|error| closed(&self.0, &error))?;
        let harmless = ["lock", "log", "lost+found"];
        Ok(entries.flatten().all(|entry| harmless.iter().any(|name| entry.file_name() == *name)))
    }
}

/// What Predio remembers about its cluster, in `cluster.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Form of the data folder.
    pub format: u32,
    /// The server's port on the loopback address.
    pub port: u16,
    /// Folder of its unix socket.
    pub socket: PathBuf,
    /// True once the first start has finished: schema and, if wanted, the demonstration district are whole.
    pub complete: bool,
}

impl State {
    /// Reads the state, or makes it for a new cluster.
    pub fn load_or_create(layout: &Layout) -> anyhow::Result<Self> {
        if layout.has_cluster() {
            return Self::load(layout);
        }
        let state = Self { format: FORMAT, port: free_port()?, socket: layout.socket(), complete: false };
        state.save(layout)?;
        Ok(state)
    }

    /// Reads the state.
    pub fn load(layout: &Layout) -> anyhow::Result<Self> {
        let path = layout.state();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let state: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        if state.format != FORMAT {
            return Err(Refusal::because(format!(
                "{} was written by a newer Predio (form {}, this one knows {FORMAT}). Use that newer Predio.",
                path.display(),
                state.format
            )));
        }
        // The folder may have been moved since, with its socket folder inside.
        Ok(Self { socket: layout.socket(), ..state })
    }

    /// Writes the state, whole or not at all.
    pub fn save(&self, layout: &Layout) -> anyhow::Result<()> {
        let aside = layout.state().with_extension("new");
        fs::write(&aside, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", aside.display()))?;
        fs::rename(&aside, layout.state())?;
        Ok(())
    }
}

/// The socket's folder, ours alone: one in `/tmp` that somebody else made first is refused.
pub fn prepare_socket_folder(socket: &Path, owner: Option<(u32, u32)>) -> anyhow::Result<()> {
    private_folder(socket).with_context(|| format!("cannot make {}", socket.display()))?;
    let me = nix::unistd::geteuid();
    if let (true, Some((uid, gid))) = (me.is_root(), owner) {
        std::os::unix::fs::lchown(socket, Some(uid), Some(gid))?;
    }
    let metadata = fs::symlink_metadata(socket)?;
    let expected = owner.map_or(me.as_raw(), |(uid, _)| uid);
    ensure!(
        metadata.is_dir() && metadata.uid() == expected,
        "{} is not a folder of ours; remove it and start again",
        socket.display()
    );
    fs::set_permissions(socket, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// A free port on the loopback address, below those that outgoing connections are given.
pub fn free_port() -> anyhow::Result<u16> {
    let mut random = rand::rng();
    (0..200)
        .map(|_| random.random_range(20_000..30_000))
        .find(|port| is_free(*port))
        .context("found no free port between 20000 and 30000")
}

/// True when nobody listens there.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The name of a user, or its number.
pub fn user_name(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    }
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    // The folders above it are made as anybody would make them, or a process that drops root could not pass.
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    DirBuilder::new().mode(0o700).create(path)
}

fn closed(folder: &Path, error: &std::io::Error) -> anyhow::Error {
    let me = user_name(nix::unistd::geteuid().as_raw());
    Refusal::because(format!(
        "the user {me} cannot use {} ({error}). Choose a folder that it can reach with --data or PREDIO_DATA.",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_data_folder_gets_a_short_socket_folder() {
        let short = Layout(PathBuf::from("/srv/predio"));
        assert_eq!(short.socket(), Path::new("/srv/predio/socket"));
        let long = Layout(PathBuf::from(format!("/srv/{}", "x".repeat(90))));
        assert!(long.socket().starts_with("/tmp"));
        assert!(long.socket().join(".s.PGSQL.65535").as_os_str().len() <= 107);
    }
}
