//! Example strings: of a format, from a set of values, of a length.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::{StringFormat, StringSchema};

/// A CID of raw bytes, by SHA-256.
pub const CID: &str = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

/// A string that fits the schema wherever one of these does.
pub fn string(schema: &StringSchema) -> String {
    let listed = schema.enumeration.as_ref().or(schema.known_values.as_ref()).and_then(|values| values.first());
    let given = schema.constant.as_ref().or(schema.default.as_ref()).or(listed.map(|listed| &listed.value));
    match (given, schema.format) {
        (Some(given), _) => given.clone(),
        (None, Some(format)) => {
            let most = schema.max_length.unwrap_or(u64::MAX);
            let candidates = of_format(format);
            let fitting = candidates.iter().find(|text| text.len() as u64 <= most);
            fitting.unwrap_or(&candidates[0]).to_string()
        }
        (None, None) => of_length(schema),
    }
}

/// Strings of a format, the best example first, shorter ones after it.
fn of_format(format: StringFormat) -> &'static [&'static str] {
    match format {
        StringFormat::Did => &["did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:web:a.example"],
        StringFormat::Handle => &["alice.example.com", "a.example"],
        StringFormat::AtIdentifier => &["alice.example.com", "a.example"],
        StringFormat::AtUri => {
            &["at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jzfcijpj2z2a", "at://a.example"]
        }
        StringFormat::Cid => &[CID],
        StringFormat::Datetime => &["2026-03-14T15:09:26.000Z", "2026-03-14T15:09:26Z"],
        StringFormat::Nsid => &["com.example.getThing", "a.b.c"],
        StringFormat::Tid => &["3jzfcijpj2z2a"],
        StringFormat::RecordKey => &["3jzfcijpj2z2a", "self"],
        StringFormat::Uri => &["https://example.com/page", "https://a.example", "a:b"],
        StringFormat::Language => &["en-GB", "en"],
    }
}

/// Words, cut or repeated until they are as long as they have to be.
fn of_length(schema: &StringSchema) -> String {
    let most_bytes = schema.max_length.unwrap_or(u64::MAX);
    let most_graphemes = schema.max_graphemes.unwrap_or(u64::MAX);
    let (least_bytes, least_graphemes) = (schema.min_length.unwrap_or(0), schema.min_graphemes.unwrap_or(0));
    let mut text = String::new();
    for (count, grapheme) in "example".graphemes(true).cycle().enumerate() {
        let enough = count >= "example".len() && count as u64 >= least_graphemes && text.len() as u64 >= least_bytes;
        if enough || count as u64 >= most_graphemes || (text.len() + grapheme.len()) as u64 > most_bytes {
            break;
        }
        text.push_str(grapheme);
    }
    text
}
