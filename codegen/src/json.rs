//! JSON values that keep the order of their fields, for what the command prints for other programs.

use std::fmt::{self, Write as _};

/// A JSON value. Lexicon has no fractions, so numbers are integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    String(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object of these fields, in this order.
    pub fn object<K: Into<String>>(fields: impl IntoIterator<Item = (K, Json)>) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A list.
    pub fn list<J: Into<Json>>(items: impl IntoIterator<Item = J>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// The text with a line for each field and item.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        self.write_pretty(&mut text, 0);
        text
    }

    fn write_pretty(&self, text: &mut String, depth: usize) {
        let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
        match self {
            Self::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let _ = write!(text, "{}\n{inner}", if index == 0 { '[' } else { ',' });
                    item.write_pretty(text, depth + 1);
                }
                let _ = write!(text, "\n{outer}]");
            }
            Self::Object(fields) if !fields.is_empty() => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    let _ = write!(text, "{}\n{inner}", if index == 0 { '{' } else { ',' });
                    let _ = write!(text, "{}: ", Self::from(name.as_str()));
                    value.write_pretty(text, depth + 1);
                }
                let _ = write!(text, "\n{outer}}}");
            }
            _ => {
                let _ = write!(text, "{self}");
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// On one line, without blanks.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::String(text) => write_string(f, text),
            Self::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Self::Object(fields) => {
                f.write_char('{')?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write_string(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_and_order_is_kept() {
        let value = Json::object([("b", Json::from("a\"\\\n\u{1}é")), ("a", Json::list([1, 2])), ("c", Json::Null)]);
        assert_eq!(value.to_string(), r#"{"b":"a\"\\\n\u0001é","a":[1,2],"c":null}"#);
        assert_eq!(Json::object([("a", Json::list([true]))]).pretty(), "{\n  \"a\": [\n    true\n  ]\n}");
    }
}
