//! How mistakes look on a terminal.

use insta::assert_snapshot;
use lexicon_codegen::source::Sources;

use crate::{main_is, refused};

fn rendered(sources: &Sources) -> String {
    refused(sources).render(sources)
}

#[test]
fn a_mistake_shows_its_line_and_marks_the_place() {
    let text = "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"größe\": { \"type\": \"string\", \"minLenght\": 1 }\n  }\n}";
    assert_snapshot!(rendered(&main_is(text)), @r#"
    error[unknown-key]: a string has no field `minLenght`
      --> com/example/test.json:5:34 /defs/main/properties/größe/minLenght
       |
     5 |     "größe": { "type": "string", "minLenght": 1 }
       |                                  ^^^^^^^^^^^
      = help: did you mean `minLength`?

    1 mistake in the lexicon
    "#);
}

#[test]
fn tabs_keep_the_mark_in_place() {
    assert_snapshot!(rendered(&main_is("{\n\t\"type\":\t\"objekt\"\n}")), @r#"
    error[unknown-type]: there is no type `objekt`
      --> com/example/test.json:3:10 /defs/main/type
       |
     3 | 	"type":	"objekt"
       | 	       	^^^^^^^^
      = help: did you mean `object`?

    1 mistake in the lexicon
    "#);
}

#[test]
fn related_places_are_shown_too() {
    assert_snapshot!(rendered(&main_is("{\n  \"type\": \"integer\",\n  \"minimum\": 10,\n  \"maximum\": 1\n}")), @r#"
    error[bounds-contradict]: `minimum`, 10, is more than `maximum`, 1
      --> com/example/test.json:4:14 /defs/main/minimum
       |
     4 |   "minimum": 10,
       |              ^^
      ::> com/example/test.json:5:14 /defs/main/maximum
       |
     5 |   "maximum": 1
       |              - the other bound
      = help: no value satisfies both; change one

    1 mistake in the lexicon
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let many: String = (0..40).map(|n| format!("\"property{n}\": {{ \"type\": \"string\" }}, ")).collect();
    let text = format!("{{ \"type\": \"object\", \"properties\": {{ {many} \"last\": {{ \"type\": \"text\" }} }} }}");
    assert_snapshot!(rendered(&main_is(&text)), @r#"
    error[unknown-type]: there is no type `text`
      --> com/example/test.json:2:1494 /defs/main/properties/last/type
       |
     2 | … "type": "string" },  "last": { "type": "text" } } }
       |                                          ^^^^^^
      = help: one of `array`, `blob`, `boolean`, `bytes`, `cid-link`, `integer`, `ref`, `string`, `union`, `unknown`

    1 mistake in the lexicon
    "#);
}

#[test]
fn mistakes_of_all_files_come_in_one_run_in_order_of_place() {
    let wrong = |id: &str| {
        format!("{{ \"lexicon\": 1, \"id\": \"{id}\", \"defs\": {{ \"main\": {{ \"type\": \"x\" }} }}, \"y\": 1 }}")
    };
    let files = [("b/b/b.json", wrong("b.b.b")), ("a/a/a.json", wrong("a.a.a"))];
    let forwards = rendered(&Sources::from_texts(files.clone()));
    let backwards = rendered(&Sources::from_texts(files.into_iter().rev()));
    assert_eq!(forwards, backwards);
    assert_snapshot!(forwards, @r#"
    error[unknown-type]: there is no type `x`
      --> a/a/a.json:1:60 /defs/main/type
       |
     1 | { "lexicon": 1, "id": "a.a.a", "defs": { "main": { "type": "x" } }, "y": 1 }
       |                                                            ^^^
      = help: one of `array`, `blob`, `boolean`, `bytes`, `cid-link`, `integer`, `object`, `permission-set`, `procedure`, `query`, `record`, `string`, `subscription`, `token`, `unknown`

    error[unknown-key]: a lexicon has no field `y`
      --> a/a/a.json:1:69 /y
       |
     1 | { "lexicon": 1, "id": "a.a.a", "defs": { "main": { "type": "x" } }, "y": 1 }
       |                                                                     ^^^
      = help: known here: `$type`, `defs`, `description`, `id`, `lexicon`, `revision`

    error[unknown-type]: there is no type `x`
      --> b/b/b.json:1:60 /defs/main/type
       |
     1 | { "lexicon": 1, "id": "b.b.b", "defs": { "main": { "type": "x" } }, "y": 1 }
       |                                                            ^^^
      = help: one of `array`, `blob`, `boolean`, `bytes`, `cid-link`, `integer`, `object`, `permission-set`, `procedure`, `query`, `record`, `string`, `subscription`, `token`, `unknown`

    error[unknown-key]: a lexicon has no field `y`
      --> b/b/b.json:1:69 /y
       |
     1 | { "lexicon": 1, "id": "b.b.b", "defs": { "main": { "type": "x" } }, "y": 1 }
       |                                                                     ^^^
      = help: known here: `$type`, `defs`, `description`, `id`, `lexicon`, `revision`

    4 mistakes in the lexicon
    "#);
}

#[test]
fn pointers_escape_their_steps() {
    let text = "{ \"type\": \"object\", \"properties\": { \"a/b~c\": { \"type\": \"x\" } } }";
    let place = refused(&main_is(text)).iter().next().map(|finding| finding.place.pointer.to_string());
    assert_eq!(place.as_deref(), Some("/defs/main/properties/a~1b~0c/type"));
}

#[test]
fn bytes_that_are_not_utf_8_are_named_with_their_place() {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::write(folder.path().join("a.json"), b"{\n  \"a\xff\"\n}").expect("file is written");
    let sources = Sources::read(folder.path()).expect("folder is readable");
    let finding = refused(&sources).iter().next().cloned().expect("a finding");
    assert_eq!((finding.place.line, finding.place.column, finding.message.as_str()), (2, 5, "not UTF-8"));
}
