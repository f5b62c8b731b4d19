//! Lexicons that are right but can't be said in Rust are refused, with both names and both places.

use lexicon_codegen::{compile, emit::emit, source::Sources};

/// What the emitter says about a set of lexicons, given by path.
fn refusal(files: &[(&str, &str)]) -> String {
    let sources = Sources::from_texts(files.iter().copied());
    let set = compile(&sources).unwrap_or_else(|findings| panic!("{}", findings.render(&sources)));
    emit(&set).expect_err("to be refused").render(&sources)
}

fn document(id: &str, defs: &str) -> String {
    format!(r#"{{"lexicon": 1, "id": "{id}", "defs": {{{defs}}}}}"#)
}

#[test]
fn definitions_that_fall_together() {
    let object = r#"{"type": "object", "properties": {}}"#;
    let text = document("a.b.c", &format!(r#""fooBar": {object}, "fooBAR": {object}"#));
    let refusal = refusal(&[("a/b/c.json", &text)]);
    assert!(refusal.contains("`FooBar`") && refusal.contains("fooBar") && refusal.contains("fooBAR"), "{refusal}");
    assert!(refusal.contains("rename one of them"), "{refusal}");
}

#[test]
fn nested_types_that_fall_together() {
    let text = document(
        "a.b.c",
        r#""foo": {"type": "object", "properties": {"barBaz": {"type": "string", "enum": ["x"]}}},
           "fooBar": {"type": "object", "properties": {"baz": {"type": "string", "enum": ["x"]}}}"#,
    );
    let refusal = refusal(&[("a/b/c.json", &text)]);
    assert!(refusal.contains("/defs/foo/properties/barBaz"), "{refusal}");
    assert!(refusal.contains("/defs/fooBar/properties/baz") && refusal.contains("`FooBarBaz`"), "{refusal}");
}

#[test]
fn properties_that_fall_together() {
    let text = document(
        "a.b.c",
        r#""foo": {"type": "object", "properties": {"aB": {"type": "boolean"}, "a_b": {"type": "boolean"}}}"#,
    );
    let refusal = refusal(&[("a/b/c.json", &text)]);
    assert!(refusal.contains("the properties `aB` and `a_b` would both be called `a_b` in Rust"), "{refusal}");
}

#[test]
fn parameters_that_fall_together() {
    let text = document(
        "a.b.c",
        r#""main": {"type": "query", "parameters": {"type": "params",
            "properties": {"aB": {"type": "boolean"}, "a_b": {"type": "boolean"}}}}"#,
    );
    let refusal = refusal(&[("a/b/c.json", &text)]);
    assert!(refusal.contains("the parameters `aB` and `a_b` would both be called `a_b` in Rust"), "{refusal}");
}

#[test]
fn errors_that_fall_together_in_a_method_or_a_namespace() {
    let query = |errors: &str| format!(r#""main": {{"type": "query", "errors": [{errors}]}}"#);
    let both = document("a.b.c", &query(r#"{"name": "NotFound"}, {"name": "notFound"}"#));
    let text = refusal(&[("a/b/c.json", &both)]);
    assert!(text.contains("the errors `NotFound` and `notFound` would both be called `NotFound` in Rust"), "{text}");
    let one = document("a.b.c", &query(r#"{"name": "NotFound"}"#));
    let other = document("a.b.d", &query(r#"{"name": "notFound"}"#));
    let text = refusal(&[("a/b/c.json", &one), ("a/b/d.json", &other)]);
    assert!(text.contains("the errors `NotFound` and `notFound` of `a.b`"), "{text}");
}

#[test]
fn modules_that_fall_together() {
    let object = r#""foo": {"type": "object", "properties": {}}"#;
    let (one, other) = (document("a.b.fooBar", object), document("a.b.fooBAR", object));
    let text = refusal(&[("a/b/fooBar.json", &one), ("a/b/fooBAR.json", &other)]);
    assert!(text.contains("a.b.fooBAR") && text.contains("a.b.fooBar") && text.contains("`foo_bar`"), "{text}");
}
