//! What to advise about a misspelt or foreign word.

use super::{defs::PRIMARY, schema::Position};

/// Advice about a field that doesn't exist where it stands, among the fields that do.
pub(super) fn unknown_field(name: &str, known: &[&str]) -> String {
    let foreign = match name {
        "minItems" if known.contains(&"minLength") => Some("`minLength` bounds the number of items"),
        "maxItems" if known.contains(&"maxLength") => Some("`maxLength` bounds the number of items"),
        "pattern" => Some("Lexicon has no patterns; use `format`, or check in the server"),
        "oneOf" | "anyOf" | "allOf" => Some("use a `union` of `refs`"),
        "additionalProperties" => Some("objects of Lexicon are always open; leave it out"),
        "input" => Some("only a procedure has an input; a query has `parameters`"),
        "nullable" if known.contains(&"required") => {
            Some("query parameters can't be null; leave them out of `required`")
        }
        "required" | "nullable" => Some("list the property's name in the object around it"),
        "deprecated" => Some("say so in the description"),
        _ => None,
    };
    match (foreign, closest(name, known)) {
        (Some(advice), _) => advice.to_owned(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("known here: {}", list(known)),
    }
}

/// Advice about a type that doesn't exist, among those that may stand there.
pub(super) fn unknown_type(name: &str, known: &[&str]) -> String {
    match name {
        "number" | "float" | "double" => "Lexicon has no fractions; use `integer`, or a string".to_owned(),
        "int" => "did you mean `integer`?".to_owned(),
        "bool" => "did you mean `boolean`?".to_owned(),
        "null" => "list the property in `nullable` of the object around it".to_owned(),
        "datetime" | "did" | "uri" | "at-uri" | "handle" | "cid" => {
            format!("that is a format: `\"type\": \"string\", \"format\": \"{name}\"`")
        }
        _ => one_of(name, known),
    }
}

/// Advice about a type that can't stand in a position, though it exists.
pub(super) fn misplaced(name: &str, position: Position) -> String {
    let advice = match (name, position) {
        ("object", Position::Property | Position::Item) => {
            "make it a definition of its own and refer to it: `\"type\": \"ref\", \"ref\": \"#name\"`"
        }
        ("ref" | "union", Position::Definition) => {
            "refer to the target where it is used, or define an object that has it as a property"
        }
        ("token", _) => "a token is a definition; list its full name in `knownValues` of a string",
        ("params", _) => "`params` stand in `parameters` of a query, procedure or subscription only",
        ("ref" | "object", Position::Message) => {
            "write `\"type\": \"union\"` with the messages in `refs`, even when there is one"
        }
        (name, _) if PRIMARY.contains(&name) => return format!("a {name} is `main` of a lexicon"),
        (name, _) => return one_of(name, position.types()),
    };
    advice.to_owned()
}

/// Advice about a word that must be one of a few.
pub(super) fn one_of(name: &str, known: &[&str]) -> String {
    match closest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", list(known)),
    }
}

/// Advice about a field that must be there, among those that are.
pub(super) fn missing(name: &str, present: &[&str]) -> String {
    if let Some(near) = closest(name, present) {
        return format!("is `{near}` meant to be `{name}`?");
    }
    match name {
        "type" => "every schema says what it is, such as `\"type\": \"object\"`".to_owned(),
        "properties" => "an object without properties has `\"properties\": {}`".to_owned(),
        "lexicon" => "add `\"lexicon\": 1`, the version of the language".to_owned(),
        "encoding" => "add the media type, such as `\"encoding\": \"application/json\"`".to_owned(),
        "key" => "add `\"key\": \"tid\"` or another record key type".to_owned(),
        _ => format!("add `\"{name}\"`"),
    }
}

fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |word: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &word.to_lowercase());
    let near = known.iter().map(|word| (distance(word), *word)).min()?;
    // A third of the letters may differ; more is a different word.
    (near.0 <= (name.len() / 3).max(1)).then_some(near.1)
}

fn list(words: &[&str]) -> String {
    let mut words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.sort();
    words.dedup();
    words.join(", ")
}
