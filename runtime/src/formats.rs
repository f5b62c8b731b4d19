//! The string formats of Lexicon, each a type that can't hold a wrong value.
//!
//! [`Did`], [`Handle`], [`Nsid`], [`Tid`] and [`RecordKey`] are those of `atrium-api`. The others are our own because
//! atrium's differ from the specification: its `Datetime` refuses offsets like `-10:00` and takes leap seconds, its `Cid`
//! takes anything that ends in `/ipfs/<cid>` and does not write back the text that it read, its `AtIdentifier` and
//! `Language` name neither format nor reason in their errors, and it has no at-uri or uri.

mod at_uri;
mod cid;
mod datetime;
mod identifier;
mod language;
mod uri;

use std::fmt;

pub use at_uri::AtUri;
pub use atrium_api::types::string::{Did, Handle, Nsid, RecordKey, Tid};
pub use cid::Cid;
pub(crate) use cid::parse as parse_cid;
pub use datetime::Datetime;
pub use identifier::AtIdentifier;
pub use language::Language;
pub use uri::Uri;

use crate::query::Parameter;
use crate::validate::{Measure, Text, Unit};

/// Why a string isn't of its format. Displays the constraint, like `must be a datetime: an offset of -00:00 is refused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// What was expected, with its article.
    expected: &'static str,
    /// What is wrong, when more can be said.
    reason: Option<&'static str>,
}

impl FormatError {
    pub(crate) const fn new(expected: &'static str) -> Self {
        Self { expected, reason: None }
    }

    pub(crate) const fn because(expected: &'static str, reason: &'static str) -> Self {
        Self { expected, reason: Some(reason) }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            None => write!(f, "must be {}", self.expected),
            Some(reason) => write!(f, "must be {}: {reason}", self.expected),
        }
    }
}

impl std::error::Error for FormatError {}

/// What all formats have as query parameters and for length checks.
macro_rules! text_traits {
    ($($name:ident, $expected:literal;)*) => {
        $(
            impl Parameter for $name {
                fn from_text(text: &str) -> Result<Self, String> {
                    text.parse().map_err(|_| concat!("must be ", $expected).to_owned())
                }
            }

            impl Measure for $name {
                const UNIT: Unit = Unit::Bytes;

                fn length(&self) -> usize {
                    self.text().len()
                }
            }

            impl Text for $name {
                fn text(&self) -> &str {
                    self.as_ref()
                }
            }
        )*
    };
}

text_traits! {
    AtIdentifier, "a DID or a handle";
    AtUri, "an at-uri";
    Cid, "a CID";
    Datetime, "a datetime";
    Did, "a DID";
    Handle, "a handle";
    Language, "a language tag";
    Nsid, "an NSID";
    RecordKey, "a record key";
    Tid, "a TID";
    Uri, "a URI";
}

/// What our own formats share: they keep the text as it came, and are made by their `FromStr`.
macro_rules! own_format {
    ($name:ident) => {
        impl std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::formats::deserialize_text(deserializer)
            }
        }
    };
}
use own_format;

/// Reads a format from a string without copying the string first.
fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err = FormatError>,
{
    struct TextVisitor<T>(std::marker::PhantomData<T>);

    impl<T: std::str::FromStr<Err = FormatError>> serde::de::Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(TextVisitor(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn check<T: FromStr>(right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(text.parse::<T>().is_ok(), "{text} is refused");
        }
        for text in wrong {
            assert!(text.parse::<T>().is_err(), "{text} is taken");
        }
    }

    /// Holds atrium's types to the specification, whatever version of them is used.
    #[test]
    fn identifiers_are_those_of_the_specification() {
        let long = |length: usize| format!("did:plc:{}", "a".repeat(length - 8));
        let wrong =
            ["did:plc:", "did:PLC:a", "DID:plc:a", "did:plc1:a", "did:a:b:", "did:a:b%", "did:a:b#c", "did:a:b/c", ""];
        check::<Did>(&["did:plc:abc", "did:web:a.b%3A80", "did:m:v", "did:a:-:_:.", &long(2048)], &wrong);
        check::<Did>(&[], &["did:a:b\n", " did:a:b", &long(2049)]);

        let label = "a".repeat(63);
        let wrong =
            ["a", "a.b.", ".a.b", "a..b", "-a.b", "a-.b", "a_b.c", "a.1", "ä.com", &format!("a{label}.b"), "a.b\n"];
        check::<Handle>(&["a.b", "1.a2", "a--b.co", "A.B", &format!("{label}.b")], &wrong);
        let full = [label.as_str(); 3].join(".");
        check::<Handle>(&[&format!("{full}.{}", "a".repeat(61))], &[&format!("{full}.{}", "a".repeat(62))]);

        let wrong = ["a.b", "a.b.c-d", "a.b.3", "1a.b.c", "a.-b.c", "a.b.c#d", "a..c", "a.b.c.", "a.b.*"];
        check::<Nsid>(&["a.b.c", "com.example.fooBar", "a-0.b-1.c", "a.9.c3"], &wrong);
        let wrong =
            ["3jzfcijpj2z2", "3jzfcijpj2z2aa", "3jzfcijpj2z21", "kjzfcijpj2z2a", "3JZFCIJPJ2Z2A", "3jzf-cij-pj2z-2a"];
        check::<Tid>(&["3jzfcijpj2z2a", "2222222222222", "jzzzzzzzzzzzz"], &wrong);
        let wrong = ["", ".", "..", "a/b", "a b", "a+b", "a#b", "a\n", &"k".repeat(513)];
        check::<RecordKey>(&["a", "...", "a.b-c_d:e~f", &"k".repeat(512)], &wrong);
        check::<AtIdentifier>(&["did:plc:a", "a.b"], &["did:plc:", "a", "@a.b", ""]);
    }

    #[test]
    fn errors_name_the_format() {
        for (error, text) in [
            (serde_json::from_str::<Datetime>("\"now\"").map(drop), "must be a datetime: it must look like"),
            (serde_json::from_str::<AtUri>("\"x\"").map(drop), "must be an at-uri: it must begin with at://"),
            (serde_json::from_str::<AtIdentifier>("\"x\"").map(drop), "must be a DID or a handle"),
            (serde_json::from_str::<Did>("\"x\"").map(drop), "Invalid DID"),
            (serde_json::from_str::<Cid>("5").map(drop), "invalid type: integer `5`, expected a string"),
        ] {
            assert!(error.unwrap_err().to_string().starts_with(text), "{text}");
        }
    }
}
