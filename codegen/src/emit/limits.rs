//! The limits of a schema in words, for doc comments. Units are always named.

use crate::{
    emit::types::plain_target,
    model::{IntegerSchema, Schema, SchemaKind, StringSchema},
    resolve::Resolved,
};

/// What a reader must know beside the type: `At most 128 bytes.`, `1 to 50 items.`, `Default: 50.`
///
/// Limits of a named plain definition are told where it is used, since that is where they are checked.
pub fn limits(set: &Resolved, nsid: &str, schema: &Schema) -> Option<String> {
    let sentences = sentences(set, nsid, schema);
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn sentences(set: &Resolved, nsid: &str, schema: &Schema) -> Vec<String> {
    match &schema.kind {
        SchemaKind::Boolean { default, constant } => said([
            constant.map(|value| format!("Always `{value}`.")),
            default.map(|value| format!("Default: `{value}`.")),
        ]),
        SchemaKind::Integer(integer) => of_integer(integer),
        SchemaKind::String(string) => of_string(string),
        SchemaKind::Bytes { min_length, max_length } => said([range(*min_length, *max_length, "byte")]),
        SchemaKind::Blob { accept, max_size } => said([
            range(None, *max_size, "byte"),
            (!accept.is_empty()).then(|| format!("Media types: {}.", list(accept.iter()))),
        ]),
        SchemaKind::Array { items, min_length, max_length } => {
            let mut all = said([range(*min_length, *max_length, "item")]);
            let each = sentences(set, nsid, items);
            all.extend((!each.is_empty()).then(|| format!("Each item: {}", lower_first(&each.join(" ")))));
            all
        }
        SchemaKind::Ref(reference) => match plain_target(set, nsid, &reference.value) {
            Some((id, target)) => sentences(set, &id.nsid, target),
            None => Vec::new(),
        },
        SchemaKind::CidLink
        | SchemaKind::Object(_)
        | SchemaKind::Params(_)
        | SchemaKind::Union { .. }
        | SchemaKind::Unknown => Vec::new(),
    }
}

fn of_integer(integer: &IntegerSchema) -> Vec<String> {
    let range = match (integer.minimum, integer.maximum) {
        (Some(least), Some(most)) => Some(format!("{} to {}.", number(least), number(most))),
        (Some(least), None) => Some(format!("At least {}.", number(least))),
        (None, Some(most)) => Some(format!("At most {}.", number(most))),
        (None, None) => None,
    };
    said([
        integer.constant.map(|value| format!("Always {value}.")),
        range,
        integer.enumeration.as_ref().map(|values| format!("One of {}.", list(values.iter()))),
        integer.default.map(|value| format!("Default: {}.", number(value))),
    ])
}

fn of_string(string: &StringSchema) -> Vec<String> {
    said([
        string.constant.as_ref().map(|value| format!("Always `{value}`.")),
        range(string.min_length, string.max_length, "byte"),
        range(string.min_graphemes, string.max_graphemes, "grapheme"),
        string.default.as_ref().map(|value| format!("Default: `{value}`.")),
    ])
}

fn said<const N: usize>(sentences: [Option<String>; N]) -> Vec<String> {
    sentences.into_iter().flatten().collect()
}

fn range(least: Option<u64>, most: Option<u64>, unit: &str) -> Option<String> {
    let amount = |count: u64| format!("{} {unit}{}", number(count), if count == 1 { "" } else { "s" });
    match (least.filter(|least| *least > 0), most) {
        (None, None) => None,
        (Some(least), None) => Some(format!("At least {}.", amount(least))),
        (None, Some(most)) => Some(format!("At most {}.", amount(most))),
        (Some(least), Some(most)) if least == most => Some(format!("Exactly {}.", amount(most))),
        (Some(least), Some(most)) => Some(format!("{} to {}.", number(least), amount(most))),
    }
}

/// Digits in groups of three from five digits on.
fn number(number: impl std::fmt::Display) -> String {
    let text = number.to_string();
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    if digits.len() < 5 {
        return text;
    }
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn list(values: impl Iterator<Item = impl std::fmt::Display>) -> String {
    values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_name_their_unit() {
        assert_eq!(range(None, Some(128), "byte").as_deref(), Some("At most 128 bytes."));
        assert_eq!(range(Some(0), Some(1), "grapheme").as_deref(), Some("At most 1 grapheme."));
        assert_eq!(range(Some(1), Some(50), "item").as_deref(), Some("1 to 50 items."));
        assert_eq!(range(Some(64), Some(64), "byte").as_deref(), Some("Exactly 64 bytes."));
        assert_eq!(range(Some(1), None, "byte").as_deref(), Some("At least 1 byte."));
        assert_eq!(range(Some(0), None, "byte"), None);
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(number(10_485_760), "10,485,760");
        assert_eq!(number(-12_345), "-12,345");
        assert_eq!(number(9999), "9999");
    }
}
