//! Mistakes of field types and their constraints.

use insta::assert_snapshot;

use crate::{main_is, mistakes, property_is};

#[test]
fn unknown_types_come_with_advice() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "strnig" }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      there is no type `strnig`
      did you mean `string`?
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "number" }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      there is no type `number`
      Lexicon has no fractions; use `integer`, or a string
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "datetime" }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      there is no type `datetime`
      that is a format: `"type": "string", "format": "datetime"`
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "array", "items": { "type": "null" } }"#)), @r#"
    com/example/test.json:3:39 /defs/main/properties/it/items/type
      there is no type `null`
      list the property in `nullable` of the object around it
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": ["string", "null"] }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      expected a string, found a list
      write a string
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "description": "Nothing said." }"#)), @r#"
    com/example/test.json:3:1 /defs/main/properties/it
      a property needs `type`
      every schema says what it is, such as `"type": "object"`
    "#);
}

#[test]
fn an_object_stands_inside_another_by_reference() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "object", "properties": {} }"#)), @r##"
    com/example/test.json:3:11 /defs/main/properties/it/type
      a property cannot be of type `object`
      make it a definition of its own and refer to it: `"type": "ref", "ref": "#name"`
    "##);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "array", "items": { "type": "object", "properties": {} } }"#)), @r##"
    com/example/test.json:3:39 /defs/main/properties/it/items/type
      an array item cannot be of type `object`
      make it a definition of its own and refer to it: `"type": "ref", "ref": "#name"`
    "##);
}

#[test]
fn what_stands_in_the_wrong_place_is_still_read() {
    assert_snapshot!(mistakes(&property_is(r##"{ "type": "object", "properties": { "a": { "type": "ref", "ref": "#gone" }, "b": { "typ": "x" } } }"##)), @r##"
    com/example/test.json:3:11 /defs/main/properties/it/type
      a property cannot be of type `object`
      make it a definition of its own and refer to it: `"type": "ref", "ref": "#name"`
    com/example/test.json:3:66 /defs/main/properties/it/properties/a/ref
      `com.example.test` refers to `com.example.test#gone`, which is not defined
      this lexicon has no `gone`: com/example/test.json:1:23 /id
      add a definition `gone`; defined there: `main`
    com/example/test.json:3:82 /defs/main/properties/it/properties/b
      a property needs `type`
      is `typ` meant to be `type`?
    "##);
}

#[test]
fn tokens_params_and_primary_types_are_no_properties() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "token" }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      a property cannot be of type `token`
      a token is a definition; list its full name in `knownValues` of a string
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "params", "properties": {} }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      a property cannot be of type `params`
      `params` stand in `parameters` of a query, procedure or subscription only
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "record" }"#)), @r#"
    com/example/test.json:3:11 /defs/main/properties/it/type
      a property cannot be of type `record`
      a record is `main` of a lexicon
    "#);
}

#[test]
fn values_have_the_type_their_field_asks_for() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "maxLength": "5", "minLength": -1, "enum": "a", "description": null }"#)), @r#"
    com/example/test.json:3:34 /defs/main/properties/it/maxLength
      expected an integer, found a string
      write an integer, without quotes
    com/example/test.json:3:52 /defs/main/properties/it/minLength
      -1 is negative
      a length or size is 0 or more
    com/example/test.json:3:64 /defs/main/properties/it/enum
      expected a list, found a string
      write a list
    com/example/test.json:3:84 /defs/main/properties/it/description
      expected a string, found null
      write a string, or leave it out if it is optional
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "minimum": 0.5, "maximum": 1e3, "default": 9223372036854775808, "enum": [1, "2"] }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/minimum
      0.5 is not an integer of 64 bits
      Lexicon has no fractions, exponents or larger numbers
    com/example/test.json:3:49 /defs/main/properties/it/maximum
      1e3 is not an integer of 64 bits
      Lexicon has no fractions, exponents or larger numbers
    com/example/test.json:3:65 /defs/main/properties/it/default
      9223372036854775808 is not an integer of 64 bits
      Lexicon has no fractions, exponents or larger numbers
    com/example/test.json:3:98 /defs/main/properties/it/enum/1
      expected an integer, found a string
      write an integer, without quotes
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "boolean", "default": "true", "const": 1 }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/default
      expected true or false, found a string
      write true or false, without quotes
    com/example/test.json:3:50 /defs/main/properties/it/const
      expected true or false, found a number
      write true or false
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "union", "refs": {}, "closed": "yes" }"#)), @r#"
    com/example/test.json:3:28 /defs/main/properties/it/refs
      expected a list, found an object
      write a list
    com/example/test.json:3:42 /defs/main/properties/it/closed
      expected true or false, found a string
      write true or false, without quotes
    "#);
    assert_snapshot!(mistakes(&property_is("true")), @r#"
    com/example/test.json:3:1 /defs/main/properties/it
      expected an object, found a boolean
      write an object
    "#);
}

#[test]
fn an_array_has_items_and_an_object_properties() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "array" }"#)), @r#"
    com/example/test.json:3:1 /defs/main/properties/it
      an array needs `items`
      add `"items"`
    "#);
    assert_snapshot!(mistakes(&main_is(r#"{ "type": "object", "required": ["a"] }"#)), @r#"
    com/example/test.json:2:9 /defs/main
      an object needs `properties`
      an object without properties has `"properties": {}`
    "#);
}

#[test]
fn required_and_nullable_name_properties_once() {
    let text = "{ \"type\": \"object\", \"properties\": { \"convoId\": { \"type\": \"string\" } },\n\"required\": [\"convoID\", \"convoId\", \"convoId\"],\n\"nullable\": [\"x\", 3] }";
    assert_snapshot!(mistakes(&main_is(text)), @r#"
    com/example/test.json:3:14 /defs/main/required/0
      `required` names `convoID`, which is not a property
      did you mean `convoId`?
    com/example/test.json:3:36 /defs/main/required/2
      `convoId` stands twice
      first here: com/example/test.json:3:25 /defs/main/required/1
      keep one of the two
    com/example/test.json:4:14 /defs/main/nullable/0
      `nullable` names `x`, which is not a property
      one of `convoId`
    com/example/test.json:4:19 /defs/main/nullable/1
      expected a string, found a number
      write a string
    "#);
}

#[test]
fn reserved_names_are_no_properties() {
    let text = r#"{ "type": "object", "properties": { "$type": { "type": "string" }, "": { "type": "string" } } }"#;
    assert_snapshot!(mistakes(&main_is(text)), @r#"
    com/example/test.json:2:45 /defs/main/properties/$type
      `$type` cannot name a property
      names that are empty or start with `$` are reserved
    com/example/test.json:2:76 /defs/main/properties/
      `` cannot name a property
      names that are empty or start with `$` are reserved
    "#);
}

#[test]
fn bounds_are_in_order() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "minimum": 2, "maximum": 1 }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/minimum
      `minimum`, 2, is more than `maximum`, 1
      the other bound: com/example/test.json:3:47 /defs/main/properties/it/maximum
      no value satisfies both; change one
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "minLength": 9, "maxLength": 8, "minGraphemes": 10, "maxGraphemes": 1 }"#)), @r#"
    com/example/test.json:3:34 /defs/main/properties/it/minLength
      `minLength`, 9, is more than `maxLength`, 8
      the other bound: com/example/test.json:3:50 /defs/main/properties/it/maxLength
      no value satisfies both; change one
    com/example/test.json:3:69 /defs/main/properties/it/minGraphemes
      10 graphemes never fit `maxLength`, 8 bytes
      raise `maxLength`
    com/example/test.json:3:69 /defs/main/properties/it/minGraphemes
      `minGraphemes`, 10, is more than `maxGraphemes`, 1
      the other bound: com/example/test.json:3:89 /defs/main/properties/it/maxGraphemes
      no value satisfies both; change one
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "bytes", "minLength": 2, "maxLength": 1 }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/minLength
      `minLength`, 2, is more than `maxLength`, 1
      the other bound: com/example/test.json:3:49 /defs/main/properties/it/maxLength
      no value satisfies both; change one
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "array", "minLength": 2, "maxLength": 1, "items": { "type": "string" } }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/minLength
      `minLength`, 2, is more than `maxLength`, 1
      the other bound: com/example/test.json:3:49 /defs/main/properties/it/maxLength
      no value satisfies both; change one
    "#);
}

#[test]
fn defaults_constants_and_enums_satisfy_their_schema() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "minimum": 1, "maximum": 3, "default": 0, "enum": [1, 4] }"#)), @r#"
    com/example/test.json:3:61 /defs/main/properties/it/default
      0 in `default` is less than `minimum`, 1
      a value that the schema itself refuses can't be sent
    com/example/test.json:3:76 /defs/main/properties/it/enum/1
      4 in `enum` is more than `maximum`, 3
      a value that the schema itself refuses can't be sent
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "enum": [1, 2], "const": 3 }"#)), @r#"
    com/example/test.json:3:47 /defs/main/properties/it/const
      3 in `const` is not in `enum`
      a value that the schema itself refuses can't be sent
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "maxLength": 2, "const": "äö" }"#)), @r#"
    com/example/test.json:3:46 /defs/main/properties/it/const
      "äö" in `const` is longer than `maxLength`, 2
      a value that the schema itself refuses can't be sent
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "maxGraphemes": 1, "knownValues": ["👩‍👩‍👧", "ab"] }"#)), @r#"
    com/example/test.json:3:65 /defs/main/properties/it/knownValues/1
      "ab" in `knownValues` is longer than `maxGraphemes`, 1
      a value that the schema itself refuses can't be sent
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "enum": ["a", "b"], "default": "c" }"#)), @r#"
    com/example/test.json:3:52 /defs/main/properties/it/default
      "c" in `default` is not in `enum`
      a value that the schema itself refuses can't be sent
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "format": "did", "default": "alice" }"#)), @r#"
    com/example/test.json:3:49 /defs/main/properties/it/default
      "alice" in `default` does not have the `format`
      a value that the schema itself refuses can't be sent
    "#);
}

#[test]
fn default_and_constant_exclude_each_other() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "boolean", "default": true, "const": true }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/default
      `default` and `const` exclude each other
      the other one: com/example/test.json:3:48 /defs/main/properties/it/const
      keep one of the two
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "default": "a", "const": "a" }"#)), @r#"
    com/example/test.json:3:32 /defs/main/properties/it/default
      `default` and `const` exclude each other
      the other one: com/example/test.json:3:46 /defs/main/properties/it/const
      keep one of the two
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "default": 1, "const": 1 }"#)), @r#"
    com/example/test.json:3:33 /defs/main/properties/it/default
      `default` and `const` exclude each other
      the other one: com/example/test.json:3:45 /defs/main/properties/it/const
      keep one of the two
    "#);
}

#[test]
fn sets_of_values_have_members_that_differ_and_are_open_or_closed() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "enum": [] }"#)), @r#"
    com/example/test.json:3:29 /defs/main/properties/it/enum
      an empty `enum` allows no value
      list the values or leave it out
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "integer", "enum": [1, 1] }"#)), @r#"
    com/example/test.json:3:34 /defs/main/properties/it/enum/1
      1 stands twice
      first here: com/example/test.json:3:31 /defs/main/properties/it/enum/0
      keep one of the two
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "knownValues": ["a", "b", "a"] }"#)), @r#"
    com/example/test.json:3:47 /defs/main/properties/it/knownValues/2
      `a` stands twice
      first here: com/example/test.json:3:37 /defs/main/properties/it/knownValues/0
      keep one of the two
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "knownValues": ["a"], "enum": ["a"] }"#)), @r#"
    com/example/test.json:3:36 /defs/main/properties/it/knownValues
      a set of strings is closed (`enum`) or open (`knownValues`), not both
      keep one of the two
    "#);
}

#[test]
fn string_formats_are_known() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "format": "date-time" }"#)), @r#"
    com/example/test.json:3:31 /defs/main/properties/it/format
      there is no string format `date-time`
      did you mean `datetime`?
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "string", "format": "uuid" }"#)), @r#"
    com/example/test.json:3:31 /defs/main/properties/it/format
      there is no string format `uuid`
      one of `at-identifier`, `at-uri`, `cid`, `datetime`, `did`, `handle`, `language`, `nsid`, `record-key`, `tid`, `uri`
    "#);
}

#[test]
fn blobs_accept_media_types() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "blob", "accept": ["png", "image/*"], "maxSize": -1 }"#)), @r#"
    com/example/test.json:3:30 /defs/main/properties/it/accept/0
      `png` is not a media type
      such as `image/png`, `image/*` or `*/*`
    com/example/test.json:3:60 /defs/main/properties/it/maxSize
      -1 is negative
      a length or size is 0 or more
    "#);
}

#[test]
fn references_and_unions_are_well_formed() {
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "ref" }"#)), @r#"
    com/example/test.json:3:1 /defs/main/properties/it
      a ref needs `ref`
      add `"ref"`
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "ref", "ref": "view" }"#)), @r#"
    com/example/test.json:3:25 /defs/main/properties/it/ref
      `view` is not a reference
      `#name` in this lexicon, `nsid` for `main` of another, `nsid#name` for its other definitions
    "#);
    assert_snapshot!(mistakes(&property_is(r##"{ "type": "union", "refs": ["#"], "closed": false }"##)), @r#"
    com/example/test.json:3:29 /defs/main/properties/it/refs/0
      `#` is not a reference
      `#name` in this lexicon, `nsid` for `main` of another, `nsid#name` for its other definitions
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "union", "refs": [], "closed": true }"#)), @r#"
    com/example/test.json:3:42 /defs/main/properties/it/closed
      a closed union without `refs` has no value
      add a ref or leave `closed` out
    "#);
    assert_snapshot!(mistakes(&property_is(r#"{ "type": "union" }"#)), @r#"
    com/example/test.json:3:1 /defs/main/properties/it
      a union needs `refs`
      add `"refs"`
    "#);
}
