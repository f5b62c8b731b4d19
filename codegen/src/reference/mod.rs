//! The API reference: static pages from the resolved set, an introduction and settings.
//!
//! A page for each document, a first page, a style sheet, a script, and what the script searches. Nothing is loaded from
//! elsewhere and nothing stands inline, so that a strict content security policy can hold; without the script all is
//! readable, and the first page leads everywhere.

mod data;
mod defs;
mod example;
mod fields;
mod html;
mod method;
mod page;
mod search;
mod settings;
mod site;
mod snippets;
mod text;

use std::collections::BTreeMap;

pub use self::{
    data::Data,
    method::Exchange,
    settings::Settings,
    snippets::{Payload, Request},
};
use self::{example::Examples, site::Site};
use crate::{
    output::{GENERATED, Output},
    resolve::{DefId, Resolved},
};

/// Writes the pages.
///
/// # Errors
/// What in the settings doesn't fit the set, and definitions of which no valid example could be made.
pub fn reference(set: &Resolved, introduction: &str, settings: &Settings) -> Result<Output, Vec<String>> {
    let mut site = Site::plan(set, settings)?;
    let (title, headings, introduction) = text::introduction(introduction, &|word| site.link(word));
    site.title = title.unwrap_or(site.title);
    site.headings = headings;
    let mut output = Output::in_folder("");
    output.insert("index.html", page::index(&site, introduction));
    output.insert("contents.js", search::contents(&site));
    output.insert("search-index.js", search::index(&site));
    output.insert("style.css", format!("/* {GENERATED} by `lexicon docs` */\n{}", include_str!("assets/style.css")));
    output.insert("script.js", format!("// {GENERATED} by `lexicon docs`\n{}", include_str!("assets/script.js")));
    output.insert("icon.svg", format!("<!-- {GENERATED} by `lexicon docs` -->\n{}", include_str!("assets/icon.svg")));
    let ids = ids(set);
    let examples = Examples::new(set, settings);
    for document in set.documents() {
        let nsid = &document.nsid.value;
        output.insert(site::page(nsid), page::document(&site, &examples, &ids[nsid], document));
    }
    let mistakes = examples.into_mistakes();
    if mistakes.is_empty() { Ok(output) } else { Err(mistakes) }
}

/// Calls `each` with the example of every method, as the pages show it.
pub fn examples(set: &Resolved, settings: &Settings, mut each: impl FnMut(&Exchange<'_>)) {
    let ids = ids(set);
    let examples = Examples::new(set, settings);
    for id in ids.values().flatten() {
        if let Some(exchange) = set.get(id).and_then(|def| method::exchange(&examples, id, def)) {
            each(&exchange);
        }
    }
}

/// All definitions by document, in the order in which they stand there.
fn ids(set: &Resolved) -> BTreeMap<String, Vec<DefId>> {
    let mut ids: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (id, _) in set.defs() {
        ids.entry(id.nsid.clone()).or_default().push(id);
    }
    ids
}
