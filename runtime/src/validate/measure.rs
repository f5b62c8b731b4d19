//! How long a value is, and in what unit its limits count.

use crate::bytes::Bytes;

/// What a length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes: of a byte string, or of a string in UTF-8.
    Bytes,
    /// Items of an array.
    Items,
}

/// A value with a length.
pub trait Measure {
    /// What the length counts.
    const UNIT: Unit;

    /// The length.
    fn length(&self) -> usize;
}

/// A value that is a string on the wire.
pub trait Text: Measure {
    /// The string.
    fn text(&self) -> &str;
}

impl Measure for str {
    const UNIT: Unit = Unit::Bytes;

    fn length(&self) -> usize {
        self.len()
    }
}

impl Text for str {
    fn text(&self) -> &str {
        self
    }
}

impl Measure for String {
    const UNIT: Unit = Unit::Bytes;

    fn length(&self) -> usize {
        self.len()
    }
}

impl Text for String {
    fn text(&self) -> &str {
        self
    }
}

impl Measure for Bytes {
    const UNIT: Unit = Unit::Bytes;

    fn length(&self) -> usize {
        self.len()
    }
}

impl<T> Measure for [T] {
    const UNIT: Unit = Unit::Items;

    fn length(&self) -> usize {
        self.len()
    }
}

impl<T> Measure for Vec<T> {
    const UNIT: Unit = Unit::Items;

    fn length(&self) -> usize {
        self.len()
    }
}
