//! Giving up root: PostgreSQL refuses to run as root, and so does everything that answers the network.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use nix::unistd::{Uid, User};

use super::folder::Layout;
use crate::refusal::Refusal;

/// Who owns the data when root makes it: the user that Debian's package `postgresql-common` brings.
const USER: &str = "postgres";

/// Makes the data folder, gives it to its unprivileged owner and starts this program again as that user.
/// Returns only when this process is not root.
pub fn drop_root(folder: &Path) -> anyhow::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let layout = Layout::of(folder)?;
    let fresh = !layout.root().exists();
    if !fresh {
        layout.refuse_foreign(&fs::metadata(layout.root())?)?;
    }
    layout.prepare()?;
    let user = owner(&layout)?;
    if layout.is_blank()? {
        // Only an empty folder is given away, and nothing below it is followed: a link could lead anywhere.
        for path in [layout.root().to_owned(), layout.log(), layout.lock()] {
            if path.exists() {
                chown(&path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                    .with_context(|| format!("cannot give {} to {}", path.display(), user.name))?;
            }
        }
    }
    bail!("cannot start again as {}: {}", user.name, start_again_as(&user, &layout))
}

/// The unprivileged user whose data this is: the folder's owner, or for a new one [`USER`].
pub fn owner(layout: &Layout) -> anyhow::Result<User> {
    let uid = fs::metadata(layout.root()).map_or(0, |metadata| metadata.uid());
    if uid != 0 {
        let user = User::from_uid(Uid::from_raw(uid))?;
        return user.with_context(|| format!("{} belongs to nobody known ({uid})", layout.root().display()));
    }
    if layout.has_cluster() {
        return Err(Refusal::because(format!(
            "the cluster in {0} belongs to root, as which PostgreSQL does not run. Give it back:\n  \
             chown -R {USER}: {0}",
            layout.root().display()
        )));
    }
    User::from_name(USER)?.ok_or_else(|| {
        Refusal::because(format!(
            "there is no user {USER} to run as. It comes with PostgreSQL:\n  \
             sudo apt-get install postgresql-15 postgresql-15-postgis-3"
        ))
    })
}

/// Replaces this process; returns only the error when that fails.
fn start_again_as(user: &User, layout: &Layout) -> std::io::Error {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // The folder once more and absolute, because the working folder changes; the last `--data` counts.
    arguments.push("--data".into());
    arguments.push(layout.root().into());
    // Through /proc, because the user may not be allowed into the folder where the binary lies.
    Command::new("/proc/self/exe")
        .arg0("predio")
        .args(arguments)
        .env("HOME", layout.root())
        .env("USER", &user.name)
        .env("LOGNAME", &user.name)
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_CACHE_HOME")
        .current_dir("/")
        .uid(user.uid.as_raw())
        .gid(user.gid.as_raw())
        .exec()
}
