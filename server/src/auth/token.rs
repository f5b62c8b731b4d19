//! Takes a bearer token apart. Nothing here is believed yet: the signature is checked elsewhere.

use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{AuthError, invalid};
use super::verify::SigningInput;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// `typ` of tokens that are made for other purposes: OAuth access tokens (RFC 9068), refresh tokens
/// of a PDS, DPoP proofs (RFC 9449). The same key may sign them, so they must not pass here.
const FOREIGN_TYPES: [&str; 3] = ["at+jwt", "refresh+jwt", "dpop+jwt"];

/// The token of an `Authorization` header.
///
/// # Errors
/// `AuthenticationRequired` when there is none, or another scheme than `Bearer`; `InvalidToken`
/// when it is longer than [`MAX_TOKEN_BYTES`].
pub(super) fn bearer(authorization: Option<&str>) -> Result<&str, AuthError> {
    let required = |message: &'static str| AuthError::AuthenticationRequired(message.into());
    let header = authorization
        .ok_or_else(|| required("this method needs an `Authorization: Bearer` header with a service token"))?;
    let (scheme, token) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(required("the `Authorization` header must use the `Bearer` scheme"));
    }
    let token = token.trim_start();
    if token.is_empty() {
        return Err(required("the `Authorization` header has no token after `Bearer`"));
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(invalid(format!("the token is longer than {MAX_TOKEN_BYTES} bytes")));
    }
    Ok(token)
}

/// How a token says it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenAlgorithm {
    /// ECDSA with the issuer's `#atproto` key, on that curve.
    Issuer(atrium_crypto::Algorithm),
    /// HMAC with the development secret.
    Development,
}

/// The JOSE header, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    alg: String,
    typ: Option<String>,
    /// Names the verification method, when the issuer cares to.
    pub kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// The claims that service auth knows. `sub` is not among them: the caller is whom the signature
/// vouches for, and that is `iss`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub iss: Option<String>,
    pub aud: Option<String>,
    pub lxm: Option<String>,
    pub exp: Option<NumericDate>,
    pub iat: Option<NumericDate>,
    pub nbf: Option<NumericDate>,
    pub jti: Option<String>,
}

/// A token, cut in two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// What is signed: header and claims as they were sent.
    pub input: SigningInput<'a>,
    /// The signature, still in base64url.
    pub signature: &'a str,
}

impl<'a> Signed<'a> {
    pub fn split(raw: &'a str) -> Result<Self, AuthError> {
        let (text, signature) = raw.rsplit_once('.').ok_or_else(malformed)?;
        Ok(Self { input: SigningInput::new(text), signature })
    }
}

fn malformed() -> AuthError {
    invalid("the token is not a JWT of three parts separated by dots")
}

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub header: Header,
    pub algorithm: TokenAlgorithm,
    pub claims: Claims,
    pub input: SigningInput<'a>,
    pub signature: &'a str,
}

impl<'a> Token<'a> {
    /// Reads header and claims and refuses what can't be a service token.
    pub fn read(Signed { input, signature }: Signed<'a>) -> Result<Self, AuthError> {
        let (header, claims) = input.text().split_once('.').ok_or_else(malformed)?;
        if claims.contains('.') {
            return Err(malformed());
        }
        let header: Header = decode_part(header, "header")?;
        let algorithm = header.check()?;
        let claims = decode_part(claims, "claims")?;
        Ok(Self { header, algorithm, claims, input, signature })
    }
}

impl Header {
    fn check(&self) -> Result<TokenAlgorithm, AuthError> {
        // RFC 7515 section 4.1.11: an extension that is marked critical and not understood is a refusal.
        if self.crit.is_some() {
            return Err(invalid("the token's header has a critical extension (`crit`), and none is known"));
        }
        if let Some(typ) = &self.typ {
            let typ = typ.to_ascii_lowercase();
            if FOREIGN_TYPES.contains(&typ.strip_prefix("application/").unwrap_or(&typ)) {
                return Err(invalid(
                    "the token's `typ` is that of an access, refresh or DPoP token; a service token is needed",
                ));
            }
        }
        match self.alg.as_str() {
            "ES256K" => Ok(TokenAlgorithm::Issuer(atrium_crypto::Algorithm::Secp256k1)),
            "ES256" => Ok(TokenAlgorithm::Issuer(atrium_crypto::Algorithm::P256)),
            "HS256" => Ok(TokenAlgorithm::Development),
            _ => Err(invalid("the token's `alg` must be ES256K or ES256")),
        }
    }
}

fn decode_part<T: DeserializeOwned>(part: &str, name: &str) -> Result<T, AuthError> {
    let bytes =
        decode_base64url(part).ok_or_else(|| invalid(format!("the token's {name} are not unpadded base64url")))?;
    serde_json::from_slice(&bytes).map_err(|_| explain::<T>(&bytes, name))
}

/// Reads once more what could not be read, to say why. Good tokens don't pay for that.
fn explain<T: DeserializeOwned>(bytes: &[u8], name: &str) -> AuthError {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => wrong_part(name, error),
        Ok(_) => invalid(format!("the token's {name} are followed by something else")),
    }
}

/// Names the claim but quotes nothing: the parser's own message may hold what was sent.
fn wrong_part(name: &str, error: serde_path_to_error::Error<serde_json::Error>) -> AuthError {
    const KNOWN: [&str; 11] = ["alg", "typ", "kid", "crit", "iss", "aud", "lxm", "exp", "iat", "nbf", "jti"];
    let path = error.path().to_string();
    match KNOWN.into_iter().find(|known| *known == path) {
        Some(claim) => invalid(format!("`{claim}` in the token's {name} has the wrong type or is given twice")),
        None => invalid(format!("the token's {name} are not the JSON object that a service token has")),
    }
}

fn decode_base64url(part: &str) -> Option<Vec<u8>> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).ok()
}

/// Seconds since the Unix epoch. RFC 7519 allows fractions; they are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumericDate(pub i64);

/// The end of the year 9999. What lies beyond is no date, and keeps sums from overflowing.
const LAST_SECOND: i64 = 253_402_300_799;

impl NumericDate {
    fn from_seconds(seconds: i64) -> Option<Self> {
        (0..=LAST_SECOND).contains(&seconds).then_some(Self(seconds))
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumericDateVisitor)
    }
}

struct NumericDateVisitor;

impl Visitor<'_> for NumericDateVisitor {
    type Value = NumericDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since the Unix epoch")
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<NumericDate, E> {
        NumericDate::from_seconds(seconds).ok_or_else(|| E::custom("not a date"))
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<NumericDate, E> {
        i64::try_from(seconds).map_err(E::custom).and_then(|seconds| self.visit_i64(seconds))
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<NumericDate, E> {
        // The cast saturates and turns NaN into 0; neither can come out of JSON, and the range is checked.
        self.visit_i64(seconds.floor() as i64)
    }
}
