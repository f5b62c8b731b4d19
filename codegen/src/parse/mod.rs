//! From JSON text to the document model.
//!
//! Strict: a key that Lexicon doesn't know is refused at every depth, since a misspelt constraint would otherwise vanish
//! without a word. Nothing stops at the first mistake; what can't be read is replaced by `unknown`, so that the rest of
//! the file and the references into it are still checked in the same run.

mod defs;
mod fields;
mod json;
mod limits;
mod permissions;
mod remedy;
mod schema;
mod strings;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jsonc_parser::{CollectOptions, ParseOptions, ast::Value, parse_to_ast};

pub use self::strings::format_name;
use self::{
    fields::Fields,
    json::{Node, Reading},
};
use crate::{
    diagnostics::{Code, Finding, Findings},
    model::{Def, Document},
    resolve::DefId,
    source::{Source, Sources},
    syntax,
};

/// The documents of a run, with what is known of those that could not be read whole.
#[derive(Debug, Default)]
pub struct Parsed {
    pub documents: Vec<Document>,
    /// NSIDs (by path) of files that are there but could not be read at all.
    pub unreadable: BTreeSet<String>,
    /// Definitions that are there but whose kind could not be made out.
    pub unclear: BTreeSet<DefId>,
    /// Everything that is wrong so far.
    pub findings: Findings,
}

/// Reads every file of a set.
pub fn parse(sources: &Sources) -> Parsed {
    let mut parsed = Parsed::default();
    for source in sources.files() {
        parse_file(source, &mut parsed);
    }
    parsed
}

fn parse_file(source: &Source, parsed: &mut Parsed) {
    let read = read_json(source);
    let reading = Reading::new(source);
    let mut unclear = Vec::new();
    let document = match &read {
        Ok(value) => document(&Node::new(&reading, value, ""), &mut unclear),
        Err(finding) => {
            reading.report(finding.clone());
            None
        }
    };
    match document {
        Some(document) => {
            let nsid = &document.nsid.value;
            if *nsid != source.expected_nsid() {
                // References by either name are meant for this file; the id itself is what has to be corrected.
                parsed.unreadable.insert(source.expected_nsid());
            }
            parsed.unclear.extend(unclear.into_iter().map(|name| DefId::new(nsid, name)));
            parsed.documents.push(document);
        }
        None => {
            parsed.unreadable.insert(source.expected_nsid());
        }
    }
    parsed.findings.extend(reading.into_findings());
}

/// Nothing that JSON doesn't have.
pub(crate) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Strict JSON: no comments, no trailing commas, none of the other liberties of JSON with comments.
fn read_json(source: &Source) -> Result<Value<'_>, Finding> {
    if let Some(at) = source.broken_at {
        return Err(Finding::new(Code::NotJson, source.place(at, ""), "not UTF-8").hint("save the file as UTF-8"));
    }
    if source.text.starts_with('\u{feff}') {
        let finding = Finding::new(Code::NotJson, source.place(0, ""), "the file begins with a byte order mark");
        return Err(finding.hint("save the file as UTF-8 without it"));
    }
    if let Some((at, what)) = loose_character(&source.text) {
        let finding = Finding::new(Code::NotJson, source.place(at, ""), format!("not JSON: {what}"));
        return Err(finding.hint("write it as an escape inside a string, such as \\n, or take it out"));
    }
    match parse_to_ast(&source.text, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed.value.ok_or_else(|| {
            Finding::new(Code::NotJson, source.place(0, ""), "the file is empty")
                .hint("write a lexicon or delete the file")
        }),
        Err(error) => {
            let message = format!("not JSON: {}", lower_first(&error.kind().to_string()));
            let place = source.place(error.range().start, "");
            Err(Finding::new(Code::NotJson, place, message)
                .hint("lexicons are plain JSON, without comments or trailing commas"))
        }
    }
}

/// Where a character stands that the parser would let pass: an unescaped control character in a string, or white space
/// outside of one that isn't among JSON's four. Other readers refuse them.
fn loose_character(text: &str) -> Option<(usize, &'static str)> {
    let (mut inside, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if inside && c < ' ' {
            return Some((at, "a control character in a string"));
        }
        if !inside && c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n' | '\r') {
            return Some((at, "white space other than blanks, tabs and line ends"));
        }
        inside ^= c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
    }
    None
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A whole document, or nothing when it says too little to be one. Names of definitions that could not be read go to
/// `unclear`.
fn document(node: &Node<'_>, unclear: &mut Vec<String>) -> Option<Document> {
    let fields = node.fields()?;
    version(&fields);
    let nsid = fields.require("id", "a lexicon").and_then(|node| node.string());
    let schema_type = fields.string("$type");
    if let Some(found) = schema_type.filter(|found| found.value != "com.atproto.lexicon.schema") {
        let finding =
            Finding::new(Code::WrongValue, found.place, "the `$type` of a lexicon is `com.atproto.lexicon.schema`");
        node.reading.report(finding.hint("correct it or leave it out"));
    }
    let revision = fields.integer("revision").map(|revision| revision.value);
    let description = fields.description();
    let defs = fields.require("defs", "a lexicon").and_then(|node| node.fields());
    fields.done("a lexicon");
    let nsid = nsid?;
    check_nsid(node.reading, &nsid);
    let defs = definitions(&defs?, unclear);
    Some(Document { nsid, revision, description, defs, place: node.place.clone(), fields: node.reading.fields() })
}

fn version(fields: &Fields<'_>) {
    let Some(node) = fields.require("lexicon", "a lexicon") else {
        return;
    };
    if node.integer().is_some_and(|version| version.value != 1) {
        node.report(Code::WrongValue, "only version 1 of Lexicon exists", "write `\"lexicon\": 1`");
    }
}

fn check_nsid(reading: &Reading<'_>, nsid: &crate::model::Placed<String>) {
    let expected = reading.source.expected_nsid();
    let finding = |code: Code, message: String, hint: String| {
        reading.report(Finding::new(code, nsid.place.clone(), message).hint(hint));
    };
    if !syntax::is_nsid(&nsid.value) {
        finding(
            Code::BadNsid,
            format!("`{}` is not an NSID", nsid.value),
            "a reversed domain name and a name of letters and digits, such as `com.example.getThing`".into(),
        );
    } else if nsid.value != expected {
        finding(
            Code::NsidNotPath,
            format!("`{}` stands in the file of `{expected}`", nsid.value),
            format!("move the file to {}.json or correct the id", nsid.value.replace('.', "/")),
        );
    } else if reading.source.file.components().count() != expected.split('.').count() {
        // Were dots in names of files as good as folders, two files could define the same.
        finding(
            Code::NsidNotPath,
            format!("`{}` stands in {}", nsid.value, reading.source.file.display()),
            format!("move the file to {}.json", nsid.value.replace('.', "/")),
        );
    }
}

fn definitions(fields: &Fields<'_>, unclear: &mut Vec<String>) -> IndexMap<String, Def> {
    let mut defs = IndexMap::new();
    if fields.entries().is_empty() {
        fields.node.report(Code::EmptySet, "a lexicon defines something", "add a definition, such as `main`");
    }
    for entry in fields.entries() {
        if !syntax::is_def_name(entry.name) {
            let message = format!("`{}` cannot name a definition", entry.name);
            let finding = Finding::new(Code::BadName, entry.key_place.clone(), message);
            fields.node.reading.report(finding.hint("a letter, then letters, digits, `_` or `-`"));
        }
        let name = entry.name.to_owned();
        match defs::definition(&entry.node, &name) {
            Some(kind) => {
                defs.insert(name, Def { kind, place: entry.node.place.clone() });
            }
            None => unclear.push(name),
        }
    }
    defs
}
