//! `pg_dump` and `pg_restore`, which know the server better than we do.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::cluster;
use crate::config::Settings;

/// Where the programs lie.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: Option<PathBuf>,
}

impl Programs {
    /// Those of the private cluster's version; for a server of one's own, those of the `PATH`.
    ///
    /// # Errors
    /// When the private cluster's packages are missing.
    pub fn of(settings: &Settings) -> anyhow::Result<Self> {
        let private = settings.database_url.is_none();
        let folder = private.then(|| cluster::binaries(&settings.data_folder())).transpose()?;
        Ok(Self { folder: folder.map(|binaries| binaries.folder) })
    }

    /// A program by itself.
    pub fn plain(&self, name: &str) -> Command {
        let program = self.folder.as_ref().map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// A program that speaks to the database at `url`.
    pub fn command(&self, name: &str, url: &str) -> Command {
        let (address, password) = without_password(url);
        let mut command = self.plain(name);
        command.arg("--dbname").arg(address);
        // Everybody on the machine sees a program's arguments, and nobody else its environment.
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

/// Waits for the end of a program whose output was read; its complaints are the error.
pub async fn ended(mut child: Child, name: &str) -> anyhow::Result<()> {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said).await.with_context(|| format!("cannot read what {name} says"))?;
    }
    let status = child.wait().await?;
    if !status.success() {
        bail!("{name} failed ({status}):\n{}", said.trim());
    }
    Ok(())
}

/// The address without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let whole = || (url.to_owned(), None);
    let Some((scheme, rest)) = url.split_once("://") else { return whole() };
    let authority = rest.find(['/', '?']).map_or(rest, |end| &rest[..end]);
    let Some((user, _)) = authority.rsplit_once('@') else { return whole() };
    let Some((name, password)) = user.split_once(':') else { return whole() };
    let password = percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned();
    (format!("{scheme}://{name}{}", &rest[user.len()..]), Some(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_leaves_the_address() {
        let split = |url| without_password(url);
        let told = |address: &str, password: Option<&str>| (address.to_owned(), password.map(str::to_owned));
        assert_eq!(split("postgres://u:p%40x@h:5432/d?a=b"), told("postgres://u@h:5432/d?a=b", Some("p@x")));
        assert_eq!(split("postgres://u@%2Ftmp%2Fs:5432/d"), told("postgres://u@%2Ftmp%2Fs:5432/d", None));
        assert_eq!(split("postgres:///d?user=u:v@w"), told("postgres:///d?user=u:v@w", None));
    }
}
