//! The `uri` format.

use std::str::FromStr;

use super::{FormatError, own_format};

/// Any URI, checked as loosely as Lexicon asks for: a scheme, a colon, and visible characters up to 8 KiB in all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri(String);

own_format!(Uri);

impl Uri {
    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon.
    pub fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl FromStr for Uri {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let error = FormatError::new("a URI");
        let (scheme, rest) = text.split_once(':').ok_or(error)?;
        let scheme_fits = scheme.len() <= 81
            && scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(&byte));
        let rest_fits = !rest.is_empty() && !rest.contains(|char: char| char.is_whitespace() || char.is_control());
        if text.len() > 8 * 1024 || !scheme_fits || !rest_fits {
            return Err(error);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_and_something_visible_make_a_uri() {
        for text in ["https://example.com/a?b=c#d", "dns:example.com", "did:web:example.com", "a.b-c:x", "go://?x%20y"]
        {
            assert!(text.parse::<Uri>().is_ok(), "{text}");
        }
        for text in ["", "https", "https:", ":x", "1a:x", "https://exa mple.com", "https://example.com\n"] {
            assert!(text.parse::<Uri>().is_err(), "{text}");
        }
        assert!(format!("a:{}", "x".repeat(9000)).parse::<Uri>().is_err());
    }
}
