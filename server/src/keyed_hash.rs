//! Keyed hashes: what the server keeps or logs in place of what it should not know.
//!
//! The key is the operator's `SERVER_SECRET` and is not in the database, so that a copy of the database alone does not
//! let anybody test who sent what.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key of all keyed hashes of a deployment. All replicas share it.
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

impl HashKey {
    /// A key from the operator's secret, of any length; 32 random bytes are right.
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// A hash of several parts for one purpose. Each part's length is hashed too, so that parts can't run into each other.
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::HashKey;

    #[test]
    fn depends_on_key_purpose_and_where_parts_end() {
        let key = HashKey::new(b"one");
        let tag = key.tag("a", &[b"bc", b"d"]);
        assert_eq!(tag, HashKey::new(b"one").tag("a", &[b"bc", b"d"]));
        assert_ne!(tag, HashKey::new(b"two").tag("a", &[b"bc", b"d"]));
        assert_ne!(tag, key.tag("b", &[b"bc", b"d"]));
        assert_ne!(tag, key.tag("a", &[b"b", b"cd"]));
        assert_ne!(tag, key.tag("a", &[b"bcd"]));
    }
}
