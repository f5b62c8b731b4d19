//! Mistakes in lexicons: collected over all files, told with place, cause and remedy.

mod code;

use std::{cmp::Ordering, fmt::Write as _};

pub use code::{Code, Severity};

use crate::{model::Place, source::Sources};

/// One mistake.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is broken.
    pub code: Code,
    /// Where it is.
    pub place: Place,
    /// What is wrong, as a sentence without its full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Other places that the message speaks of, such as the other end of a reference, with what stands there.
    pub related: Vec<(Place, String)>,
}

impl Finding {
    /// A mistake at a place.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, place, message: message.into(), hint: None, related: Vec::new() }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds another place that matters.
    pub fn related(mut self, place: Place, what: impl Into<String>) -> Self {
        self.related.push((place, what.into()));
        self
    }
}

/// The mistakes of a run, in the order of files, lines and columns whatever the order they were found in.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds a mistake.
    pub fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many mistakes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The mistakes, by place.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by(|a, b| by_place(a, b));
        sorted.into_iter()
    }

    /// All mistakes as text for a terminal, each with its line of source, and a count at the end.
    pub fn render(&self, sources: &Sources) -> String {
        let mut text = self.render_each(sources);
        let count = self.len();
        let _ = writeln!(text, "{count} mistake{} in the lexicon", if count == 1 { "" } else { "s" });
        text
    }

    /// The same without the count.
    pub fn render_each(&self, sources: &Sources) -> String {
        let mut text = String::new();
        for finding in self.iter() {
            render_one(&mut text, finding, sources);
        }
        text
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        self.0.extend(findings);
    }
}

fn by_place(a: &Finding, b: &Finding) -> Ordering {
    let key = |finding: &Finding| (finding.place.file.clone(), finding.place.line, finding.place.column);
    key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
}

fn render_one(text: &mut String, finding: &Finding, sources: &Sources) {
    let _ = writeln!(text, "{}[{}]: {}", finding.code.severity(), finding.code, finding.message);
    render_place(text, &finding.place, None, sources);
    for (place, what) in &finding.related {
        render_place(text, place, Some(what), sources);
    }
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "  = help: {hint}");
    }
    text.push('\n');
}

/// The place, its source line and a mark under the value; `what` says why a second place is shown.
fn render_place(text: &mut String, place: &Place, what: Option<&str>, sources: &Sources) {
    let arrow = if what.is_some() { "::>" } else { "-->" };
    let shown = sources.shown(&place.file);
    let _ = writeln!(text, "  {arrow} {}:{}:{} {}", shown.display(), place.line, place.column, pointer(place));
    let line = sources.of(place).map(|source| source.line(place.line)).unwrap_or_default();
    let (line, column) = window(line, place.column);
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let mark = if what.is_some() { "-" } else { "^" }.repeat(span(&line, column));
    let indent: String = line.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let _ = writeln!(text, " {gutter} |");
    let _ = writeln!(text, " {number} | {line}");
    let _ = write!(text, " {gutter} | {indent}{mark}");
    let _ = writeln!(text, "{}", what.map(|what| format!(" {what}")).unwrap_or_default());
}

fn pointer(place: &Place) -> &str {
    if place.pointer.is_empty() { "(document)" } else { &place.pointer }
}

/// The part of a long line around a column, and the column in that part: a lexicon may be one line.
fn window(line: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 40;
    const WIDTH: usize = 120;
    if line.chars().count() <= WIDTH {
        return (line.to_owned(), column);
    }
    let from = (column - 1).saturating_sub(BEFORE);
    let part: String = line.chars().skip(from).take(WIDTH).collect();
    if from == 0 { (part, column) } else { (format!("…{part}"), column - from + 1) }
}

/// How many characters to mark: a string with its quotes, a number or word, else one.
fn span(line: &str, column: usize) -> usize {
    let rest: Vec<char> = line.chars().skip(column - 1).collect();
    let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    match rest.first() {
        Some('"') => {
            let mut escaped = false;
            let end = rest.iter().skip(1).position(|c| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            });
            end.map_or(rest.len(), |end| end + 2)
        }
        Some(first) if word(first) => rest.iter().take_while(|c| word(c)).count(),
        _ => 1,
    }
}
