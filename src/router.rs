//! All routes of the service, and what stands around them.

use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Request, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Router, http};
use http_body_util::Limited;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use crate::app::App;
use crate::http::middleware::{REQUEST_ID, measure, protect, readable, share};
use crate::http::routes::{Declared, Routes};
use crate::problem::Error;

/// Largest body that a route takes, unless it is a file that comes in.
const BODY_BYTES: usize = 1 << 20;

/// Every feature's routes.
fn routes() -> Routes<App> {
    Routes::default()
        .merge(crate::http::health::routes())
        .merge(crate::access::routes())
        .merge(crate::ogc::routes())
        .merge(crate::desktop::routes())
        .merge(crate::pages::routes())
        .merge(crate::extract::routes())
        .merge(crate::search::routes())
        .merge(crate::changes::routes())
        .merge(crate::parcels::routes())
        .merge(crate::surveys::routes())
        .merge(crate::sources::routes())
        .merge(crate::parties::routes())
        .merge(crate::deliveries::routes())
        .merge(crate::exports::routes())
        .merge(crate::api::routes())
        .merge(crate::web::routes())
}

/// Every route with what it asks of its caller.
pub fn permissions() -> Vec<Declared> {
    routes().into_parts().1
}

/// The service as one router.
pub fn router(app: App) -> Router {
    let (router, _) = routes().into_parts();
    let around = ServiceBuilder::new()
        .map_request(|mut request: axum::extract::Request| {
            // An id that a client brings could forge another's trace.
            request.headers_mut().remove(REQUEST_ID);
            request
        })
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewId))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(protect))
        .layer(from_fn(share))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_file)))
        .layer(from_fn_with_state(app.clone(), crate::pages::errors::as_page))
        .layer(from_fn(readable))
        .layer(from_fn_with_state(app.clone(), crate::access::gate::identify))
        .layer(from_fn(limit_body))
        .layer(DefaultBodyLimit::disable());
    let inside = router.route_layer(from_fn(measure)).fallback(nothing).with_state(app);
    // Around the router as a whole: only there has a refused method its `Allow`.
    Router::new().fallback_service(around.service(inside))
}

/// A file is sent as it is: its length and its digest are those of its bytes.
fn is_no_file(
    _: http::StatusCode,
    _: http::Version,
    headers: &http::HeaderMap,
    _: &http::Extensions,
) -> bool {
    !headers.contains_key(crate::exports::DIGEST)
}

/// Refuses a body that is larger than its route takes, by what it says of itself and while it comes in.
async fn limit_body(request: axum::extract::Request, next: Next) -> Response {
    let path = request.uri().path();
    let most = crate::sources::body_limit(path)
        .or_else(|| crate::deliveries::body_limit(path))
        .unwrap_or(BODY_BYTES);
    let said =
        request.headers().get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok()?.parse().ok());
    if said.is_some_and(|said: usize| said > most) {
        return Error::TooLarge(most).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most)))).await
}

async fn nothing() -> Error {
    Error::NotFound("there is nothing at this address".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer calls")]
fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text =
        cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    Error::Internal(anyhow::anyhow!("panic: {}", text.unwrap_or("without a message"))).into_response()
}

/// Ids of requests are made here, in the order of time.
#[derive(Clone, Copy)]
struct NewId;

impl MakeRequestId for NewId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        HeaderValue::try_from(uuid::Uuid::now_v7().to_string()).ok().map(RequestId::new)
    }
}

fn span<B>(request: &http::Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}
