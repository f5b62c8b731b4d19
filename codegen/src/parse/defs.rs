//! Named definitions: the primary types, tokens, and any schema that may have a name.

use std::collections::BTreeMap;

use super::{
    fields::{Fields, twice},
    json::Node,
    permissions,
    schema::{self, Position},
};
use crate::{
    diagnostics::{Code, Finding},
    model::{
        Body, DefKind, ErrorDecl, Message, Params, Place, Placed, Procedure, Query, Record, Schema, SchemaKind,
        Subscription, Token,
    },
    syntax,
};

/// Types that only `main` may have: an endpoint, record or permission set is found by its NSID alone.
pub(super) const PRIMARY: [&str; 5] = ["record", "query", "procedure", "subscription", "permission-set"];

/// Reads a definition; nothing when its type can't be made out.
pub(super) fn definition(node: &Node<'_>, name: &str) -> Option<DefKind> {
    let fields = node.fields()?;
    let kind = fields.require("type", "a definition")?;
    let kind_name = kind.string()?.value;
    if PRIMARY.contains(&kind_name.as_str()) && name != "main" {
        kind.report(
            Code::PrimaryNotMain,
            format!("only `main` can be a {kind_name}"),
            format!("give `{name}` a lexicon of its own, or make it an object"),
        );
    }
    match kind_name.as_str() {
        "record" => Some(DefKind::Record(record(&fields))),
        "query" => Some(DefKind::Query(query(&fields))),
        "procedure" => Some(DefKind::Procedure(procedure(&fields))),
        "subscription" => Some(DefKind::Subscription(subscription(&fields))),
        "permission-set" => Some(DefKind::PermissionSet(permissions::permission_set(&fields))),
        "token" => Some(DefKind::Token(token(&fields))),
        _ => {
            let schema = schema::of_fields(&fields, Position::Definition)?;
            Some(match schema.kind {
                SchemaKind::Object(object) => DefKind::Object(object),
                _ => DefKind::Schema(schema),
            })
        }
    }
}

fn record(fields: &Fields<'_>) -> Record {
    let description = fields.description();
    let key = fields.require("key", "a record").and_then(|node| {
        let key = node.string()?;
        if !syntax::is_record_key_type(&key.value) {
            let message = format!("`{}` is not a record key type", key.value);
            node.report(Code::BadRecordKey, message, "`tid`, `nsid`, `any` or `literal:` and the key");
        }
        Some(key)
    });
    let object =
        fields.require("record", "a record").and_then(|node| match schema::read(&node, Position::Record)?.kind {
            SchemaKind::Object(object) => Some(object),
            _ => None,
        });
    fields.done("a record");
    let place = fields.node.place.clone();
    Record {
        description,
        key: key.unwrap_or_else(|| Placed { value: "any".to_owned(), place: place.clone() }),
        record: object.unwrap_or_else(|| schema::empty_object(place)),
    }
}

fn query(fields: &Fields<'_>) -> Query {
    let query = Query {
        description: fields.description(),
        parameters: parameters(fields),
        output: body(fields, "output"),
        errors: errors(fields),
    };
    fields.done("a query");
    query
}

fn procedure(fields: &Fields<'_>) -> Procedure {
    let procedure = Procedure {
        description: fields.description(),
        parameters: parameters(fields),
        input: body(fields, "input"),
        output: body(fields, "output"),
        errors: errors(fields),
    };
    fields.done("a procedure");
    procedure
}

fn subscription(fields: &Fields<'_>) -> Subscription {
    let subscription = Subscription {
        description: fields.description(),
        parameters: parameters(fields),
        message: message(fields),
        errors: errors(fields),
    };
    fields.done("a subscription");
    subscription
}

fn token(fields: &Fields<'_>) -> Token {
    let token = Token { description: fields.description() };
    fields.done("a token");
    token
}

fn parameters(fields: &Fields<'_>) -> Option<Params> {
    match schema::read(&fields.get("parameters")?, Position::Parameters)?.kind {
        SchemaKind::Params(params) => Some(params),
        _ => None,
    }
}

fn message(fields: &Fields<'_>) -> Option<Message> {
    let node = fields.get("message")?;
    let inner = node.fields()?;
    let description = inner.description();
    let schema = inner.require("schema", "a message").map(|node| schema::or_unknown(&node, Position::Message));
    inner.done("a message");
    Some(Message { description, schema, place: node.place })
}

fn body(fields: &Fields<'_>, name: &'static str) -> Option<Body> {
    let node = fields.get(name)?;
    let inner = node.fields()?;
    let description = inner.description();
    let encoding = inner.require("encoding", "a body").and_then(|node| encoding(&node));
    let schema = inner.get("schema").map(|node| schema::or_unknown(&node, Position::Body));
    inner.done("a body");
    let encoding =
        encoding.unwrap_or_else(|| Placed { value: "application/json".to_owned(), place: node.place.clone() });
    check_typed_encoding(&inner, &encoding, schema.as_ref());
    Some(Body { description, encoding, schema, place: node.place })
}

fn encoding(node: &Node<'_>) -> Option<Placed<String>> {
    let encoding = node.string()?;
    if syntax::is_media_type(&encoding.value) {
        return Some(encoding);
    }
    let message = format!("`{}` is not a media type", encoding.value);
    node.report(Code::BadMediaType, message, "such as `application/json`, `image/*` or `*/*`");
    None
}

/// A schema says how one encoding is read, so a pattern of encodings can't have one.
fn check_typed_encoding(fields: &Fields<'_>, encoding: &Placed<String>, schema: Option<&Schema>) {
    if let (Some(schema), true) = (schema, encoding.value.contains('*')) {
        let message = format!("a body of `{}` has no schema", encoding.value);
        let finding = Finding::new(Code::WildcardWithSchema, schema.place.clone(), message)
            .hint("name one encoding, such as `application/json`, or leave the schema out");
        fields.node.reading.report(finding);
    }
}

fn errors(fields: &Fields<'_>) -> Vec<ErrorDecl> {
    let items = fields.get("errors").and_then(|node| node.list()).unwrap_or_default();
    let mut seen: BTreeMap<String, Place> = BTreeMap::new();
    let mut errors = Vec::new();
    for error in items.iter().filter_map(error) {
        if let Some(first) = seen.get(&error.name.value) {
            let finding = twice(&format!("`{}`", error.name.value), &error.name.place, first);
            fields.node.reading.report(finding);
            continue;
        }
        seen.insert(error.name.value.clone(), error.name.place.clone());
        errors.push(error);
    }
    errors
}

fn error(node: &Node<'_>) -> Option<ErrorDecl> {
    let fields = node.fields()?;
    let name = fields.require("name", "an error").and_then(|node| {
        let name = node.string()?;
        let starts = name.value.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || name.value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let message = format!("`{}` cannot name an error", name.value);
            node.report(Code::BadName, message, "one word that starts with a letter, such as `NotMember`");
        }
        Some(name)
    });
    let description = fields.description();
    fields.done("an error");
    Some(ErrorDecl { name: name?, description, place: node.place.clone() })
}
