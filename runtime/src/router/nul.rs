//! U+0000, which text in some storages can't hold.

use memchr::memmem;

/// Whether a string or key in this JSON holds U+0000. Only an escape can put it there: JSON forbids the bare character.
pub(super) fn in_json(json: &[u8]) -> bool {
    memmem::find_iter(json, br"\u0000").any(|at| {
        // After an odd number of backslashes the one found here is itself escaped, and what follows it is plain text.
        let before = json[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        before % 2 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::in_json;

    #[test]
    fn escapes_are_told_from_escaped_backslashes() {
        for (json, expected) in [
            (r#"{"a": "\u0000"}"#, true),
            (r#"{"\u0000": 1}"#, true),
            (r#"["x\u0000y"]"#, true),
            (r#"["\\u0000"]"#, false),
            (r#"["\\\u0000"]"#, true),
            (r#"["\\\\u0000", "\\\\\u0000"]"#, true),
            (r#"["\\u0000\\\\u0000"]"#, false),
            (r#"["\u00001"]"#, true),
            (r#"["\u0001", "u0000", "\\", "\u00A0"]"#, false),
            (r#"["\\\"\u0000"]"#, true),
            ("", false),
        ] {
            let holds = serde_json::from_str::<serde_json::Value>(json).is_ok_and(|value| holds_nul(&value));
            assert_eq!((in_json(json.as_bytes()), holds), (expected, expected), "{json}");
        }
    }

    fn holds_nul(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text.contains('\0'),
            serde_json::Value::Array(items) => items.iter().any(holds_nul),
            serde_json::Value::Object(fields) => {
                fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
            }
            _ => false,
        }
    }
}
