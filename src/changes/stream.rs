//! The feed as server-sent events.
//!
//! Every event carries the reader's next place as its `id`, which a browser sends back as `Last-Event-ID` when the
//! connection broke.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};

use super::cursor::Cursor;
use super::store::{self, Page};
use super::wake::Sleeper;
use crate::database::{Audience, Database};

/// A silent connection is cut by proxies after half a minute or more.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a browser waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(3);
/// Changes read at once.
const PIECE: i64 = 500;

struct Reader {
    database: Database,
    audience: Audience,
    sleeper: Sleeper,
    cursor: Cursor,
    ready: VecDeque<Event>,
    more: bool,
}

/// Streams what comes after `first`, which was read already.
pub fn events(
    database: Database,
    audience: Audience,
    sleeper: Sleeper,
    first: Page,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (from, more) = (first.cursor.clone(), first.more);
    let mut ready = of_page(&from, first);
    ready.push_front(Event::default().retry(RECONNECT));
    let reader = Reader { database, audience, sleeper, cursor: from, ready, more };
    Sse::new(unfold(reader, next).fuse()).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// The next event; none when the service ends.
async fn next(mut reader: Reader) -> Option<(Result<Event, Infallible>, Reader)> {
    loop {
        if let Some(event) = reader.ready.pop_front() {
            return Some((Ok(event), reader));
        }
        if !reader.more && !reader.sleeper.sleep().await {
            return None;
        }
        // While the database is away the stream stays open and silent; the place is kept.
        match store::page(&reader.database, reader.audience, Some(&reader.cursor), PIECE).await {
            Ok(page) => {
                reader.more = page.more;
                let before = std::mem::replace(&mut reader.cursor, page.cursor.clone());
                reader.ready = of_page(&before, page);
            }
            Err(error) => {
                reader.more = false;
                tracing::debug!(?error, "the change feed waits for the database");
            }
        }
    }
}

/// One event for each change, and the place after all of them.
fn of_page(before: &Cursor, page: Page) -> VecDeque<Event> {
    let mut events = VecDeque::with_capacity(page.changes.len() + 1);
    if page.reset {
        events.push_back(Event::default().event("reset").id(page.cursor.text()).data("{}"));
        return events;
    }
    let moved = page.cursor != *before || !page.changes.is_empty();
    for change in page.changes {
        let place = match &page.cursor.within {
            Some((to, _)) => Cursor { within: Some((to.clone(), change.id)), ..page.cursor.clone() },
            None => Cursor {
                from: before.from.clone(),
                within: Some((page.cursor.from.clone(), change.id)),
                ..page.cursor.clone()
            },
        };
        let event = Event::default().event("change").id(place.text());
        events.extend(event.json_data(&change).ok());
    }
    if moved {
        // Without data it is no event to the reader, but its place.
        events.push_back(Event::default().id(page.cursor.text()));
    }
    events
}
