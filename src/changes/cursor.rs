//! A reader's place: opaque to the reader, checked by us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::{Error, Result};

/// Where a reader stands. Snapshots have PostgreSQL's text form, `xmin:xmax:xip,xip,…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The server's line of transactions; numbers of another one mean nothing here.
    pub line: String,
    /// When it was taken, by the server's clock: seconds since 1970.
    pub taken: i64,
    /// Everything visible in it has been read.
    pub from: String,
    /// In the middle of a page: the page's snapshot, and the last notice that was read.
    pub within: Option<(String, i64)>,
}

impl Cursor {
    /// After everything that `snapshot` shows.
    pub fn after(line: &str, taken: i64, snapshot: String) -> Self {
        Self { line: line.to_owned(), taken, from: snapshot, within: None }
    }

    /// As it is sent.
    pub fn text(&self) -> String {
        let Self { line, taken, from, within } = self;
        let text = match within {
            Some((to, last)) => format!("{line}|{taken}|{from}|{to}|{last}"),
            None => format!("{line}|{taken}|{from}"),
        };
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads what a client sent back.
    ///
    /// # Errors
    /// A bad request that names `parameter` when it is no cursor of ours.
    pub fn parse(parameter: &str, text: &str) -> Result<Self> {
        let wrong = || Error::bad(parameter, "is not a cursor of this feed; leave it out to begin now");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let parts: Vec<&str> = text.split('|').collect();
        let (line, taken, from, within) = match parts[..] {
            [line, taken, from] => (line, taken, from, None),
            [line, taken, from, to, last] => {
                (line, taken, from, Some((to, last.parse().map_err(|_| wrong())?)))
            }
            _ => return Err(wrong()),
        };
        if !is_snapshot(from) || !within.is_none_or(|(to, _)| is_snapshot(to)) {
            return Err(wrong());
        }
        let within = within.map(|(to, last)| (to.to_owned(), last));
        let taken = taken.parse().map_err(|_| wrong())?;
        Ok(Self { line: line.to_owned(), taken, from: from.to_owned(), within })
    }
}

/// What PostgreSQL accepts as one: `xmin <= xmax`, and transactions in progress between them, ascending.
fn is_snapshot(text: &str) -> bool {
    let mut parts = text.split(':');
    let (Some(xmin), Some(xmax), Some(running), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Some(xmin), Some(xmax)) = (number(xmin), number(xmax)) else { return false };
    let mut last = xmin;
    let in_order = running.split(',').filter(|_| !running.is_empty()).all(|xid| {
        let fits = number(xid).is_some_and(|xid| last <= xid && xid < xmax);
        last = number(xid).unwrap_or(u64::MAX);
        fits
    });
    0 < xmin && xmin <= xmax && in_order
}

/// Digits only, and what a signed number of the database can hold.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= i64::MAX.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_sent() {
        for within in [None, Some(("10:20:12,15".to_owned(), 7))] {
            let cursor = Cursor { line: "5.1".to_owned(), taken: 1, from: "3:3:".to_owned(), within };
            assert_eq!(Cursor::parse("cursor", &cursor.text()).unwrap(), cursor);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for text in [
            "",
            "a",
            "a|1",
            "a|1|",
            "a|1|1:1",
            "a|x|1:1:",
            "a|1|2:1:",
            "a|1|0:1:",
            "a|1|1:9:9",
            "a|1|1:9:3,2",
            "a|1|+1:2:",
            "a|1|1:2:|3:4:|x",
            "a|1|1:1:|5",
        ] {
            assert!(Cursor::parse("cursor", &encoded(text)).is_err(), "{text}");
        }
        assert!(Cursor::parse("cursor", "not base64 at all!").is_err());
        assert!(Cursor::parse("cursor", &encoded("a|1|1:99999999999999999999:")).is_err());
    }
}
