//! Values of the AT Protocol data model, as examples hold them: read from JSON, written as JSON and as TypeScript.

use jsonc_parser::{CollectOptions, ast::Value, parse_to_ast};

use crate::parse::STRICT;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Null,
    Boolean(bool),
    Integer(i64),
    String(String),
    Bytes(Vec<u8>),
    /// A link by CID.
    Link(String),
    Array(Vec<Data>),
    /// In the order in which a reader meets the fields.
    Object(Vec<(String, Data)>),
}

/// The longest line on which an array or object of plain values is kept together.
const LINE: usize = 76;

impl Data {
    /// Reads strict JSON. `{"$bytes": ...}` stays an object: what is meant by it, only a schema says.
    ///
    /// # Errors
    /// Why it is not JSON, or that a number is not an integer.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| error.to_string())?;
        Self::of(&parsed.value.ok_or("it is empty")?)
    }

    fn of(value: &Value<'_>) -> Result<Self, String> {
        Ok(match value {
            Value::NullKeyword(_) => Self::Null,
            Value::BooleanLit(boolean) => Self::Boolean(boolean.value),
            Value::NumberLit(number) => {
                Self::Integer(number.value.parse().map_err(|_| format!("{} is not an integer", number.value))?)
            }
            Value::StringLit(text) => Self::String(text.value.to_string()),
            Value::Array(array) => Self::Array(array.elements.iter().map(Self::of).collect::<Result<_, _>>()?),
            Value::Object(object) => {
                let fields = object.properties.iter();
                let fields = fields.map(|field| Ok((field.name.as_str().to_owned(), Self::of(&field.value)?)));
                Self::Object(fields.collect::<Result<_, String>>()?)
            }
        })
    }

    /// The field of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// As JSON over several lines, bytes in base64 without padding.
    pub fn json(&self) -> String {
        self.write(&Notation { object_key: json_string, string: json_string, bytes: json_bytes, link: json_link }, 0)
    }

    /// As a TypeScript literal, as the official client takes it: bytes are a `Uint8Array`.
    pub fn typescript(&self) -> String {
        let notation =
            Notation { object_key: script_key, string: script_string, bytes: script_bytes, link: script_link };
        self.write(&notation, 0)
    }

    fn write(&self, notation: &Notation, depth: usize) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Boolean(boolean) => boolean.to_string(),
            Self::Integer(integer) => integer.to_string(),
            Self::String(text) => (notation.string)(text),
            Self::Bytes(bytes) => (notation.bytes)(bytes),
            Self::Link(cid) => (notation.link)(cid),
            Self::Array(items) => {
                let plain = items.iter().all(|item| !matches!(item, Self::Object(_) | Self::Array(_)));
                enclosed("[", "]", items.iter().map(|item| item.write(notation, depth + 1)).collect(), plain, depth)
            }
            Self::Object(fields) => {
                let field = |(name, value): &(String, Self)| {
                    format!("{}: {}", (notation.object_key)(name), value.write(notation, depth + 1))
                };
                enclosed("{", "}", fields.iter().map(field).collect(), false, depth)
            }
        }
    }
}

/// How one language writes what JSON has no word for.
struct Notation {
    object_key: fn(&str) -> String,
    string: fn(&str) -> String,
    bytes: fn(&[u8]) -> String,
    link: fn(&str) -> String,
}

/// A list between brackets: nothing, one line, or a line for each.
fn enclosed(open: &str, close: &str, parts: Vec<String>, plain: bool, depth: usize) -> String {
    let line = parts.join(", ");
    if parts.is_empty() {
        return format!("{open}{close}");
    }
    if plain && line.len() + 2 * depth < LINE {
        return format!("{open}{line}{close}");
    }
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    format!("{open}\n{inner}{}\n{outer}{close}", parts.join(&format!(",\n{inner}")))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// A string of JSON, with quotes.
pub fn json_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            // Line separators are legal in JSON, and end a line in older JavaScript.
            c if c < ' ' || matches!(c, '\u{7f}' | '\u{2028}' | '\u{2029}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn json_bytes(bytes: &[u8]) -> String {
    format!("{{\"$bytes\": \"{}\"}}", base64(bytes))
}

fn json_link(cid: &str) -> String {
    format!("{{\"$link\": {}}}", json_string(cid))
}

fn script_string(text: &str) -> String {
    let inner = json_string(text);
    let inner = inner[1..inner.len() - 1].replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{inner}'")
}

fn script_key(name: &str) -> String {
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if word && !name.starts_with(|c: char| c.is_ascii_digit()) { name.to_owned() } else { script_string(name) }
}

fn script_bytes(bytes: &[u8]) -> String {
    format!("Uint8Array.of({})", joined(bytes.iter().map(u8::to_string)))
}

fn script_link(cid: &str) -> String {
    format!("CID.parse({})", script_string(cid))
}

/// Base64 without padding, as the data model writes bytes.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digits = (0..=chunk.len()).map(|digit| ALPHABET[(word >> (18 - 6 * digit) & 63) as usize]);
        text.extend(digits.map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_without_padding() {
        let texts = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("\u{ff}?~", "w78/fg")];
        for (plain, encoded) in texts {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn both_notations_say_the_same() {
        let value = Data::Object(vec![
            ("a-b".into(), Data::String("it's \"so\"\n\\".into())),
            ("bytes".into(), Data::Bytes(vec![0, 255])),
            ("list".into(), Data::Array(vec![Data::Integer(1), Data::Boolean(true)])),
            ("none".into(), Data::Object(vec![])),
        ]);
        insta::assert_snapshot!(value.json(), @r#"
        {
          "a-b": "it's \"so\"\n\\",
          "bytes": {"$bytes": "AP8"},
          "list": [1, true],
          "none": {}
        }
        "#);
        insta::assert_snapshot!(value.typescript(), @r#"
        {
          'a-b': 'it\'s "so"\n\\',
          bytes: Uint8Array.of(0, 255),
          list: [1, true],
          none: {}
        }
        "#);
        assert_eq!(Data::parse(&value.json()).unwrap().get("a-b"), value.get("a-b"));
    }

    #[test]
    fn fractions_are_no_data() {
        assert_eq!(Data::parse("[1.5]"), Err("1.5 is not an integer".into()));
        assert!(Data::parse("{\"a\": 1,}").is_err());
    }
}
