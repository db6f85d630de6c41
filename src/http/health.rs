//! Is the process alive, can it answer, and what has it done.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::routes::Routes;
use crate::access::Permission;
use crate::app::App;
use crate::problem::{Error, Result};

/// `/health/live`, `/health/ready`, `/metrics`.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/health/live", Permission::Public, live)
        .get("/health/ready", Permission::Public, ready)
        .get("/metrics", Permission::Public, metrics)
}

async fn live() -> &'static str {
    "ok\n"
}

/// Ready means: the database answers, and its layers can be read.
async fn ready(State(app): State<App>) -> Result<Response> {
    let wait = std::time::Duration::from_millis(app.settings.pool_wait_ms);
    tokio::time::timeout(wait, app.source.database.ping(app.source.catalogue.audience()))
        .await
        .map_err(|_| Error::Overloaded)??;
    app.source.catalogue.current().await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response())
}

async fn metrics(State(app): State<App>) -> Response {
    let pool = app.source.database.pool();
    metrics::gauge!("predio_database_connections").set(f64::from(pool.size()));
    #[expect(clippy::cast_precision_loss, reason = "a pool holds far fewer than 2^52 connections")]
    metrics::gauge!("predio_database_connections_idle").set(pool.num_idle() as f64);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}
