//! Which issuers are looked up, and where their DID documents lie.

use atrium_api::types::string::Did;
use reqwest::Url;

use super::error::{AuthError, invalid};

/// The issuer of a token: a DID whose document can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// Through a PLC directory.
    Plc,
    /// From the host that the DID names.
    Web(Url),
}

/// Reads an `iss` claim as a bare DID of any method.
///
/// AT Protocol once let `iss` carry the fragment of a service of the issuer, which chose another key
/// than `#atproto` (only labelers had one). This service accepts the `#atproto` key alone, and the
/// revised proposal (0014) drops the fragment, so a fragment is refused instead of being cut off.
pub(super) fn parse_did(iss: Option<String>) -> Result<Did, AuthError> {
    let iss = iss.ok_or_else(|| invalid("the token has no `iss`"))?;
    if iss.contains('#') {
        return Err(invalid("the token's `iss` must be a bare DID, without a fragment"));
    }
    Did::new(iss).map_err(|_| invalid("the token's `iss` is not a DID"))
}

impl Issuer {
    /// Sorts a DID by method.
    ///
    /// # Errors
    /// A sentence for the client when the method is not supported or the DID breaks its rules.
    pub fn of(did: &Did) -> Result<Self, &'static str> {
        match did.as_str().strip_prefix("did:").and_then(|rest| rest.split_once(':')) {
            Some(("plc", id)) if is_plc_id(id) => Ok(Self::Plc),
            Some(("plc", _)) => Err("a did:plc has 24 characters of a-z and 2-7"),
            Some(("web", host)) => web_document(host).map(Self::Web),
            _ => Err("only did:plc and did:web are supported"),
        }
    }
}

fn is_plc_id(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

/// Where a did:web's document lies. AT Protocol knows no paths in did:web, and a port only for
/// `localhost`, where plain http is meant; whether loopback may be asked is decided when connecting.
fn web_document(host: &str) -> Result<Url, &'static str> {
    if host.contains(':') {
        return Err("a did:web with a path is not supported");
    }
    if let Some(port) = localhost_port(host) {
        let authority = port?.map_or_else(|| "localhost".to_owned(), |port| format!("localhost:{port}"));
        return document_url("http", &authority);
    }
    if host.contains('%') {
        return Err("a did:web with a port is supported for localhost only");
    }
    let url = document_url("https", host)?;
    // Compared as a name, since "0x7f.1" and its like are addresses in disguise.
    match url.host() {
        Some(url::Host::Domain(domain)) if domain == host && is_public_name(host) => Ok(url),
        _ => Err("a did:web must name a host by its lowercase domain name"),
    }
}

/// None when the host is not `localhost`; else its port, if it has one.
fn localhost_port(host: &str) -> Option<Result<Option<u16>, &'static str>> {
    let rest = host.strip_prefix("localhost")?;
    if rest.is_empty() {
        return Some(Ok(None));
    }
    let port = rest.strip_prefix("%3A").or_else(|| rest.strip_prefix("%3a"))?;
    let all_digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some(match port.parse() {
        Ok(port) if all_digits && port != 0 => Ok(Some(port)),
        _ => Err("the port of a did:web is not a number from 1 to 65535"),
    })
}

fn is_public_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inside)
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(is_label) && !host.ends_with(".localhost")
}

fn document_url(scheme: &str, authority: &str) -> Result<Url, &'static str> {
    Url::parse(&format!("{scheme}://{authority}/.well-known/did.json"))
        .map_err(|_| "a did:web must name a host by its lowercase domain name")
}
