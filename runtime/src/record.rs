//! Records: objects that are written with their `$type`, which names their collection.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::data::TYPE;

/// Gives a record serde's traits. The struct derives serde's functions with `remote = "Self"`, which know only its fields;
/// the macro adds the `$type`: written always, and when it is there, read as no other than the record's own.
#[macro_export]
macro_rules! record_serde {
    ($name:ident, $nsid:expr) => {
        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                struct Fields<'a>(&'a $name);
                impl $crate::codegen::serde::Serialize for Fields<'_> {
                    fn serialize<S: $crate::codegen::serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> ::core::result::Result<S::Ok, S::Error> {
                        <$name>::serialize(self.0, serializer)
                    }
                }
                $crate::union::member(serializer, $nsid, &Fields(self))
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <$name>::deserialize($crate::record::Typed::new($nsid, deserializer))
            }
        }
    };
}

/// A deserializer of an object that refuses a `$type` other than the expected one, and leaves it out of the fields.
#[derive(Debug)]
pub struct Typed<D> {
    nsid: &'static str,
    inner: D,
}

impl<D> Typed<D> {
    /// Expects the type `nsid`.
    pub const fn new(nsid: &'static str, inner: D) -> Self {
        Self { nsid, inner }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Typed<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(TypedVisitor { nsid: self.nsid, visitor })
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct TypedVisitor<V> {
    nsid: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for TypedVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(TypedFields { nsid: self.nsid, map })
    }
}

struct TypedFields<A> {
    nsid: &'static str,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for TypedFields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != TYPE {
                let deserializer: StrDeserializer<'_, A::Error> = key.as_str().into_deserializer();
                return seed.deserialize(deserializer).map(Some);
            }
            let given: String = self.map.next_value()?;
            // `nsid#main` is another way to write `nsid`.
            if given.strip_suffix("#main").unwrap_or(&given) != self.nsid {
                return Err(A::Error::custom(format_args!("$type must be {}", self.nsid)));
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
