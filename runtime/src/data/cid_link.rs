//! The `cid-link` type: `{"$link": "<cid>"}` in JSON, tag 42 in DAG-CBOR.

use std::{fmt, str::FromStr};

use ipld_core::cid::Cid;
use ipld_core::cid::serde::CID_SERDE_PRIVATE_IDENTIFIER;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::value::CidBytes;
use crate::formats::FormatError;

/// The only key of a link in JSON.
pub(super) const KEY: &str = "$link";

/// A link to content by its CID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CidLink(pub Cid);

impl fmt::Display for CidLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CidLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CidLink({})", self.0)
    }
}

impl FromStr for CidLink {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        crate::formats::parse_cid(text).map(Self)
    }
}

impl From<Cid> for CidLink {
    fn from(cid: Cid) -> Self {
        Self(cid)
    }
}

impl Serialize for CidLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(KEY, &self.0.to_string())?;
            map.end()
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for CidLink {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(LinkVisitor)
        } else {
            deserializer.deserialize_newtype_struct(CID_SERDE_PRIVATE_IDENTIFIER, LinkVisitor)
        }
    }
}

struct LinkVisitor;

impl<'de> Visitor<'de> for LinkVisitor {
    type Value = CidLink;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<CidLink, D::Error> {
        deserializer.deserialize_bytes(CidBytes).map(CidLink)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CidLink, A::Error> {
        const SHAPE: &str = "must be an object with the key $link alone";
        let Some((key, text)) = map.next_entry::<String, String>()? else { return Err(A::Error::custom(SHAPE)) };
        if key != KEY || map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom(SHAPE));
        }
        text.parse().map_err(A::Error::custom)
    }
}
