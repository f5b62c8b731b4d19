//! The `blob` type: a reference to bytes that are kept elsewhere.

use serde::{Deserialize, Serialize};

use super::CidLink;

/// A reference to a blob, written as an object with `$type: "blob"`.
///
/// The form without `$type`, which some old records have, is refused: it has no size to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    #[serde(rename = "$type")]
    tag: BlobTag,
    /// The CID of the blob's bytes.
    #[serde(rename = "ref")]
    pub link: CidLink,
    /// What the uploader said the content is.
    #[serde(rename = "mimeType")]
    pub mime_type: String,
    /// The length in bytes.
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum BlobTag {
    #[serde(rename = "blob")]
    Blob,
}

impl BlobRef {
    /// Refers to a blob of `size` bytes.
    pub fn new(link: CidLink, mime_type: impl Into<String>, size: u64) -> Self {
        Self { tag: BlobTag::Blob, link, mime_type: mime_type.into(), size }
    }
}
