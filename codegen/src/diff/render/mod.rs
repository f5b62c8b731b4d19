//! Changes for people, programs and pull requests.

mod github;
mod json;
mod markdown;
mod text;

use crate::{
    diff::{Change, Count, Direction, Side},
    source::Sources,
};

/// What is printed: the changes, and the files and names of both sides.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    pub changes: &'a [Change],
    pub old: &'a Sources,
    pub new: &'a Sources,
    /// What the sides are called, such as a revision or a folder.
    pub old_name: &'a str,
    pub new_name: &'a str,
}

impl Report<'_> {
    /// For a terminal.
    pub fn text(&self) -> String {
        text::render(self)
    }

    /// For programs.
    pub fn json(&self) -> String {
        json::render(self)
    }

    /// For the description of a pull request.
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// Annotations of a pull request.
    pub fn github(&self) -> String {
        github::render(self)
    }

    /// `2 WIRE, 1 SOURCE, 3 safe`, and how many are approved if there are any.
    fn summary(&self) -> String {
        let Count { wire, source, safe, approved } = Count::of(self.changes);
        let approved = if approved > 0 { format!(", {approved} approved") } else { String::new() };
        format!("{wire} WIRE, {source} SOURCE, {safe} safe{approved}")
    }

    /// Changes by the definition that they are in.
    fn groups(&self) -> impl Iterator<Item = &[Change]> {
        self.changes.chunk_by(|a, b| a.subject == b.subject)
    }
}

/// `path/to/file.json:12`, for the side that there is.
fn location(side: &Side, sources: &Sources) -> String {
    format!("{}:{}", sources.shown(&side.place.file).display(), side.place.line)
}

/// The endpoints that a change in a shared definition reaches; none when it is in the endpoint itself.
fn reached(change: &Change) -> Option<String> {
    let all: Vec<_> = change.reach.iter().collect();
    let own = |nsid: &str| change.subject.is_main() && nsid == change.subject.nsid;
    match all.as_slice() {
        [] => Some("no endpoint of the set".to_owned()),
        [(nsid, _)] if own(nsid) => None,
        all => {
            let others = all.iter().filter(|(nsid, _)| !own(nsid));
            let names: Vec<_> = others.map(|(nsid, direction)| format!("{nsid} ({})", sent(*direction))).collect();
            Some(names.join(", "))
        }
    }
}

fn sent(direction: Direction) -> &'static str {
    match (direction.request, direction.response) {
        (true, false) => "request",
        (false, true) => "response",
        _ => "request and response",
    }
}

/// Both values, each in one line of bearable length. Of two texts, what is shown begins where they begin to differ.
fn values(change: &Change) -> (Option<String>, Option<String>) {
    let text = |side: &Option<Side>| side.as_ref().map(|side| side.value.to_string());
    let (old, new) = (text(&change.old), text(&change.new));
    let same = match (&old, &new) {
        (Some(old), Some(new)) => old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    (old.map(|old| shown(&old, same)), new.map(|new| shown(&new, same)))
}

/// A part of a text, with some words before the character `from`.
fn shown(text: &str, from: usize) -> String {
    const LONGEST: usize = 160;
    const BEFORE: usize = 40;
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let start = from.saturating_sub(BEFORE).min(length - LONGEST);
    let part: String = text.chars().skip(start).take(LONGEST).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, if start + LONGEST < length { "…" } else { "" });
    format!("{before}{part}{after}")
}

/// A sentence out of a headline.
fn sentence(headline: &str) -> String {
    let mut chars = headline.chars();
    let first: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
