//! Typed reading of a JSON tree: every read names what it expects, and every mistake is collected with its place.

use std::cell::RefCell;

use jsonc_parser::{
    ast::{ObjectProp, Value},
    common::Ranged,
};

use super::fields::{Entry, Fields};
use crate::{
    diagnostics::{Code, Finding},
    json::Json,
    model::{Place, Placed},
    source::Source,
};

/// What is read and what was found wrong in it, for one file.
pub(super) struct Reading<'a> {
    pub source: &'a Source,
    findings: RefCell<Vec<Finding>>,
    fields: RefCell<Vec<Place>>,
}

impl<'a> Reading<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self { source, findings: RefCell::default(), fields: RefCell::default() }
    }

    /// Collects a mistake, once: some values are read twice, as what they are and for what they say.
    pub fn report(&self, finding: Finding) {
        let mut findings = self.findings.borrow_mut();
        let known = |other: &Finding| other.place == finding.place && other.message == finding.message;
        if !findings.iter().any(known) {
            findings.push(finding);
        }
    }

    /// Where each field that was read stands. Some are read twice, so some stand here twice.
    pub fn fields(&self) -> Vec<Place> {
        self.fields.take()
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

    pub fn report(&self, code: Code, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.report(Finding::new(code, self.place.clone(), message).hint(hint));
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
        let Value::NumberLit(number) = self.value else {
            return self.wrong("an integer");
        };
        match number.value.parse() {
            Ok(integer) => Some(self.placed(integer)),
            Err(_) => {
                let message = format!("{} is not an integer of 64 bits", number.value);
                self.report(Code::WrongValue, message, "Lexicon has no fractions, exponents or larger numbers");
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
                self.report(
                    Code::WrongValue,
                    format!("{} is negative", integer.value),
                    "a length or size is 0 or more",
                );
                None
            }
        }
    }

    pub fn scalar(&self) -> Option<Json> {
        match self.value {
            Value::StringLit(text) => Some(Json::String(text.value.to_string())),
            Value::BooleanLit(boolean) => Some(Json::Bool(boolean.value)),
            Value::NumberLit(_) => self.integer().map(|integer| Json::Integer(integer.value)),
            _ => self.wrong("a string, integer or boolean"),
        }
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    pub fn list(&self) -> Option<Vec<Node<'a>>> {
        let Value::Array(array) = self.value else {
            return self.wrong("a list");
        };
        let item = |(index, value)| Node::new(self.reading, value, &format!("{}/{index}", self.place.pointer));
        Some(array.elements.iter().enumerate().map(item).collect())
    }

    /// The fields of an object. A key that stands twice is a mistake: readers differ in which one they take.
    pub fn fields(&self) -> Option<Fields<'a>> {
        let Value::Object(object) = self.value else {
            return self.wrong("an object");
        };
        Some(Fields::new(self.clone(), object.properties.iter().map(|property| self.entry(property))))
    }

    fn entry(&self, property: &'a ObjectProp<'a>) -> Entry<'a> {
        let name = property.name.as_str();
        let step = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{step}", self.place.pointer);
        let key_place = self.reading.source.place(property.start(), &pointer);
        let node = Node::new(self.reading, &property.value, &pointer);
        self.reading.fields.borrow_mut().push(node.place.clone());
        Entry { name, key_place, node }
    }

    fn placed<T>(&self, value: T) -> Placed<T> {
        Placed { value, place: self.place.clone() }
    }

    fn wrong<T>(&self, expected: &str) -> Option<T> {
        let (found, advice) = match self.value {
            Value::StringLit(_) => ("a string", ", without quotes"),
            Value::NumberLit(_) => ("a number", ""),
            Value::BooleanLit(_) => ("a boolean", ""),
            Value::Object(_) => ("an object", ""),
            Value::Array(_) => ("a list", ""),
            Value::NullKeyword(_) => ("null", ", or leave it out if it is optional"),
        };
        let scalar = matches!(expected, "an integer" | "true or false");
        let advice = if found == "a string" && !scalar { "" } else { advice };
        self.report(
            Code::WrongValue,
            format!("expected {expected}, found {found}"),
            format!("write {expected}{advice}"),
        );
        None
    }
}
