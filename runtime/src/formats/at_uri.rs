//! The `at-uri` format.

use std::str::FromStr;

use super::{Did, FormatError, Handle, Nsid, RecordKey, own_format};

/// A link to a record, a collection or a repository, in the restricted form that Lexicon allows:
/// `at://<did or handle>[/<collection>[/<record key>]]`, without query, fragment or trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtUri(String);

own_format!(AtUri);

impl AtUri {
    /// The whole URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DID or handle of the repository.
    pub fn authority(&self) -> &str {
        self.segment(0).unwrap_or_default()
    }

    /// The NSID of the collection, if the URI has one.
    pub fn collection(&self) -> Option<&str> {
        self.segment(1)
    }

    /// The record key, if the URI has one.
    pub fn record_key(&self) -> Option<&str> {
        self.segment(2)
    }

    fn segment(&self, index: usize) -> Option<&str> {
        self.0.strip_prefix(SCHEME).and_then(|rest| rest.split('/').nth(index))
    }
}

const SCHEME: &str = "at://";

/// 8 KiB, the limit of the specification.
const MAX_LENGTH: usize = 8 * 1024;

impl FromStr for AtUri {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let error = |reason| FormatError::because("an at-uri", reason);
        if text.len() > MAX_LENGTH {
            return Err(error("at most 8192 bytes are allowed"));
        }
        let rest = text.strip_prefix(SCHEME).ok_or(error("it must begin with at://"))?;
        let mut segments = rest.split('/');
        let authority = segments.next().unwrap_or_default();
        if authority.parse::<Did>().is_err() && authority.parse::<Handle>().is_err() {
            return Err(error("the authority must be a DID or a handle"));
        }
        if segments.next().is_some_and(|collection| collection.parse::<Nsid>().is_err()) {
            return Err(error("the collection must be an NSID"));
        }
        if segments.next().is_some_and(|key| key.parse::<RecordKey>().is_err()) {
            return Err(error("the last part must be a record key"));
        }
        if segments.next().is_some() {
            return Err(error("nothing may follow the record key"));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let uri: AtUri = "at://did:plc:abc/com.example.post/3jui7".parse().unwrap();
        assert_eq!(uri.authority(), "did:plc:abc");
        assert_eq!(uri.collection(), Some("com.example.post"));
        assert_eq!(uri.record_key(), Some("3jui7"));
        let uri: AtUri = "at://alice.example.com".parse().unwrap();
        assert_eq!((uri.collection(), uri.record_key()), (None, None));
    }

    #[test]
    fn a_key_of_512_characters_is_the_longest() {
        let uri = |length: usize| format!("at://did:plc:abc/com.example.post/{}", "k".repeat(length));
        assert!(uri(512).parse::<AtUri>().is_ok());
        assert!(uri(513).parse::<AtUri>().is_err());
    }

    #[test]
    fn what_lexicon_leaves_out_is_refused() {
        for text in [
            "at://",
            "at://name",
            "AT://did:plc:abc",
            "at:did:plc:abc",
            "at://did:plc:abc/",
            "at://did:plc:abc//",
            "at://did:plc:abc/short",
            "at://did:plc:abc/com.example.post/",
            "at://did:plc:abc/com.example.post/..",
            "at://did:plc:abc/com.example.post/key/more",
            "at://did:plc:abc/com.example.post/key#fragment",
            "at://did:plc:abc?query",
            " at://did:plc:abc",
        ] {
            assert!(text.parse::<AtUri>().is_err(), "{text}");
        }
    }
}
