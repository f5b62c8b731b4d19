//! Data without a schema, links and blobs: the rest of the AT Protocol data model, in JSON and in DAG-CBOR.

mod blob;
mod cid_link;
mod source;
mod value;

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use blob::BlobRef;
pub use cid_link::CidLink;
pub use source::DataError;
pub use value::Value;

/// The key that names the type of an object.
pub(crate) const TYPE: &str = "$type";

/// An object of the Lexicon type `unknown`: any fields, kept as they came. Anything but an object is refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unknown(pub BTreeMap<String, Value>);

impl Unknown {
    /// What the object's `$type` says, when it has one.
    pub fn type_name(&self) -> Option<&str> {
        match self.0.get(TYPE) {
            Some(Value::String(name)) => Some(name),
            _ => None,
        }
    }

    /// Reads the object as a type with a schema.
    ///
    /// # Errors
    /// When the object doesn't have the shape of `T`.
    pub fn decode<T: for<'de> Deserialize<'de>>(&self) -> Result<T, DataError> {
        T::deserialize(Value::Map(self.0.clone()))
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.0)
    }
}

impl<'de> Deserialize<'de> for Unknown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Map(fields) if !matches!(fields.get(TYPE), None | Some(Value::String(_))) => {
                Err(D::Error::custom("$type must be a string"))
            }
            Value::Map(fields) => Ok(Self(fields)),
            _ => Err(D::Error::custom("must be an object")),
        }
    }
}

/// A member of an open union whose type this build doesn't know: its name and its fields, kept as they came.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownObject {
    /// What `$type` says.
    pub type_name: String,
    /// All fields but `$type`.
    pub fields: BTreeMap<String, Value>,
}

impl UnknownObject {
    /// Reads the fields of a union's member whose `$type` was already taken off.
    ///
    /// # Errors
    /// When the fields aren't of the data model.
    pub fn decode<'de, D: Deserializer<'de>>(type_name: &str, fields: D) -> Result<Self, D::Error> {
        let Unknown(fields) = Unknown::deserialize(fields)?;
        Ok(Self { type_name: type_name.to_owned(), fields })
    }
}

impl Serialize for UnknownObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        map.serialize_entry(TYPE, &self.type_name)?;
        for (key, value) in &self.fields {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
