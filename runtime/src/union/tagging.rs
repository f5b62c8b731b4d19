//! Writing an object with another `$type` than it would write itself, or with none.

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{Error, Impossible, SerializeMap, SerializeStruct, Serializer};

use crate::data::TYPE;

/// A serializer for one object that sets the object's `$type` and drops the one it would write itself.
pub(super) struct Tagging<S> {
    type_name: Option<&'static str>,
    inner: S,
}

impl<S> Tagging<S> {
    pub(super) fn with(type_name: &'static str, inner: S) -> Self {
        Self { type_name: Some(type_name), inner }
    }
}

/// Writes an object without its `$type`, as the body of an event-stream frame wants it.
///
/// # Errors
/// Those of the serializer, and when `value` isn't an object.
pub fn untagged<S: Serializer, T: Serialize + ?Sized>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(Tagging { type_name: None, inner: serializer })
}

impl<S: Serializer> Tagging<S> {
    /// Opens the object. Its length is left open because a `$type` may be dropped from it.
    fn open(self) -> Result<TaggedMap<S::SerializeMap>, S::Error> {
        let mut map = self.inner.serialize_map(None)?;
        if let Some(type_name) = self.type_name {
            map.serialize_entry(TYPE, type_name)?;
        }
        Ok(TaggedMap { map, dropping: false })
    }
}

/// The open object.
pub(super) struct TaggedMap<M> {
    map: M,
    /// The value that comes next belongs to a `$type` that was dropped.
    dropping: bool,
}

impl<M: SerializeMap> SerializeStruct for TaggedMap<M> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        if key == TYPE { Ok(()) } else { self.map.serialize_entry(key, value) }
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.map.end()
    }
}

impl<M: SerializeMap> SerializeMap for TaggedMap<M> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        self.dropping = is_type(key);
        if self.dropping { Ok(()) } else { self.map.serialize_key(key) }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        if self.dropping { Ok(()) } else { self.map.serialize_value(value) }
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.map.end()
    }
}

/// Whether a key is `$type`, found out without allocating: a formatter is serde's simplest serializer of strings.
fn is_type<T: Serialize + ?Sized>(key: &T) -> bool {
    struct Text<'a, T: ?Sized>(&'a T);

    impl<T: Serialize + ?Sized> fmt::Display for Text<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.serialize(f)
        }
    }

    /// What is still expected.
    struct Expect(&'static str);

    impl Write for Expect {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut expect = Expect(TYPE);
    write!(expect, "{}", Text(key)).is_ok() && expect.0.is_empty()
}

/// Everything that isn't an object is refused.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, S::Error> {
            Err(S::Error::custom("the member of a union must be an object"))
        })*
    };
}

impl<S: Serializer> Serializer for Tagging<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = TaggedMap<S::SerializeMap>;
    type SerializeStruct = TaggedMap<S::SerializeMap>;
    type SerializeStructVariant = Impossible<S::Ok, S::Error>;

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.open()
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.open()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("the member of a union must be an object"))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    refuse! {
        serialize_bool(bool) -> S::Ok;
        serialize_i8(i8) -> S::Ok;
        serialize_i16(i16) -> S::Ok;
        serialize_i32(i32) -> S::Ok;
        serialize_i64(i64) -> S::Ok;
        serialize_u8(u8) -> S::Ok;
        serialize_u16(u16) -> S::Ok;
        serialize_u32(u32) -> S::Ok;
        serialize_u64(u64) -> S::Ok;
        serialize_f32(f32) -> S::Ok;
        serialize_f64(f64) -> S::Ok;
        serialize_char(char) -> S::Ok;
        serialize_str(&str) -> S::Ok;
        serialize_bytes(&[u8]) -> S::Ok;
        serialize_none() -> S::Ok;
        serialize_unit() -> S::Ok;
        serialize_unit_struct(&'static str) -> S::Ok;
        serialize_unit_variant(&'static str, u32, &'static str) -> S::Ok;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
