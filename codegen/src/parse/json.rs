//! Typed reading of a JSON tree: every read names what it expects, and every mistake is collected with its place.

use std::{cell::RefCell, collections::BTreeMap};

use jsonc_parser::{
    ast::{Object, ObjectProp, Value},
    common::Ranged,
};

use super::remedy;
use crate::{
    diagnostics::Finding,
    model::{Literal, Place, Placed},
    source::Source,
};

/// What is read and what was found wrong in it, for one file.
pub(super) struct Reading<'a> {
    pub source: &'a Source,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Reading<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self { source, findings: RefCell::default() }
    }

    pub fn report(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    pub fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }
}

/// A value and how to reach it.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub reading: &'a Reading<'a>,
    value: &'a Value<'a>,
    pub place: Place,
}

impl<'a> Node<'a> {
    pub fn new(reading: &'a Reading<'a>, value: &'a Value<'a>, pointer: &str) -> Self {
        Self { reading, value, place: reading.source.place(value.start(), pointer) }
    }

    pub fn report(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.report(Finding::new(self.place.clone(), message).hint(hint));
    }

    pub fn string(&self) -> Option<Placed<String>> {
        match self.value {
            Value::StringLit(text) => Some(self.placed(text.value.to_string())),
            _ => self.wrong("a string"),
        }
    }

    pub fn boolean(&self) -> Option<Placed<bool>> {
        match self.value {
            Value::BooleanLit(boolean) => Some(self.placed(boolean.value)),
            _ => self.wrong("true or false"),
        }
    }

    /// A whole number of 64 bits, written as one: `1.0` and `1e3` are refused, since not every reader takes them.
    pub fn integer(&self) -> Option<Placed<i64>> {
        let Value::NumberLit(number) = self.value else { return self.wrong("an integer") };
        match number.value.parse() {
            Ok(integer) => Some(self.placed(integer)),
            Err(_) => {
                let message = format!("{} is not an integer of 64 bits", number.value);
                self.report(message, "Lexicon has no fractions, exponents or larger numbers");
                None
            }
        }
    }

    /// A whole number that counts something.
    pub fn count(&self) -> Option<Placed<u64>> {
        let integer = self.integer()?;
        match u64::try_from(integer.value) {
            Ok(count) => Some(self.placed(count)),
            Err(_) => {
                self.report(format!("{} is negative", integer.value), "a length or size is 0 or more");
                None
            }
        }
    }

    pub fn literal(&self) -> Option<Literal> {
        match self.value {
            Value::StringLit(text) => Some(Literal::String(text.value.to_string())),
            Value::BooleanLit(boolean) => Some(Literal::Boolean(boolean.value)),
            Value::NumberLit(_) => self.integer().map(|integer| Literal::Integer(integer.value)),
            _ => self.wrong("a string, integer or boolean"),
        }
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    pub fn list(&self) -> Option<Vec<Node<'a>>> {
        let Value::Array(array) = self.value else { return self.wrong("a list") };
        let item = |(index, value)| {
            Node::new(self.reading, value, &format!("{}/{index}", self.place.pointer))
        };
        Some(array.elements.iter().enumerate().map(item).collect())
    }

    /// The fields of an object. A key that stands twice is a mistake: readers differ in which one they take.
    pub fn fields(&self) -> Option<Fields<'a>> {
        let Value::Object(object) = self.value else { return self.wrong("an object") };
        Some(Fields { node: self.clone(), entries: self.entries(object), asked: RefCell::default() })
    }

    fn entries(&self, object: &'a Object<'a>) -> Vec<Entry<'a>> {
        let mut seen = BTreeMap::new();
        let mut entries = Vec::new();
        for property in &object.properties {
            let entry = self.entry(property);
            if let Some(first) = seen.insert(entry.name, entry.key_place.clone()) {
                let finding = Finding::new(entry.key_place, format!("`{}` stands twice", entry.name))
                    .related(first.clone(), "first here")
                    .hint("keep one of the two");
                self.reading.report(finding);
                seen.insert(entry.name, first);
            } else {
                entries.push(entry);
            }
        }
        entries
    }

    fn entry(&self, property: &'a ObjectProp<'a>) -> Entry<'a> {
        let name = property.name.as_str();
        let step = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{step}", self.place.pointer);
        let key_place = self.reading.source.place(property.start(), &pointer);
        Entry { name, key_place, node: Node::new(self.reading, &property.value, &pointer) }
    }

    fn placed<T>(&self, value: T) -> Placed<T> {
        Placed { value, place: self.place.clone() }
    }

    fn wrong<T>(&self, expected: &str) -> Option<T> {
        let (found, hint) = match self.value {
            Value::StringLit(_) => ("a string", "mind the quotes"),
            Value::NumberLit(_) => ("a number", "change the value"),
            Value::BooleanLit(_) => ("a boolean", "change the value"),
            Value::Object(_) => ("an object", "change the value"),
            Value::Array(_) => ("a list", "change the value"),
            Value::NullKeyword(_) => ("null", "leave the field out instead"),
        };
        self.report(format!("expected {expected}, found {found}"), hint);
        None
    }
}

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
            self.node.report(format!("{what} needs `{name}`"), remedy::missing(name));
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
                let finding = Finding::new(place.clone(), format!("{item} stands twice"))
                    .related(first.clone(), "first here")
                    .hint("keep one of the two");
                self.node.reading.report(finding);
            }
        }
    }

    /// Refuses every field that was not asked for, naming the one it may have been meant to be.
    pub fn done(&self, what: &str) {
        let asked = self.asked.borrow();
        for entry in self.entries.iter().filter(|entry| !asked.contains(&entry.name)) {
            let message = format!("{what} has no field `{}`", entry.name);
            let hint = remedy::unknown_field(entry.name, &asked);
            self.node.reading.report(Finding::new(entry.key_place.clone(), message).hint(hint));
        }
    }
}
