//! What the script of the pages reads: the navigation, and the index that is searched. One entry on a line.

use super::{
    data::json_string,
    site::{self, Site},
    text,
};
use crate::{
    model::{Body, Def, DefKind, ErrorDecl, Object, Params, Schema, SchemaKind},
    output::GENERATED,
};

/// The navigation: groups of title, address and kind.
pub fn contents(site: &Site<'_>) -> String {
    let mut groups = vec![group("Guide", guide(site))];
    for found in &site.groups {
        let entries = found.documents.iter().map(|document| {
            let kind = document.defs.get("main").map_or("types", site::kind);
            entry(&[site.label(document), &site::page(&document.nsid.value), kind])
        });
        groups.push(group(&found.title, entries.collect()));
    }
    format!("// {GENERATED} by `lexicon docs`\nwindow.contents = [\n{}];\n", groups.concat())
}

fn guide(site: &Site<'_>) -> Vec<String> {
    let headings = site.headings.iter().filter(|heading| heading.level == pulldown_cmark::HeadingLevel::H2);
    let headings = headings.map(|heading| entry(&[&heading.text, &format!("index.html#{}", heading.id), ""]));
    let rest = [entry(&["All methods and types", "index.html#methods", ""])];
    headings.chain(rest).collect()
}

fn group(title: &str, entries: Vec<String>) -> String {
    let entries: String = entries.into_iter().map(|entry| format!("    {entry},\n")).collect();
    format!("  [{}, [\n{entries}  ]],\n", json_string(title))
}

fn entry(parts: &[&str]) -> String {
    format!("[{}]", parts.iter().map(|part| json_string(part)).collect::<Vec<_>>().join(", "))
}

/// The search index: what it is, its name, where it belongs, its address, what is said of it.
pub fn index(site: &Site<'_>) -> String {
    let mut index = Index { entries: Vec::new() };
    for heading in &site.headings {
        index.add("guide", &heading.text, "", format!("index.html#{}", heading.id), None);
    }
    for document in site.groups.iter().flat_map(|group| &group.documents) {
        let page = site::page(&document.nsid.value);
        let heading = site::Site::heading(document);
        if !document.defs.contains_key("main") {
            index.add("types", heading, "", page.clone(), document.description.as_deref());
        }
        for (name, def) in &document.defs {
            let (anchor, name) = match name.as_str() {
                "main" => (String::new(), heading),
                name => (format!("#{}", site::anchor(name)), name),
            };
            let owner = if anchor.is_empty() { "" } else { heading };
            index.add(site::kind(def), name, owner, format!("{page}{anchor}"), site::description(def));
            let anchor = if anchor.is_empty() { "#main" } else { &anchor };
            index.of_def(name, &page, anchor, def);
        }
    }
    format!("// {GENERATED} by `lexicon docs`\nwindow.searchIndex = [\n{}];\n", index.entries.concat())
}

struct Index {
    entries: Vec<String>,
}

impl Index {
    fn add(&mut self, kind: &str, name: &str, owner: &str, href: String, description: Option<&str>) {
        let text = text::plain_text(description.unwrap_or_default());
        self.entries.push(format!("  {},\n", entry(&[kind, name, owner, &href, &text])));
    }

    fn of_def(&mut self, owner: &str, page: &str, anchor: &str, def: &Def) {
        match &def.kind {
            DefKind::Record(record) => self.object("property", owner, &format!("{page}{anchor}"), &record.record),
            DefKind::Object(object) => self.object("property", owner, &format!("{page}{anchor}"), object),
            DefKind::Query(query) => {
                self.params(owner, page, query.parameters.as_ref());
                self.body("output", owner, page, query.output.as_ref());
                self.errors(owner, page, &query.errors);
            }
            DefKind::Procedure(procedure) => {
                self.params(owner, page, procedure.parameters.as_ref());
                self.body("input", owner, page, procedure.input.as_ref());
                self.body("output", owner, page, procedure.output.as_ref());
                self.errors(owner, page, &procedure.errors);
            }
            DefKind::Subscription(subscription) => {
                self.params(owner, page, subscription.parameters.as_ref());
                self.errors(owner, page, &subscription.errors);
            }
            DefKind::PermissionSet(_) | DefKind::Token(_) | DefKind::Schema(_) => {}
        }
    }

    fn params(&mut self, owner: &str, page: &str, params: Option<&Params>) {
        for (name, schema) in params.into_iter().flat_map(|params| &params.properties) {
            self.field("parameter", owner, &format!("{page}#parameters"), name, schema);
        }
    }

    fn body(&mut self, kind: &str, owner: &str, page: &str, body: Option<&Body>) {
        if let Some(SchemaKind::Object(object)) = body.and_then(|body| body.schema.as_ref()).map(|schema| &schema.kind)
        {
            self.object(kind, owner, &format!("{page}#{kind}"), object);
        }
    }

    fn object(&mut self, kind: &str, owner: &str, prefix: &str, object: &Object) {
        for (name, schema) in &object.properties {
            self.field(kind, owner, prefix, name, schema);
        }
    }

    fn field(&mut self, kind: &str, owner: &str, prefix: &str, name: &str, schema: &Schema) {
        let summary = text::summary(schema.description.as_deref().unwrap_or_default());
        self.add(kind, name, owner, format!("{prefix}.{name}"), Some(&summary));
    }

    fn errors(&mut self, owner: &str, page: &str, errors: &[ErrorDecl]) {
        for error in errors {
            let name = &error.name.value;
            let summary = text::summary(error.description.as_deref().unwrap_or_default());
            self.add("error", name, owner, format!("{page}#error.{name}"), Some(&summary));
        }
    }
}
