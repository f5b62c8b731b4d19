//! Mistakes of files, documents, primary types, errors and permission sets.

use insta::assert_snapshot;
use lexicon_codegen::{compile, emit::emit, source::Sources};

use crate::{compiled, defs_are, main_is, mistakes};

fn file(text: &str) -> Sources {
    Sources::from_texts([("com/example/test.json", text)])
}

#[test]
fn comments_and_trailing_commas_are_not_json() {
    assert_snapshot!(mistakes(&file("{\n  // version\n  \"lexicon\": 1\n}")), @r#"
    com/example/test.json:2:3 (document)
      not JSON: comments are not allowed
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("{\n  \"lexicon\": 1,\n}")), @r#"
    com/example/test.json:2:15 (document)
      not JSON: trailing commas are not allowed
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("{ lexicon: 1 }")), @r#"
    com/example/test.json:1:3 (document)
      not JSON: expected string for object property
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("{ 'lexicon': 1 }")), @r#"
    com/example/test.json:1:3 (document)
      not JSON: single-quoted strings are not allowed
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("{ \"lexicon\": 1 \"id\": 2 }")), @r#"
    com/example/test.json:1:15 (document)
      not JSON: expected comma
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("{} {}")), @r#"
    com/example/test.json:1:4 (document)
      not JSON: text cannot contain more than one JSON value
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file("")), @r#"
    com/example/test.json:1:1 (document)
      the file is empty
      write a lexicon or delete the file
    "#);
}

#[test]
fn characters_that_other_readers_refuse_are_refused() {
    assert_snapshot!(mistakes(&file("{ \"lexicon\": 1, \"description\": \"two\nlines\" }")), @r#"
    com/example/test.json:1:36 (document)
      not JSON: a control character in a string
      write it as an escape inside a string, such as \n, or take it out
    "#);
    assert_snapshot!(mistakes(&file("{ \"lexicon\":\u{a0}1 }")), @r#"
    com/example/test.json:1:13 (document)
      not JSON: white space other than blanks, tabs and line ends
      write it as an escape inside a string, such as \n, or take it out
    "#);
    assert_snapshot!(mistakes(&file(r#"{ "lexicon": 01 }"#)), @r#"
    com/example/test.json:1:15 (document)
      not JSON: expected comma
      lexicons are plain JSON, without comments or trailing commas
    "#);
    assert_snapshot!(mistakes(&file(r#"{ "lexicon\q": 1 }"#)), @r#"
    com/example/test.json:1:11 (document)
      not JSON: invalid escape
      lexicons are plain JSON, without comments or trailing commas
    "#);
}

#[test]
fn a_byte_order_mark_is_refused() {
    assert_snapshot!(mistakes(&file("\u{feff}{}")), @r#"
    com/example/test.json:1:1 (document)
      the file begins with a byte order mark
      save the file as UTF-8 without it
    "#);
}

#[test]
fn a_document_has_version_id_and_definitions() {
    assert_snapshot!(mistakes(&file("{}")), @r#"
    com/example/test.json:1:1 (document)
      a lexicon needs `defs`
      add `"defs"`
    com/example/test.json:1:1 (document)
      a lexicon needs `id`
      add `"id"`
    com/example/test.json:1:1 (document)
      a lexicon needs `lexicon`
      add `"lexicon": 1`, the version of the language
    "#);
    assert_snapshot!(mistakes(&file("[]")), @r#"
    com/example/test.json:1:1 (document)
      expected an object, found a list
      write an object
    "#);
    assert_snapshot!(mistakes(&file(r#"{ "lexicon": 2, "id": "com.example.test", "defs": {} }"#)), @r#"
    com/example/test.json:1:14 /lexicon
      only version 1 of Lexicon exists
      write `"lexicon": 1`
    com/example/test.json:1:51 /defs
      a lexicon defines something
      add a definition, such as `main`
    "#);
    assert_snapshot!(mistakes(&file(r#"{ "lexicon": "1", "id": null, "defs": [] }"#)), @r#"
    com/example/test.json:1:14 /lexicon
      expected an integer, found a string
      write an integer, without quotes
    com/example/test.json:1:25 /id
      expected a string, found null
      write a string, or leave it out if it is optional
    com/example/test.json:1:39 /defs
      expected an object, found a list
      write an object
    "#);
}

#[test]
fn unknown_keys_are_refused_at_every_depth() {
    let text = r##"{ "lexicon": 1, "id": "com.example.test", "revison": 3, "defs": {
      "main": { "type": "procedure", "inputs": {},
        "parameters": { "type": "params", "properties": { "a": { "type": "string", "minLenght": 1 } }, "nullable": [] },
        "input": { "encoding": "application/json", "shema": {}, "schema": {
          "type": "object", "additionalProperties": false, "properties": {
            "b": { "type": "array", "minItems": 1, "items": { "type": "integer", "max": 3 } },
            "c": { "type": "ref", "ref": "#d", "nullable": true } } } },
        "errors": [{ "name": "E", "status": 404 }] },
      "d": { "type": "object", "properties": {}, "title": "D" } } }"##;
    assert_snapshot!(mistakes(&file(text)), @r#"
    com/example/test.json:1:43 /revison
      a lexicon has no field `revison`
      did you mean `revision`?
    com/example/test.json:2:38 /defs/main/inputs
      a procedure has no field `inputs`
      did you mean `input`?
    com/example/test.json:3:84 /defs/main/parameters/properties/a/minLenght
      a string has no field `minLenght`
      did you mean `minLength`?
    com/example/test.json:3:104 /defs/main/parameters/nullable
      a set of parameters has no field `nullable`
      query parameters can't be null; leave them out of `required`
    com/example/test.json:4:52 /defs/main/input/shema
      a body has no field `shema`
      did you mean `schema`?
    com/example/test.json:5:29 /defs/main/input/schema/additionalProperties
      an object has no field `additionalProperties`
      objects of Lexicon are always open; leave it out
    com/example/test.json:6:37 /defs/main/input/schema/properties/b/minItems
      an array has no field `minItems`
      `minLength` bounds the number of items
    com/example/test.json:6:82 /defs/main/input/schema/properties/b/items/max
      an integer has no field `max`
      known here: `const`, `default`, `description`, `enum`, `maximum`, `minimum`, `type`
    com/example/test.json:7:48 /defs/main/input/schema/properties/c/nullable
      a ref has no field `nullable`
      list the property's name in the object around it
    com/example/test.json:8:35 /defs/main/errors/0/status
      an error has no field `status`
      known here: `description`, `name`
    com/example/test.json:9:50 /defs/d/title
      an object has no field `title`
      known here: `description`, `nullable`, `properties`, `required`, `type`
    "#);
}

#[test]
fn a_query_has_no_input() {
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "query", "input": { "encoding": "application/json" } }"#)), @r#"
    com/example/test.json:2:28 /defs/main/input
      a query has no field `input`
      only a procedure has an input; a query has `parameters`
    "#);
}

#[test]
fn a_key_stands_once() {
    let text = "{ \"type\": \"object\",\n\"properties\": { \"a\": { \"type\": \"string\" }, \"a\": { \"type\": \"integer\" } } }";
    assert_snapshot!(mistakes(&main_is(text)), @r#"
    com/example/test.json:3:44 /defs/main/properties/a
      `a` stands twice
      first here: com/example/test.json:3:17 /defs/main/properties/a
      keep one of the two
    "#);
}

#[test]
fn the_id_is_an_nsid_and_the_path_of_the_file() {
    let with_id = |path: &str, id: &str| {
        let text = format!(r##"{{ "lexicon": 1, "id": "{id}", "defs": {{ "main": {{ "type": "token" }} }} }}"##);
        mistakes(&Sources::from_texts([(path, text)]))
    };
    assert_snapshot!(with_id("com/example/test.json", "example.test"), @r#"
    com/example/test.json:1:23 /id
      `example.test` is not an NSID
      a reversed domain name and a name of letters and digits, such as `com.example.getThing`
    "#);
    assert_snapshot!(with_id("com/example/test.json", "com.example.my-test"), @r#"
    com/example/test.json:1:23 /id
      `com.example.my-test` is not an NSID
      a reversed domain name and a name of letters and digits, such as `com.example.getThing`
    "#);
    assert_snapshot!(with_id("com/example/test.json", "com.example.other"), @r#"
    com/example/test.json:1:23 /id
      `com.example.other` stands in the file of `com.example.test`
      move the file to com/example/other.json or correct the id
    "#);
    assert_snapshot!(with_id("com.example.test.json", "com.example.message.test"), @r#"
    com.example.test.json:1:23 /id
      `com.example.message.test` stands in the file of `com.example.test`
      move the file to com/example/message/test.json or correct the id
    "#);
}

#[test]
fn what_is_too_deep_to_be_read_is_refused_and_all_else_is_generated() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{ "type": "array", "maxLength": 9, "items": "#.repeat(depth), "}".repeat(depth));
        let schema = format!(r#"{open}{{ "type": "integer", "minimum": 0 }}{close}"#);
        format!(
            r#"{{ "lexicon": 1, "id": "com.example.test", "defs": {{ "main": {{ "type": "object", "properties": {{ "it": {schema} }} }} }} }}"#
        )
    };
    let deep = (1..600).rev().step_by(10).find(|depth| compile(&file(&nested(*depth))).is_ok());
    let deep = deep.expect("some depth can be read");
    assert!(deep > 100, "{deep}");
    emit(&compiled(&file(&nested(deep)))).expect("what can be read can be generated");
    assert_snapshot!(mistakes(&file(&nested(100_000))).lines().nth(1).unwrap_or_default(), @"  not JSON: maximum nesting depth exceeded");
}

#[test]
fn dots_in_the_name_of_a_file_are_no_folders() {
    let text = |kind: &str| {
        format!(r##"{{ "lexicon": 1, "id": "com.example.test", "defs": {{ "main": {{ "type": "{kind}" }} }} }}"##)
    };
    let twice = [("com/example/test.json", text("token")), ("com.example.test.json", text("cid-link"))];
    assert_snapshot!(mistakes(&Sources::from_texts(twice)), @r"
    com.example.test.json:1:23 /id
      `com.example.test` stands in com.example.test.json
      move the file to com/example/test.json
    ");
}

#[test]
fn the_type_of_a_published_document_is_fixed() {
    let text = r#"{ "$type": "com.example.lexicon", "lexicon": 1, "revision": "2", "id": "com.example.test", "defs": { "main": { "type": "token" } } }"#;
    assert_snapshot!(mistakes(&file(text)), @r#"
    com/example/test.json:1:12 /$type
      the `$type` of a lexicon is `com.atproto.lexicon.schema`
      correct it or leave it out
    com/example/test.json:1:61 /revision
      expected an integer, found a string
      write an integer, without quotes
    "#);
}

#[test]
fn definitions_have_plain_names_and_a_type() {
    assert_snapshot!(mistakes(&defs_are(r##""#view": { "type": "token" }, "a": {}, "b": 5, "c": { "type": "objekt" }"##)), @r#"
    com/example/test.json:2:1 /defs/#view
      `#view` cannot name a definition
      a letter, then letters, digits, `_` or `-`
    com/example/test.json:2:36 /defs/a
      a definition needs `type`
      every schema says what it is, such as `"type": "object"`
    com/example/test.json:2:45 /defs/b
      expected an object, found a number
      write an object
    com/example/test.json:2:63 /defs/c/type
      there is no type `objekt`
      did you mean `object`?
    "#);
    assert_snapshot!(mistakes(&defs_are("")), @r#"
    com/example/test.json:1:51 /defs
      a lexicon defines something
      add a definition, such as `main`
    "#);
}

#[test]
fn primary_types_are_main() {
    let defs = r#""a": { "type": "query" }, "b": { "type": "record", "key": "tid", "record": { "type": "object", "properties": {} } }"#;
    assert_snapshot!(mistakes(&defs_are(defs)), @r#"
    com/example/test.json:2:16 /defs/a/type
      only `main` can be a query
      give `a` a lexicon of its own, or make it an object
    com/example/test.json:2:42 /defs/b/type
      only `main` can be a record
      give `b` a lexicon of its own, or make it an object
    "#);
}

#[test]
fn refs_unions_and_params_have_no_name() {
    let defs = r##""a": { "type": "ref", "ref": "#b" }, "b": { "type": "union", "refs": [] }, "c": { "type": "params", "properties": {} }"##;
    assert_snapshot!(mistakes(&defs_are(defs)), @r#"
    com/example/test.json:2:16 /defs/a/type
      a definition cannot be of type `ref`
      refer to the target where it is used, or define an object that has it as a property
    com/example/test.json:2:53 /defs/b/type
      a definition cannot be of type `union`
      refer to the target where it is used, or define an object that has it as a property
    com/example/test.json:2:91 /defs/c/type
      a definition cannot be of type `params`
      `params` stand in `parameters` of a query, procedure or subscription only
    "#);
}

#[test]
fn a_record_has_a_known_key_type_and_an_object() {
    let text = r#"{ "type": "record", "key": "uuid", "record": { "type": "array", "items": { "type": "string" } } }"#;
    assert_snapshot!(mistakes(&main_is(text)), @r#"
    com/example/test.json:2:36 /defs/main/key
      `uuid` is not a record key type
      `tid`, `nsid`, `any` or `literal:` and the key
    com/example/test.json:2:64 /defs/main/record/type
      the schema of a record cannot be of type `array`
      one of `object`
    "#);
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "record" }"#)), @r#"
    com/example/test.json:2:9 /defs/main
      a record needs `key`
      add `"key": "tid"` or another record key type
    com/example/test.json:2:9 /defs/main
      a record needs `record`
      add `"record"`
    "#);
}

#[test]
fn a_body_has_a_media_type_and_an_object_ref_or_union() {
    let body = |body: &str| mistakes(&main_is(&format!(r#"{{ "type": "query", "output": {body} }}"#)));
    assert_snapshot!(body(r#"{ "schema": { "type": "object", "properties": {} } }"#), @r#"
    com/example/test.json:2:38 /defs/main/output
      a body needs `encoding`
      add the media type, such as `"encoding": "application/json"`
    "#);
    assert_snapshot!(body(r#"{ "encoding": "json" }"#), @r#"
    com/example/test.json:2:52 /defs/main/output/encoding
      `json` is not a media type
      such as `application/json`, `image/*` or `*/*`
    "#);
    assert_snapshot!(body(r#"{ "encoding": "application/json", "schema": { "type": "string" } }"#), @r#"
    com/example/test.json:2:92 /defs/main/output/schema/type
      the schema of a body cannot be of type `string`
      one of `object`, `ref`, `union`
    "#);
    assert_snapshot!(body(r#"{ "encoding": "*/*", "schema": { "type": "object", "properties": {} } }"#), @r#"
    com/example/test.json:2:69 /defs/main/output/schema
      a body of `*/*` has no schema
      name one encoding, such as `application/json`, or leave the schema out
    "#);
}

#[test]
fn error_names_are_single_words_and_stand_once() {
    let text = "{ \"type\": \"query\", \"errors\": [\n{ \"name\": \"Not Found\" }, { \"name\": \"\" },\n{ \"name\": \"Gone\" }, { \"name\": \"Gone\" }, {}, \"E\" ] }";
    assert_snapshot!(mistakes(&main_is(text)), @r#"
    com/example/test.json:3:11 /defs/main/errors/0/name
      `Not Found` cannot name an error
      one word that starts with a letter, such as `NotMember`
    com/example/test.json:3:36 /defs/main/errors/1/name
      `` cannot name an error
      one word that starts with a letter, such as `NotMember`
    com/example/test.json:4:31 /defs/main/errors/3/name
      `Gone` stands twice
      first here: com/example/test.json:4:11 /defs/main/errors/2/name
      keep one of the two
    com/example/test.json:4:41 /defs/main/errors/4
      an error needs `name`
      add `"name"`
    com/example/test.json:4:45 /defs/main/errors/5
      expected an object, found a string
      write an object
    "#);
}

#[test]
fn parameters_are_scalars_or_arrays_of_scalars() {
    let parameters = |properties: &str| {
        mistakes(&main_is(&format!(
            "{{ \"type\": \"query\", \"parameters\": {{ \"type\": \"params\", \"properties\": {{\n{properties} }} }} }}"
        )))
    };
    assert_snapshot!(parameters(r##""a": { "type": "ref", "ref": "#a" }, "b": { "type": "bytes" }, "c": { "type": "unknown" }"##), @r#"
    com/example/test.json:3:16 /defs/main/parameters/properties/a/type
      a query parameter cannot be of type `ref`
      one of `array`, `boolean`, `integer`, `string`
    com/example/test.json:3:53 /defs/main/parameters/properties/b/type
      a query parameter cannot be of type `bytes`
      one of `array`, `boolean`, `integer`, `string`
    com/example/test.json:3:79 /defs/main/parameters/properties/c/type
      a query parameter cannot be of type `unknown`
      one of `array`, `boolean`, `integer`, `string`
    "#);
    assert_snapshot!(parameters(r#""a": { "type": "array", "items": { "type": "array", "items": { "type": "string" } } }"#), @r#"
    com/example/test.json:3:44 /defs/main/parameters/properties/a/items/type
      an item of a query parameter cannot be of type `array`
      one of `boolean`, `integer`, `string`
    "#);
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "query", "parameters": { "type": "object", "properties": {} } }"#)), @r#"
    com/example/test.json:2:52 /defs/main/parameters/type
      the set of parameters cannot be of type `object`
      one of `params`
    "#);
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "query", "parameters": { "type": "params", "properties": {}, "required": ["x"] } }"#)), @r#"
    com/example/test.json:2:93 /defs/main/parameters/required/0
      `required` names `x`, which is not a property
      add the property
    "#);
}

#[test]
fn the_message_of_a_subscription_is_a_union() {
    let message = |message: &str| mistakes(&main_is(&format!(r#"{{ "type": "subscription", "message": {message} }}"#)));
    assert_snapshot!(message(r##"{ "schema": { "type": "ref", "ref": "#a" } }"##), @r#"
    com/example/test.json:2:68 /defs/main/message/schema/type
      the message of a subscription cannot be of type `ref`
      write `"type": "union"` with the messages in `refs`, even when there is one
    com/example/test.json:2:82 /defs/main/message/schema/ref
      `com.example.test` refers to `com.example.test#a`, which is not defined
      this lexicon has no `a`: com/example/test.json:1:23 /id
      add a definition `a`; defined there: `main`
    "#);
    assert_snapshot!(message(r#"{ "schema": { "type": "object", "properties": {} } }"#), @r#"
    com/example/test.json:2:68 /defs/main/message/schema/type
      the message of a subscription cannot be of type `object`
      write `"type": "union"` with the messages in `refs`, even when there is one
    "#);
    assert_snapshot!(message(r#"{ "description": "Nothing." }"#), @r#"
    com/example/test.json:2:46 /defs/main/message
      a message needs `schema`
      add `"schema"`
    "#);
}

#[test]
fn permissions_are_checked_by_resource() {
    let set = |permissions: &str| {
        mistakes(&main_is(&format!("{{ \"type\": \"permission-set\", \"permissions\": [\n{permissions} ] }}")))
    };
    assert_snapshot!(set(r#"{ "type": "permission", "resource": "repo", "collection": ["*"], "action": ["read"], "actoin": [] }"#), @r#"
    com/example/test.json:3:60 /defs/main/permissions/0/collection/0
      `*` is not an NSID
      permission sets have no wildcards here
    com/example/test.json:3:77 /defs/main/permissions/0/action/0
      there is no action `read`
      `create`, `update` or `delete`
    com/example/test.json:3:86 /defs/main/permissions/0/actoin
      a `repo` permission has no field `actoin`
      did you mean `action`?
    "#);
    assert_snapshot!(set(r#"{ "type": "permission", "resource": "rpc", "lxm": [], "aud": "did:web:a.com" }"#), @r#"
    com/example/test.json:3:51 /defs/main/permissions/0/lxm
      `lxm` lists nothing
      add an NSID
    com/example/test.json:3:62 /defs/main/permissions/0/aud
      a permission set cannot name one service
      `"aud": "*"`, or `"inheritAud": true` instead
    "#);
    assert_snapshot!(set(r#"{ "type": "permission", "resource": "rpc", "lxm": ["com.example.test"] }"#), @r#"
    com/example/test.json:3:1 /defs/main/permissions/0
      an `rpc` permission says which services it is for
      add `"inheritAud": true` or `"aud": "*"`
    "#);
    assert_snapshot!(set(r#"{ "type": "scope", "resource": "" }, { "type": "permission", "x": null }"#), @r#"
    com/example/test.json:3:1 /defs/main/permissions/0
      a permission names a resource
      such as `repo` or `rpc`
    com/example/test.json:3:11 /defs/main/permissions/0/type
      the `type` of a permission is `permission`
      correct it
    com/example/test.json:3:38 /defs/main/permissions/1
      a permission needs `resource`
      add `"resource"`
    com/example/test.json:3:67 /defs/main/permissions/1/x
      expected a string, integer or boolean, found null
      write a string, integer or boolean, or leave it out if it is optional
    "#);
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "permission-set", "title:lang": { "ENGLISH": "a", "de": 1 } }"#)), @r#"
    com/example/test.json:2:9 /defs/main
      a permission set needs `permissions`
      add `"permissions"`
    com/example/test.json:2:53 /defs/main/title:lang/ENGLISH
      `ENGLISH` is not a language tag
      such as `en` or `pt-BR`
    com/example/test.json:2:75 /defs/main/title:lang/de
      expected a string, found a number
      write a string
    "#);
}
