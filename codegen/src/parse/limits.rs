//! Constraints of scalar types, and whether they agree with each other and with `default`, `const` and `enum`.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    json::{Fields, Node},
    remedy,
};
use crate::{
    diagnostics::Finding,
    model::{IntegerSchema, Place, Placed, SchemaKind, StringFormat, StringSchema},
    syntax,
};

const FORMATS: [(&str, StringFormat); 11] = [
    ("at-identifier", StringFormat::AtIdentifier),
    ("at-uri", StringFormat::AtUri),
    ("cid", StringFormat::Cid),
    ("datetime", StringFormat::Datetime),
    ("did", StringFormat::Did),
    ("handle", StringFormat::Handle),
    ("nsid", StringFormat::Nsid),
    ("tid", StringFormat::Tid),
    ("record-key", StringFormat::RecordKey),
    ("uri", StringFormat::Uri),
    ("language", StringFormat::Language),
];

pub(super) fn boolean(fields: &Fields<'_>) -> SchemaKind {
    let (default, constant) = (fields.boolean("default"), fields.boolean("const"));
    exclusive(fields, "default", &default, "const", &constant);
    SchemaKind::Boolean { default: value(default), constant: value(constant) }
}

pub(super) fn integer(fields: &Fields<'_>) -> SchemaKind {
    let (minimum, maximum) = (fields.integer("minimum"), fields.integer("maximum"));
    ordered(fields, "minimum", &minimum, "maximum", &maximum);
    let (default, constant) = (fields.integer("default"), fields.integer("const"));
    exclusive(fields, "default", &default, "const", &constant);
    let enumeration = fields.integers("enum");
    not_empty(fields, enumeration.as_deref());
    let schema = IntegerSchema {
        minimum: value(minimum),
        maximum: value(maximum),
        enumeration: enumeration.as_ref().map(|values| values.iter().map(|value| value.value).collect()),
        default: value(default.clone()),
        constant: value(constant.clone()),
    };
    for (name, value) in named(&default, &constant, enumeration.as_deref()) {
        refuse_value(fields, name, &value.value, &value.place, integer_breaks(&schema, name, value.value));
    }
    SchemaKind::Integer(schema)
}

fn integer_breaks(schema: &IntegerSchema, name: &str, value: i64) -> Option<String> {
    let listed = schema.enumeration.as_ref().is_none_or(|values| values.contains(&value));
    match (schema.minimum, schema.maximum) {
        (Some(minimum), _) if value < minimum => Some(format!("is less than `minimum`, {minimum}")),
        (_, Some(maximum)) if value > maximum => Some(format!("is more than `maximum`, {maximum}")),
        _ if name != "enum" && !listed => Some("is not in `enum`".to_owned()),
        _ => None,
    }
}

pub(super) fn string(fields: &Fields<'_>) -> SchemaKind {
    let (min_length, max_length) = counts(fields, "minLength", "maxLength");
    let (min_graphemes, max_graphemes) = counts(fields, "minGraphemes", "maxGraphemes");
    let (default, constant) = (fields.string("default"), fields.string("const"));
    exclusive(fields, "default", &default, "const", &constant);
    let (enumeration, known) = (fields.strings("enum"), fields.strings("knownValues"));
    not_empty(fields, enumeration.as_deref());
    if let (Some(_), Some(_), Some(node)) = (&enumeration, &known, fields.get("knownValues")) {
        node.report("a set of strings is closed (`enum`) or open (`knownValues`), not both", "keep one of the two");
    }
    let schema = StringSchema {
        format: fields.get("format").and_then(|node| format(&node)),
        min_length,
        max_length,
        min_graphemes,
        max_graphemes,
        // An empty open set says nothing.
        known_values: known.filter(|known| !known.is_empty()),
        enumeration,
        default: value(default.clone()),
        constant: value(constant.clone()),
    };
    check_graphemes_fit(fields, &schema);
    let known = schema.known_values.iter().flatten().map(|value| ("knownValues", value));
    for (name, value) in named(&default, &constant, schema.enumeration.as_deref()).chain(known) {
        let breaks = string_breaks(&schema, name, &value.value);
        refuse_value(fields, name, &format!("{:?}", value.value), &value.place, breaks);
    }
    SchemaKind::String(schema)
}

fn format(node: &Node<'_>) -> Option<StringFormat> {
    let name = node.string()?.value;
    let found = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    if found.is_none() {
        let names = FORMATS.map(|(name, _)| name);
        node.report(format!("there is no string format `{name}`"), remedy::one_of(&name, &names));
    }
    found
}

/// A grapheme has at least one byte.
fn check_graphemes_fit(fields: &Fields<'_>, schema: &StringSchema) {
    if let (Some(graphemes), Some(bytes)) = (schema.min_graphemes, schema.max_length)
        && graphemes > bytes
        && let Some(node) = fields.get("minGraphemes")
    {
        node.report(format!("{graphemes} graphemes never fit `maxLength`, {bytes} bytes"), "raise `maxLength`");
    }
}

fn string_breaks(schema: &StringSchema, name: &str, value: &str) -> Option<String> {
    let bytes = value.len() as u64;
    let graphemes = value.graphemes(true).count() as u64;
    let listed = schema.enumeration.as_ref().is_none_or(|values| values.iter().any(|known| known.value == value));
    let bounds = [
        (schema.min_length, bytes, true, "shorter than `minLength`"),
        (schema.max_length, bytes, false, "longer than `maxLength`"),
        (schema.min_graphemes, graphemes, true, "shorter than `minGraphemes`"),
        (schema.max_graphemes, graphemes, false, "longer than `maxGraphemes`"),
    ];
    for (bound, length, is_minimum, what) in bounds {
        if let Some(bound) = bound.filter(|bound| if is_minimum { length < *bound } else { length > *bound }) {
            return Some(format!("is {what}, {bound}"));
        }
    }
    if schema.format.is_some_and(|format| !syntax::has_format(value, format)) {
        return Some("does not have the `format`".to_owned());
    }
    (name != "enum" && !listed).then(|| "is not in `enum`".to_owned())
}

pub(super) fn bytes(fields: &Fields<'_>) -> SchemaKind {
    let (min_length, max_length) = counts(fields, "minLength", "maxLength");
    SchemaKind::Bytes { min_length, max_length }
}

pub(super) fn blob(fields: &Fields<'_>) -> SchemaKind {
    let accept = fields.strings("accept").unwrap_or_default();
    for wrong in accept.iter().filter(|accept| !syntax::is_media_type(&accept.value)) {
        let message = format!("`{}` is not a media type", wrong.value);
        let finding = Finding::new(wrong.place.clone(), message);
        fields.node.reading.report(finding.hint("such as `image/png`, `image/*` or `*/*`"));
    }
    let accept = accept.into_iter().map(|accept| accept.value).collect();
    SchemaKind::Blob { accept, max_size: value(fields.count("maxSize")) }
}

/// A pair of bounds on a length.
pub(super) fn counts(
    fields: &Fields<'_>,
    least: &'static str,
    most: &'static str,
) -> (Option<u64>, Option<u64>) {
    let (minimum, maximum) = (fields.count(least), fields.count(most));
    ordered(fields, least, &minimum, most, &maximum);
    (value(minimum), value(maximum))
}

fn ordered<T: PartialOrd + std::fmt::Display>(
    fields: &Fields<'_>,
    least: &str,
    minimum: &Option<Placed<T>>,
    most: &str,
    maximum: &Option<Placed<T>>,
) {
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && minimum.value > maximum.value
    {
        let message = format!("`{least}`, {}, is more than `{most}`, {}", minimum.value, maximum.value);
        let finding = Finding::new(minimum.place.clone(), message)
            .related(maximum.place.clone(), "the other bound")
            .hint("no value satisfies both; change one");
        fields.node.reading.report(finding);
    }
}

/// A constant is always present with its one value, so a default beside it has no meaning.
fn exclusive<T>(fields: &Fields<'_>, a: &str, first: &Option<Placed<T>>, b: &str, second: &Option<Placed<T>>) {
    if let (Some(first), Some(second)) = (first, second) {
        let finding = Finding::new(first.place.clone(), format!("`{a}` and `{b}` exclude each other"))
            .related(second.place.clone(), "the other one")
            .hint("keep one of the two");
        fields.node.reading.report(finding);
    }
}

fn not_empty<T>(fields: &Fields<'_>, values: Option<&[T]>) {
    if let (Some([]), Some(node)) = (values, fields.get("enum"))
        && node.list().is_some_and(|items| items.is_empty())
    {
        node.report("an empty `enum` allows no value", "list the values or leave it out");
    }
}

fn named<'v, T>(
    default: &'v Option<Placed<T>>,
    constant: &'v Option<Placed<T>>,
    enumeration: Option<&'v [Placed<T>]>,
) -> impl Iterator<Item = (&'static str, &'v Placed<T>)> {
    let default = default.iter().map(|value| ("default", value));
    let constant = constant.iter().map(|value| ("const", value));
    let enumeration = enumeration.unwrap_or_default().iter().map(|value| ("enum", value));
    default.chain(constant).chain(enumeration)
}

fn refuse_value(
    fields: &Fields<'_>,
    name: &str,
    value: &dyn std::fmt::Display,
    place: &Place,
    breaks: Option<String>,
) {
    if let Some(breaks) = breaks {
        let finding = Finding::new(place.clone(), format!("{value} in `{name}` {breaks}"));
        fields.node.reading.report(finding.hint("a value that the schema itself refuses can't be sent"));
    }
}

fn value<T>(placed: Option<Placed<T>>) -> Option<T> {
    placed.map(|placed| placed.value)
}
