//! The edits of the catalogue. Each says whether it can be made in a place, and makes it.

use lexicon_codegen::json::Json;

use crate::{
    edit::{Edit, Set},
    sites::{Site, references},
};

fn node<'s>(set: &'s mut Set, site: &Site) -> &'s mut Json {
    set.get_mut(&site.nsid).and_then(|document| document.at_mut(&site.pointer)).expect("the site is there")
}

pub fn put_new(set: &mut Set, site: &Site, name: &str, value: Json) -> bool {
    let node = node(set, site);
    if name == "maxLength" && node.number("minGraphemes").is_some() || node.get(name).is_some() {
        return false;
    }
    node.put(name, value);
    true
}

pub fn take(set: &mut Set, site: &Site, name: &str) -> bool {
    node(set, site).take(name).is_some()
}

/// Moves a number that is there, where neither a default nor a value stands in the way.
pub fn shift(set: &mut Set, site: &Site, name: &str, by: i64) -> bool {
    let node = node(set, site);
    let Some(number) = node.number(name) else { return false };
    node.put(name, number + by);
    true
}

pub fn at_least(set: &mut Set, site: &Site, name: &str, least: i64) -> bool {
    node(set, site).number(name).is_some_and(|number| number >= least)
}

pub fn push(set: &mut Set, site: &Site, name: &str, value: Json) -> bool {
    node(set, site).get_mut(name).and_then(Json::items_mut).map(|items| items.push(value)).is_some()
}

pub fn push_to(set: &mut Set, site: &Site, value: Json) -> bool {
    node(set, site).items_mut().map(|items| items.push(value)).is_some()
}

/// Takes the last item, where enough are left.
pub fn pop(set: &mut Set, site: &Site, name: &str, left: usize) -> bool {
    let items = node(set, site).get_mut(name).and_then(Json::items_mut);
    items.filter(|items| items.len() > left).and_then(Vec::pop).is_some()
}

/// Whether a string has nothing but lengths.
pub fn plain(set: &mut Set, site: &Site) -> bool {
    let node = node(set, site);
    ["format", "enum", "knownValues", "default", "const", "minLength", "minGraphemes"]
        .iter()
        .all(|name| node.get(name).is_none())
}

pub fn reformat(set: &mut Set, site: &Site, pairs: &[(&str, &str)]) -> bool {
    replace(set, site, "format", pairs)
}

fn replace(set: &mut Set, site: &Site, name: &str, pairs: &[(&str, &str)]) -> bool {
    let node = node(set, site);
    let now = node.get(name).and_then(Json::text).map(str::to_owned);
    let other = pairs.iter().find(|(from, _)| now.as_deref() == Some(*from));
    other.map(|(_, to)| node.put(name, *to)).is_some()
}

pub fn encode(set: &mut Set, site: &Site, pairs: &[(&str, &str)]) -> bool {
    let has_schema = node(set, site).get("schema").is_some();
    let fits: Vec<_> = pairs.iter().copied().filter(|(_, to)| !has_schema || !to.contains('*')).collect();
    replace(set, site, "encoding", &fits)
}

pub fn add_default(set: &mut Set, site: &Site) -> bool {
    let (what, position) = (site.what.clone(), site.position);
    let node = node(set, site);
    let free =
        ["default", "const", "enum", "format", "knownValues", "minLength"].iter().all(|name| node.get(name).is_none());
    // What is required has no default; here that is told by the object around it, which is not in sight.
    if !free || position == "item" {
        return false;
    }
    node.put(
        "default",
        match what.as_str() {
            "boolean" => Json::Bool(false),
            "integer" => Json::Integer(3),
            _ => Json::from("given"),
        },
    );
    true
}

pub fn add_const(set: &mut Set, site: &Site) -> bool {
    let what = site.what.clone();
    let node = node(set, site);
    if ["default", "const", "enum", "format", "knownValues"].iter().any(|name| node.get(name).is_some()) {
        return false;
    }
    node.put(
        "const",
        match what.as_str() {
            "boolean" => Json::Bool(false),
            "integer" => Json::Integer(3),
            _ => Json::from("given"),
        },
    );
    true
}

pub fn other_value(set: &mut Set, site: &Site, name: &str) -> bool {
    let node = node(set, site);
    let other = match node.get(name) {
        Some(Json::Bool(value)) => Json::Bool(!value),
        Some(Json::Integer(number)) => Json::Integer(number - 1),
        Some(Json::String(text)) if text == "red" => Json::from("green"),
        Some(Json::String(text)) if node.get("enum").is_none() && node.get("format").is_none() => {
            Json::from(format!("{text}s"))
        }
        _ => return false,
    };
    node.put(name, other);
    true
}

/// Replaces a schema by one of another type, without what it refers to.
pub fn retype(set: &mut Set, site: &Site) -> bool {
    let movable = matches!(site.position, "property" | "parameter" | "item" | "definition");
    let schema = ["boolean", "integer", "string", "bytes", "cid-link", "blob", "array", "ref", "union", "unknown"];
    if !movable || !schema.contains(&site.what.as_str()) {
        return false;
    }
    let node = node(set, site);
    let kind = if node.is("boolean") { "integer" } else { "boolean" };
    let description = node.get("description").cloned();
    *node = Json::object([("type", Json::from(kind))]);
    if let Some(text) = description {
        node.put("description", text);
    }
    true
}

/// Makes a parameter of one value a list of such.
pub fn repeat(set: &mut Set, site: &Site) -> bool {
    if site.position != "parameter" || site.what == "array" {
        return false;
    }
    let node = node(set, site);
    let description = node.take("description");
    let items = node.clone();
    *node = Json::object([("type", Json::from("array")), ("items", items)]);
    if let Some(text) = description {
        node.put("description", text);
    }
    true
}

fn define(set: &mut Set, nsid: &str, name: &str, schema: Json) {
    let defs = set.get_mut(nsid).and_then(|document| document.get_mut("defs"));
    defs.expect("definitions").put(name, schema);
}

fn described(kind: &str, rest: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
    let fields = [("type", Json::from(kind)), ("description", Json::from("It was not there."))];
    Json::object(fields.into_iter().chain(rest))
}

fn empty_object() -> Json {
    described("object", [("properties", Json::Object(vec![]))])
}

pub fn empty_body() -> Json {
    Json::object([("encoding", Json::from("application/json")), ("schema", empty_object())])
}

pub fn empty_message() -> Json {
    Json::object([("schema", Json::object([("type", Json::from("union")), ("refs", Json::List(vec![]))]))])
}

pub fn named_error(name: &str) -> Json {
    Json::object([("name", Json::from(name)), ("description", Json::from("It is used up."))])
}

fn add_document(set: &mut Set, site: &Site, name: &str, main: Json) -> bool {
    let authority = site.nsid.rsplit_once('.').map(|(authority, _)| authority).unwrap_or_default();
    let nsid = format!("{authority}.{name}");
    let document = Json::object([
        ("lexicon", Json::Integer(1)),
        ("id", Json::from(nsid.as_str())),
        ("defs", Json::object([("main", main)])),
    ]);
    set.insert(nsid, document).is_none()
}

pub fn add_query(set: &mut Set, site: &Site) -> bool {
    add_document(set, site, "askZebra", described("query", [("output", empty_body())]))
}

pub fn add_record(set: &mut Set, site: &Site) -> bool {
    add_document(set, site, "zebra", described("record", [("key", Json::from("tid")), ("record", empty_object())]))
}

pub fn add_permission_set(set: &mut Set, site: &Site) -> bool {
    add_document(set, site, "authZebra", described("permission-set", [("permissions", Json::List(vec![permission()]))]))
}

pub fn permission() -> Json {
    Json::object([
        ("type", Json::from("permission")),
        ("resource", Json::from("repo")),
        ("collection", Json::list(["com.example.zebra"])),
    ])
}

pub fn add_permission(set: &mut Set, site: &Site) -> bool {
    push(set, site, "permissions", permission())
}

pub fn remove_permission(set: &mut Set, site: &Site) -> bool {
    pop(set, site, "permissions", 0)
}

pub fn add_token(set: &mut Set, site: &Site) -> bool {
    define(set, &site.nsid, "zebra", described("token", []));
    true
}

pub fn add_definition(set: &mut Set, site: &Site) -> bool {
    define(set, &site.nsid, "zebra", empty_object());
    true
}

pub fn query_to_procedure(set: &mut Set, site: &Site) -> bool {
    node(set, site).put("type", "procedure");
    true
}

pub fn change_key(set: &mut Set, site: &Site) -> bool {
    let other = if node(set, site).get("key").and_then(Json::text) == Some("tid") { "any" } else { "tid" };
    node(set, site).put("key", other);
    true
}

/// All references of all lexicons, by full names.
fn all_references(set: &Set) -> Vec<String> {
    set.iter().flat_map(|(nsid, document)| references(document, nsid)).collect()
}

pub fn remove_document(set: &mut Set, site: &Site) -> bool {
    let gone = set.remove(&site.nsid).is_some();
    let inside = |target: &String| target.split('#').next() == Some(&site.nsid);
    gone && !all_references(set).iter().any(inside)
}

pub fn rename_document(set: &mut Set, site: &Site) -> bool {
    let Some(mut document) = set.remove(&site.nsid) else { return false };
    let nsid = format!("{}Anew", site.nsid);
    document.put("id", nsid.as_str());
    set.insert(nsid.clone(), document);
    let old = site.nsid.clone();
    refer(set, &|target| match target.strip_prefix(&old) {
        Some(rest) if rest.is_empty() || rest.starts_with('#') => Some(format!("{nsid}{rest}")),
        _ => None,
    });
    true
}

/// Rewrites references, given by full names.
fn refer(set: &mut Set, other: &dyn Fn(&str) -> Option<String>) {
    for (nsid, document) in set {
        refer_in(document, nsid, other);
    }
}

fn refer_in(json: &mut Json, nsid: &str, other: &dyn Fn(&str) -> Option<String>) {
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| refer_in(item, nsid, other)),
        Json::Object(fields) => {
            for (name, value) in fields {
                let replace = |text: &mut Json| {
                    let full = text
                        .text()
                        .map(|text| if text.starts_with('#') { format!("{nsid}{text}") } else { text.to_owned() });
                    if let Some(new) = full.and_then(|full| other(&full)) {
                        *text = Json::from(new);
                    }
                };
                match (name.as_str(), &mut *value) {
                    ("ref", Json::String(_)) => replace(value),
                    ("refs", Json::List(items)) => items.iter_mut().for_each(replace),
                    _ => refer_in(value, nsid, other),
                }
            }
        }
        _ => {}
    }
}

/// The name of the definition that a site is, and by which it is referred to.
fn names(site: &Site) -> Option<(String, String)> {
    let name = site.pointer.strip_prefix("/defs/").filter(|name| !name.contains('/') && *name != "main")?;
    Some((name.to_owned(), format!("{}#{name}", site.nsid)))
}

pub fn remove_definition(set: &mut Set, site: &Site) -> bool {
    let Some((name, full)) = names(site) else { return false };
    let used = all_references(set).contains(&full);
    let defs = set.get_mut(&site.nsid).and_then(|document| document.get_mut("defs")).expect("definitions");
    !used && defs.fields().len() > 1 && defs.take(&name).is_some()
}

pub fn remove_loose(set: &mut Set, site: &Site) -> bool {
    let schema =
        !matches!(site.what.as_str(), "token" | "query" | "procedure" | "subscription" | "record" | "permission-set");
    schema && site.position == "definition" && remove_definition(set, site)
}

/// Removes a property of a shared or local object and the definition that only it refers to.
pub fn remove_used(set: &mut Set, site: &Site) -> bool {
    let Some(target) = node(set, site).get("ref").and_then(Json::text).map(str::to_owned) else { return false };
    let target = if target.starts_with('#') { format!("{}{target}", site.nsid) } else { target };
    let once = all_references(set).iter().filter(|known| **known == target).count() == 1;
    let (Some((parent, name)), Some((nsid, def))) = (site.pointer.rsplit_once("/properties/"), target.split_once('#'))
    else {
        return false;
    };
    if !once || site.position != "property" || nsid != site.nsid || parent.contains("/items") {
        return false;
    }
    // Found in its own place, so the property must stand in the definition's own document.
    let object = Site { pointer: parent.to_owned(), ..site.clone() };
    let object = node(set, &object);
    unlist(object, name);
    object.get_mut("properties").and_then(|properties| properties.take(name));
    let document = set.get_mut(nsid).and_then(|document| document.get_mut("defs")).expect("definitions");
    document.take(def).is_some()
}

pub fn rename_definition(set: &mut Set, site: &Site) -> bool {
    let Some((name, full)) = names(site) else { return false };
    rename(set, &site.nsid, &name, &full)
}

fn rename(set: &mut Set, nsid: &str, name: &str, full: &str) -> bool {
    let defs = set.get_mut(nsid).and_then(|document| document.get_mut("defs")).and_then(Json::fields_mut);
    let Some(entry) = defs.and_then(|defs| defs.iter_mut().find(|(known, _)| known == name)) else { return false };
    entry.0 = format!("{name}Anew");
    let new = format!("{full}Anew");
    refer(set, &|target| (target == full).then(|| new.clone()));
    true
}

pub fn property() -> Json {
    described("string", [("maxLength", Json::Integer(77))])
}

pub fn add_optional(set: &mut Set, site: &Site) -> bool {
    node(set, site).get_mut("properties").map(|properties| properties.put("zebra", property())).is_some()
}

pub fn add_required(set: &mut Set, site: &Site) -> bool {
    add_optional(set, site) && add_to_list(node(set, site), "required", "zebra")
}

fn add_to_list(object: &mut Json, list: &str, name: &str) -> bool {
    if object.get(list).is_none() {
        object.put(list, Json::List(vec![]));
    }
    object.get_mut(list).and_then(Json::items_mut).map(|items| items.push(Json::from(name))).is_some()
}

fn unlist(object: &mut Json, name: &str) {
    for list in ["required", "nullable"] {
        if let Some(items) = object.get_mut(list).and_then(Json::items_mut) {
            items.retain(|item| item.text() != Some(name));
        }
    }
}

fn is_listed(object: &Json, list: &str, name: &str) -> bool {
    object.get(list).is_some_and(|items| items.items().iter().any(|item| item.text() == Some(name)))
}

fn property_names(object: &Json) -> Vec<String> {
    object.get("properties").map(Edit::fields).unwrap_or_default().iter().map(|(name, _)| name.clone()).collect()
}

fn remove_where(set: &mut Set, site: &Site, required: bool) -> bool {
    let object = node(set, site);
    let Some(name) = property_names(object).into_iter().find(|name| is_listed(object, "required", name) == required)
    else {
        return false;
    };
    unlist(object, &name);
    object.get_mut("properties").and_then(|properties| properties.take(&name)).is_some()
}

pub fn remove_optional(set: &mut Set, site: &Site) -> bool {
    remove_where(set, site, false)
}

pub fn remove_required(set: &mut Set, site: &Site) -> bool {
    remove_where(set, site, true)
}

pub fn rename_property(set: &mut Set, site: &Site) -> bool {
    let object = node(set, site);
    let Some(name) = property_names(object).pop() else { return false };
    for list in ["required", "nullable"] {
        if is_listed(object, list, &name) {
            add_to_list(object, list, "zebra");
        }
    }
    unlist(object, &name);
    let properties = object.get_mut("properties").and_then(Json::fields_mut);
    let entry = properties.and_then(|properties| properties.iter_mut().find(|(known, _)| *known == name));
    entry.map(|entry| "zebra".clone_into(&mut entry.0)).is_some()
}

/// Puts a property on a list, or takes one off.
pub fn listed(set: &mut Set, site: &Site, list: &str, on: bool) -> bool {
    let object = node(set, site);
    let names = property_names(object);
    let Some(name) = names.into_iter().find(|name| is_listed(object, list, name) != on) else { return false };
    if on {
        return add_to_list(object, list, &name);
    }
    let items = object.get_mut(list).and_then(Json::items_mut);
    items.map(|items| items.retain(|item| item.text() != Some(name.as_str()))).is_some()
}

pub fn lead_to_other_type(set: &mut Set, site: &Site) -> bool {
    define(set, &site.nsid, "zebra", described("cid-link", []));
    node(set, site).put("ref", "#zebra");
    site.position != "body"
}

/// Copies the definition that a ref leads to, beside it, and leads there.
pub fn lead_to_copy(set: &mut Set, site: &Site) -> bool {
    let Some(target) = node(set, site).get("ref").and_then(Json::text).map(str::to_owned) else { return false };
    let target = if target.starts_with('#') { format!("{}{target}", site.nsid) } else { target };
    let Some((nsid, name)) = target.split_once('#') else { return false };
    let Some(copy) = set.get(nsid).and_then(|document| document.at(&format!("/defs/{name}"))).cloned() else {
        return false;
    };
    // A copy of what contains itself would contain the original.
    if references(&copy, nsid).contains(&target) {
        return false;
    }
    define(set, nsid, "zebra", copy);
    node(set, site).put("ref", format!("{nsid}#zebra"));
    true
}

pub fn closed(set: &mut Set, site: &Site) -> bool {
    node(set, site).get("closed").is_some()
}

pub fn has_refs(set: &mut Set, site: &Site) -> bool {
    node(set, site).get("refs").is_some_and(|refs| !refs.items().is_empty())
}

pub fn add_variant(set: &mut Set, site: &Site) -> bool {
    define(set, &site.nsid, "zebra", empty_object());
    push(set, site, "refs", "#zebra".into())
}

pub fn rename_variant(set: &mut Set, site: &Site) -> bool {
    let first =
        node(set, site).get("refs").and_then(|refs| refs.items().first()).and_then(Json::text).map(str::to_owned);
    let Some(target) = first else { return false };
    let target = if target.starts_with('#') { format!("{}{target}", site.nsid) } else { target };
    match target.split_once('#') {
        Some((nsid, name)) => rename(set, nsid, name, &target),
        None => false,
    }
}

pub fn add_schema(set: &mut Set, site: &Site) -> bool {
    let body = node(set, site);
    let wild = body.get("encoding").and_then(Json::text).is_some_and(|encoding| encoding.contains('*'));
    !wild && put_new(set, site, "schema", empty_object())
}

pub fn remove_error(set: &mut Set, site: &Site) -> bool {
    node(set, site).items_mut().and_then(Vec::pop).is_some()
}

pub fn rename_error(set: &mut Set, site: &Site) -> bool {
    let error = node(set, site).items_mut().and_then(|errors| errors.last_mut());
    let Some(error) = error else { return false };
    let name = error.get("name").and_then(Json::text).map(|name| format!("{name}Anew")).unwrap_or_default();
    error.put("name", name);
    true
}

pub fn describe(set: &mut Set, site: &Site, text: &str) -> bool {
    let node = node(set, site);
    if node.get("description").is_none() {
        return false;
    }
    node.put("description", text);
    true
}

pub fn is_deprecated(set: &mut Set, site: &Site) -> bool {
    node(set, site).get("description").and_then(Json::text).is_some_and(|text| text.starts_with("Deprecated:"))
}
