//! Schemas: what may stand in a property, an item, a parameter, a body, or behind a name.

use indexmap::IndexMap;

use super::{
    defs,
    fields::{Entry, Fields},
    json::Node,
    limits, remedy, strings,
};
use crate::{
    diagnostics::{Code, Finding},
    model::{Object, Params, Place, Placed, Schema, SchemaKind},
    syntax,
};

/// Where a schema stands, which decides what types it may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Definition,
    Property,
    Item,
    Parameters,
    Parameter,
    ParameterItem,
    Body,
    Message,
    Record,
}

const FIELD_TYPES: [&str; 10] =
    ["boolean", "integer", "string", "bytes", "cid-link", "blob", "array", "ref", "union", "unknown"];

impl Position {
    /// The types that may stand here. Objects stand inside others by reference only, so that each has a name.
    pub fn types(self) -> &'static [&'static str] {
        match self {
            Self::Definition => &[
                "object",
                "array",
                "string",
                "integer",
                "boolean",
                "bytes",
                "cid-link",
                "blob",
                "unknown",
                "token",
                "record",
                "query",
                "procedure",
                "subscription",
                "permission-set",
            ],
            Self::Property | Self::Item => &FIELD_TYPES,
            Self::Parameters => &["params"],
            Self::Parameter => &["boolean", "integer", "string", "array"],
            Self::ParameterItem => &["boolean", "integer", "string"],
            Self::Body => &["object", "ref", "union"],
            Self::Message => &["union"],
            Self::Record => &["object"],
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Definition => "a definition",
            Self::Property => "a property",
            Self::Item => "an array item",
            Self::Parameters => "the set of parameters",
            Self::Parameter => "a query parameter",
            Self::ParameterItem => "an item of a query parameter",
            Self::Body => "the schema of a body",
            Self::Message => "the message of a subscription",
            Self::Record => "the schema of a record",
        }
    }

    fn items(self) -> Self {
        if self == Self::Parameter { Self::ParameterItem } else { Self::Item }
    }
}

/// Reads a schema; nothing when its type can't be made out or can't stand here.
pub(super) fn read(node: &Node<'_>, position: Position) -> Option<Schema> {
    of_fields(&node.fields()?, position)
}

/// Reads a schema, or stands `unknown` in for one that was reported.
pub(super) fn or_unknown(node: &Node<'_>, position: Position) -> Schema {
    read(node, position).unwrap_or_else(|| Schema {
        description: None,
        kind: SchemaKind::Unknown,
        place: node.place.clone(),
    })
}

/// An object without properties, standing in for one that was reported.
pub(super) fn empty_object(place: Place) -> Object {
    Object { description: None, properties: IndexMap::new(), required: vec![], nullable: vec![], place }
}

/// Reads the schema that these fields make up.
pub(super) fn of_fields(fields: &Fields<'_>, position: Position) -> Option<Schema> {
    let node = fields.require("type", position.what())?;
    let name = node.string()?.value;
    if !position.types().contains(&name.as_str()) {
        refuse_type(&node, &name, position);
        // One that is a schema is still read, for the mistakes inside it.
        if !is_schema_type(&name) {
            return None;
        }
    }
    let description = fields.description();
    let (kind, what) = match name.as_str() {
        "boolean" => (limits::boolean(fields), "a boolean"),
        "integer" => (limits::integer(fields), "an integer"),
        "string" => (strings::read(fields), "a string"),
        "bytes" => (limits::bytes(fields), "a bytes schema"),
        "cid-link" => (SchemaKind::CidLink, "a cid-link"),
        "blob" => (limits::blob(fields), "a blob"),
        "array" => (array(fields, position.items()), "an array"),
        "object" => (SchemaKind::Object(object(fields, &description)), "an object"),
        "params" => (SchemaKind::Params(params(fields, &description)), "a set of parameters"),
        "ref" => (reference(fields)?, "a ref"),
        "union" => (union(fields), "a union"),
        _ => (SchemaKind::Unknown, "an unknown"),
    };
    fields.done(what);
    Some(Schema { description, kind, place: fields.node.place.clone() })
}

fn is_schema_type(name: &str) -> bool {
    FIELD_TYPES.contains(&name) || matches!(name, "object" | "params")
}

fn refuse_type(node: &Node<'_>, name: &str, position: Position) {
    if is_schema_type(name) || name == "token" || defs::PRIMARY.contains(&name) {
        let message = format!("{} cannot be of type `{name}`", position.what());
        node.report(misplaced(name, position), message, remedy::misplaced(name, position));
    } else {
        let message = format!("there is no type `{name}`");
        node.report(Code::UnknownType, message, remedy::unknown_type(name, position.types()));
    }
}

/// Which rule a type breaks that exists and stands where it can't.
fn misplaced(name: &str, position: Position) -> Code {
    match (name, position) {
        ("object", Position::Property | Position::Item) => Code::InlineObject,
        ("ref" | "union", Position::Definition) => Code::NamedRefOrUnion,
        _ if defs::PRIMARY.contains(&name) => Code::PrimaryNotMain,
        _ => Code::MisplacedType,
    }
}

fn array(fields: &Fields<'_>, items: Position) -> SchemaKind {
    let (min_length, max_length) = limits::counts(fields, "minLength", "maxLength");
    let items = fields.require("items", "an array").map(|node| or_unknown(&node, items));
    let items = items.unwrap_or_else(|| Schema {
        description: None,
        kind: SchemaKind::Unknown,
        place: fields.node.place.clone(),
    });
    SchemaKind::Array { items: Box::new(items), min_length, max_length }
}

fn object(fields: &Fields<'_>, description: &Option<String>) -> Object {
    let entries = property_entries(fields, "an object");
    let properties = properties(entries.as_deref().unwrap_or_default(), Position::Property);
    Object {
        description: description.clone(),
        properties,
        required: existing(fields, "required", entries.as_deref()),
        nullable: existing(fields, "nullable", entries.as_deref()),
        place: fields.node.place.clone(),
    }
}

fn params(fields: &Fields<'_>, description: &Option<String>) -> Params {
    let entries = property_entries(fields, "a set of parameters");
    Params {
        description: description.clone(),
        properties: properties(entries.as_deref().unwrap_or_default(), Position::Parameter),
        required: existing(fields, "required", entries.as_deref()),
        place: fields.node.place.clone(),
    }
}

fn property_entries<'a>(fields: &Fields<'a>, what: &str) -> Option<Vec<Entry<'a>>> {
    let properties = fields.require("properties", what)?.fields()?;
    Some(properties.entries().to_vec())
}

fn properties(entries: &[Entry<'_>], position: Position) -> IndexMap<String, Schema> {
    let mut properties = IndexMap::new();
    for entry in entries {
        // Names with `$` carry the data model's own meaning: `$type`, `$bytes`, `$link`.
        if entry.name.is_empty() || entry.name.starts_with('$') {
            let message = format!("`{}` cannot name a property", entry.name);
            let finding = Finding::new(Code::BadName, entry.key_place.clone(), message);
            entry.node.reading.report(finding.hint("names that are empty or start with `$` are reserved"));
        }
        properties.insert(entry.name.to_owned(), or_unknown(&entry.node, position));
    }
    properties
}

/// A list of names that must be properties, if those could be read.
fn existing(fields: &Fields<'_>, name: &'static str, entries: Option<&[Entry<'_>]>) -> Vec<Placed<String>> {
    let names = fields.strings(name).unwrap_or_default();
    let Some(entries) = entries else { return names };
    let known: Vec<_> = entries.iter().map(|entry| entry.name).collect();
    for missing in names.iter().filter(|name| !known.contains(&name.value.as_str())) {
        let message = format!("`{name}` names `{}`, which is not a property", missing.value);
        let hint =
            if known.is_empty() { "add the property".to_owned() } else { remedy::one_of(&missing.value, &known) };
        fields.node.reading.report(Finding::new(Code::NoSuchProperty, missing.place.clone(), message).hint(hint));
    }
    names
}

fn reference(fields: &Fields<'_>) -> Option<SchemaKind> {
    let node = fields.require("ref", "a ref");
    let target = node.as_ref().and_then(Node::string);
    match target {
        Some(target) if is_reference(fields, &target) => Some(SchemaKind::Ref(target)),
        _ => {
            fields.done("a ref");
            None
        }
    }
}

fn union(fields: &Fields<'_>) -> SchemaKind {
    let refs_node = fields.require("refs", "a union");
    let refs = fields.strings("refs").unwrap_or_default();
    let closed = fields.boolean("closed");
    let empty = refs_node.is_some_and(|node| node.list().is_some_and(|items| items.is_empty()));
    if let Some(closed) = closed.as_ref().filter(|closed| closed.value && empty) {
        let finding = Finding::new(Code::EmptySet, closed.place.clone(), "a closed union without `refs` has no value");
        fields.node.reading.report(finding.hint("add a ref or leave `closed` out"));
    }
    let refs = refs.into_iter().filter(|target| is_reference(fields, target)).collect();
    SchemaKind::Union { refs, closed: closed.is_some_and(|closed| closed.value) }
}

fn is_reference(fields: &Fields<'_>, target: &Placed<String>) -> bool {
    let right = syntax::is_reference(&target.value);
    if !right {
        let message = format!("`{}` is not a reference", target.value);
        let hint = "`#name` in this lexicon, `nsid` for `main` of another, `nsid#name` for its other definitions";
        fields.node.reading.report(Finding::new(Code::BadRef, target.place.clone(), message).hint(hint));
    }
    right
}
