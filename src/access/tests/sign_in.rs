//! Passwords, sessions, throttling, forms of other sites.

use super::*;
use crate::access::store::attempts::{PER_ADDRESS, PER_NAME};

#[tokio::test]
async fn a_password_opens_a_session_and_signing_out_ends_it() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let wrong = world.sign_in(&name, "río grande y bravo").await;
    let nobody = world.sign_in("nadie", "río grande y bravo").await;
    assert_eq!((wrong.status, nobody.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!((wrong.cookie(), &wrong.text), (None, &nobody.text));
    let opened = world.sign_in(" PLANNER ", PASSWORD).await;
    assert_eq!(
        (opened.status, opened.header("location")),
        (StatusCode::SEE_OTHER, "http://predio.test/cuenta")
    );
    let line = opened.header("set-cookie");
    assert!(line.starts_with("predio=") && line.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
    let cookie = Brings::nothing().with("cookie", opened.cookie().unwrap());
    let me = world.get("/api/v1/me", &cookie).await;
    assert_eq!(
        (me.json()["account"].as_str(), me.json()["audience"].as_str()),
        (Some("planner"), Some("planner"))
    );
    assert_eq!(me.header("cache-control"), "no-store");
    assert_eq!(world.get("/ogc/collections/zone_drafts/items", &cookie).await.status, StatusCode::OK);
    let page = world.get("/cuenta", &cookie).await;
    assert!(page.status == StatusCode::OK && page.text.contains("planificación"));
    let left = world.post("/salir", &cookie.clone().with("sec-fetch-site", "same-origin")).await;
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(world.get("/api/v1/me", &cookie).await.json()["signed_in"], false);
    assert_eq!(world.get("/ogc/collections/zone_drafts/items", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_that_needs_an_account_leads_to_signing_in_and_back() {
    let world = world().await;
    world.account(Audience::Planner).await;
    let browser = Brings::nothing().with("accept", "text/html").with("sec-fetch-mode", "navigate");
    let sent = world.get("/cuenta?lang=en", &browser).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let place = sent.header("location").strip_prefix("http://predio.test").unwrap();
    assert_eq!(place, "/ingresar?next=%2Fcuenta%3Flang%3Den");
    let form = world.get(place, &browser).await;
    assert!(form.text.contains("name=\"next\" value=\"/cuenta?lang=en\""), "{}", form.text);
    // A program gets the problem and the ways to prove an account; a script of a page gets no dialog.
    let program = world.get("/cuenta", &Brings::nothing()).await;
    assert_eq!(program.status, StatusCode::UNAUTHORIZED);
    assert!(program.header("www-authenticate").contains("Basic"));
    let script = world.get("/cuenta", &Brings::nothing().with("sec-fetch-mode", "cors")).await;
    assert!(!script.header("www-authenticate").contains("Basic"));
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let settings = Settings { base_url: Some("https://predio.test".to_owned()), ..testing::settings() };
    let router = service(&world.test, settings).await;
    let opened = ask(&router, Method::POST, "/ingresar", &login(&name, PASSWORD)).await;
    let line = opened.header("set-cookie");
    assert!(
        line.starts_with("__Host-predio=") && line.contains("; Secure") && !line.contains("Domain"),
        "{line}"
    );
    // The cookie that plain http uses means nothing here.
    let value = line["__Host-predio=".len()..].split(';').next().unwrap();
    let plain = Brings::nothing().with("cookie", format!("predio={value}"));
    assert_eq!(ask(&router, Method::GET, "/api/v1/me", &plain).await.json()["signed_in"], false);
}

#[tokio::test]
async fn a_session_is_new_at_each_login_and_ends_when_it_rests_or_grows_old() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let planted = "predio=0123456789012345678901234567890123456789012".to_owned();
    let first = world
        .post("/ingresar", &login(&name, PASSWORD).with("cookie", planted.clone()))
        .await
        .cookie()
        .unwrap();
    assert_ne!(first, planted);
    let second = world
        .post("/ingresar", &login(&name, PASSWORD).with("cookie", first.clone()))
        .await
        .cookie()
        .unwrap();
    let is_in = async |cookie: &String| {
        let brings = Brings::nothing().with("cookie", cookie.clone());
        world.get("/api/v1/me", &brings).await.json()["signed_in"] == true
    };
    assert!(!is_in(&planted).await && !is_in(&first).await && is_in(&second).await);
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("select token_hash from access.session")
        .fetch_all(&mut world.test.owner().await)
        .await
        .unwrap();
    let secret = second.strip_prefix("predio=").unwrap();
    assert!(kept.iter().all(|hash| hash.len() == 32 && hash != secret.as_bytes()));
    world.sql("update access.session set last_seen_at = now() - interval '59 minutes'").await;
    assert!(is_in(&second).await);
    world.sql("update access.session set last_seen_at = now() - interval '61 minutes'").await;
    assert!(!is_in(&second).await);
    let third = world.sign_in(&name, PASSWORD).await.cookie().unwrap();
    let hours: f64 = sqlx::query_scalar(
        "select max(extract(epoch from expires_at - now()) / 3600)::float8 from access.session",
    )
    .fetch_one(&mut world.test.owner().await)
    .await
    .unwrap();
    assert!((11.9..=12.0).contains(&hours), "{hours}");
    world.sql("update access.session set expires_at = now() - interval '1 second'").await;
    assert!(!is_in(&third).await);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let cookie = world.sign_in(&name, PASSWORD).await.cookie().unwrap();
    let brings = |from: Option<(&'static str, &'static str)>| {
        let mut brings = Brings::nothing().with("cookie", cookie.clone());
        brings.headers.extend(from.map(|(name, value)| (name, value.to_owned())));
        brings
    };
    for from in [
        None,
        Some(("sec-fetch-site", "cross-site")),
        Some(("sec-fetch-site", "same-site")),
        Some(("origin", "https://evil.example")),
        Some(("origin", "null")),
    ] {
        assert_eq!(
            world.post("/cuenta/sesiones", &brings(from)).await.status,
            StatusCode::FORBIDDEN,
            "{from:?}"
        );
    }
    let foreign = Brings::form("name=planner&password=x").with("origin", "https://evil.example");
    let foreign = Brings {
        headers: foreign.headers.into_iter().filter(|(name, _)| *name != "sec-fetch-site").collect(),
        ..foreign
    };
    assert_eq!(world.post("/ingresar", &foreign).await.status, StatusCode::FORBIDDEN);
    let own = brings(Some(("origin", "http://predio.test")));
    assert_eq!(world.post("/cuenta/sesiones", &own).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/api/v1/me", &brings(None)).await.json()["signed_in"], false);
}

#[tokio::test]
async fn guessing_is_slowed_down_in_every_process_at_once() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let other = service(&world.test, testing::settings()).await;
    let guesses = (0..PER_NAME + 6).map(|guess| {
        let router = if guess % 2 == 0 { &world.router } else { &other };
        let brings = login(&name, "adivinanza larga");
        async move { ask(router, Method::POST, "/ingresar", &brings).await }
    });
    let answers = futures_util::future::join_all(guesses).await;
    let slowed = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    let waits: Vec<u32> = slowed.map(|answer| answer.header("retry-after").parse().unwrap()).collect();
    assert_eq!(waits.len(), 6);
    assert!(waits.iter().all(|wait| (1..=900).contains(wait)), "{waits:?}");
    assert_eq!(world.sign_in(&name, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    // What was typed as a name is not kept.
    let names: i64 = sqlx::query_scalar(
        "select count(distinct name_hash) from access.login_attempt where name_hash <> $1::bytea",
    )
    .bind(name.as_bytes())
    .fetch_one(&mut world.test.owner().await)
    .await
    .unwrap();
    assert_eq!(names, 1);
    world.sql("update access.login_attempt set at = at - interval '16 minutes'").await;
    assert_eq!(world.sign_in(&name, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_address_cannot_go_through_many_names() {
    let test = testing::database().await;
    let address = "203.0.113.7".parse().ok();
    let mut refused = 0;
    for guess in 0..PER_ADDRESS + 3 {
        let mut transaction = test.database.gate().await.unwrap();
        let begun =
            super::super::store::attempts::begin(&mut transaction, &format!("name{guess}"), address).await;
        refused += i64::from(begun.is_err());
        transaction.commit().await.unwrap();
    }
    assert_eq!(refused, 3);
    let mut transaction = test.database.gate().await.unwrap();
    let elsewhere = "203.0.113.8".parse().ok();
    assert!(super::super::store::attempts::begin(&mut transaction, "name", elsewhere).await.is_ok());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let (here, there) = (world.sign_in(&name, PASSWORD).await, world.sign_in(&name, PASSWORD).await);
    let (here, there) = (here.cookie().unwrap(), there.cookie().unwrap());
    let change = async |in_use: &str, new: &str| {
        let encode = crate::http::ask::encode;
        let form = Brings::form(&format!("name=planner&password={}&new={}", encode(in_use), encode(new)));
        world.post("/cuenta/contrasena", &form.with("cookie", here.clone())).await
    };
    for (in_use, new) in [
        ("otra contraseña", "lluvia sobre el arenal"),
        (PASSWORD, "corta"),
        (PASSWORD, "soy el planner de aquí"),
    ] {
        let refused = change(in_use, new).await;
        assert_eq!((refused.status, refused.cookie()), (StatusCode::UNPROCESSABLE_ENTITY, None), "{new}");
    }
    let changed = change(PASSWORD, "lluvia sobre el arenal").await;
    assert_eq!(changed.status, StatusCode::OK);
    for (cookie, is_in) in [(here, false), (there, false), (changed.cookie().unwrap(), true)] {
        let me = world.get("/api/v1/me", &Brings::nothing().with("cookie", cookie)).await;
        assert_eq!(me.json()["signed_in"], is_in);
    }
    assert_eq!(world.sign_in(&name, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.sign_in(&name, "lluvia sobre el arenal").await.status, StatusCode::SEE_OTHER);
    let (account, reason): (String, String) = sqlx::query_as(
        "select account, reason from audit.entry where relation = 'access.account' order by id desc limit 1",
    )
    .fetch_one(&mut world.test.owner().await)
    .await
    .unwrap();
    assert_eq!((account.as_str(), reason.as_str()), ("planner", "cambio de contraseña"));
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_changed_offices_count_at_once() {
    let world = world().await;
    let name = world.account(Audience::Planner).await;
    let cookie = Brings::nothing().with("cookie", world.sign_in(&name, PASSWORD).await.cookie().unwrap());
    let token = Brings::token(&world.token(&name, &[Scope::Read]).await);
    world
        .sql("begin; set local predio.reason = 'another office'; update access.account set offices = '{titling}'; commit")
        .await;
    for brings in [&cookie, &token] {
        assert_eq!(world.get("/api/v1/me", brings).await.json()["audience"], "titling");
    }
    world
        .sql("begin; set local predio.reason = 'gone'; update access.account set disabled_at = now(); commit")
        .await;
    assert_eq!(world.get("/api/v1/me", &cookie).await.json()["signed_in"], false);
    assert_eq!(world.get("/api/v1/me", &token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.sign_in(&name, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}
