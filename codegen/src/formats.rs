//! The string formats of Lexicon.
//!
//! Source: <https://atproto.com/specs/lexicon#string-formats>. As lenient as the specification of each format: what is
//! well-formed passes, whether it exists or not.

use crate::{
    model::StringFormat,
    syntax::{is_domain_label, is_nsid},
};

/// Whether a string has a format; as lenient as the specification of each format.
pub fn has_format(text: &str, format: StringFormat) -> bool {
    match format {
        StringFormat::AtIdentifier => is_did(text) || is_handle(text),
        StringFormat::AtUri => is_at_uri(text),
        StringFormat::Cid => {
            (8..=256).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '=')
        }
        StringFormat::Datetime => is_datetime(text),
        StringFormat::Did => is_did(text),
        StringFormat::Handle => is_handle(text),
        StringFormat::Nsid => is_nsid(text),
        StringFormat::Tid => is_tid(text),
        StringFormat::RecordKey => is_record_key(text),
        StringFormat::Uri => is_uri(text),
        StringFormat::Language => is_language(text),
    }
}

/// Whether a string is a well-formed language tag (RFC 5646), without looking up its parts.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let private = matches!(first, "i" | "x") && text.len() > 2;
    let language = (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase());
    (private || language)
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let scheme = parts.next() == Some("did");
    let method =
        parts.next().is_some_and(|method| !method.is_empty() && method.chars().all(|c| c.is_ascii_lowercase()));
    let id = parts.next().is_some_and(|id| {
        !id.is_empty()
            && !id.ends_with([':', '%'])
            && id.chars().all(|c| c.is_ascii_alphanumeric() || "._:%-".contains(c))
    });
    scheme && method && id && text.len() <= 2048
}

fn is_handle(text: &str) -> bool {
    let labels: Vec<_> = text.split('.').collect();
    text.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| is_domain_label(label))
        && labels.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn is_at_uri(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("at://") else {
        return false;
    };
    let parts: Vec<_> = rest.split('/').collect();
    text.len() <= 8192
        && parts.len() <= 3
        && (is_did(parts[0]) || is_handle(parts[0]))
        && parts.get(1).is_none_or(|collection| is_nsid(collection))
        && parts.get(2).is_none_or(|key| is_record_key(key))
}

pub(crate) fn is_record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_~.:-".contains(c))
}

fn is_tid(text: &str) -> bool {
    text.len() == 13
        && text.starts_with(|c| "234567abcdefghij".contains(c))
        && text.chars().all(|c| "234567abcdefghijklmnopqrstuvwxyz".contains(c))
}

fn is_uri(text: &str) -> bool {
    text.len() <= 8192
        && text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
                && !rest.is_empty()
                && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
        })
}

/// `YYYY-MM-DDTHH:MM:SS[.digits](Z|+HH:MM|-HH:MM)`, a day that exists, no leap second, no `-00:00`.
fn is_datetime(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|part| part.parse::<u32>().ok())
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let marked = marks.iter().all(|(at, mark)| text.as_bytes().get(*at) == Some(mark));
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (number(11, 13), number(14, 16), number(17, 19)) else {
        return false;
    };
    marked
        && (1..=12).contains(&month)
        && (1..=days(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && text.get(19..).is_some_and(is_fraction_and_zone)
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_fraction_and_zone(text: &str) -> bool {
    let zone = match text.strip_prefix('.') {
        None => text,
        Some(rest) => {
            let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == rest.len() {
                return false;
            }
            zone
        }
    };
    let offset = |rest: &str| match rest.as_bytes() {
        [h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) && &rest[..2] < "24" && &rest[3..] < "60"
        }
        _ => false,
    };
    zone == "Z" || (zone != "-00:00" && zone.strip_prefix(['+', '-']).is_some_and(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: StringFormat, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(has_format(text, format), "{format:?} should take {text:?}");
        }
        for text in wrong {
            assert!(!has_format(text, format), "{format:?} should refuse {text:?}");
        }
    }

    #[test]
    fn nsids_have_three_parts_and_a_plain_name() {
        check(
            StringFormat::Nsid,
            &["com.example.fooBar", "a-0.b-1.c", "net.users.bob.ping", "cn.8.lex.stuff", "a.b.c2"],
            &[
                "com.example",
                "com.example.3",
                "com.example.foo-bar",
                "com..foo",
                "1com.example.foo",
                "com.-a.foo",
                "com.exa💩ple.thing",
                "",
            ],
        );
    }

    #[test]
    fn datetimes_are_complete_and_exist() {
        check(
            StringFormat::Datetime,
            &[
                "1985-04-12T23:20:50.123Z",
                "1985-04-12T23:20:50Z",
                "2024-02-29T00:00:00-07:00",
                "0000-01-01T00:00:00.000Z",
            ],
            &[
                "1985-04-12",
                "1985-04-12T23:20:50.123-00:00",
                "2023-02-29T00:00:00Z",
                "1985-04-12T23:20:50.Z",
                "1985-04-12t23:20:50Z",
                "1985-04-12T23:20:60Z",
                "1985-04-12T23:20:50.123+0000",
            ],
        );
    }

    #[test]
    fn identifiers_and_uris_follow_their_grammar() {
        check(StringFormat::Did, &["did:plc:abc", "did:web:a.b%3A80"], &["did:", "did:PLC:a", "did:a:b:", "plc:a"]);
        check(StringFormat::Handle, &["a.example.com"], &["example", "a.1", "-a.com", "a..com"]);
        check(StringFormat::AtIdentifier, &["did:plc:abc", "a.com"], &["a"]);
        check(
            StringFormat::AtUri,
            &["at://did:plc:a/com.ex.foo/self", "at://a.com"],
            &["at://", "https://a.com", "at://a.com/x", "at://a.com/com.ex.foo/a/b"],
        );
        check(StringFormat::Uri, &["https://a.com", "dns:a"], &["a.com", "https:", "https://a b"]);
        check(StringFormat::Tid, &["3jzfcijpj2z2a"], &["3jzfcijpj2z2", "zzzzzzzzzzzzz", "3jzfcijpj2z21"]);
        check(StringFormat::RecordKey, &["self", "a:b~c"], &["", ".", "..", "a/b"]);
        check(
            StringFormat::Language,
            &["ja", "pt-BR", "hy-Latn-IT-arevela", "i-default"],
            &["", "j", "JA", "pt--BR", "x"],
        );
        check(
            StringFormat::Cid,
            &["bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"],
            &["baf", "baf yreidf"],
        );
    }
}
