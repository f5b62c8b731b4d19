//! One value of the data model, read from and written to JSON and DAG-CBOR.

use std::collections::BTreeMap;
use std::fmt;

use ipld_core::cid::Cid;
use serde::de::{self, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CidLink;
use crate::bytes::{self, Bytes};

/// A value of the AT Protocol data model. It has no floating-point numbers: they are refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// A string.
    String(String),
    /// Bytes, in JSON `{"$bytes": "..."}`.
    Bytes(Bytes),
    /// A link, in JSON `{"$link": "..."}`.
    Link(CidLink),
    /// An array.
    List(Vec<Value>),
    /// An object. The order of its keys has no meaning and is not kept.
    Map(BTreeMap<String, Value>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(value) => value.serialize(serializer),
            Self::Link(value) => value.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(fields) => serializer.collect_map(fields),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let human_readable = deserializer.is_human_readable();
        deserializer.deserialize_any(ValueVisitor { human_readable })
    }
}

struct ValueVisitor {
    /// JSON writes bytes and links as objects with one key; DAG-CBOR has them as such.
    human_readable: bool,
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data without floating-point numbers")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Integer).map_err(|_| E::custom("must be a signed 64-bit integer"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(value.into()))
    }

    fn visit_byte_buf<E: Error>(self, value: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(value.into()))
    }

    /// DAG-CBOR hands out a link as a newtype around its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_bytes(CidBytes).map(|cid| Value::Link(CidLink(cid)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            fields.insert(key, value);
        }
        if self.human_readable { interpret(fields) } else { Ok(Value::Map(fields)) }
    }
}

/// Turns the JSON forms of bytes and links into what they stand for.
fn interpret<E: Error>(fields: BTreeMap<String, Value>) -> Result<Value, E> {
    if fields.len() == 1 {
        if let Some(Value::String(text)) = fields.get(bytes::KEY) {
            return bytes::decode_base64(text)
                .map(Value::Bytes)
                .ok_or_else(|| E::custom("$bytes must be standard base64"));
        }
        if let Some(Value::String(text)) = fields.get(super::cid_link::KEY) {
            return text.parse().map(Value::Link).map_err(E::custom);
        }
    }
    Ok(Value::Map(fields))
}

/// Reads a CID from its bytes.
pub(super) struct CidBytes;

impl Visitor<'_> for CidBytes {
    type Value = Cid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a CID")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Cid, E> {
        Cid::try_from(bytes).map_err(|_| E::custom("must be a CID"))
    }
}
