//! What all pages have: the head, the menu, the other language, the notice.

use askama::Template;
use axum::response::Response;

use super::words::{self, Words};
use crate::http::ask::Ask;
use crate::http::negotiate::{HTML, Language};
use crate::layers::Text;
use crate::ogc::reply::Head;
use crate::problem::Result;

/// A link in the menu.
pub struct MenuItem {
    pub href: String,
    pub text: &'static str,
    pub is_here: bool,
}

/// The same document in another form.
pub struct Alternate {
    pub mime: &'static str,
    pub href: String,
    pub text: &'static str,
}

/// What `base.html` needs.
pub struct Page {
    pub lang: &'static str,
    pub words: &'static Words,
    pub title: String,
    pub notice: Option<String>,
    pub base: String,
    pub home: String,
    pub layers: String,
    pub menu: Vec<MenuItem>,
    pub other_language: String,
    pub keeps_language: bool,
    pub canonical: Option<String>,
    pub alternates: Vec<Alternate>,
    /// What stands in the search box.
    pub said: String,
    /// The page's own address, for paper.
    pub address: String,
}

impl Page {
    /// A page for a request.
    pub fn new(ask: &Ask, notice: Option<&Text>, title: impl Into<String>) -> Self {
        let words = words::of(ask.language);
        let item = |path: &str, text| MenuItem { href: ask.link(path), text, is_here: ask.path == path };
        // The map takes its language from its address only.
        let map = format!("{}/{}", ask.base, if ask.language == Language::En { "?lang=en" } else { "" });
        Self {
            lang: ask.language.tag(),
            words,
            title: title.into(),
            notice: notice.map(|notice| ask.language.of(notice).to_owned()),
            base: ask.base.clone(),
            home: map.clone(),
            layers: ask.link("/capas"),
            menu: vec![
                MenuItem { href: map, text: words.menu_map, is_here: false },
                item("/buscar", words.menu_search),
                item("/capas", words.menu_layers),
                item("/acerca", words.menu_about),
                if ask.actor.is_signed_in() {
                    item("/cuenta", words.menu_account)
                } else {
                    item("/ingresar", words.menu_sign_in)
                },
            ],
            other_language: ask.address_with(&[("lang", Some(words.other_tag))]),
            keeps_language: ask.language_in_address,
            canonical: None,
            alternates: Vec::new(),
            said: String::new(),
            address: ask.address(),
        }
    }

    /// Adds the same document in another form.
    #[must_use]
    pub fn also(mut self, mime: &'static str, href: String, text: &'static str) -> Self {
        self.alternates.push(Alternate { mime, href, text });
        self
    }
}

/// The answer with a rendered page.
///
/// # Errors
/// When the template fails, which is our fault.
pub fn reply(ask: &Ask, notice: Option<Text>, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(anyhow::Error::from)?;
    Ok(Head::new(HTML, notice).whole(ask, html.into_bytes()))
}
