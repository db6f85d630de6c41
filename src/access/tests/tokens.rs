//! Tokens: as Bearer, as Basic, and no further than their scopes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn basic(name: &str, token: &str) -> Brings {
    let pair = STANDARD.encode(format!("{name}:{token}"));
    Brings::nothing().with("authorization", format!("Basic {pair}"))
}

#[tokio::test]
async fn qgis_enters_with_the_name_and_a_token() {
    let world = world().await;
    let name = world.account(Audience::Surveyor).await;
    let token = world.token(&name, &[Scope::Read]).await;
    for brings in [basic(&name, &token), basic("SURVEYOR", &token), Brings::token(&token)] {
        let seen = world.get("/ogc/collections/zone_drafts/items", &brings).await;
        assert_eq!((seen.status, seen.header("cache-control")), (StatusCode::OK, "private, no-cache"));
        let me = world.get("/api/v1/me", &brings).await.json();
        assert_eq!((me["audience"].as_str(), me["scopes"][0].as_str()), (Some("surveyor"), Some("read")));
        assert_eq!(me["districts"], serde_json::json!([OWN]));
    }
    // What does not prove an account is refused, also where anybody may read: a client must not take public data for
    // its own view of them.
    for brings in [
        basic("planner", &token),
        basic(&name, PASSWORD),
        basic(&name, ""),
        Brings::token("predio_0000000000000000000000000000000000000000000"),
        Brings::nothing().with("authorization", "Digest x"),
        Brings::nothing().with("authorization", "Basic =="),
    ] {
        let refused = world.get("/ogc/collections", &brings).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.header("www-authenticate").contains("Basic realm=\"Predio\""));
    }
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_or_old() {
    let world = world().await;
    let name = world.account(Audience::Surveyor).await;
    let token = Brings::token(&world.token(&name, &[Scope::Read]).await);
    let status = async |brings: &Brings| world.get("/api/v1/me", brings).await.status;
    assert_eq!(status(&token).await, StatusCode::OK);
    let used: i64 = sqlx::query_scalar(
        "select count(*) from access.token_use where last_used_at > now() - interval '1 minute'",
    )
    .fetch_one(&mut world.test.owner().await)
    .await
    .unwrap();
    assert_eq!(used, 1);
    world
        .sql("begin; set local predio.reason = 'old'; update access.token set expires_at = now(); commit")
        .await;
    assert_eq!(status(&token).await, StatusCode::UNAUTHORIZED);
    world
        .sql("begin; set local predio.reason = 'new'; update access.token set expires_at = null; commit")
        .await;
    assert_eq!(status(&token).await, StatusCode::OK);
    // Its owner revokes it on the page of the account; a token of the account may not.
    let id: i64 = sqlx::query_scalar("select id from access.token")
        .fetch_one(&mut world.test.owner().await)
        .await
        .unwrap();
    let form = Brings::form(&format!("id={id}"));
    let writer = world.token(&name, &[Scope::Read, Scope::Write]).await;
    let by_token = form.clone().with("authorization", format!("Bearer {writer}"));
    assert_eq!(world.post("/cuenta/llaves/revocar", &by_token).await.status, StatusCode::FORBIDDEN);
    let cookie = world.sign_in(&name, PASSWORD).await.cookie().unwrap();
    assert_eq!(
        world.post("/cuenta/llaves/revocar", &form.with("cookie", cookie)).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(status(&token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_made_on_the_page_and_shown_once() {
    let world = world().await;
    let name = world.account(Audience::Surveyor).await;
    let cookie = world.sign_in(&name, PASSWORD).await.cookie().unwrap();
    let form = Brings::form("name=QGIS&days=30&write=yes").with("cookie", cookie.clone());
    let made = world.post("/cuenta/llaves", &form).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::OK, "no-store"));
    let token = made.text.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    let me = world.get("/api/v1/me", &Brings::token(token)).await.json();
    assert_eq!(me["scopes"], serde_json::json!(["read", "write"]));
    let page = world.get("/cuenta", &Brings::nothing().with("cookie", cookie)).await;
    assert!(page.text.contains("QGIS") && !page.text.contains(token));
}

#[tokio::test]
async fn a_token_writes_only_with_that_scope() {
    let world = world().await;
    let name = world.account(Audience::Titling).await;
    let address = "/api/v1/parcels/15020301001001/holders";
    let ask = async |scopes: &[Scope]| {
        let brings = Brings::json(r#"{"purpose":"probar los alcances"}"#);
        let token = world.token(&name, scopes).await;
        world.post(address, &brings.with("authorization", format!("Bearer {token}"))).await
    };
    for scopes in [&[Scope::Read][..], &[Scope::Read, Scope::Person], &[Scope::Read, Scope::Write]] {
        let refused = ask(scopes).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{scopes:?}");
        assert!(refused.text.contains("lacks the scope"), "{}", refused.text);
    }
    assert_eq!(ask(&Scope::ALL).await.status, StatusCode::OK);
}
