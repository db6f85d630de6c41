//! The passwords of the cluster's three logins, in a file that only its owner reads.
//!
//! The file has libpq's `.pgpass` form, so `PGPASSFILE=… psql …` works without a password on the command line.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use rand::Rng;
use rand::distr::Alphanumeric;

/// A login of the private cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// The superuser: creates the database and its extensions.
    Superuser,
    /// Owns the schema: migrations, `demo`, `publish`.
    Owner,
    /// What the service connects as; owns nothing.
    App,
}

impl Login {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Superuser, Self::Owner, Self::App];

    /// Name of the role.
    pub fn role(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::Owner => "predio_owner",
            Self::App => "predio_app",
        }
    }
}

/// The three passwords, in the order of [`Login::ALL`]. Letters and digits only, so they need no quoting anywhere.
#[derive(Clone)]
pub struct Secrets([String; 3]);

impl Secrets {
    /// Reads the file, or makes it when this is the first start.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        if path.exists() {
            return Self::load(path);
        }
        let secrets = Self([random(), random(), random()]);
        secrets.save(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(secrets)
    }

    /// Reads the file.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the passwords in {}", path.display()))?;
        let of = |login: Login| {
            let start = format!("*:*:*:{}:", login.role());
            let found = text.lines().find_map(|line| line.strip_prefix(start.as_str()));
            found.map(str::to_owned).with_context(|| format!("{} has no line {start}…", path.display()))
        };
        Ok(Self([of(Login::Superuser)?, of(Login::Owner)?, of(Login::App)?]))
    }

    /// The password of one login.
    pub fn of(&self, login: Login) -> &str {
        &self.0[login as usize]
    }

    fn save(&self, path: &Path) -> anyhow::Result<()> {
        // Written aside and renamed: a crash leaves no half file that a later start would trust.
        let aside = path.with_extension("new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
        for login in Login::ALL {
            writeln!(file, "*:*:*:{}:{}", login.role(), self.of(login))?;
        }
        file.sync_all()?;
        fs::rename(aside, path)?;
        Ok(())
    }
}

/// 190 bits from the operating system's generator.
fn random() -> String {
    rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect()
}
