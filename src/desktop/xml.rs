//! XML as a tree that is written once, every text escaped.

use std::fmt::{self, Display, Write};

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

/// An element without anything in it.
pub fn element(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), text: None, children: Vec::new() }
}

/// An element with a text.
pub fn text(name: &'static str, text: impl Display) -> Element {
    Element { text: Some(text.to_string()), ..element(name) }
}

impl Element {
    /// With one more attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// With one more child.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With more children.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// As a document, after what stands before its root.
    pub fn document(&self, doctype: &str) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{doctype}{self}\n")
    }
}

impl Display for Element {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"")?;
            escaped(out, value)?;
            out.write_char('"')?;
        }
        if self.text.is_none() && self.children.is_empty() {
            return out.write_str("/>");
        }
        out.write_char('>')?;
        if let Some(text) = &self.text {
            escaped(out, text)?;
        }
        for child in &self.children {
            child.fmt(out)?;
        }
        write!(out, "</{}>", self.name)
    }
}

/// Characters that XML 1.0 cannot hold become U+FFFD.
fn escaped(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&apos;")?,
            '\t' | '\n' | '\r' => write!(out, "&#{};", c as u32)?,
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.write_char('\u{fffd}')?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        let tree =
            element("a").with("b", "\"<'&>\u{1}\n").child(text("c", "</c><script>")).child(element("d"));
        assert_eq!(
            tree.to_string(),
            "<a b=\"&quot;&lt;&apos;&amp;&gt;\u{fffd}&#10;\"><c>&lt;/c&gt;&lt;script&gt;</c><d/></a>"
        );
    }
}
