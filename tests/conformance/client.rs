//! A small client: one request, one answer, HTTP/1.1 without keep-alive.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub fn mime(&self) -> &str {
        self.headers.get("content-type").map_or("", |mime| mime.split(';').next().unwrap_or(mime))
    }
}

pub fn base() -> String {
    std::env::var("PREDIO_TEST_BASE")
        .unwrap_or_else(|_| {
            panic!("PREDIO_TEST_BASE is not set: run scripts/test, or name a running service")
        })
        .trim_end_matches('/')
        .to_owned()
}

/// Asks `path` below `/ogc`, or an absolute address.
pub fn get(path: &str) -> Answer {
    ask("GET", path, "*/*")
}

pub fn ask(method: &str, path: &str, accept: &str) -> Answer {
    let base = base();
    let address = if path.starts_with("http") { path.to_owned() } else { format!("{base}/ogc{path}") };
    let rest = address.strip_prefix("http://").unwrap_or_else(|| panic!("{address} is not http"));
    let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let target = if target.is_empty() { "/" } else { target };
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    write!(stream, "{method} {target} HTTP/1.0\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer { status, headers: headers.collect(), body: bytes[split + 4..].to_vec() }
}

/// A document that has to exist.
pub fn document(path: &str) -> Value {
    let answer = get(path);
    assert_eq!(answer.status, 200, "{path}");
    answer.json()
}

pub fn collections() -> Vec<Value> {
    let all = document("/collections")["collections"].as_array().unwrap().clone();
    assert!(!all.is_empty(), "no collection is served");
    all
}

pub fn id(collection: &Value) -> &str {
    collection["id"].as_str().unwrap()
}

/// The links of `document` with that relation.
pub fn links(document: &Value, rel: &str) -> Vec<String> {
    let links = document["links"].as_array().unwrap_or_else(|| panic!("no links in {document}"));
    let fitting = links.iter().filter(|link| link["rel"] == rel);
    fitting.map(|link| link["href"].as_str().unwrap().to_owned()).collect()
}
