//! The API reference: well-formed pages whose links lead somewhere, with nothing inline and nothing from elsewhere, and
//! examples that hold what the schema says.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use lexicon_codegen::{
    compile,
    output::{GENERATED, Output},
    reference::{Payload, Settings, examples, reference},
    resolve::Resolved,
    source::Sources,
};

fn fixtures() -> Resolved {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lexicon");
    compile(&Sources::read(&folder).expect("the fixtures are there")).expect("the fixtures are right")
}

fn set(defs: &str) -> Resolved {
    let text = format!(r#"{{"lexicon": 1, "id": "com.example.thing", "defs": {{{defs}}}}}"#);
    let sources = Sources::from_texts([("com/example/thing.json", text)]);
    compile(&sources).unwrap_or_else(|findings| panic!("{}", findings.render(&sources)))
}

fn settings(text: &str) -> Settings {
    Settings::parse(text).expect("the settings are right")
}

/// What is on a page.
#[derive(Default)]
struct Page {
    ids: BTreeSet<String>,
    /// Values of `href` and `src`.
    addresses: Vec<String>,
}

/// Reads a page, and fails when an element isn't closed, an id stands twice, or something stands inline.
fn read(name: &str, html: &str) -> Page {
    let (mut page, mut open) = (Page::default(), Vec::new());
    let body = html.strip_prefix("<!doctype html>").expect("a document type");
    let body = body.split_once("-->\n").expect("a header").1;
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("{name}: <{part}"));
        if let Some(end) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(end), "{name}: </{end}> before {text:?}");
            continue;
        }
        let element = tag.split(' ').next().unwrap_or_default();
        if !["meta", "link", "input", "br", "hr"].contains(&element) {
            open.push(element.to_owned());
        }
        assert!(element != "style" && (element != "script" || text.is_empty()), "{name} has something inline");
        for (attribute, value) in attributes(tag) {
            assert!(!attribute.starts_with("on") && attribute != "style", "{name}: {tag}");
            match attribute {
                "id" => assert!(page.ids.insert(value.to_owned()), "{name} has the id {value} twice"),
                "href" | "src" => page.addresses.push(value.to_owned()),
                _ => {}
            }
        }
    }
    assert!(open.is_empty(), "{name} doesn't close {open:?}");
    page
}

fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    tag.split("\" ")
        .flat_map(|part| part.split_once("=\""))
        .map(|(name, value)| (name.rsplit(' ').next().unwrap_or_default(), value.trim_end_matches(['"', '/', ' '])))
}

/// Fails when a page is malformed or a link leads nowhere.
fn check_pages(output: &Output) {
    let pages: BTreeMap<String, Page> = output
        .files()
        .filter(|(path, _)| path.extension().is_some_and(|extension| extension == "html"))
        .map(|(path, text)| (path.display().to_string(), read(&path.display().to_string(), text)))
        .collect();
    for (name, page) in &pages {
        for address in &page.addresses {
            let (file, anchor) = address.split_once('#').unwrap_or((address, ""));
            if file.starts_with("https://") {
                continue;
            }
            let file = if file.is_empty() { name } else { file };
            assert!(output.get(file).is_some(), "{name} links to {address}");
            let there = anchor.is_empty() || pages.get(file).is_some_and(|page| page.ids.contains(anchor));
            assert!(there, "{name} links to {address}, which {file} hasn't");
        }
    }
    // What the search leads to.
    let index = output.get("search-index.js").expect("an index");
    for address in index.lines().filter_map(|line| line.split("\", \"").nth(3)) {
        let (file, anchor) = address.split_once('#').unwrap_or((address, ""));
        let page = pages.get(file).unwrap_or_else(|| panic!("the search leads to {address}"));
        assert!(anchor.is_empty() || page.ids.contains(anchor), "the search leads to {address}");
    }
}

#[test]
fn pages_of_every_construct_are_well_formed_and_their_links_lead_somewhere() {
    let introduction =
        "# The example\n\nCall example.method.query.\n\n## Errors\n\n<b>None</b> & [more](https://example.com).";
    let output = reference(&fixtures(), introduction, &Settings::default()).expect("pages");
    check_pages(&output);
    assert!(output.files().all(|(_, text)| text.lines().next().is_some_and(|line| line.contains(GENERATED))));
    let again = reference(&fixtures(), introduction, &Settings::default()).expect("pages");
    assert!(again == output, "two runs differ");
}

#[test]
fn every_kind_of_method_has_requests_to_copy() {
    let mut requests = BTreeMap::new();
    examples(&fixtures(), &Settings::default(), |exchange| {
        requests.insert(exchange.request.nsid.to_owned(), exchange.request.curl(&Settings::default()));
    });
    insta::assert_snapshot!(requests["example.method.procedure"], @r#"
    curl https://example.com/xrpc/example.method.procedure \
      -H "Content-Type: application/json" \
      -d '{
      "text": "examp"
    }'
    "#);
    insta::assert_snapshot!(requests["example.method.bodies"], @r#"
    curl https://example.com/xrpc/example.method.bodies \
      -H "Content-Type: application/octet-stream" \
      --data-binary @file \
      -o file
    "#);
    assert!(requests["example.method.events"].starts_with("curl -N "));
    let output = reference(&fixtures(), "", &Settings::default()).expect("pages");
    let socket = output.get("example.method.subscribe.html").expect("a page");
    assert!(socket.contains("new WebSocket('wss://example.com/xrpc/example.method.subscribe')"), "{socket}");
}

#[test]
fn nothing_that_a_lexicon_says_becomes_markup() {
    let evil = r#"<script>alert(1)</script><img src=x onerror=alert(1)> \"'&"#;
    let set = set(&format!(
        r#""main": {{"type": "query", "description": "{evil}",
            "parameters": {{"type": "params", "properties": {{"{evil}": {{"type": "string", "default": "{evil}"}}}}}},
            "output": {{"encoding": "application/json", "schema": {{"type": "object", "properties": {{
              "{evil}": {{"type": "string", "description": "{evil}", "knownValues": ["{evil}"]}}}}}}}},
            "errors": [{{"name": "Bad", "description": "{evil}"}}]}}"#,
    ));
    let output = reference(&set, &format!("# {evil}\n\n## {evil}\n\n{evil}"), &Settings::default()).expect("pages");
    for (path, text) in output.files().filter(|(path, _)| path.extension().is_some_and(|end| end == "html")) {
        assert!(!text.contains("<script>") && !text.contains("<img"), "{}", path.display());
    }
    read("thing", output.get("com.example.thing.html").expect("a page"));
}

#[test]
fn examples_come_from_the_settings_where_they_fit() {
    let set = set(
        r##""main": {"type": "procedure", "input": {"encoding": "application/json", "schema": {"type": "object",
          "required": ["name", "size", "data"],
          "properties": {"name": {"type": "string", "maxLength": 4}, "size": {"type": "integer", "maximum": 9},
            "data": {"type": "bytes", "maxLength": 2}, "more": {"type": "boolean"}, "less": {"type": "ref", "ref": "#less"}}}}},
        "less": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}"##,
    );
    let input = |settings: &Settings| {
        let mut input = String::new();
        examples(&set, settings, |exchange| {
            if let Some(Payload::Json(data)) = &exchange.request.payload {
                input = data.json().split_whitespace().collect::<Vec<_>>().join(" ");
            }
        });
        input
    };
    assert_eq!(input(&Settings::default()), r#"{ "name": "exam", "size": 1, "data": {"$bytes": "T54"} }"#);
    let given =
        settings(r#"{"examples": {"name": "too long", "thing.size": 7, "thing.data": "a", "thing.more": false}}"#);
    assert_eq!(input(&given), r#"{ "name": "exam", "size": 7, "data": {"$bytes": "YQ"}, "more": false }"#);
    // The long name is for the other definition.
    let output = reference(&set, "", &given).expect("pages");
    assert!(output.get("com.example.thing.html").expect("a page").contains(r#""name": "too long""#));
}

#[test]
fn what_in_the_settings_fits_nothing_is_named() {
    let set = set(r#""main": {"type": "query", "parameters": {"type": "params", "required": ["size"],
        "properties": {"size": {"type": "integer", "maximum": 9}}}}"#);
    let mistakes = |text: &str| reference(&set, "", &settings(text)).expect_err("mistakes").join("\n");
    assert_eq!(mistakes(r#"{"examples": {"sise": 1}}"#), "the example of `sise` fits nowhere");
    assert_eq!(mistakes(r#"{"examples": {"size": 10}}"#), "the example of `size` fits nowhere");
    let invalid = mistakes(r#"{"examples": {"thing.size": 10}}"#);
    assert!(invalid.contains("/size: must be at most the maximum; give one in the settings"), "{invalid}");
    let group = mistakes(r#"{"groups": {"All": ["thing", "thin"]}}"#);
    assert!(group.starts_with("`thin` in the group `All` is no document"), "{group}");
    assert!(Settings::parse(r#"{"example": {}}"#).is_err() && Settings::parse("[]").is_err());
}

#[test]
fn a_schema_of_which_no_example_can_be_made_is_named() {
    let set = set(r#""main": {"type": "query", "parameters": {"type": "params", "required": ["who"],
        "properties": {"who": {"type": "string", "format": "did", "maxLength": 4}}}}"#);
    let mistakes = reference(&set, "", &Settings::default()).expect_err("mistakes");
    assert_eq!(
        mistakes,
        ["no example of `com.example.thing` could be made, /who: must have fewer bytes; give one in the settings"]
    );
}

#[test]
fn lists_that_must_hold_lists_of_their_kind_end() {
    let set = set(r##""tree": {"type": "object", "required": ["children"], "properties": {
        "children": {"type": "array", "minLength": 1, "items": {"type": "ref", "ref": "#tree"}}}}"##);
    assert!(reference(&set, "", &Settings::default()).is_err());
}
