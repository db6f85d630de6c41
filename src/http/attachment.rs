//! The name under which a download is kept: `Content-Disposition` (RFC 6266, with RFC 8187 for other letters).

use axum::http::HeaderValue;

/// A download called `name`. Programs that know no other letters take the plain form, in which each of them is `_`.
pub fn named(name: &str) -> HeaderValue {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let fallback: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    let mut value = format!("attachment; filename=\"{fallback}\"");
    if fallback != name {
        value.push_str("; filename*=UTF-8''");
        value.push_str(&super::ask::encode(name));
    }
    // Nothing but visible ASCII is left; a header that said less would still be a download.
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stands_as_it_is() {
        assert_eq!(named("t_lots.gpkg"), "attachment; filename=\"t_lots.gpkg\"");
    }

    #[test]
    fn other_letters_are_kept_and_end_no_header() {
        let said = named("año \"1\"\r\nX: y;.csv");
        let said = said.to_str().unwrap();
        assert!(
            said.starts_with("attachment; filename=\"a_o__1___X__y_.csv\"; filename*=UTF-8''a%C3%B1o"),
            "{said}"
        );
        assert!(said.ends_with("%20%221%22%0D%0AX%3A%20y%3B.csv"), "{said}");
    }
}
