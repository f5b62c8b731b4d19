//! Why bytes are not the MLS object that they should be.

/// Why MLS bytes were refused. The texts are fit for clients: they carry no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MlsError {
    /// The structure breaks off, or a field has a value that RFC 9420 doesn't allow there.
    #[error("the bytes are not well-formed MLS at offset {at}")]
    Malformed {
        /// Where reading stopped, in bytes from the start of the input.
        at: usize,
    },
    /// A complete object is followed by more bytes.
    #[error("{count} bytes follow the MLS object")]
    TrailingBytes {
        /// How many bytes follow.
        count: usize,
    },
    /// The version is not mls10.
    #[error("MLS protocol version {0} is not supported")]
    UnsupportedVersion(u16),
    /// An MLSMessage of another kind than asked for.
    #[error("the MLSMessage has wire format {0}, which is not expected here")]
    UnexpectedWireFormat(u16),
    /// The cipher suite is none that this service can verify.
    #[error("cipher suite {0} is not supported")]
    UnsupportedSuite(u16),
    /// The epoch is greater than a signed 64-bit integer holds.
    #[error("the epoch is out of range")]
    EpochOutOfRange,
    /// Application data in a PublicMessage, which RFC 9420 forbids.
    #[error("application data must travel in a PrivateMessage")]
    PublicApplicationData,
    /// A kind of sender that may not send this kind of content (RFC 9420, section 6.1).
    #[error("this sender may not send this content")]
    SenderNotAllowed,
    /// The group id is empty.
    #[error("the group id is empty")]
    EmptyGroupId,
    /// A Welcome without recipients, or with one named twice.
    #[error("a Welcome must name each of its recipients once, and at least one")]
    InvalidRecipients,
    /// A GroupInfo's signature doesn't verify with its signer's key.
    #[error("the signature does not verify")]
    InvalidSignature,
    /// A GroupInfo's signer is not a leaf of its tree.
    #[error("the signer is not in the ratchet tree")]
    UnknownSigner,
    /// A GroupInfo's ratchet tree is not the one that its group context commits to.
    #[error("the ratchet tree does not have the tree hash of the group context")]
    TreeHashMismatch,
    /// A ratchet tree with more leaves than this service works on.
    #[error("the ratchet tree has too many leaves")]
    TreeTooLarge,
}
