//! Prose: descriptions and the introduction, Markdown (or plain text, which is nearly the same) as HTML.
//!
//! HTML in it is shown as text, pictures as their description, and links lead to the web or within the page. Names of
//! methods that stand bare become links.

use pulldown_cmark::{Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html::push_html};

use super::html::{Html, el};

/// A heading of the introduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    pub id: String,
    pub text: String,
    pub level: HeadingLevel,
}

/// What a bare word is a link to.
pub type Links<'l> = &'l dyn Fn(&str) -> Option<String>;

/// Paragraphs, lists and all else.
pub fn blocks(markdown: &str, links: Links<'_>) -> Html {
    render(events(markdown), links)
}

/// As [`blocks`], without the paragraph around it when there is only one.
pub fn inline(markdown: &str, links: Links<'_>) -> Html {
    let events = events(markdown);
    let starts = events.iter().filter(|event| matches!(event, Event::Start(tag) if is_block(tag))).count();
    let alone = starts == 1 && matches!(events.first(), Some(Event::Start(Tag::Paragraph)));
    let inner = if alone { events[1..events.len() - 1].to_vec() } else { events };
    render(inner, links)
}

/// The first sentence as plain text.
pub fn summary(markdown: &str) -> String {
    plain_text(first_sentence(markdown).0)
}

/// The first sentence and the rest.
pub fn first_sentence(markdown: &str) -> (&str, &str) {
    let mut in_code = false;
    let end = markdown.char_indices().find(|(at, c)| {
        in_code ^= *c == '`';
        let before = &markdown[..*at];
        let abbreviation = [".g", ".e", "etc", "cf", "vs"].iter().any(|end| before.ends_with(end));
        let rest = &markdown[at + c.len_utf8()..];
        let over = rest.is_empty() || rest.starts_with([' ', '\n']);
        !in_code && matches!(c, '.' | '?' | '!') && over && !abbreviation
    });
    end.map_or((markdown, ""), |(at, c)| markdown.split_at(at + c.len_utf8()))
}

/// The text without its marks, on one line.
pub fn plain_text(markdown: &str) -> String {
    plain(events(markdown))
}

/// The introduction: its title, its headings, and what is under the title.
pub fn introduction(markdown: &str, links: Links<'_>) -> (Option<String>, Vec<Heading>, Html) {
    let mut events = events(markdown);
    let title_end = events.iter().position(|event| matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1))));
    let mut title = None;
    if let (Some(Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })), Some(end)) = (events.first(), title_end) {
        title = Some(plain(events[1..end].to_vec()));
        events.drain(..=end);
    }
    let mut headings = Vec::new();
    for index in 0..events.len() {
        let rest = plain(heading_text(&events[index..]));
        if let Event::Start(Tag::Heading { level, id, .. }) = &mut events[index] {
            let slug = slug(&rest);
            *id = Some(slug.clone().into());
            headings.push(Heading { id: slug, text: rest, level: *level });
        }
    }
    (title, headings, render(events, links))
}

fn heading_text<'e>(events: &[Event<'e>]) -> Vec<Event<'e>> {
    let end = |event: &&Event<'e>| !matches!(event, Event::End(TagEnd::Heading(_)));
    events.iter().take_while(end).cloned().collect()
}

fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn events(markdown: &str) -> Vec<Event<'_>> {
    TextMergeStream::new(Parser::new_ext(markdown, Options::ENABLE_TABLES)).collect()
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Image { .. })
}

fn plain(events: Vec<Event<'_>>) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn render(events: Vec<Event<'_>>, links: Links<'_>) -> Html {
    let (mut done, mut dropped) = (Vec::new(), Vec::new());
    // Inside code blocks and links, words are only words.
    let mut closed = 0_usize;
    for event in events {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => done.push(Event::Text(text)),
            Event::Text(text) if closed > 0 => done.push(Event::Text(text)),
            Event::Text(text) => done.extend(linked(&text, links)),
            Event::Start(Tag::Image { .. }) => closed += 1,
            Event::End(TagEnd::Image) => closed -= 1,
            Event::Start(tag @ (Tag::Link { .. } | Tag::CodeBlock(_))) => {
                closed += 1;
                let drop = matches!(&tag, Tag::Link { dest_url, .. } if !is_safe(dest_url));
                dropped.push(drop);
                done.extend((!drop).then_some(Event::Start(tag)));
            }
            Event::End(tag @ (TagEnd::Link | TagEnd::CodeBlock)) => {
                closed -= 1;
                let drop = dropped.pop().unwrap_or_default();
                done.extend((!drop).then_some(Event::End(tag)));
            }
            other => done.push(other),
        }
    }
    let mut html = String::new();
    push_html(&mut html, done.into_iter());
    Html::rendered(html)
}

/// Relative addresses are dropped: whoever wrote one knew nothing of these pages.
fn is_safe(url: &str) -> bool {
    ["https://", "http://", "mailto:", "#"].iter().any(|safe| url.starts_with(safe))
}

/// Text with links where its words are names or addresses.
fn linked<'e>(text: &str, links: Links<'_>) -> Vec<Event<'e>> {
    let mut events = Vec::new();
    let mut pending = String::new();
    for word in text.split_inclusive([' ', '(', ')', ',', ';', '\n']) {
        let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/');
        let href = if is_web(name) { Some(name.to_owned()) } else { links(name) };
        let Some(href) = href else {
            pending.push_str(word);
            continue;
        };
        events.push(Event::Text(std::mem::take(&mut pending).into()));
        let tag = Tag::Link { link_type: LinkType::Inline, dest_url: href.into(), title: "".into(), id: "".into() };
        events.extend([Event::Start(tag), Event::Text(name.to_owned().into()), Event::End(TagEnd::Link)]);
        pending.push_str(&word[name.len()..]);
    }
    events.push(Event::Text(pending.into()));
    events
}

fn is_web(word: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| word.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

/// A value as code.
pub fn code(text: &str) -> Html {
    el("code").add(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> String {
        inline(markdown, &|word| (word == "getThing").then(|| "getThing.html".to_owned())).into_string()
    }

    #[test]
    fn html_and_scripts_are_text() {
        assert_eq!(shown("a <b onclick=x>c</b> & <script>"), "a &lt;b onclick=x&gt;c&lt;/b&gt; &amp; &lt;script&gt;");
        assert_eq!(shown("[x](javascript:alert) [y](z)"), "x y");
        assert_eq!(shown("![x](https://a.example/y.png)"), "x");
        assert_eq!(shown("<div>\nx\n</div>").matches('<').count(), 0);
    }

    #[test]
    fn names_and_addresses_are_links_where_they_stand_bare() {
        assert_eq!(
            shown("Call getThing, or `getThing`."),
            "Call <a href=\"getThing.html\">getThing</a>, or <code>getThing</code>."
        );
        assert_eq!(
            shown("(see https://a.example/x)."),
            "(see <a href=\"https://a.example/x\">https://a.example/x</a>)."
        );
    }

    #[test]
    fn a_summary_is_one_sentence() {
        assert_eq!(summary("Gives `a.b` back, e.g. so. And more."), "Gives a.b back, e.g. so.");
        assert_eq!(summary("No stop"), "No stop");
        assert_eq!(first_sentence("Is `a. b` so? Yes."), ("Is `a. b` so?", " Yes."));
    }

    #[test]
    fn an_introduction_has_a_title_and_headings() {
        let (title, headings, html) = introduction("# The *thing*\n\nText.\n\n## What it's for\n", &|_| None);
        assert_eq!(title.as_deref(), Some("The thing"));
        assert_eq!((headings[0].id.as_str(), headings[0].text.as_str()), ("what-it-s-for", "What it's for"));
        assert_eq!(html.into_string(), "<p>Text.</p>\n<h2 id=\"what-it-s-for\">What it's for</h2>\n");
    }
}
