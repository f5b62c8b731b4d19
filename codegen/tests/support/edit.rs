//! Reading and changing JSON in place.

use std::collections::BTreeMap;

use lexicon_codegen::{compile, json::Json, parse::parse, resolve::Resolved, source::Sources, write};

/// Lexicons by NSID.
pub type Set = BTreeMap<String, Json>;

/// The lexicons as files.
pub fn sources(set: &Set) -> Sources {
    Sources::from_texts(set.iter().map(|(nsid, json)| (format!("{}.json", nsid.replace('.', "/")), json.pretty())))
}

/// The set, which has no mistakes.
#[track_caller]
pub fn compiled(set: &Set) -> Resolved {
    let sources = sources(set);
    compile(&sources).unwrap_or_else(|findings| panic!("{}", findings.render(&sources)))
}

/// The lexicons that these files hold.
pub fn set(sources: &Sources) -> Set {
    let documents = parse(sources).documents;
    documents.iter().map(|document| (document.nsid.value.clone(), write::document(document))).collect()
}

/// What tests do with JSON.
pub trait Edit {
    fn get(&self, name: &str) -> Option<&Json>;
    fn get_mut(&mut self, name: &str) -> Option<&mut Json>;
    fn at(&self, pointer: &str) -> Option<&Json>;
    fn at_mut(&mut self, pointer: &str) -> Option<&mut Json>;
    /// Sets a field, at the end when it is new.
    fn put(&mut self, name: &str, value: impl Into<Json>);
    fn take(&mut self, name: &str) -> Option<Json>;
    fn text(&self) -> Option<&str>;
    fn number(&self, name: &str) -> Option<i64>;
    fn fields(&self) -> &[(String, Json)];
    fn fields_mut(&mut self) -> Option<&mut Vec<(String, Json)>>;
    fn items(&self) -> &[Json];
    fn items_mut(&mut self) -> Option<&mut Vec<Json>>;
    fn is(&self, kind: &str) -> bool;
}

impl Edit for Json {
    fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => self.fields().iter().find(|(known, _)| known == name).map(|(_, value)| value),
        }
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        match self {
            Json::List(items) => items.get_mut(name.parse::<usize>().ok()?),
            Json::Object(fields) => fields.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    fn at(&self, pointer: &str) -> Option<&Json> {
        pointer.split('/').skip(1).try_fold(self, |json, step| json.get(step))
    }

    fn at_mut(&mut self, pointer: &str) -> Option<&mut Json> {
        pointer.split('/').skip(1).try_fold(self, |json, step| json.get_mut(step))
    }

    fn put(&mut self, name: &str, value: impl Into<Json>) {
        match self.get_mut(name) {
            Some(there) => *there = value.into(),
            None => self.fields_mut().expect("an object").push((name.to_owned(), value.into())),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let fields = self.fields_mut()?;
        let index = fields.iter().position(|(known, _)| known == name)?;
        Some(fields.remove(index).1)
    }

    fn text(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text) } else { None }
    }

    fn number(&self, name: &str) -> Option<i64> {
        if let Some(Json::Integer(number)) = self.get(name) { Some(*number) } else { None }
    }

    fn fields(&self) -> &[(String, Json)] {
        if let Json::Object(fields) = self { fields } else { &[] }
    }

    fn fields_mut(&mut self) -> Option<&mut Vec<(String, Json)>> {
        if let Json::Object(fields) = self { Some(fields) } else { None }
    }

    fn items(&self) -> &[Json] {
        if let Json::List(items) = self { items } else { &[] }
    }

    fn items_mut(&mut self) -> Option<&mut Vec<Json>> {
        if let Json::List(items) = self { Some(items) } else { None }
    }

    fn is(&self, kind: &str) -> bool {
        self.get("type").and_then(Json::text) == Some(kind)
    }
}
