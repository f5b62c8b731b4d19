//! The `language` format.

use std::str::FromStr;

use super::{FormatError, own_format};

/// A well-formed BCP 47 language tag. The text is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language(String);

own_format!(Language);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let error = FormatError::new("a language tag");
        // The parser's work grows with the text, and no tag comes near this.
        if text.len() > 128 {
            return Err(error);
        }
        match atrium_api::types::string::Language::new(text.to_owned()) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_tags_are_kept_and_others_refused() {
        for text in
            ["ja", "pt-BR", "zh-Hant", "sgn-BE-NL", "i-default", "de-CH-x-phonebk", "X-fr-CH", "en-u-co-phonebk"]
        {
            assert_eq!(text.parse::<Language>().unwrap().as_str(), text);
        }
        for text in ["", ".", "j", "123", "ja-", "a-DE", "en_US"] {
            assert!(text.parse::<Language>().is_err(), "{text}");
        }
    }
}
