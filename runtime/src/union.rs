//! Unions: objects whose `$type` says which of several types they are.
//!
//! A generated union is an enum that implements [`Union`]; [`union_serde!`](crate::union_serde) gives it serde's traits. Members
//! are found by `$type` wherever it stands among the fields, in JSON and in DAG-CBOR (whose key order puts shorter keys
//! first). When `$type` comes first, nothing is buffered.

mod decode;
mod tagging;

use serde::de::Error;
use serde::{Deserializer, Serialize, Serializer};

pub use decode::deserialize;
use tagging::Tagging;
pub use tagging::untagged;

/// An enum of the types that a union allows.
pub trait Union: Sized {
    /// The `$type` of every member that the lexicon lists.
    const MEMBERS: &'static [&'static str];

    /// The `$type` of this value.
    fn type_name(&self) -> &str;

    /// Writes the value as an object with `$type`; made of one call of [`member`] for each member.
    ///
    /// # Errors
    /// Those of the serializer.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the member that is called `type_name` from its other fields.
    ///
    /// # Errors
    /// When the fields don't have the member's shape, or the union is closed and has no such member
    /// ([`unknown_member`]).
    fn decode<'de, D: Deserializer<'de>>(type_name: &str, fields: D) -> Result<Self, D::Error>;
}

/// Writes one member of a union: an object with its `$type`.
///
/// # Errors
/// Those of the serializer, and when `value` isn't an object.
pub fn member<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    type_name: &'static str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    value.serialize(Tagging::with(type_name, serializer))
}

/// The error of a closed union for a `$type` that it doesn't list.
pub fn unknown_member<E: Error>(members: &'static [&'static str]) -> E {
    E::custom(format_args!("$type must be one of {}", members.join(", ")))
}

/// Gives a type that implements [`Union`] serde's traits.
#[macro_export]
macro_rules! union_serde {
    ($name:ident) => {
        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::union::Union::encode(self, serializer)
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::union::deserialize(deserializer)
            }
        }
    };
}
