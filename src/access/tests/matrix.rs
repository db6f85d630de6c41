//! Every route of the router × every role × the own, another's and a restricted thing, compared with what is
//! expected. A route that this table does not know fails.

use super::*;
use crate::http::routes::Declared;
use crate::router;

/// Who asks: nobody, each office, and the titling office with a token that may only read.
pub(super) const WHO: [&str; 8] =
    ["public", "citizen", "planner", "surveyor", "titling", "admin", "auditor", "titling:read"];

/// A request to a route: what of it is asked for, the address, the body.
pub(super) struct Sample {
    pub(super) case: &'static str,
    pub(super) address: String,
    pub(super) brings: Brings,
}

/// What a route's address asks for in each case.
fn addresses(path: &str) -> Vec<(&'static str, String)> {
    let filled = path
        .replace("{fid}", "1")
        .replace("{tileMatrix}", "16")
        .replace("{tileRow}", "34728")
        .replace("{tileCol}", "18607")
        .replace("{*file}", "icon.svg")
        .replace("{sha256}", &"0".repeat(64))
        .replace("{operation}", if path.contains("/units/") { "annulment" } else { "retire" });
    let with = |name: &str, value: &str| filled.replace(name, value);
    match () {
        // Nothing was delivered to these accounts.
        () if path.contains("/deliveries/{id}") => {
            let nobodys = with("{id}", "9")
                .replace("{finding}", "1")
                .replace("{feature}", "1")
                .replace("{change}", "1");
            vec![("none", nobodys.replace("{code}", "15020301001001"))]
        }
        () if path.contains("{bundle}") => vec![("none", with("{bundle}", "9"))],
        () if path.contains("/field_copies/{id}") => vec![("none", with("{id}", "9"))],
        // Nobody asked for this export.
        () if path.contains("/exports/{id}") => {
            vec![("none", with("{id}", "00000000-0000-4000-8000-000000000000"))]
        }
        () if path.contains("/descargas/{ubigeo}") => {
            let file = |ubigeo| with("{ubigeo}", ubigeo).replace("{day}", "2020-01-01.gpkg");
            vec![("own", file(OWN)), ("none", file("999999"))]
        }
        () if path.contains("{code}") => {
            vec![("own", with("{code}", "15020301001001")), ("other", with("{code}", "15020101001001"))]
        }
        // The unit of each district has the number of its place in the fixture; the one source is about a person.
        () if path.contains("/units/{id}") => {
            vec![("own", with("{id}", "1")), ("other", with("{id}", "2"))]
        }
        () if path.contains("/sources/{id}") => vec![("own", with("{id}", "1")), ("none", with("{id}", "9"))],
        () if path.contains("/collections/{id}") => {
            vec![("open", with("{id}", "parcels")), ("restricted", with("{id}", "zone_drafts"))]
        }
        () if path.contains("{file}") => {
            let of = |layer| path.replace("{layer}", layer).replace("{file}", "metadatos.json");
            vec![("open", of("parcels")), ("restricted", of("zone_drafts"))]
        }
        () if path.contains("{layer}") => {
            vec![("open", with("{layer}", "parcels")), ("restricted", with("{layer}", "zone_drafts"))]
        }
        () => vec![("-", filled)],
    }
}

/// The requests to a route. Whoever adds a route with a parameter of a new name gives it a value in [`addresses`].
pub(super) fn samples(route: &Declared) -> Vec<Sample> {
    let brings = match (route.method.as_str(), route.path) {
        ("GET", _) => Brings::nothing(),
        (_, "/ingresar") => login("citizen", "contraseña equivocada"),
        (_, "/cuenta/contrasena") => Brings::form("name=x&password=x&new=x"),
        (_, "/cuenta/llaves") => Brings::form("name=x&days=0"),
        (_, "/cuenta/llaves/revocar") => Brings::form("id=0"),
        (_, "/salir" | "/cuenta/sesiones") => Brings::form(""),
        (_, path) if path.ends_with("/holders") || path.ends_with("/{sha256}") => {
            Brings::json(r#"{"purpose":"matriz de permisos"}"#)
        }
        (_, path) if path.ends_with("/find") => {
            Brings::json(r#"{"purpose":"matriz de permisos","document":"00000000"}"#)
        }
        (_, path) if path.ends_with("/rights/{operation}") => {
            Brings::json(r#"{"reason":"matriz de permisos","source_id":1,"entries":[1]}"#)
        }
        (_, path) if path.ends_with("/{operation}") => Brings::json(r#"{"reason":"matriz de permisos"}"#),
        ("POST", "/api/v1/exports") => Brings::json(r#"{"layer":"zone_drafts","format":"gpkg"}"#)
            .with("idempotency-key", "matriz-de-permisos"),
        _ => Brings::json("{}").with("idempotency-key", "matriz-de-permisos"),
    };
    let query = match route.path {
        "/buscar" | "/buscar.json" => "?q=15020301001001",
        // On trial, so that the next asker finds the parcel still there.
        path if path.ends_with("/{operation}") => "?dry_run=true",
        // Without a version: nothing is deleted.
        "/ogc/collections/{id}/items/{fid}" if route.method == "DELETE" => "?reason=matriz",
        _ => "",
    };
    addresses(route.path)
        .into_iter()
        .map(|(case, address)| {
            assert!(!address.contains('{'), "{}: give its parameter a value in `addresses`", route.path);
            Sample { case, address: format!("{address}{query}"), brings: brings.clone() }
        })
        .collect()
}

/// What each of [`WHO`] brings to prove itself.
pub(super) async fn everybody(world: &World) -> Vec<Option<String>> {
    let mut tokens = vec![None];
    for office in &Audience::ALL[1..] {
        let name = world.account(*office).await;
        tokens.push(Some(world.token(&name, &Scope::ALL).await));
    }
    tokens.push(Some(world.token("titling", &[Scope::Read]).await));
    tokens
}

pub(super) fn proving(brings: &Brings, token: Option<&String>) -> Brings {
    match token {
        Some(token) => brings.clone().with("authorization", format!("Bearer {token}")),
        None => brings.clone(),
    }
}

#[tokio::test]
async fn every_route_answers_each_role_as_expected() {
    let world = world().await;
    let tokens = everybody(&world).await;
    let mut lines = vec![format!("method\troute\tcase\tpermission\t{}", WHO.join("\t"))];
    for route in router::permissions() {
        for sample in samples(&route) {
            let mut statuses = Vec::new();
            for token in &tokens {
                let brings = proving(&sample.brings, token.as_ref());
                let answer = world.ask(route.method.clone(), &sample.address, &brings).await;
                statuses.push(said(&route, answer.status));
            }
            let permission = match route.permission {
                crate::access::Permission::Public => "public".to_owned(),
                crate::access::Permission::SignedIn => "signed in".to_owned(),
                crate::access::Permission::Roles(roles) => {
                    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")
                }
            };
            lines.push(format!(
                "{}\t{}\t{}\t{permission}\t{}",
                route.method,
                route.path,
                sample.case,
                statuses.join("\t")
            ));
        }
    }
    compare("routes.tsv", &lines);
}

/// The status; whether the map was built into this binary is no matter of rights.
fn said(route: &Declared, status: StatusCode) -> String {
    let is_map = route.path == "/" || route.path.starts_with("/map/");
    let is_either = [200, 404, 503].contains(&status.as_u16());
    if is_map && is_either { "map".to_owned() } else { status.as_u16().to_string() }
}

#[tokio::test]
async fn no_route_writes_for_everybody() {
    // Signing in and out; a conversion, which keeps nothing; an export, which only its asker is told of.
    let exports = ["/api/v1/exports", "/api/v1/exports/{id}"];
    let open = [&["/ingresar", "/salir", "/api/v1/convert"][..], &exports].concat();
    for route in router::permissions().iter().filter(|route| !route.method.is_safe()) {
        let is_open = matches!(route.permission, crate::access::Permission::Public);
        assert!(
            !is_open || open.contains(&route.path),
            "{} {} is open to everybody",
            route.method,
            route.path
        );
    }
}
