//! `predio account`, driving the real program on a database of its own: the first administrator, tokens, refusals.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

fn server() -> String {
    std::env::var("PREDIO_TEST_URL").expect("PREDIO_TEST_URL: run scripts/test, or start scripts/dev-cluster")
}

fn predio(url: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_predio"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .env_remove("PREDIO_OWNER_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_at_the_command_line() {
    let name = format!("predio_test_account_{}", std::process::id());
    let server = server();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let mut postgres = PgConnection::connect(&server).await.unwrap();
    postgres.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    assert!(predio(&url, &["migrate"], "").status.success());

    let made = told(&predio(&url, &["account", "create", "rosa", "--role", "admin", "--json"], ""));
    assert_eq!(made["password"].as_str().unwrap().len(), 43);
    let token = ["account", "tokens", "rosa", "create", "--name", "QGIS", "--scope", "read", "--json"];
    let token = told(&predio(&url, &token, ""))["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("predio_"));
    let listed = told(&predio(&url, &["account", "list", "--json"], ""));
    assert_eq!(listed["accounts"][0]["offices"], serde_json::json!(["admin"]));

    for (arguments, input, code, says) in [
        (&["account", "create", "rosa", "--role", "admin"][..], "", 1, "there is an account `rosa` already"),
        (&["account", "create", "Rosa María", "--role", "admin"], "", 1, "needs 2 to 63 of a-z"),
        (&["account", "create", "luis", "--role", "king"], "", 2, "is one of citizen, planner"),
        (&["account", "create", "luis"], "", 2, "--role"),
        (&["account", "password", "rosa", "--password-stdin"], "corta\n", 1, "at least 12 characters"),
        (&["account", "disable", "nadie"], "", 1, "there is no account `nadie`"),
        (&["account", "tokens", "rosa", "revoke", "99"], "", 1, "has no token 99"),
    ] {
        let refused = predio(&url, arguments, input);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let changed =
        predio(&url, &["account", "password", "rosa", "--password-stdin"], "lluvia sobre el arenal\n");
    let said = String::from_utf8_lossy(&changed.stdout).into_owned();
    assert!(changed.status.success() && !said.contains("lluvia"), "{said}");
    for arguments in [&["account", "disable", "rosa"][..], &["account", "tokens", "rosa", "revoke", "1"]] {
        assert!(predio(&url, arguments, "").status.success(), "{arguments:?}");
    }

    let mut database = PgConnection::connect(&url).await.unwrap();
    let (hash, is_disabled): (String, bool) = sqlx::query_as(
        "select password_hash, disabled_at is not null from access.account where name = 'rosa'",
    )
    .fetch_one(&mut database)
    .await
    .unwrap();
    assert!(hash.starts_with("$argon2id$") && is_disabled);
    let reasons: Vec<String> =
        sqlx::query_scalar("select reason from audit.entry where relation like 'access.%' order by id")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let wanted = ["create", "tokens", "password", "disable", "tokens"]
        .map(|what| format!("predio account {what} rosa"));
    assert_eq!(reasons, wanted);
    database.close().await.unwrap();
    postgres.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
}
