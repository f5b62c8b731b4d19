//! The `bytes` type of the data model: `{"$bytes": "<base64>"}` in JSON, a byte string in DAG-CBOR.

use std::{fmt, ops::Deref};

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The only key of a byte string in JSON.
pub(crate) const KEY: &str = "$bytes";

/// A byte string. Cloning it is cheap: the bytes are shared.
///
/// In JSON it is written as `{"$bytes": "..."}` with unpadded standard base64, and read with or without padding. Any other
/// alphabet, white space or a second key beside `$bytes` is refused.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(bytes::Bytes);

impl Bytes {
    /// No bytes.
    pub const fn new() -> Self {
        Self(bytes::Bytes::new())
    }

    /// The bytes as a `Vec`, without copying when nobody else holds them.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into()
    }

    /// The bytes in the buffer type that HTTP bodies are made of.
    pub fn into_inner(self) -> bytes::Bytes {
        self.0
    }
}

/// Decodes standard base64 with or without padding, at once and without an intermediate buffer.
pub(crate) fn decode_base64(text: &str) -> Option<Bytes> {
    let encoding = if text.ends_with('=') { STANDARD } else { STANDARD_NO_PAD };
    encoding.decode_to_vec(text).ok().map(Bytes::from)
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<bytes::Bytes> for Bytes {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes::Bytes::copy_from_slice(bytes))
    }
}

impl<const N: usize> From<[u8; N]> for Bytes {
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.into_vec()
    }
}

/// The length only: what is in it may be large, and may be a secret.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(KEY, &json_text(self))?;
            map.end()
        } else {
            serializer.serialize_bytes(self)
        }
    }
}

/// The bytes as a JSON string, with its quotes. Handed over as finished JSON, so that nobody looks through megabytes of
/// base64 for characters to escape.
fn json_text(bytes: &[u8]) -> Box<RawValue> {
    let mut text = String::with_capacity(STANDARD_NO_PAD.encoded_length(bytes.len()) + 2);
    text.push('"');
    STANDARD_NO_PAD.encode_append(bytes, &mut text);
    text.push('"');
    // SAFETY: quotes around letters, digits, `+` and `/` are a JSON string.
    unsafe { RawValue::from_string_unchecked(text) }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(BytesVisitor)
        } else {
            deserializer.deserialize_byte_buf(BytesVisitor)
        }
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes::from(bytes))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes::from(bytes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
        match map.next_key()? {
            Some(BytesKey) => (),
            None => return Err(Error::custom("must be an object with the key $bytes")),
        }
        let Base64(bytes) = map.next_value()?;
        match map.next_key()? {
            Some(BytesKey) => Err(Error::duplicate_field(KEY)),
            None => Ok(bytes),
        }
    }
}

/// The key `$bytes`, compared without being copied.
struct BytesKey;

impl<'de> Deserialize<'de> for BytesKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = BytesKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the key $bytes")
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<BytesKey, E> {
                if key == KEY { Ok(BytesKey) } else { Err(E::custom("must be an object with no key but $bytes")) }
            }
        }

        deserializer.deserialize_identifier(KeyVisitor)
    }
}

/// The text behind `$bytes`, decoded from where the parser finds it: a large ciphertext is not copied before.
struct Base64(Bytes);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Base64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a base64 string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Base64, E> {
                decode_base64(text).map(Base64).ok_or_else(|| E::custom("must be standard base64"))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
