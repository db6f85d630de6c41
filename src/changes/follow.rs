//! A piece of work followed to its rest, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::Value;

use super::wake::Sleeper;
use crate::problem::Result;

/// Pause between two looks.
const GLANCE: Duration = Duration::from_millis(300);
/// A silent connection is cut by proxies after half a minute or more.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Events `progress` as what `glance` tells changes, and at last `end`; `error` when it can be told no more. `glance` says
/// what there is to tell, and whether the work goes on.
pub fn follow<G, F>(sleeper: Sleeper, glance: G) -> Response
where
    G: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(Value, bool)>> + Send,
{
    let events = unfold(Some((glance, sleeper, None)), move |state| async move {
        let (glance, mut sleeper, mut last) = state?;
        loop {
            let Ok((value, goes_on)) = glance().await else {
                let event = Event::default().event("error").data("{}");
                return Some((Ok::<_, Infallible>(event), None));
            };
            if last.as_ref() != Some(&value) {
                let name = if goes_on { "progress" } else { "end" };
                let event = Event::default().event(name).data(value.to_string());
                last = Some(value);
                return Some((Ok(event), goes_on.then_some((glance, sleeper, last))));
            }
            tokio::select! {
                awake = sleeper.sleep() => if !awake { return None },
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
