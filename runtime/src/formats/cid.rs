//! The `cid` format: a CID as a string.

use std::str::FromStr;

use super::{FormatError, own_format};

/// A CID in a string. The text is kept as it came, whatever its base.
///
/// CIDv0 (`Qm...`) is refused, as in all of AT Protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cid {
    text: String,
    cid: ipld_core::cid::Cid,
}

own_format!(Cid);

impl Cid {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The CID itself.
    pub fn cid(&self) -> ipld_core::cid::Cid {
        self.cid
    }
}

impl From<ipld_core::cid::Cid> for Cid {
    fn from(cid: ipld_core::cid::Cid) -> Self {
        Self { text: cid.to_string(), cid }
    }
}

impl FromStr for Cid {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        parse(text).map(|cid| Self { text: text.to_owned(), cid })
    }
}

/// Parses a CID. The parser of the `cid` crate alone would take any text with `/ipfs/` before the CID.
pub(crate) fn parse(text: &str) -> Result<ipld_core::cid::Cid, FormatError> {
    let error = FormatError::new("a CID");
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=' | b'-' | b'_'));
    if !(8..=256).contains(&text.len()) || !plain {
        return Err(error);
    }
    let cid = ipld_core::cid::Cid::try_from(text).map_err(|_| error)?;
    if cid.version() == ipld_core::cid::Version::V0 {
        return Err(FormatError::because("a CID", "version 0 is refused"));
    }
    Ok(cid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE32: &str = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy";

    #[test]
    fn any_base_is_kept_as_it_came() {
        let cid: Cid = BASE32.parse().unwrap();
        assert_eq!(cid.as_str(), BASE32);
        let base16: Cid = format!("f{}", hex(&cid.cid().to_bytes())).parse().unwrap();
        assert_eq!(base16.cid(), cid.cid());
        assert!(base16.as_str().starts_with("f0155"));
    }

    #[test]
    fn paths_version_0_and_noise_are_refused() {
        for text in [
            &format!("/ipfs/{BASE32}"),
            &format!("https://example.com/ipfs/{BASE32}"),
            "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR",
            "bafkreibme22",
            "",
            &format!("{BASE32} "),
            &BASE32[1..],
        ] {
            assert!(text.parse::<Cid>().is_err(), "{text}");
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
