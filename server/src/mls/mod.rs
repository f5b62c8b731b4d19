//! What a delivery service that holds no keys may read from MLS bytes (RFC 9420), and what it can verify.
//!
//! The bytes are the truth: group id, epoch, kind of content, recipients and identities come from here and never from
//! a JSON field. All functions are total: any input gives an answer or an error, never a panic, and the work they do is
//! bounded by the input's length.
//!
//! The structures are walked by a strict reader over the received bytes. openmls keeps the content of a PublicMessage
//! and the signer of a GroupInfo to itself, judges lifetimes by the system's clock, and verifies no suite of the
//! 256-bit level; and references and signatures are taken over the very bytes that arrived, which a second encoding
//! could only approximate. Signatures are verified by the crates that openmls uses, and the tests hold this module to
//! openmls's own verdicts.

mod base64;
mod error;
mod external_commit;
mod framing;
mod group_info;
mod identity;
mod key_package;
mod key_package_check;
mod leaf_node;
mod proposals;
mod ratchet_tree;
mod reader;
mod signature;
mod suite;
mod welcome;

#[cfg(test)]
mod tests;

pub use base64::{Base64Error, decode_base64, encode_base64url};
pub use error::MlsError;
pub use external_commit::{ExternalCommitRefusal, ExternalJoin, verify_external_commit};
pub use framing::{ContentKind, Framing, Sender, Wire, framing, looks_like_mls};
pub use group_info::{GroupInfoFacts, group_info};
pub use identity::{DeviceIdentity, identity_belongs_to};
pub use key_package::KeyPackageRef;
pub use key_package_check::{CheckedKeyPackage, KeyPackageRefusal, MAX_LIFETIME, NOT_BEFORE_LEEWAY, check_key_package};
pub use proposals::{AddedMember, ByValue};
pub use ratchet_tree::{MAX_LEAVES, TreeMember};
pub use suite::{Suite, UnknownSuite};
pub use welcome::{WelcomeFacts, welcome};

/// `ProtocolVersion mls10` (RFC 9420, section 6).
const MLS10: u16 = 1;
