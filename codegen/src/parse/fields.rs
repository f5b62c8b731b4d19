//! The fields of a JSON object, asked for by name; those that nobody asks for are mistakes.

use std::{cell::RefCell, collections::BTreeMap};

use super::{json::Node, remedy};
use crate::{
    diagnostics::{Code, Finding},
    model::{Place, Placed},
};

/// A key of an object and its value.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub key_place: Place,
    pub node: Node<'a>,
}

/// The fields of one object. Each is asked for by name; [`Fields::done`] refuses those nobody asked for.
pub(super) struct Fields<'a> {
    pub node: Node<'a>,
    entries: Vec<Entry<'a>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The entries of an object, of which one that stands twice is a mistake: readers differ in which one they take.
    pub fn new(node: Node<'a>, entries: impl Iterator<Item = Entry<'a>>) -> Self {
        let mut kept: Vec<Entry<'a>> = Vec::new();
        let mut places: BTreeMap<&str, Place> = BTreeMap::new();
        for entry in entries {
            match places.get(entry.name) {
                Some(first) => node.reading.report(twice(&format!("`{}`", entry.name), &entry.key_place, first)),
                None => {
                    places.insert(entry.name, entry.key_place.clone());
                    kept.push(entry);
                }
            }
        }
        Self { node, entries: kept, asked: RefCell::default() }
    }

    /// All fields in file order, for maps whose keys are names.
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    pub fn get(&self, name: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(name);
        self.entries.iter().find(|entry| entry.name == name).map(|entry| entry.node.clone())
    }

    /// A field that must be there, for `what` (`a record`).
    pub fn require(&self, name: &'static str, what: &str) -> Option<Node<'a>> {
        let node = self.get(name);
        if node.is_none() {
            let names: Vec<_> = self.entries.iter().map(|entry| entry.name).collect();
            let message = format!("{what} needs `{name}`");
            self.node.report(Code::MissingKey, message, remedy::missing(name, &names));
        }
        node
    }

    pub fn text(&self, name: &'static str) -> Option<String> {
        self.get(name)?.string().map(|text| text.value)
    }

    pub fn description(&self) -> Option<String> {
        self.text("description")
    }

    pub fn boolean(&self, name: &'static str) -> Option<Placed<bool>> {
        self.get(name)?.boolean()
    }

    pub fn integer(&self, name: &'static str) -> Option<Placed<i64>> {
        self.get(name)?.integer()
    }

    pub fn count(&self, name: &'static str) -> Option<Placed<u64>> {
        self.get(name)?.count()
    }

    pub fn string(&self, name: &'static str) -> Option<Placed<String>> {
        self.get(name)?.string()
    }

    /// A list of strings in which none stands twice; a wrong item is left out.
    pub fn strings(&self, name: &'static str) -> Option<Vec<Placed<String>>> {
        let items = self.get(name)?.list()?;
        let strings: Vec<_> = items.iter().filter_map(Node::string).collect();
        self.unique(strings.iter().map(|string| (format!("`{}`", string.value), &string.place)));
        Some(strings)
    }

    /// A list of integers in which none stands twice; a wrong item is left out.
    pub fn integers(&self, name: &'static str) -> Option<Vec<Placed<i64>>> {
        let items = self.get(name)?.list()?;
        let integers: Vec<_> = items.iter().filter_map(Node::integer).collect();
        self.unique(integers.iter().map(|integer| (integer.value.to_string(), &integer.place)));
        Some(integers)
    }

    fn unique<'p>(&self, items: impl Iterator<Item = (String, &'p Place)>) {
        let mut seen = BTreeMap::new();
        for (item, place) in items {
            let first = seen.entry(item.clone()).or_insert(place);
            if *first != place {
                self.node.reading.report(twice(&item, place, first));
            }
        }
    }

    /// Refuses every field that was not asked for, naming the one it may have been meant to be.
    pub fn done(&self, what: &str) {
        let asked = self.asked.borrow();
        for entry in self.entries.iter().filter(|entry| !asked.contains(&entry.name)) {
            let message = format!("{what} has no field `{}`", entry.name);
            let hint = remedy::unknown_field(entry.name, &asked);
            self.node.reading.report(Finding::new(Code::UnknownKey, entry.key_place.clone(), message).hint(hint));
        }
    }
}

/// The mistake that something stands in two places where it may stand in one.
pub(super) fn twice(what: &str, place: &Place, first: &Place) -> Finding {
    Finding::new(Code::Repeated, place.clone(), format!("{what} stands twice"))
        .related(first.clone(), "first here")
        .hint("keep one of the two")
}
