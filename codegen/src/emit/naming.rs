//! Every name in generated code, made here and nowhere else.
//!
//! Lexicon names are camelCase and may be almost anything; Rust wants `snake_case` modules, functions and fields and
//! `UpperCamelCase` types and variants, and has keywords. A name depends on nothing but the lexicon name itself (and, for
//! variants, on its siblings), so that adding a definition never renames another one. Names of modules, types, fields
//! and errors that fall together after conversion are refused by the emitter; values of an enum are numbered apart.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};

/// Names that generated code uses unqualified. A definition named like one of these would shadow it in its module, so
/// it gets the suffix `Def`; so do the names that the emitter gives to parts of a method.
const RESERVED_TYPES: &[&str] = &[
    // Given by the emitter itself.
    "Input",
    "Output",
    "Params",
    "Error",
    "Message",
    "Main",
    "Client",
    "Methods",
    // The Rust prelude and the standard library, as far as generated code names them.
    "Self",
    "String",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "Box",
    "Arc",
    "Default",
    "From",
    "Into",
    "TryFrom",
    "FromStr",
    "Display",
    "Clone",
    "Debug",
    "PartialEq",
    "Eq",
    "Hash",
    "Future",
    "Send",
    "Sync",
    // Exported by `lexicon_runtime::codegen`.
    "AtIdentifier",
    "AtUri",
    "BlobRef",
    "Body",
    "Bytes",
    "Cid",
    "CidLink",
    "ClientError",
    "Datetime",
    "DeclaredError",
    "Deserialize",
    "Deserializer",
    "Did",
    "ErrorMessage",
    "Failure",
    "FromQuery",
    "Handle",
    "Interruption",
    "Language",
    "MessageStream",
    "MethodInfo",
    "MethodKind",
    "Nsid",
    "Parameter",
    "Path",
    "PermissionSet",
    "Query",
    "RecordKey",
    "Refusal",
    "Route",
    "Router",
    "RouterOptions",
    "Serialize",
    "Serializer",
    "Service",
    "SseEvents",
    "SseItem",
    "SseStream",
    "StreamingClient",
    "Tid",
    "Union",
    "Unknown",
    "UnknownObject",
    "UnknownValue",
    "Uri",
    "Validate",
    "Value",
    "Violation",
    "XrpcClient",
];

/// Modules that generated code names beside those of its own; one of these for an NSID would shadow it.
const RESERVED_MODULES: &[&str] = &["errors", "client", "fmt", "lexicon_runtime", "router", "serde", "std", "union"];

/// Functions of a client that are not methods of the lexicon.
const RESERVED_CALLS: &[&str] = &["new", "xrpc"];

/// The Rust keywords of edition 2024 that are usable as raw identifiers.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The keywords that no identifier can be, raw or not. (`Self` is among the reserved types.)
const NEVER_RAW: &[&str] = &["self", "super", "crate"];

/// An identifier for a name made here, raw when it is a keyword.
pub fn ident(name: &str) -> Ident {
    match KEYWORDS.contains(&name) {
        true => Ident::new_raw(name, Span::call_site()),
        false => Ident::new(name, Span::call_site()),
    }
}

/// `convoId` to `convo_id`: fields, parameters and methods.
pub fn field(name: &str) -> String {
    suffix_if(start_safely(plain(name).to_snake_case(), '_'), NEVER_RAW, "_")
}

/// `sendMessage` to `send_message`: a segment of an NSID as a module.
pub fn module(segment: &str) -> String {
    suffix_if(field(segment), RESERVED_MODULES, "_")
}

/// `sendMessage` to `send_message`: a method as a function of the client.
pub fn call(segment: &str) -> String {
    suffix_if(field(segment), RESERVED_CALLS, "_")
}

/// A number as a person writes it: `10_485_760`.
pub fn integer(number: impl ToString) -> TokenStream {
    let text = number.to_string();
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if digits.len() > 4 && index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    // The text is a number, so it is a token.
    grouped.parse().unwrap_or_default()
}

/// `convoView` to `ConvoView`: a type for a named definition.
pub fn definition(name: &str) -> String {
    // `Main` is reserved for the definition of that name; others that sound like it make way.
    if name == "main" { "Main".to_owned() } else { suffix_if(camel(name), RESERVED_TYPES, "Def") }
}

/// The type for something written inside another type: `Input` and `delivery` to `InputDelivery`.
pub fn nested(owner: &str, property: &str) -> String {
    suffix_if(format!("{owner}{}", camel(property)), RESERVED_TYPES, "Def")
}

/// `sendMessage` to `SendMessage`: the trait of a method.
pub fn method_trait(segment: &str) -> String {
    suffix_if(camel(segment), RESERVED_TYPES, "Method")
}

/// `NotMember` stays: a declared error as struct and variant.
pub fn error(name: &str) -> String {
    suffix_if(camel(name), RESERVED_TYPES, "Error")
}

/// `spam` to `SPAM`: the constant for a token.
pub fn constant(name: &str) -> String {
    suffix_if(
        start_safely(plain(name).to_shouty_snake_case(), '_'),
        &["NSID", "METHOD", "METHODS", "NO_PARAMETERS"],
        "_",
    )
}

/// Variants for the values of a string enum, in order. `taken` are variants that exist beside the values.
///
/// Values that differ only in case or punctuation are told apart by a number, the first one keeping the plain name.
pub fn values(values: &[&str], taken: &[&str]) -> Vec<String> {
    let mut used: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    used.insert("Self".to_owned());
    values.iter().map(|value| unused(&mut used, camel(without_nsid(value)))).collect()
}

/// A value that names a token (`nsid#name`) is called after the token alone.
fn without_nsid(value: &str) -> &str {
    match value.split_once('#') {
        Some((nsid, name)) if (nsid.is_empty() || nsid.contains('.')) && !name.is_empty() => name,
        _ => value,
    }
}

/// Variants for the members of a union, given as (NSID, definition name), in order.
///
/// Each gets the shortest name that no sibling wants too: that of the definition, that with the last segment of the
/// NSID in front, or that with the whole NSID in front.
pub fn members(refs: &[(&str, &str)]) -> Vec<String> {
    let forms: Vec<[String; 3]> = refs.iter().map(|(nsid, name)| member_forms(nsid, name)).collect();
    let mut level = vec![0; forms.len()];
    loop {
        let mut wanted: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, form) in forms.iter().enumerate() {
            wanted.entry(&form[level[index]]).or_default().push(index);
        }
        let clashing: Vec<usize> =
            wanted.into_values().filter(|who| who.len() > 1).flatten().filter(|who| level[*who] < 2).collect();
        if clashing.is_empty() {
            let mut used = BTreeSet::new();
            return forms.iter().zip(&level).map(|(form, level)| unused(&mut used, form[*level].clone())).collect();
        }
        for index in clashing {
            level[index] += 1;
        }
    }
}

fn member_forms(nsid: &str, name: &str) -> [String; 3] {
    let last = camel(nsid.rsplit('.').next().unwrap_or(nsid));
    let (short, middle) = match name {
        "main" => (last.clone(), format!("{last}Main")),
        _ => (camel(name), format!("{last}{}", camel(name))),
    };
    let other_apart = |form: String| suffix_if(form, &["Other", "Self"], "Def");
    [other_apart(short), other_apart(middle), format!("{}{}", camel(nsid), camel(name))]
}

fn unused(used: &mut BTreeSet<String>, wanted: String) -> String {
    let name = match used.contains(&wanted) {
        false => wanted,
        true => std::iter::once(format!("{wanted}Value"))
            .chain((2..).map(|number| format!("{wanted}Value{number}")))
            .find(|name| !used.contains(name))
            .unwrap_or(wanted),
    };
    used.insert(name.clone());
    name
}

fn camel(name: &str) -> String {
    start_safely(plain(name).to_upper_camel_case(), 'V')
}

/// The name with what no identifier may hold spelled out: other letters by code point, so that two names in another
/// script stay apart; other signs part words.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars() {
        match c {
            _ if c.is_ascii_alphanumeric() => plain.push(c),
            _ if c.is_ascii() => plain.push(' '),
            _ => plain.push_str(&format!(" u{:x} ", c as u32)),
        }
    }
    if plain.trim().is_empty() {
        // Nothing but ASCII signs, or nothing at all.
        plain = name.chars().map(|c| format!(" u{:x} ", c as u32)).collect();
        if name.is_empty() {
            plain.push_str("empty");
        }
    }
    plain
}

fn start_safely(name: String, prefix: char) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("{prefix}{name}") } else { name }
}

fn suffix_if(name: String, reserved: &[&str], suffix: &str) -> String {
    if reserved.contains(&name.as_str()) { name + suffix } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_becomes_rust_case() {
        for (name, as_field, as_type) in [
            ("convoId", "convo_id", "ConvoId"),
            ("thumbnailURL", "thumbnail_url", "ThumbnailUrl"),
            ("mp4URL", "mp4_url", "Mp4Url"),
            ("consumedLast24h", "consumed_last24h", "ConsumedLast24h"),
            ("my-name", "my_name", "MyName"),
            ("24h", "_24h", "V24h"),
            ("", "empty", "Empty"),
            ("*/*", "u2a_u2f_u2a", "U2aU2fU2a"),
            ("日", "u65e5", "U65e5"),
        ] {
            assert_eq!((field(name).as_str(), camel(name).as_str()), (as_field, as_type), "{name:?}");
        }
    }

    #[test]
    fn keywords_are_raw_where_they_can_be() {
        assert_eq!(ident(&field("type")).to_string(), "r#type");
        assert_eq!(ident(&field("gen")).to_string(), "r#gen");
        assert_eq!((field("self").as_str(), module("crate").as_str()), ("self_", "crate_"));
    }

    #[test]
    fn every_keyword_makes_an_identifier() {
        for keyword in KEYWORDS.iter().chain(NEVER_RAW).chain(&["Self"]) {
            let identifier = ident(&field(keyword)).to_string();
            assert!(syn::parse_str::<Ident>(&identifier).is_ok(), "{keyword}: {identifier}");
        }
    }

    #[test]
    fn names_that_generated_code_uses_are_never_shadowed() {
        assert_eq!(definition("option"), "OptionDef");
        assert_eq!(definition("input"), "InputDef");
        assert_eq!(method_trait("service"), "ServiceMethod");
        assert_eq!(error("Error"), "ErrorError");
        assert_eq!(nested("Query", ""), "QueryEmpty");
        assert_eq!(module("errors"), "errors_");
        assert_eq!(call("new"), "new_");
        assert_eq!(constant("nsid"), "NSID_");
    }

    #[test]
    fn numbers_are_grouped() {
        let text = |number: i64| integer(number).to_string().replace(' ', "");
        assert_eq!(
            (text(1024), text(10_485_760), text(-12_345)),
            ("1024".into(), "10_485_760".into(), "-12_345".into())
        );
        assert_eq!(text(i64::MIN), "-9_223_372_036_854_775_808");
    }

    #[test]
    fn nothing_that_the_runtime_exports_can_be_shadowed() {
        let exports = include_str!("../../../runtime/src/codegen.rs");
        let lines = exports.lines().filter(|line| !line.trim_start().starts_with("//"));
        let words = lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        let types = words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()) && *word != "NO_PARAMETERS");
        let open: Vec<&str> = types.filter(|name| !RESERVED_TYPES.contains(name)).collect();
        assert!(open.is_empty(), "add {open:?} to RESERVED_TYPES");
        for module in ["client", "fmt", "router", "serde", "union"] {
            assert!(exports.contains(module) && RESERVED_MODULES.contains(&module), "{module}");
        }
    }

    #[test]
    fn values_that_fall_together_are_told_apart_in_order() {
        assert_eq!(
            values(&["a-b", "aB", "A_B", "!a", "other"], &["Other"]),
            ["AB", "ABValue", "ABValue2", "A", "OtherValue"]
        );
        assert_eq!(values(&["MLS_256_P521_SHA512", "self", ""], &[]), ["Mls256P521Sha512", "SelfValue", "Empty"]);
        assert_eq!(values(&["a.b.defs#reasonSpam", "#tag", "a#b"], &[]), ["ReasonSpam", "Tag", "AB"]);
    }

    #[test]
    fn members_are_named_as_shortly_as_their_siblings_allow() {
        assert_eq!(members(&[("a.b.record", "main"), ("a.b.defs", "postView")]), ["Record", "PostView"]);
        assert_eq!(
            members(&[("a.b.record", "view"), ("a.b.images", "view"), ("a.b.c", "other")]),
            ["RecordView", "ImagesView", "OtherDef"]
        );
        assert_eq!(members(&[("a.b.record", "view"), ("a.c.record", "view")]), ["ABRecordView", "ACRecordView"]);
    }
}
