//! Constraints of scalar types, and whether they agree with each other and with `default`, `const` and `enum`.

use super::fields::Fields;
use crate::{
    diagnostics::{Code, Finding},
    model::{IntegerSchema, Place, Placed, SchemaKind},
    syntax,
};

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

pub(super) fn bytes(fields: &Fields<'_>) -> SchemaKind {
    let (min_length, max_length) = counts(fields, "minLength", "maxLength");
    SchemaKind::Bytes { min_length, max_length }
}

pub(super) fn blob(fields: &Fields<'_>) -> SchemaKind {
    let accept = fields.strings("accept").unwrap_or_default();
    for wrong in accept.iter().filter(|accept| !syntax::is_media_type(&accept.value)) {
        let message = format!("`{}` is not a media type", wrong.value);
        let finding = Finding::new(Code::BadMediaType, wrong.place.clone(), message);
        fields.node.reading.report(finding.hint("such as `image/png`, `image/*` or `*/*`"));
    }
    let accept = accept.into_iter().map(|accept| accept.value).collect();
    SchemaKind::Blob { accept, max_size: value(fields.count("maxSize")) }
}

/// A pair of bounds on a length.
pub(super) fn counts(fields: &Fields<'_>, least: &'static str, most: &'static str) -> (Option<u64>, Option<u64>) {
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
        let finding = Finding::new(Code::BoundsContradict, minimum.place.clone(), message)
            .related(maximum.place.clone(), "the other bound")
            .hint("no value satisfies both; change one");
        fields.node.reading.report(finding);
    }
}

/// A constant is always present with its one value, so a default beside it has no meaning.
pub(super) fn exclusive<T>(
    fields: &Fields<'_>,
    a: &str,
    first: &Option<Placed<T>>,
    b: &str,
    second: &Option<Placed<T>>,
) {
    if let (Some(first), Some(second)) = (first, second) {
        let finding =
            Finding::new(Code::DefaultWithConst, first.place.clone(), format!("`{a}` and `{b}` exclude each other"))
                .related(second.place.clone(), "the other one")
                .hint("keep one of the two");
        fields.node.reading.report(finding);
    }
}

pub(super) fn not_empty<T>(fields: &Fields<'_>, values: Option<&[T]>) {
    if let (Some([]), Some(node)) = (values, fields.get("enum"))
        && node.list().is_some_and(|items| items.is_empty())
    {
        node.report(Code::EmptySet, "an empty `enum` allows no value", "list the values or leave it out");
    }
}

pub(super) fn named<'v, T>(
    default: &'v Option<Placed<T>>,
    constant: &'v Option<Placed<T>>,
    enumeration: Option<&'v [Placed<T>]>,
) -> impl Iterator<Item = (&'static str, &'v Placed<T>)> {
    let default = default.iter().map(|value| ("default", value));
    let constant = constant.iter().map(|value| ("const", value));
    let enumeration = enumeration.unwrap_or_default().iter().map(|value| ("enum", value));
    default.chain(constant).chain(enumeration)
}

pub(super) fn refuse_value(
    fields: &Fields<'_>,
    name: &str,
    value: &dyn std::fmt::Display,
    place: &Place,
    breaks: Option<String>,
) {
    if let Some(breaks) = breaks {
        let finding = Finding::new(Code::ValueOutOfBounds, place.clone(), format!("{value} in `{name}` {breaks}"));
        fields.node.reading.report(finding.hint("a value that the schema itself refuses can't be sent"));
    }
}

pub(super) fn value<T>(placed: Option<Placed<T>>) -> Option<T> {
    placed.map(|placed| placed.value)
}
