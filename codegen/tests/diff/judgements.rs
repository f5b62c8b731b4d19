//! Changes that hang together with others, one by one: what is judged, and where it is shown.

use lexicon_codegen::{
    diff::{Change, diff},
    source::Sources,
};

use crate::compiled;

/// The lexicon `com.example.<name>` with these definitions, of which each begins a line, the first line 2.
fn lexicon(name: &str, defs: &str) -> (String, String) {
    let text = format!("{{ \"lexicon\": 1, \"id\": \"com.example.{name}\", \"defs\": {{\n{defs}\n}} }}");
    (format!("com/example/{name}.json"), text)
}

#[track_caller]
fn changes(old: &[(String, String)], new: &[(String, String)]) -> Vec<Change> {
    let set = |files: &[(String, String)]| compiled(&Sources::from_texts(files.to_vec()));
    diff(&set(old), &set(new))
}

/// Tier, kind and headline of each change.
fn said(changes: &[Change]) -> String {
    let line = |change: &Change| format!("{} {}: {}\n", change.tier(), change.kind, change.headline);
    changes.iter().map(line).collect()
}

/// A procedure that takes an object with this property, and one that answers with it.
fn both_ways(schema: &str) -> [(String, String); 2] {
    let body = format!(
        r##"{{ "encoding": "application/json", "schema": {{ "type": "object", "properties": {{ "it": {schema} }} }} }}"##
    );
    [
        lexicon("send", &format!(r#""main": {{ "type": "procedure", "input": {body} }}"#)),
        lexicon("take", &format!(r#""main": {{ "type": "procedure", "output": {body} }}"#)),
    ]
}

#[test]
fn a_value_that_goes_as_a_set_opens_is_told() {
    let old = both_ways(r#"{ "type": "string", "enum": ["one", "two"] }"#);
    let new = both_ways(r#"{ "type": "string", "knownValues": ["one", "three"] }"#);
    insta::assert_snapshot!(said(&changes(&old, &new)), @r"
    WIRE known-value-removed: `two` is gone from `knownValues` of input property `it`
    SOURCE enum-opened: input property `it` is no longer one of a closed set
    safe enum-value-added: `three` is new in `knownValues` of input property `it`
    WIRE enum-opened: output property `it` is no longer one of a closed set
    WIRE enum-value-added: `three` is new in `knownValues` of output property `it`
    SOURCE known-value-removed: `two` is gone from `knownValues` of output property `it`
    ");
    insta::assert_snapshot!(said(&changes(&new, &old)), @r"
    WIRE enum-closed: input property `it` is one of a closed set now
    WIRE enum-value-removed: `three` is gone from `enum` of input property `it`
    safe known-value-added: `two` is new in `enum` of input property `it`
    SOURCE enum-closed: output property `it` is one of a closed set now
    SOURCE enum-value-removed: `three` is gone from `enum` of output property `it`
    SOURCE known-value-added: `two` is new in `enum` of output property `it`
    ");
}

#[test]
fn another_type_is_found_where_an_object_in_place_becomes_one_that_holds_itself() {
    let query = |schema: &str, more: &str| {
        let output = format!(r#"{{ "encoding": "application/json", "schema": {schema} }}"#);
        lexicon("ask", &format!(r#""main": {{ "type": "query", "output": {output} }}{more}"#))
    };
    let old = query(r#"{ "type": "object", "properties": { "next": { "type": "string" } } }"#, "");
    let node = r##", "node": { "type": "object", "properties": { "next": { "type": "ref", "ref": "#node" } } }"##;
    let new = query(r##"{ "type": "ref", "ref": "#node" }"##, node);
    let changes = changes(&[old], &[new]);
    insta::assert_snapshot!(said(&changes), @r"
    WIRE ref-changed: the schema of the output is `com.example.ask#node` instead of its own object
    safe definition-added: the definition `com.example.ask#node` is new
    ");
    insta::assert_snapshot!(changes[0].notes.join("\n"), @"WIRE: output property `next` is of type object instead of string. Deployed clients expect the old type and can't read the new one.");
}

/// A query that answers with the shared type, and a shared type with these properties.
fn shared(properties: &str, more: &[(String, String)]) -> Vec<(String, String)> {
    let body = r#"{ "encoding": "application/json", "schema": { "type": "ref", "ref": "com.example.defs#it" } }"#;
    let mut set = vec![
        lexicon("ask", &format!(r#""main": {{ "type": "query", "output": {body} }}"#)),
        lexicon("defs", &format!(r#""it": {{ "type": "object", "properties": {{ {properties} }} }}"#)),
    ];
    set.extend(more.to_vec());
    set
}

/// A procedure that is sent the shared type.
fn teller() -> (String, String) {
    let body = r#"{ "encoding": "application/json", "schema": { "type": "ref", "ref": "com.example.defs#it" } }"#;
    lexicon("tell", &format!(r#""main": {{ "type": "procedure", "input": {body} }}"#))
}

#[test]
fn a_method_that_is_new_has_no_clients_that_a_change_of_a_shared_type_breaks() {
    let old = shared(r#""a": { "type": "integer" }"#, &[]);
    let new = shared(r#""a": { "type": "integer" }, "b": { "type": "integer", "maximum": 5 }"#, &[teller()]);
    insta::assert_snapshot!(said(&changes(&old, &new)), @r"
    safe property-added: property `b` is new and optional
    safe method-added: the procedure `com.example.tell` is new
    ");
    // Once it is there, it has.
    let old = shared(r#""a": { "type": "integer" }"#, &[teller()]);
    insta::assert_snapshot!(said(&changes(&old, &new)), @"SOURCE property-added: property `b` is new and optional");
}

#[test]
fn a_shared_type_is_judged_by_the_worse_of_what_is_sent_and_read() {
    let old = shared(r#""a": { "type": "integer", "maximum": 5 }"#, &[teller()]);
    let new = shared(r#""a": { "type": "integer", "maximum": 4 }"#, &[teller()]);
    insta::assert_snapshot!(said(&changes(&old, &new)), @"WIRE bound-tightened: `maximum` of property `a` falls from 5 to 4");
    insta::assert_snapshot!(said(&changes(&new, &old)), @"WIRE bound-loosened: `maximum` of property `a` rises from 4 to 5");
}

#[test]
fn a_definition_that_moves_to_another_file_with_a_change_is_followed() {
    let old = shared(r#""a": { "type": "integer" }"#, &[]);
    let mut new = shared(r#""a": { "type": "integer", "minimum": 0 }"#, &[]);
    for (path, text) in &mut new {
        *path = path.replace("defs", "things");
        *text = text.replace("com.example.defs", "com.example.things");
    }
    insta::assert_snapshot!(said(&changes(&old, &new)), @r"
    SOURCE ref-changed: the schema of the output is `com.example.things#it` instead of `com.example.defs#it`
    SOURCE definition-removed: the definition `com.example.defs#it` is gone
    safe definition-added: the definition `com.example.things#it` is new
    ");
}

#[test]
fn a_parameter_may_become_a_list_but_not_the_other_way() {
    let query = |schema: &str| {
        let parameters = format!(r#"{{ "type": "params", "properties": {{ "it": {schema} }} }}"#);
        lexicon("ask", &format!(r#""main": {{ "type": "query", "parameters": {parameters} }}"#))
    };
    let one = query(r#"{ "type": "string", "maxLength": 10 }"#);
    let list = query(r#"{ "type": "array", "items": { "type": "string", "maxLength": 9 } }"#);
    insta::assert_snapshot!(said(&changes(std::slice::from_ref(&one), std::slice::from_ref(&list))), @r"
    WIRE bound-tightened: `maxLength` of parameter `it` falls from 10 to 9
    SOURCE parameter-repeatable: parameter `it` may be given several times now
    ");
    insta::assert_snapshot!(said(&changes(&[list], std::slice::from_ref(&one))), @"WIRE type-changed: parameter `it` is of type string instead of array");
    let pairs = query(r#"{ "type": "array", "minLength": 2, "items": { "type": "string", "maxLength": 10 } }"#);
    insta::assert_snapshot!(said(&changes(&[one], &[pairs])), @"WIRE type-changed: parameter `it` is of type array instead of string");
}

/// What each change shows: line and pointer of both sides.
fn shown(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        text += &format!("{} {}\n", change.kind, change.path);
        for (name, side) in [("old", &change.old), ("new", &change.new)] {
            let place = |side: &lexicon_codegen::diff::Side| format!("{}:{}", side.place.line, side.place.pointer);
            text += &format!("  {name} {}\n", side.as_ref().map_or("-".to_owned(), place));
        }
    }
    text
}

#[test]
fn each_constraint_is_shown_at_its_own_line() {
    let defs = |text: &str, number: &str, more: &str| {
        lexicon(
            "defs",
            &format!(
                "\"text\": {{\n\"type\": \"string\",\n{text}\n}},\n\"number\": {{\n\"type\": \"integer\",\n{number}\n}}{more}"
            ),
        )
    };
    let old = defs(
        "\"description\": \"One.\",\n\"minLength\": 1,\n\"maxLength\": 10",
        "\"minimum\": 1,\n\"enum\": [1, 2]",
        ",\n\"any\": {\n\"type\": \"object\",\n\"required\": [\n\"a\"\n],\n\"properties\": { \"a\": { \"type\": \"boolean\" } }\n}",
    );
    let new = defs(
        "\"maxLength\": 9,\n\"default\": \"a\",\n\"description\": \"Two.\"",
        "\"enum\": [1, 2, 3],\n\"minimum\": 0",
        ",\n\"any\": {\n\"type\": \"object\",\n\"nullable\": [\n\"a\"\n],\n\"properties\": { \"a\": { \"type\": \"boolean\" } }\n}",
    );
    insta::assert_snapshot!(shown(&changes(&[old], &[new])), @r"
    property-optional a/required
      old 16:/defs/any/required/0
      new 13:/defs/any
    null-allowed a/nullable
      old 13:/defs/any
      new 16:/defs/any/nullable/0
    bound-loosened minimum
      old 10:/defs/number/minimum
      new 11:/defs/number/minimum
    bound-loosened enum
      old 11:/defs/number/enum
      new 10:/defs/number/enum
    bound-loosened minLength
      old 5:/defs/text/minLength
      new -
    bound-tightened maxLength
      old 6:/defs/text/maxLength
      new 4:/defs/text/maxLength
    default-added default
      old -
      new 5:/defs/text/default
    description-changed description
      old 4:/defs/text/description
      new 6:/defs/text/description
    ");
}
