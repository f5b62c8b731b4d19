//! References that lead nowhere, to the wrong kind of definition, or in circles without end.

use insta::assert_snapshot;
use lexicon_codegen::source::Sources;

use crate::{compiled, defs_are, mistakes};

/// `com.example.test`, whose `main` is an object with the one property `it`, beside other lexicons.
fn beside(schema: &str, others: &[(&str, &str)]) -> Sources {
    let lexicon = |id: &str, defs: &str| format!("{{ \"lexicon\": 1, \"id\": \"{id}\", \"defs\": {{\n{defs} }} }}");
    let main = format!("\"main\": {{ \"type\": \"object\", \"properties\": {{ \"it\": {schema} }} }}");
    let mut files = vec![("com/example/test.json".to_owned(), lexicon("com.example.test", &main))];
    for (id, defs) in others {
        files.push((format!("{}.json", id.replace('.', "/")), lexicon(id, defs)));
    }
    Sources::from_texts(files)
}

const VIEW: &str = r#""convoView": { "type": "object", "properties": {} }, "cursor": { "type": "string" }"#;

#[test]
fn a_dangling_reference_names_both_ends() {
    let defs = [("com.example.defs", VIEW)];
    assert_snapshot!(mistakes(&beside(r##"{ "type": "ref", "ref": "#view" }"##, &defs)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.test#view`, which is not defined
      this lexicon has no `view`: com/example/test.json:1:23 /id
      add a definition `view`; defined there: `main`
    "#);
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "com.example.defs#convoVeiw" }"#, &defs)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.defs#convoVeiw`, which is not defined
      this lexicon has no `convoVeiw`: com/example/defs.json:1:23 /id
      did you mean `com.example.defs#convoView`?
    "#);
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "com.example.defs" }"#, &defs)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.defs`, which is not defined
      this lexicon has no `main`: com/example/defs.json:1:23 /id
      add a definition `main`; defined there: `convoView`, `cursor`
    "#);
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "com.example.def#convoView" }"#, &defs)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.def#convoView`, but there is no such lexicon in the set
      did you mean `com.example.defs`?
    "#);
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "org.other.thing" }"#, &defs)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `org.other.thing`, but there is no such lexicon in the set
      add org/other/thing.json or correct the reference
    "#);
}

#[test]
fn a_reference_leads_to_data() {
    let others =
        [("com.example.ask", r#""main": { "type": "query" }"#), ("com.example.defs", r#""red": { "type": "token" }"#)];
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "com.example.ask" }"#, &others)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.ask`, which is a query
      defined here: com/example/ask.json:2:9 /defs/main
      refer to a definition of data, such as an object
    "#);
    assert_snapshot!(mistakes(&beside(r#"{ "type": "ref", "ref": "com.example.defs#red" }"#, &others)), @r#"
    com/example/test.json:2:75 /defs/main/properties/it/ref
      `com.example.test` refers to `com.example.defs#red`, which is a token
      defined here: com/example/defs.json:2:8 /defs/red
      list the token's full name in `knownValues` of a string
    "#);
}

#[test]
fn variants_of_a_union_are_objects_or_records_that_differ() {
    let defs = [("com.example.defs", VIEW)];
    let refs = r##"["com.example.defs#cursor", "com.example.defs#convoView", "#main", "com.example.test"]"##;
    assert_snapshot!(mistakes(&beside(&format!(r#"{{ "type": "union", "refs": {refs} }}"#), &defs)), @r#"
    com/example/test.json:2:79 /defs/main/properties/it/refs/0
      `com.example.test` refers to `com.example.defs#cursor`, which is of type string
      defined here: com/example/defs.json:2:64 /defs/cursor
      variants of a union are objects or records, since they carry `$type`; wrap the value in an object
    com/example/test.json:2:145 /defs/main/properties/it/refs/3
      `com.example.test` stands twice in the union
      first here: com/example/test.json:2:136 /defs/main/properties/it/refs/2
      keep one of the two
    "#);
}

#[test]
fn a_broken_definition_does_not_break_references_to_it() {
    let sources = beside(
        r#"{ "type": "union", "refs": ["com.example.broken#a", "com.example.unread#b", "com.example.renamed#c"] }"#,
        &[("com.example.broken", r#""a": { "type": "objet" }"#)],
    );
    let files = sources.files().map(|source| (source.file.to_path_buf(), source.text.clone()));
    let renamed =
        r#"{ "lexicon": 1, "id": "com.example.misnamed", "defs": { "c": { "type": "object", "properties": {} } } }"#;
    let more =
        [("com/example/unread.json".into(), "{".to_owned()), ("com/example/renamed.json".into(), renamed.to_owned())];
    assert_snapshot!(mistakes(&Sources::from_texts(files.chain(more))), @r#"
    com/example/broken.json:2:16 /defs/a/type
      there is no type `objet`
      did you mean `object`?
    com/example/renamed.json:1:23 /id
      `com.example.misnamed` stands in the file of `com.example.renamed`
      move the file to com/example/misnamed.json or correct the id
    com/example/unread.json:1:1 (document)
      not JSON: unterminated object
      lexicons are plain JSON, without comments or trailing commas
    "#);
}

#[test]
fn an_object_that_must_hold_itself_never_ends() {
    let defs = r##""main": { "type": "object", "required": ["next"], "properties": { "next": { "type": "ref", "ref": "#other" } } },
"other": { "type": "object", "required": ["back"], "properties": { "back": { "type": "ref", "ref": "com.example.test" } } }"##;
    assert_snapshot!(mistakes(&defs_are(defs)), @r#"
    com/example/test.json:2:99 /defs/main/properties/next/ref
      `com.example.test` never ends: it must hold another one of itself, so no value of it can ever be written
      make a property on the way optional
    com/example/test.json:3:100 /defs/other/properties/back/ref
      `com.example.test#other` never ends: it must hold another one of itself, so no value of it can ever be written
      make a property on the way optional
    "#);
}

#[test]
fn an_array_of_itself_never_ends() {
    assert_snapshot!(mistakes(&defs_are(r##""main": { "type": "array", "items": { "type": "ref", "ref": "#main" } }"##)), @r#"
    com/example/test.json:2:61 /defs/main/items/ref
      `com.example.test` never ends: it is an array of nothing but itself
      put an object in between
    "#);
}

#[test]
fn recursion_that_can_end_is_accepted() {
    let defs = |required: &str, nullable: &str, schema: &str| {
        compiled(&defs_are(&format!(
            r#""main": {{ "type": "object", "required": [{required}], "nullable": [{nullable}], "properties": {{ "it": {schema} }} }}"#
        )))
    };
    let this = r##"{ "type": "ref", "ref": "#main" }"##;
    defs("", "", this);
    defs(r#""it""#, r#""it""#, this);
    defs(r#""it""#, "", &format!(r#"{{ "type": "array", "items": {this} }}"#));
    defs(r#""it""#, "", r##"{ "type": "union", "refs": ["#main"] }"##);
}
