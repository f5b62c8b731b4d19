//! Whole pages: what is the same on all of them, the page of a document, and the first page.

use super::{
    example::Examples,
    fields::Fields,
    html::{Element, Html, el},
    method::{exchange, section},
    site::{self, Site},
    text,
};
use crate::{
    model::{DefKind, Document},
    output::GENERATED,
    resolve::DefId,
};

/// A whole page around `content`.
pub fn page(site: &Site<'_>, title: &str, description: &str, content: Html) -> String {
    let all = el("a").with("href", "index.html#methods").add("All methods");
    let body = el("body")
        .add(el("a").class("skip").with("href", "#content").add("Skip to the content"))
        .add(bar(site))
        .add(el("nav").id("nav").with("aria-label", "Contents").add(all))
        // Here, so that the navigation is there before the page is shown.
        .add(el("script").with("src", "contents.js"))
        .add(el("script").with("src", "script.js"))
        .add(el("main").id("content").with("tabindex", "-1").add(content));
    let html = el("html").with("lang", "en").add(head(title, description)).add(body);
    format!("<!doctype html><!-- {GENERATED} by `lexicon docs` -->\n{}", Html::from(html).into_string())
}

/// What stays at the top: the menu of small screens, the title, the search.
fn bar(site: &Site<'_>) -> Element {
    let menu =
        el("button").id("menu").with("type", "button").with("aria-controls", "nav").with("aria-expanded", "false");
    let input = el("input")
        .id("search")
        .with("type", "search")
        .with("placeholder", "Search")
        .with("aria-label", "Search the reference")
        .with("autocomplete", "off")
        .with("spellcheck", "false");
    let key = el("kbd").with("aria-hidden", "true").add("/");
    let results = el("ul").id("results").with("role", "listbox").with("aria-label", "Results").flag("hidden");
    el("header")
        .class("bar")
        .add(menu.add("Menu"))
        .add(el("a").class("home").with("href", "index.html").add(site.title.as_str()))
        .add(el("form").with("role", "search").add(input).add(key).add(results))
        .add(el("div").id("found").class("unseen").with("role", "status"))
}

fn head(title: &str, description: &str) -> Element {
    el("head")
        .add(el("meta").with("charset", "utf-8"))
        .add(el("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1"))
        .add(el("meta").with("name", "color-scheme").with("content", "light dark"))
        .add(el("title").add(title))
        .add(el("meta").with("name", "description").with("content", description))
        .add(el("link").with("rel", "icon").with("href", "icon.svg").with("type", "image/svg+xml"))
        .add(el("link").with("rel", "stylesheet").with("href", "style.css"))
}

/// The page of a document.
pub fn document<'a>(site: &Site<'a>, examples: &Examples<'a>, ids: &'a [DefId], document: &'a Document) -> String {
    let fields = Fields { site, nsid: &document.nsid.value };
    let mut content = Html::default();
    for id in ids {
        let Some(def) = site.set.get(id) else {
            continue;
        };
        content = content.add(match id.is_main() {
            true => primary(fields, examples, document, id),
            false => fields.def(examples, id, def).into(),
        });
    }
    if !document.defs.contains_key("main") {
        content = types(fields, document).add(content);
    }
    let heading = Site::heading(document);
    page(site, &format!("{heading} – {}", site.title), &site::summary(document), content)
}

/// The primary definition: a method with its requests, or a record or set of permissions.
fn primary<'a>(fields: Fields<'_, 'a>, examples: &Examples<'a>, document: &'a Document, id: &'a DefId) -> Html {
    let def = &document.defs["main"];
    let kind = el("span").class("kind").add(site::kind(def));
    let heading = el("h1").add(Site::heading(document)).add(" ").add(kind);
    let (details, aside) = match exchange(examples, id, def) {
        Some(exchange) => (fields.method(id, def), fields.exchange(&exchange)),
        None => fields.primary(examples, id, def),
    };
    let endpoint = match &def.kind {
        DefKind::Record(_) | DefKind::PermissionSet(_) => el("p").class("endpoint").add(text::code(&id.nsid)).into(),
        _ => fields.endpoint(def),
    };
    let (first, rest) = text::first_sentence(site::description(def).unwrap_or_default());
    let lead = el("div").class("lead").add(fields.paragraphs(Some(first))).add(fields.paragraphs(Some(rest)));
    let top = el("div").class("text").add(heading).add(endpoint).add(lead);
    let below = el("div").class("text").add(details);
    el("article").class("columns").add(top).add(aside).add(below).into()
}

/// The beginning of a page of definitions only: what they are, and a list.
fn types(fields: Fields<'_, '_>, document: &Document) -> Html {
    let row = |name: &String| {
        let def = &document.defs[name];
        let id = DefId::new(&document.nsid.value, name);
        let link = el("a").with("href", &format!("#{}", site::anchor(name))).add(site::short(&id));
        let summary = text::summary(site::description(def).unwrap_or_default());
        el("tr").add(el("th").with("scope", "row").add(link)).add(el("td").add(summary.as_str()))
    };
    let rows = document.defs.keys().map(row).collect();
    el("div")
        .class("text")
        .add(el("h1").add(document.nsid.value.as_str()))
        .add(el("div").class("lead").add(fields.paragraphs(document.description.as_deref())))
        .add(super::fields::table("list", "Definitions", &["Name", "Meaning"], rows))
        .into()
}

/// The first page: the introduction and a list of everything.
pub fn index(site: &Site<'_>, introduction: Html) -> String {
    let mut list = section("methods", "Methods and types");
    for group in &site.groups {
        let row = |document: &&Document| {
            let def = document.defs.get("main");
            let link = el("a").with("href", &site::page(&document.nsid.value)).add(site.label(document));
            let kind = def.map(|def| el("span").class("kind").add(site::kind(def)));
            let summary = site::summary(document);
            el("tr").add(el("th").with("scope", "row").add(link).add(" ").add(kind)).add(el("td").add(summary.as_str()))
        };
        let rows = group.documents.iter().map(row).collect();
        list = list.add(el("h3").add(group.title.as_str()));
        list = list.add(super::fields::table("list", &group.title, &["Name", "What it does"], rows));
    }
    let heading = el("h1").add(site.title.as_str());
    let content = el("div").class("text prose").add(heading).add(introduction).add(list);
    page(site, &site.title, &format!("{}: the API reference", site.title), content.into())
}
