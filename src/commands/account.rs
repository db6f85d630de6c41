//! `predio account`.

use std::io::Read;

use predio::access::store::{accounts, begin_as_owner, sessions, tokens};
use predio::access::{Audience, Password, Scope, Secret};
use predio::config::Settings;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::End;
use super::place;

/// Accounts: make the first administrator, change offices and passwords, give out and revoke tokens.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio account create catastro1 --role admin                  the first administrator; prints a password once
  predio account create titulacion1 --role surveyor --role titling --district 150203
  echo \"$NEW\" | predio account password catastro1 --password-stdin
  predio account tokens titulacion1 create --name QGIS --scope read --scope write
  predio account tokens titulacion1 revoke 7

A token is what QGIS and ogr2ogr use: the account's name and the token as user name and password.")]
pub struct Account {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make an account.
    Create {
        /// Its name: a-z, 0-9, `.`, `_`, `-`.
        name: String,
        #[command(flatten)]
        rights: Rights,
        /// Read the password from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password; every session of the account ends.
    Password {
        /// The account.
        name: String,
        /// Read the password from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change what an account may do; its sessions and tokens follow at once.
    Roles {
        /// The account.
        name: String,
        #[command(flatten)]
        rights: Rights,
    },
    /// Shut an account out: its sessions end and its tokens open nothing.
    Disable {
        /// The account.
        name: String,
    },
    /// Let a disabled account in again.
    Enable {
        /// The account.
        name: String,
    },
    /// End every session of an account.
    SignOut {
        /// The account.
        name: String,
    },
    /// Tokens for programs.
    Tokens {
        /// The account.
        name: String,
        #[command(subcommand)]
        what: Tokens,
    },
    /// Every account.
    List,
}

#[derive(Debug, clap::Args)]
struct Rights {
    /// Office: citizen, planner, surveyor, titling, admin, auditor. The first is the one in use.
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = office)]
    roles: Vec<Audience>,
    /// Limits its rights to this district; may be given again. Without it: every district.
    #[arg(long = "district", value_name = "UBIGEO", value_parser = super::check::ubigeo)]
    districts: Vec<String>,
}

impl Rights {
    fn districts(&self) -> Option<&[String]> {
        (!self.districts.is_empty()).then_some(&self.districts[..])
    }
}

#[derive(Debug, clap::Subcommand)]
enum Tokens {
    /// The account's tokens.
    List,
    /// Make a token; it is printed once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may be used for: read, write, person.
        #[arg(long = "scope", value_parser = scope, default_value = "read")]
        scopes: Vec<Scope>,
        /// Days until it ends.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i32).range(1..=730))]
        days: i32,
    },
    /// Revoke a token.
    Revoke {
        /// Its number.
        id: i64,
    },
}

fn office(text: &str) -> Result<Audience, String> {
    let named = Audience::named(text).filter(|audience| *audience != Audience::Public);
    named.ok_or_else(|| "is one of citizen, planner, surveyor, titling, admin, auditor".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::named(text).ok_or_else(|| "is one of read, write, person".to_owned())
}

pub fn run(arguments: &Account, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let told = place::work_on(settings, "account", |place| work(place.owner, &arguments.what))?;
    if json {
        println!("{told:#}");
    } else {
        print(&told);
    }
    Ok(End::Done)
}

/// What was done, as it is told.
async fn work(owner: String, what: &What) -> anyhow::Result<Value> {
    let mut connection = PgConnection::connect(&owner).await?;
    let mut transaction = begin_as_owner(&mut connection, &reason(what)).await?;
    let told = match what {
        What::Create { name, rights, password_stdin } => {
            let (password, shown) = password(name, *password_stdin)?;
            let hash = password.hash().await?;
            accounts::create(&mut transaction, name, &hash, &rights.roles, rights.districts()).await?;
            json!({ "account": name, "done": "created", "password": shown })
        }
        What::Password { name, password_stdin } => {
            let (password, shown) = password(name, *password_stdin)?;
            accounts::change_password(&mut transaction, name, &password.hash().await?).await?;
            json!({ "account": name, "done": "password set, sessions ended", "password": shown })
        }
        What::Roles { name, rights } => {
            accounts::change_offices(&mut transaction, name, &rights.roles, rights.districts()).await?;
            json!({ "account": name, "done": "roles set" })
        }
        What::Disable { name } => {
            accounts::disable(&mut transaction, name, true).await?;
            json!({ "account": name, "done": "disabled" })
        }
        What::Enable { name } => {
            accounts::disable(&mut transaction, name, false).await?;
            json!({ "account": name, "done": "enabled" })
        }
        What::SignOut { name } => {
            let ended = sessions::end_all(&mut transaction, name).await?;
            json!({ "account": name, "done": format!("{ended} session(s) ended") })
        }
        What::Tokens { name, what } => on_tokens(&mut transaction, name, what).await?,
        What::List => json!({ "accounts": accounts::list(&mut transaction).await? }),
    };
    transaction.commit().await?;
    Ok(told)
}

async fn on_tokens(connection: &mut PgConnection, account: &str, what: &Tokens) -> anyhow::Result<Value> {
    Ok(match what {
        Tokens::List => json!({ "account": account, "tokens": tokens::list(connection, account).await? }),
        Tokens::Create { name, scopes, days } => {
            let token = tokens::create(connection, account, name, scopes, *days).await?;
            json!({ "account": account, "done": "token created", "token": token.reveal() })
        }
        Tokens::Revoke { id } => {
            tokens::revoke(connection, account, *id).await?;
            json!({ "account": account, "done": format!("token {id} revoked") })
        }
    })
}

/// For the journal: what was done, without the secrets.
fn reason(what: &What) -> String {
    match what {
        What::Create { name, .. } => format!("predio account create {name}"),
        What::Password { name, .. } => format!("predio account password {name}"),
        What::Roles { name, .. } => format!("predio account roles {name}"),
        What::Disable { name } => format!("predio account disable {name}"),
        What::Enable { name } => format!("predio account enable {name}"),
        What::SignOut { name } => format!("predio account sign-out {name}"),
        What::Tokens { name, .. } => format!("predio account tokens {name}"),
        What::List => "predio account list".to_owned(),
    }
}

/// A password from standard input, or one of 256 random bits that is shown once.
fn password(account: &str, from_stdin: bool) -> anyhow::Result<(Password, Option<String>)> {
    if !from_stdin {
        let made = Secret::for_session()?.reveal().to_owned();
        return Ok((Password::typed(made.clone()), Some(made)));
    }
    let mut text = String::new();
    std::io::stdin().take(1 << 10).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    Ok((Password::chosen(line, account)?, None))
}

fn print(told: &Value) {
    if let (Some(account), Some(done)) = (told["account"].as_str(), told["done"].as_str()) {
        println!("{account}: {done}");
    }
    for (name, word) in [("password", "password (shown once)"), ("token", "token (shown once)")] {
        if let Some(secret) = told[name].as_str() {
            println!("{word}: {secret}");
        }
    }
    for account in told["accounts"].as_array().into_iter().flatten() {
        let disabled = if account["disabled_at"].is_null() { "" } else { "  disabled" };
        println!(
            "{}  {}{disabled}",
            account["name"].as_str().unwrap_or_default(),
            words(&account["offices"])
        );
    }
    for token in told["tokens"].as_array().into_iter().flatten() {
        let revoked = if token["revoked_at"].is_null() { "" } else { "  revoked" };
        println!(
            "{}  {}  {}{revoked}",
            token["id"],
            token["name"].as_str().unwrap_or_default(),
            words(&token["scopes"])
        );
    }
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(", ")
}
