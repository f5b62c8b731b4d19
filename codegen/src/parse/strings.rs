//! Constraints of strings.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    fields::Fields,
    json::Node,
    limits::{counts, exclusive, named, not_empty, refuse_value, value},
    remedy,
};
use crate::{
    diagnostics::Code,
    formats,
    model::{SchemaKind, StringFormat, StringSchema},
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

/// The name of a format in lexicons.
pub fn format_name(format: StringFormat) -> &'static str {
    FORMATS.iter().find(|(_, known)| *known == format).map_or("", |(name, _)| name)
}

pub(super) fn read(fields: &Fields<'_>) -> SchemaKind {
    let (min_length, max_length) = counts(fields, "minLength", "maxLength");
    let (min_graphemes, max_graphemes) = counts(fields, "minGraphemes", "maxGraphemes");
    let (default, constant) = (fields.string("default"), fields.string("const"));
    exclusive(fields, "default", &default, "const", &constant);
    let (enumeration, known) = (fields.strings("enum"), fields.strings("knownValues"));
    not_empty(fields, enumeration.as_deref());
    if let (Some(_), Some(_), Some(node)) = (&enumeration, &known, fields.get("knownValues")) {
        node.report(
            Code::OpenAndClosed,
            "a set of strings is closed (`enum`) or open (`knownValues`), not both",
            "keep one of the two",
        );
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
        node.report(Code::UnknownFormat, format!("there is no string format `{name}`"), remedy::one_of(&name, &names));
    }
    found
}

/// A grapheme has at least one byte.
fn check_graphemes_fit(fields: &Fields<'_>, schema: &StringSchema) {
    if let (Some(graphemes), Some(bytes)) = (schema.min_graphemes, schema.max_length)
        && graphemes > bytes
        && let Some(node) = fields.get("minGraphemes")
    {
        node.report(
            Code::BoundsContradict,
            format!("{graphemes} graphemes never fit `maxLength`, {bytes} bytes"),
            "raise `maxLength`",
        );
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
    if schema.format.is_some_and(|format| !formats::has_format(value, format)) {
        return Some("does not have the `format`".to_owned());
    }
    (name != "enum" && !listed).then(|| "is not in `enum`".to_owned())
}
