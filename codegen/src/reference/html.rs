//! HTML that can't be malformed: elements, attributes and text, each escaped where it goes in.
//!
//! Block elements stand on lines of their own, so that a change of a page is a change of few lines.

use std::fmt::Write as _;

/// Finished HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Text, escaped.
    pub fn text(text: &str) -> Self {
        Self(escape_text(text))
    }

    /// Text that is HTML already, from a renderer that escapes for itself.
    pub fn rendered(html: String) -> Self {
        Self(html)
    }

    pub fn add(mut self, more: impl Into<Self>) -> Self {
        self.0.push_str(&more.into().0);
        self
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<T: Into<Html>> FromIterator<T> for Html {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        parts.into_iter().fold(Self::default(), Self::add)
    }
}

impl<T: Into<Self>> From<Option<T>> for Html {
    fn from(part: Option<T>) -> Self {
        part.map(Into::into).unwrap_or_default()
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// An element in the making.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: String,
    content: Html,
}

/// An element without attributes and content.
pub fn el(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: Html::default() }
}

impl Element {
    /// Adds an attribute.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escape_attribute(value));
        self
    }

    /// Adds an attribute without a value.
    pub fn flag(mut self, name: &str) -> Self {
        let _ = write!(self.attributes, " {name}");
        self
    }

    pub fn class(self, class: &str) -> Self {
        self.with("class", class)
    }

    pub fn id(self, id: &str) -> Self {
        self.with("id", id)
    }

    /// Adds content.
    pub fn add(mut self, content: impl Into<Html>) -> Self {
        self.content = self.content.add(content);
        self
    }
}

impl From<Element> for Html {
    fn from(element: Element) -> Self {
        let Element { name, attributes, content } = element;
        let Html(content) = content;
        let open = format!("<{name}{attributes}>");
        Self(match name {
            "meta" | "link" | "input" => format!("{open}\n"),
            name if holds_blocks(name) => format!("{open}\n{}\n</{name}>\n", content.trim_end_matches('\n')),
            name if is_line(name) => format!("{open}{content}</{name}>\n"),
            name => format!("{open}{content}</{name}>"),
        })
    }
}

fn holds_blocks(name: &str) -> bool {
    let names =
        ["html", "head", "body", "header", "main", "nav", "aside", "section", "article", "div", "table", "thead"];
    names.contains(&name) || ["tbody", "tr", "ul", "dl", "form", "noscript"].contains(&name)
}

fn is_line(name: &str) -> bool {
    let names =
        ["title", "script", "h1", "h2", "h3", "h4", "p", "pre", "th", "td", "li", "dt", "dd", "caption", "button"];
    names.contains(&name)
}

/// Text as content; quotes mean nothing there.
fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text between the double quotes of an attribute.
fn escape_attribute(text: &str) -> String {
    escape_text(text).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_in_unescaped() {
        let html = Html::from(el("a").with("href", "\"><script>").add("<b> & 'c'"));
        assert_eq!(html.into_string(), "<a href=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; &amp; 'c'</a>");
    }
}
