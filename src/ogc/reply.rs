//! What every representation carries: links, tag, language, notice.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::http::ask::Ask;
use crate::http::etag;
use crate::http::negotiate::Media;
use crate::layers::Text;

const NOTICE: HeaderName = HeaderName::from_static("predio-notice");
const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// A link to another resource.
#[derive(Clone, Debug)]
pub struct Link {
    /// Relation.
    pub rel: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// Where.
    pub href: String,
    /// What it is called.
    pub title: String,
}

impl Link {
    /// A link with a title in the language of the request.
    pub fn new(ask: &Ask, rel: &'static str, mime: &'static str, href: String, es: &str, en: &str) -> Self {
        let title = if ask.language.tag() == "es" { es } else { en };
        // A link names the media type; the character set is the answer's own business.
        let mime = mime.strip_suffix("; charset=utf-8").unwrap_or(mime);
        Self { rel, mime, href, title: title.to_owned() }
    }

    /// As JSON.
    pub fn json(&self, ask: &Ask) -> Value {
        json!({ "href": self.href, "rel": self.rel, "type": self.mime, "title": self.title, "hreflang": ask.language.tag() })
    }
}

/// All links as a JSON array.
pub fn links(ask: &Ask, links: &[Link]) -> Value {
    links.iter().map(|link| link.json(ask)).collect()
}

/// `self` and `alternate` for the address that was called.
pub fn own_links(ask: &Ask, chosen: Media, offered: &[Media]) -> Vec<Link> {
    let this = Link::new(ask, "self", chosen.mime, ask.address(), "Este documento", "This document");
    let others = offered.iter().filter(|media| **media != chosen).map(|media| {
        let href = ask.address_with(&[("f", Some(media.f))]);
        let (es, en) = (format!("Este documento como {}", media.f), format!("This document as {}", media.f));
        Link::new(ask, "alternate", media.mime, href, &es, &en)
    });
    std::iter::once(this).chain(others).collect()
}

/// The head of an answer.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Media type.
    pub mime: &'static str,
    /// Links that also go into the header.
    pub links: Vec<Link>,
    /// Reference system of the coordinates.
    pub crs: Option<String>,
    /// What must be said with the data.
    pub notice: Option<Text>,
    /// Version of the one feature in the body; the tag begins with it.
    pub version: Option<i64>,
}

impl Head {
    /// A head without coordinates.
    pub fn new(media: Media, notice: Option<Text>) -> Self {
        Self { mime: media.mime, notice, ..Self::default() }
    }

    fn write(&self, ask: &Ask, response: &mut Response) {
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        set(header::CONTENT_TYPE, self.mime);
        set(header::CONTENT_LANGUAGE, ask.language.tag());
        // Who asks decides what is seen.
        set(header::VARY, "Accept, Accept-Language, Authorization, Cookie");
        // Caches may keep it and must ask: an edit shows at once.
        set(header::CACHE_CONTROL, "no-cache");
        for link in &self.links {
            set(header::LINK, &format!("<{}>; rel=\"{}\"; type=\"{}\"", link.href, link.rel, link.mime));
        }
        if let Some(crs) = &self.crs {
            set(CONTENT_CRS, &format!("<{crs}>"));
        }
        if let Some(notice) = &self.notice {
            set(NOTICE, &ascii(ask.language.of(notice)));
        }
    }

    /// The answer for a body that is whole in memory; 304 when the client has it.
    pub fn whole(&self, ask: &Ask, body: Vec<u8>) -> Response {
        let tag = etag::of_version(self.version, &body);
        let mut response = if etag::is_known(&ask.headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(body).into_response()
        };
        self.write(ask, &mut response);
        response.headers_mut().insert(header::ETAG, tag);
        response
    }

    /// The answer for a body that is still being read.
    pub fn streamed(&self, ask: &Ask, body: Body) -> Response {
        let mut response = body.into_response();
        self.write(ask, &mut response);
        response
    }

    /// The answer for a JSON document; members without a value are left out.
    pub fn document(&self, ask: &Ask, mut document: Value) -> Response {
        if let Value::Object(members) = &mut document {
            members.retain(|_, value| !value.is_null());
        }
        self.whole(ask, document.to_string().into_bytes())
    }
}

/// Header values are ASCII: accents are left off.
fn ascii(text: &str) -> String {
    let plain = |letter: char| match letter {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' => 'u',
        'ñ' => 'n',
        _ if letter.is_ascii() && !letter.is_ascii_control() => letter,
        _ => '?',
    };
    text.chars().map(plain).collect()
}

/// A description that opens with the notice, where there is one.
pub fn with_notice(ask: &Ask, notice: Option<&Text>, text: &str) -> String {
    match notice {
        Some(notice) if text.is_empty() => format!("{}.", ask.language.of(notice)),
        Some(notice) => format!("{}. {text}", ask.language.of(notice)),
        None => text.to_owned(),
    }
}
