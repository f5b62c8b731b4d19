//! Presence of object properties: absent, null or there.

use serde::{Deserialize, Deserializer};

/// Reads an optional property that isn't nullable: absent is `None` (by `#[serde(default)]`), an explicit null is refused.
pub fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a required, nullable property: null is `None`, absence is refused (serde alone would read it as `None`).
pub fn required_nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Reads an optional, nullable property: absent is `None` (by `#[serde(default)]`), null is `Some(None)`.
pub fn optional_nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
