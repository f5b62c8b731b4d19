//! Bytes in strings: read in either base64 alphabet, padded or not, and written in base64url without padding.

use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A string that is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64")]
pub struct Base64Error;

/// Decodes the standard or the URL-safe alphabet (RFC 4648, sections 4 and 5), padded or not.
///
/// # Errors
/// Anything else: a mix of both alphabets, whitespace, padding of the wrong length, bits left over that aren't zero.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    let url_safe = text.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let base64 = match (url_safe, text.ends_with('=')) {
        (false, false) => &STANDARD_NO_PAD,
        (false, true) => &STANDARD,
        (true, false) => &URL_SAFE_NO_PAD,
        (true, true) => &URL_SAFE,
    };
    base64.decode_to_vec(text).map_err(|_| Base64Error)
}

/// Encodes to base64url without padding.
pub fn encode_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}
