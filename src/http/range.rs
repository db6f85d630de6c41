//! A part of a representation: `Range` and `If-Range` (RFC 9110, 14), one range of bytes at a time.

use axum::http::{HeaderMap, header};

/// What is to be sent of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From the first to before the second.
    Part(u64, u64),
    /// Nothing: the range begins after the end (416).
    Nothing,
}

/// What `headers` want of a representation of `length` bytes with the strong tag `tag`. Several ranges, and what is no
/// range of bytes, are not honoured, as the norm allows; nor is a range of another state of it (`If-Range`).
pub fn wanted(headers: &HeaderMap, length: u64, tag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|seen| seen.trim() != tag) {
        return Wanted::Whole;
    }
    let range = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    match range.and_then(|range| range.trim().split_once('-')) {
        Some(("", last)) => tail(last, length),
        Some((first, last)) => between(first, last, length),
        None => Wanted::Whole,
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More than can be counted is after any end.
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn between(first: &str, last: &str, length: u64) -> Wanted {
    let last = if last.is_empty() { Some(u64::MAX) } else { number(last) };
    match (number(first), last) {
        (Some(first), Some(last)) if first <= last && first < length => {
            Wanted::Part(first, last.saturating_add(1).min(length))
        }
        (Some(first), Some(last)) if first <= last => Wanted::Nothing,
        _ => Wanted::Whole,
    }
}

fn tail(count: &str, length: u64) -> Wanted {
    match number(count) {
        Some(0) => Wanted::Nothing,
        Some(_) if length == 0 => Wanted::Nothing,
        Some(count) => Wanted::Part(length.saturating_sub(count), length),
        None => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(range: &'static str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        wanted(&headers, 100, "\"a\"")
    }

    #[test]
    fn one_range_of_bytes_is_honoured() {
        assert_eq!(of("bytes=0-0"), Wanted::Part(0, 1));
        assert_eq!(of("bytes=10-"), Wanted::Part(10, 100));
        assert_eq!(of("bytes=99-99999999999999999999999"), Wanted::Part(99, 100));
        assert_eq!(of("bytes=-30"), Wanted::Part(70, 100));
        assert_eq!(of("bytes=-300"), Wanted::Part(0, 100));
    }

    #[test]
    fn what_lies_after_the_end_is_nothing() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(of(range), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn anything_else_is_the_whole() {
        for range in
            ["bytes=0-1,5-6", "items=0-1", "bytes=5-1", "bytes=a-b", "bytes", "bytes=-", "bytes=+1-2"]
        {
            assert_eq!(of(range), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_state_is_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=5-"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(wanted(&headers, 100, "\"a\""), Wanted::Part(5, 100));
        assert_eq!(wanted(&headers, 100, "\"b\""), Wanted::Whole);
        headers.insert(header::IF_RANGE, HeaderValue::from_static("W/\"a\""));
        assert_eq!(wanted(&headers, 100, "\"a\""), Wanted::Whole);
    }
}
