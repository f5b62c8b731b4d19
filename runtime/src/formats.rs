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
