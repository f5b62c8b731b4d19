//! Every part of a set of lexicons that a change can be made to, with the direction in which it is sent. Found in the
//! JSON, by other means than the comparison uses.

use std::collections::{BTreeMap, BTreeSet};

use lexicon_codegen::json::Json;

use crate::edit::{Edit, Set};

/// Whether clients send something and whether they read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub request: bool,
    pub response: bool,
}

const REQUEST: Sent = Sent { request: true, response: false };
const RESPONSE: Sent = Sent { request: false, response: true };
const BOTH: Sent = Sent { request: true, response: true };

/// A part of a lexicon.
#[derive(Clone, Debug)]
pub struct Site {
    pub nsid: String,
    pub pointer: String,
    /// The type of a schema or definition, or `document`, `body`, `message`, `errors`.
    pub what: String,
    /// Where a schema stands: `definition`, `property`, `parameter`, `item`, `body`, `message`, `record`.
    pub position: &'static str,
    pub sent: Sent,
}

/// All parts of all lexicons.
pub fn sites(set: &Set) -> Vec<Site> {
    let mut walk = Walk { reach: reach(set), sites: vec![], nsid: String::new() };
    for (nsid, document) in set {
        walk.nsid.clone_from(nsid);
        walk.add("", "document", "document", BOTH);
        for (name, def) in document.get("defs").map(Edit::fields).unwrap_or_default() {
            walk.definition(name, def);
        }
    }
    walk.sites
}

struct Walk {
    reach: BTreeMap<String, Sent>,
    sites: Vec<Site>,
    nsid: String,
}

impl Walk {
    fn add(&mut self, pointer: &str, what: &str, position: &'static str, sent: Sent) {
        let (nsid, pointer, what) = (self.nsid.clone(), pointer.to_owned(), what.to_owned());
        self.sites.push(Site { nsid, pointer, what, position, sent });
    }

    fn definition(&mut self, name: &str, def: &Json) {
        let pointer = format!("/defs/{name}");
        let kind = def.get("type").and_then(Json::text).unwrap_or_default();
        let full = if name == "main" { self.nsid.clone() } else { format!("{}#{name}", self.nsid) };
        let sent = self.reach.get(&full).copied().unwrap_or(BOTH);
        match kind {
            "query" | "procedure" | "subscription" => {
                self.add(&pointer, kind, "definition", BOTH);
                self.part(def, &pointer, "parameters", "parameters", REQUEST);
                self.body(def, &pointer, "input", REQUEST);
                self.body(def, &pointer, "output", RESPONSE);
                self.body(def, &pointer, "message", RESPONSE);
                if def.get("errors").is_some() {
                    self.add(&format!("{pointer}/errors"), "errors", "errors", RESPONSE);
                }
            }
            "record" => {
                self.add(&pointer, kind, "definition", BOTH);
                self.part(def, &pointer, "record", "record", BOTH);
            }
            "token" | "permission-set" => self.add(&pointer, kind, "definition", BOTH),
            _ => self.schema(def, &pointer, "definition", sent),
        }
    }

    fn body(&mut self, def: &Json, pointer: &str, name: &str, sent: Sent) {
        if let Some(body) = def.get(name) {
            let pointer = format!("{pointer}/{name}");
            let what = if name == "message" { "message" } else { "body" };
            self.add(&pointer, what, what_position(what), sent);
            self.part(body, &pointer, "schema", what_position(what), sent);
        }
    }

    fn part(&mut self, of: &Json, pointer: &str, name: &str, position: &'static str, sent: Sent) {
        if let Some(schema) = of.get(name) {
            self.schema(schema, &format!("{pointer}/{name}"), position, sent);
        }
    }

    fn schema(&mut self, schema: &Json, pointer: &str, position: &'static str, sent: Sent) {
        let kind = schema.get("type").and_then(Json::text).unwrap_or_default();
        self.add(pointer, kind, position, sent);
        let inner = if kind == "params" { "parameter" } else { "property" };
        for (name, property) in schema.get("properties").map(Edit::fields).unwrap_or_default() {
            self.schema(property, &format!("{pointer}/properties/{name}"), inner, sent);
        }
        self.part(schema, pointer, "items", "item", sent);
    }
}

fn what_position(what: &str) -> &'static str {
    if what == "message" { "message" } else { "body" }
}

/// How each definition that an endpoint leads to is sent.
fn reach(set: &Set) -> BTreeMap<String, Sent> {
    let mut reach: BTreeMap<String, Sent> = BTreeMap::new();
    for (nsid, document) in set {
        let Some(main) = document.at("/defs/main") else { continue };
        let roots = [("input", REQUEST), ("output", RESPONSE), ("message", RESPONSE), ("record", BOTH)];
        for (part, sent) in roots {
            for target in main.get(part).map(|part| closure(set, nsid, part)).unwrap_or_default() {
                let known = reach.entry(target).or_default();
                known.request |= sent.request;
                known.response |= sent.response;
            }
        }
    }
    reach
}

fn closure(set: &Set, nsid: &str, from: &Json) -> BTreeSet<String> {
    let (mut seen, mut waiting) = (BTreeSet::new(), references(from, nsid));
    while let Some(target) = waiting.pop() {
        if seen.insert(target.clone()) {
            let (nsid, name) = target.split_once('#').unwrap_or((&target, "main"));
            let def = set.get(nsid).and_then(|document| document.at(&format!("/defs/{name}")));
            waiting.extend(def.map(|def| references(def, nsid)).unwrap_or_default());
        }
    }
    seen
}

/// What this JSON refers to, by full names.
pub fn references(json: &Json, nsid: &str) -> Vec<String> {
    let full = |text: &str| if text.starts_with('#') { format!("{nsid}{text}") } else { text.to_owned() };
    let mut found: Vec<String> = json.items().iter().flat_map(|item| references(item, nsid)).collect();
    for (name, value) in json.fields() {
        match name.as_str() {
            "ref" => found.extend(value.text().map(full)),
            "refs" => found.extend(value.items().iter().filter_map(Json::text).map(full)),
            _ => found.extend(references(value, nsid)),
        }
    }
    found
}
