//! The plan of the reference: which pages there are, in which groups, and the address of everything on them.

use std::collections::BTreeMap;

use super::{
    settings::Settings,
    text::{self, Heading},
};
use crate::{
    model::{Def, DefKind, Document},
    resolve::{DefId, Resolved},
};

/// Where everything stands.
pub struct Site<'a> {
    pub set: &'a Resolved,
    pub settings: &'a Settings,
    pub title: String,
    /// Headings of the introduction.
    pub headings: Vec<Heading>,
    pub groups: Vec<Group<'a>>,
    /// What the NSIDs of all documents begin with, up to a dot.
    namespace: String,
    /// NSIDs of documents with a primary definition by their last part, where it names one alone.
    names: BTreeMap<&'a str, Option<&'a str>>,
}

/// Pages that belong together.
pub struct Group<'a> {
    pub title: String,
    pub documents: Vec<&'a Document>,
}

impl<'a> Site<'a> {
    /// Plans the pages of a set.
    ///
    /// # Errors
    /// Documents that the settings name and that aren't there.
    pub fn plan(set: &'a Resolved, settings: &'a Settings) -> Result<Self, Vec<String>> {
        let mut names = BTreeMap::new();
        for document in set.documents().filter(|document| document.defs.contains_key("main")) {
            let nsid = document.nsid.value.as_str();
            names.entry(last(nsid)).and_modify(|name| *name = None).or_insert(Some(nsid));
        }
        let groups = groups(set, settings)?;
        let namespace = namespace(set);
        Ok(Self { set, settings, title: "API reference".into(), headings: Vec::new(), groups, namespace, names })
    }

    /// What a word in prose is a link to: a method or record by its last part, if no other word looks like it.
    pub fn link(&self, word: &str) -> Option<String> {
        let mixed =
            word.contains(|c: char| c.is_ascii_uppercase()) && word.starts_with(|c: char| c.is_ascii_lowercase());
        let nsid =
            if mixed { *self.names.get(word)? } else { self.set.document(word).map(|found| found.nsid.value.as_str()) };
        nsid.map(page)
    }

    /// The heading of a document: the last part of a method's NSID, all of it for others.
    pub fn heading(document: &'a Document) -> &'a str {
        let nsid = document.nsid.value.as_str();
        if document.defs.contains_key("main") { last(nsid) } else { nsid }
    }

    /// What a document is called among its like: its heading without the namespace that all documents share.
    pub fn label(&self, document: &'a Document) -> &'a str {
        let heading = Self::heading(document);
        heading.strip_prefix(self.namespace.as_str()).unwrap_or(heading)
    }

    /// The address of the introduction's part about errors, when there is one.
    pub fn errors(&self) -> Option<String> {
        let heading = self.headings.iter().find(|heading| heading.id == "errors")?;
        Some(format!("index.html#{}", heading.id))
    }
}

fn namespace(set: &Resolved) -> String {
    let mut namespaces =
        set.documents().map(|document| document.nsid.value.rsplit_once('.').map_or("", |(space, _)| space));
    let first: Vec<&str> = namespaces.next().unwrap_or_default().split('.').collect();
    let shared = namespaces.fold(first.len(), |shared, other| {
        first.iter().zip(other.split('.')).take(shared).take_while(|(one, other)| *one == other).count()
    });
    first[..shared].iter().map(|part| format!("{part}.")).collect()
}

fn groups<'a>(set: &'a Resolved, settings: &Settings) -> Result<Vec<Group<'a>>, Vec<String>> {
    let (mut groups, mut mistakes) = (Vec::new(), Vec::new());
    let mut rest: Vec<&Document> = set.documents().collect();
    for (title, names) in &settings.groups {
        let mut documents = Vec::new();
        for name in names {
            match rest.iter().position(|document| is_called(document, name)) {
                Some(index) => documents.push(rest.remove(index)),
                None => {
                    mistakes.push(format!("`{name}` in the group `{title}` is no document of the set, or stands twice"))
                }
            }
        }
        groups.push(Group { title: title.clone(), documents });
    }
    // What no group names is shown all the same.
    let (methods, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|document| is_method(document));
    let (records, types): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|document| document.defs.contains_key("main"));
    let methods_title = if groups.is_empty() { "Methods" } else { "Other methods" };
    for (title, documents) in [(methods_title, methods), ("Records and permissions", records), ("Types", types)] {
        if !documents.is_empty() {
            groups.push(Group { title: title.into(), documents });
        }
    }
    if mistakes.is_empty() { Ok(groups) } else { Err(mistakes) }
}

fn is_called(document: &Document, name: &str) -> bool {
    let nsid = document.nsid.value.as_str();
    nsid == name || (document.defs.contains_key("main") && last(nsid) == name)
}

fn is_method(document: &Document) -> bool {
    let kind = document.defs.get("main").map(|def| &def.kind);
    matches!(kind, Some(DefKind::Query(_) | DefKind::Procedure(_) | DefKind::Subscription(_)))
}

/// The page of a document.
pub fn page(nsid: &str) -> String {
    format!("{nsid}.html")
}

/// The address of a definition.
pub fn address(id: &DefId) -> String {
    if id.is_main() { page(&id.nsid) } else { format!("{}#{}", page(&id.nsid), anchor(&id.name)) }
}

/// The id of a definition's section on its page.
pub fn anchor(def: &str) -> String {
    format!("def.{def}")
}

/// What people call a definition: its name, or the last part of the NSID for a primary one.
pub fn short(id: &DefId) -> &str {
    if id.is_main() { last(&id.nsid) } else { &id.name }
}

/// The last part of an NSID.
pub fn last(nsid: &str) -> &str {
    nsid.rsplit('.').next().unwrap_or(nsid)
}

/// The description of a definition, as far as it has one of its own.
pub fn description(def: &Def) -> Option<&str> {
    let inside = match &def.kind {
        DefKind::Record(record) => record.record.description.as_deref(),
        DefKind::PermissionSet(set) => set.detail.as_deref(),
        _ => None,
    };
    def.kind.description().or(inside)
}

/// What a reader is told of a document in a list.
pub fn summary(document: &Document) -> String {
    let main = document.defs.get("main").and_then(description);
    text::summary(main.or(document.description.as_deref()).unwrap_or_default())
}

/// The kind of a definition in a word.
pub fn kind(def: &Def) -> &'static str {
    match &def.kind {
        DefKind::PermissionSet(_) => "permission set",
        DefKind::Schema(_) => "type",
        other => other.type_name(),
    }
}
