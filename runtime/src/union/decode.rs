//! Reading a union: find `$type`, then read the member from all other fields.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Union;
use crate::data::{TYPE, Value};
use crate::router::push_path;

/// Reads a union.
///
/// # Errors
/// When the value isn't an object with a string `$type`, or the member can't be read from it.
pub fn deserialize<'de, U: Union, D: Deserializer<'de>>(deserializer: D) -> Result<U, D::Error> {
    let human_readable = deserializer.is_human_readable();
    deserializer.deserialize_map(UnionVisitor { human_readable, union: PhantomData })
}

struct UnionVisitor<U> {
    human_readable: bool,
    union: PhantomData<U>,
}

impl<'de, U: Union> Visitor<'de> for UnionVisitor<U> {
    type Value = U;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with $type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<U, A::Error> {
        let mut before = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == TYPE {
                let type_name = map.next_value::<String>()?;
                // `nsid#main` is another way to write `nsid`.
                let type_name = type_name.strip_suffix("#main").unwrap_or(&type_name);
                let fields = Fields { before: before.into_iter(), value: None, rest: map };
                return U::decode(type_name, MemberDeserializer { fields, human_readable: self.human_readable });
            }
            before.push((key, map.next_value::<Value>()?));
        }
        Err(A::Error::missing_field(TYPE))
    }
}

/// The fields of a member: those that were read while looking for `$type`, then those still to be read.
struct Fields<A> {
    before: std::vec::IntoIter<(String, Value)>,
    value: Option<(String, Value)>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((key, value)) = self.before.next() else { return self.rest.next_key_seed(seed) };
        let deserializer: StrDeserializer<'_, A::Error> = key.as_str().into_deserializer();
        let read = seed.deserialize(deserializer)?;
        self.value = Some((key, value));
        Ok(Some(read))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        let Some((key, value)) = self.value.take() else { return self.rest.next_value_seed(seed) };
        // The reader's own path ends at the union, so the message continues it: `/uri: must be a URI`.
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
        seed.deserialize(tracked).map_err(|error| {
            let mut place = format!("/{key}");
            push_path(&mut place, &track.path());
            A::Error::custom(format_args!("{place}: {error}"))
        })
    }
}

struct MemberDeserializer<A> {
    fields: Fields<A>,
    human_readable: bool,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for MemberDeserializer<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.fields)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn is_human_readable(&self) -> bool {
        self.human_readable
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}
