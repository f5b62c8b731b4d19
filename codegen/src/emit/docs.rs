//! Doc comments: descriptions as rustdoc text, a sentence per line, and limits in words.
//!
//! Descriptions are plain text, or Markdown by habit. Code spans and list items are kept; whatever rustdoc would take for
//! a link, HTML or emphasis is escaped, so that no description can break `cargo doc`.

use proc_macro2::TokenStream;
use quote::quote;

/// Columns of text in a doc comment, without indentation and `/// `.
const WIDTH: usize = 104;

/// Doc attributes for paragraphs, empty ones left out.
pub fn doc(paragraphs: &[String]) -> TokenStream {
    let lines = lines(paragraphs);
    quote!(#(#[doc = #lines])*)
}

/// Doc attributes for the module itself.
pub fn module_doc(paragraphs: &[String]) -> TokenStream {
    let lines = lines(paragraphs);
    quote!(#(#![doc = #lines])*)
}

/// A description as a list of paragraphs; none when there is no description.
pub fn description(text: Option<&str>) -> Vec<String> {
    let mut paragraphs = Vec::new();
    let mut open = false;
    for line in text.unwrap_or_default().lines().map(str::trim) {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match (line.is_empty(), item) {
            (true, _) => open = false,
            (false, Some(item)) => {
                paragraphs.push(format!("- {}", escape(item)));
                open = true;
            }
            (false, None) => match paragraphs.last_mut() {
                Some(last) if open => {
                    last.push(' ');
                    last.push_str(&escape(line));
                }
                _ => {
                    paragraphs.push(escape(line));
                    open = true;
                }
            },
        }
    }
    paragraphs
}

/// The first sentence of a description.
pub fn summary(text: Option<&str>) -> Option<String> {
    let first = description(text).into_iter().next()?;
    sentences(first.trim_start_matches("- ")).into_iter().next()
}

fn lines(paragraphs: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_list = false;
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
        let item = paragraph.starts_with("- ");
        if !(lines.is_empty() || item && in_list) {
            lines.push(String::new());
        }
        in_list = item;
        let indent = if item { "  " } else { "" };
        let wrapped = sentences(paragraph).into_iter().flat_map(|sentence| wrap(&sentence, WIDTH - indent.len()));
        for (index, line) in wrapped.enumerate() {
            // Headings are the emitter's own: a description's `#` was escaped as text.
            let own = index == 0 && (item || paragraph == "# Errors");
            let line = if own { line } else { start_as_text(&line) };
            lines.push(if index == 0 { format!(" {line}") } else { format!(" {indent}{line}") });
        }
    }
    lines
}

/// Parts at the end of each sentence: a full stop, question or exclamation mark before a space and a capital.
fn sentences(paragraph: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut current = String::new();
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let mut in_code = false;
    for (index, word) in words.iter().enumerate() {
        let first = current.is_empty();
        if !first {
            current.push(' ');
        }
        current.push_str(word);
        in_code ^= opens_or_closes(word);
        // `1.` at the start counts something.
        let counts = first && word.trim_end_matches(['.', ')']).chars().all(|c| c.is_ascii_digit());
        let ends = !counts
            && word.trim_end_matches([')', '`', '"']).ends_with(['.', '?', '!'])
            && !["e.g.", "i.e.", "etc.", "cf.", "vs."].contains(word);
        let capital =
            words.get(index + 1).and_then(|next| next.trim_start_matches(['`', '(', '\\', '<', '"']).chars().next());
        if ends && !in_code && capital.is_none_or(|next| !next.is_lowercase()) {
            sentences.push(std::mem::take(&mut current));
        }
    }
    sentences.extend((!current.is_empty()).then_some(current));
    sentences
}

/// Whether a code span begins or ends in the word, but not both.
fn opens_or_closes(word: &str) -> bool {
    word.contains('`') && (word.matches('`').count() - word.matches("\\`").count()) % 2 == 1
}

/// Breaks at spaces outside of code spans.
fn wrap(sentence: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut in_code = false;
    for word in sentence.split(' ') {
        let line = lines.last_mut().map_or("", |line| line.as_str());
        if !line.is_empty() && !in_code && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        in_code ^= opens_or_closes(word);
    }
    lines
}

/// Escapes what would make the line a heading, quote, list item or rule.
fn start_as_text(line: &str) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if line.starts_with(['#', '>', '-', '+', '=', '|']) || line.starts_with("~~~") {
        return format!("\\{line}");
    }
    if digits > 0 && line[digits..].starts_with(['.', ')']) && line[digits + 1..].starts_with(' ') {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    line.to_owned()
}

/// The text with everything escaped that Markdown would read as more than text; code spans are left alone.
pub fn escape(text: &str) -> String {
    // Two in a row begin other kinds of code, which descriptions don't need.
    if text.contains("``") {
        return escape_text(text).replace('`', "\\`");
    }
    let parts: Vec<&str> = text.split('`').collect();
    let mut escaped = String::new();
    for (index, part) in parts.iter().enumerate() {
        let closed = index + 1 < parts.len();
        match index % 2 {
            1 if closed => escaped.push_str(&format!("`{part}`")),
            // The last backtick has no partner.
            1 => escaped.push_str(&format!("\\`{}", escape_text(part))),
            _ => escaped.push_str(&escape_text(part)),
        }
    }
    escaped
}

fn escape_text(text: &str) -> String {
    // Most texts have nothing to escape, and one look at all of it costs less than many at each word.
    if !text.contains(SIGNS) {
        return text.to_owned();
    }
    text.split(' ').map(escape_word).collect::<Vec<_>>().join(" ")
}

/// What [`escape_word`] looks for; the colon is that of an address.
const SIGNS: [char; 10] = ['[', ']', '<', '>', '*', '\\', '~', '_', '&', ':'];

fn escape_word(word: &str) -> String {
    if let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| word.find(scheme)).min() {
        let allowed = |c: char| !c.is_whitespace() && !"<>[]\\\"'".contains(c);
        let length = word[start..].find(|c| !allowed(c)).unwrap_or(word.len() - start);
        let url = word[start..start + length].trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let rest = &word[start + url.len()..];
        let before = escape_signs(word[..start].trim_end_matches('<'));
        return format!("{before}<{url}>{}", escape_signs(rest.strip_prefix('>').unwrap_or(rest)));
    }
    escape_signs(word)
}

fn escape_signs(word: &str) -> String {
    let mut escaped = String::new();
    let chars: Vec<char> = word.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let edge = index == 0 || index + 1 == chars.len();
        let special = match c {
            '[' | ']' | '<' | '>' | '*' | '\\' | '~' => true,
            // Inside a word an underscore is text; at its edge it opens emphasis.
            '_' => edge,
            // Only before a letter or `#` can it begin an entity.
            '&' => chars.get(index + 1).is_some_and(|next| next.is_alphanumeric() || *next == '#'),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(*c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_has_its_line() {
        let text = "Sends one. Returns e.g. a `Foo. Bar` value! See 2.5 of it.\nSame paragraph.\n\nNext.";
        assert_eq!(
            lines(&description(Some(text))),
            [" Sends one.", " Returns e.g. a `Foo. Bar` value!", " See 2.5 of it.", " Same paragraph.", "", " Next."]
        );
    }

    #[test]
    fn nothing_becomes_a_link_or_html_by_accident() {
        assert_eq!(escape("a [link] to <T> or Vec<u8> and *x*"), "a \\[link\\] to \\<T\\> or Vec\\<u8\\> and \\*x\\*");
        assert_eq!(escape("`Vec<u8>` stays, `open"), "`Vec<u8>` stays, \\`open");
        assert_eq!(escape("see https://atproto.com/specs/lexicon."), "see <https://atproto.com/specs/lexicon>.");
        assert_eq!(escape("(<https://a.example/b_c>)"), "(<https://a.example/b_c>)");
        assert_eq!(escape("snake_case _x_ a & b &lt;"), "snake_case \\_x\\_ a & b \\&lt;");
    }

    #[test]
    fn lists_stay_lists_and_long_lines_are_wrapped() {
        let long = "word ".repeat(30);
        let text = format!("Modes:\n- one: {long}\n- two");
        let lines = lines(&description(Some(&text)));
        assert_eq!((lines[0].as_str(), lines[1].as_str()), (" Modes:", ""));
        assert!(lines[2].starts_with(" - one: word") && lines[3].starts_with("   word"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some(" - two"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH + 1));
    }

    #[test]
    fn no_line_starts_a_heading_or_a_list_by_accident() {
        assert_eq!(lines(&description(Some("# not a title"))), [" \\# not a title"]);
        assert_eq!(lines(&description(Some("Count: few.\n1. Is text."))), [" Count: few.", " 1\\. Is text."]);
        assert_eq!(lines(&description(Some("-1 is less"))), [" \\-1 is less"]);
    }
}
