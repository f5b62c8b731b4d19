//! The small grammars that lexicons are written in: NSIDs, names, references, media types and record key types.
//!
//! Source: <https://atproto.com/specs/nsid>, <https://atproto.com/specs/lexicon>.

use crate::formats::is_record_key;

/// Whether a string is an NSID: a reversed domain name of two or more labels, then a name of letters and digits.
pub fn is_nsid(text: &str) -> bool {
    let Some((authority, name)) = text.rsplit_once('.') else {
        return false;
    };
    let labels: Vec<_> = authority.split('.').collect();
    labels.len() >= 2
        && authority.len() <= 253
        && labels.iter().all(|label| is_domain_label(label))
        && !authority.starts_with(|c: char| c.is_ascii_digit())
        && name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Whether a string is one label of a domain name.
pub(crate) fn is_domain_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether a string may name a definition: a letter, then letters, digits, `_` or `-`.
pub fn is_def_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Whether a string is a reference: `#name`, `nsid` or `nsid#name`.
pub fn is_reference(text: &str) -> bool {
    match text.split_once('#') {
        None => is_nsid(text),
        Some((nsid, name)) => (nsid.is_empty() || is_nsid(nsid)) && is_def_name(name),
    }
}

/// Whether a string is a media type or a pattern of one (`image/*`, `*/*`), possibly with parameters.
pub fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    match essence.split_once('/') {
        Some(("*", "*")) => true,
        Some(("*", _)) | None => false,
        Some((main, sub)) => {
            !main.is_empty() && main.chars().all(token) && (sub == "*" || (!sub.is_empty() && sub.chars().all(token)))
        }
    }
}

/// Whether a string is a record's `key`: `tid`, `nsid`, `any` or `literal:<record key>`.
pub fn is_record_key_type(text: &str) -> bool {
    matches!(text, "tid" | "nsid" | "any") || text.strip_prefix("literal:").is_some_and(is_record_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_take_whole_wildcards_only() {
        for right in ["application/json", "image/*", "*/*", "text/plain; charset=utf-8", "application/vnd.ipld.car"] {
            assert!(is_media_type(right), "{right}");
        }
        for wrong in ["json", "*", "*/json", "text/ht*", "a/b, c/d", "image/", "a b/c"] {
            assert!(!is_media_type(wrong), "{wrong}");
        }
    }
}
