//! `lexicon lint`: each rule on the smallest lexicon that breaks it, what is allowed in spite of one, and what is printed.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use lexicon_codegen::{
    diagnostics::{Code, Severity},
    lint::lint,
    source::Sources,
};

/// What is found in the lexicon `com.example.test` with these definitions: rule and pointer of each finding.
fn found(definitions: &str) -> Vec<String> {
    in_document(&format!(
        r#"{{"lexicon": 1, "id": "com.example.test", "description": "A test.", "defs": {{{definitions}}}}}"#
    ))
}

fn in_document(text: &str) -> Vec<String> {
    let findings = lint(&Sources::from_texts([("com/example/test.json", text)]));
    findings.iter().map(|finding| format!("{} {}", finding.code, finding.place.pointer)).collect()
}

/// What is found in an object with this property.
fn property(schema: &str) -> Vec<String> {
    found(&format!(r#""it": {{"type": "object", "description": "It.", "properties": {{"a": {schema}}}}}"#))
}

const A: &str = "/defs/it/properties/a";

#[test]
fn what_only_generated_code_can_not_tell_apart_is_found_too() {
    let integer = r#"{"type": "integer", "description": "A number."}"#;
    let properties = format!(r#"{{"fooBar": {integer}, "foo_bar": {integer}}}"#);
    let object = format!(r#""it": {{"type": "object", "description": "It.", "properties": {properties}}}"#);
    assert_eq!(found(&object), ["name-clash /defs/it/properties/foo_bar"]);
}

#[test]
fn what_the_official_tools_refuse_is_an_error() {
    let a = |rule: &str, rest: &str| vec![format!("{rule} {A}{rest}")];
    let described = r#""description": "A.""#;
    let cases = [
        (format!(r#"{{"type": "object", "properties": {{}}, {described}}}"#), a("inline-object", "/type")),
        (
            format!(
                r#"{{"type": "array", "items": {{"type": "array", "items": {{"type": "integer"}}}}, {described}}}"#
            ),
            a("nested-array", "/items"),
        ),
        (format!(r##"{{"type": "ref", "ref": "#gone", {described}}}"##), a("dangling-ref", "/ref")),
        (
            format!(r#"{{"type": "integer", "minimum": 2, "maximum": 1, {described}}}"#),
            a("bounds-contradict", "/minimum"),
        ),
        (
            format!(r#"{{"type": "integer", "default": 2, "const": 2, {described}}}"#),
            a("default-with-const", "/default"),
        ),
        (format!(r#"{{"type": "union", "refs": [], "closed": true, {described}}}"#), a("empty-set", "/closed")),
        (format!(r#"{{"type": "integer", "minimun": 2, {described}}}"#), a("unknown-key", "/minimun")),
    ];
    for (schema, expected) in cases {
        assert_eq!(property(&schema), expected, "{schema}");
    }
}

#[test]
fn definitions_that_the_official_tools_refuse_are_errors() {
    let one = |text: &str| vec![text.to_owned()];
    let cases = [
        (r#""it": {"type": "unknown", "description": "It."}"#, one("named-unknown /defs/it")),
        (
            r##""it": {"type": "ref", "ref": "#other", "description": "It."}, "other": {"type": "token", "description": "T."}"##,
            vec!["named-ref-or-union /defs/it/type".to_owned(), "wrong-target /defs/it/ref".to_owned()],
        ),
        (r#""it": {"type": "union", "refs": [], "description": "It."}"#, one("named-ref-or-union /defs/it/type")),
        (
            r#""it": {"type": "query", "description": "It.", "output": {"encoding": "text/plain", "description": "O."}}"#,
            one("primary-not-main /defs/it/type"),
        ),
        (r#""4it": {"type": "token", "description": "It."}"#, one("bad-name /defs/4it")),
        (
            r#""it": {"type": "object", "description": "It.", "properties": {"a b": {"type": "boolean", "description": "A."}}}"#,
            one("odd-name /defs/it/properties/a b"),
        ),
        (
            r#""it": {"type": "object", "description": "It.", "properties": {}, "nullable": ["a"]}"#,
            one("no-such-property /defs/it/nullable/0"),
        ),
        (
            r#""it": {"type": "object", "description": "It.", "properties": {}, "required": ["a"]}"#,
            one("no-such-property /defs/it/required/0"),
        ),
    ];
    for (definitions, expected) in cases {
        let mut found = found(definitions);
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{definitions}");
    }
    let misplaced = in_document(
        r#"{"lexicon": 1, "id": "com.example.other", "defs": {"it": {"type": "token", "description": "T."}}}"#,
    );
    assert_eq!(misplaced, ["missing-description ", "nsid-not-path /id"]);
}

#[test]
fn what_has_no_bound_is_a_warning() {
    let bounded = [
        r#"{"type": "string", "maxLength": 9, "description": "A."}"#,
        r#"{"type": "string", "format": "did", "description": "A."}"#,
        r#"{"type": "string", "enum": ["a"], "description": "A."}"#,
        r#"{"type": "bytes", "maxLength": 9, "description": "A."}"#,
        r#"{"type": "blob", "maxSize": 9, "description": "A."}"#,
    ];
    for schema in bounded {
        assert_eq!(property(schema), Vec::<String>::new(), "{schema}");
    }
    let unbounded = [
        (r#"{"type": "string", "description": "A."}"#, "unbounded-string", ""),
        (r#"{"type": "string", "knownValues": ["a"], "description": "A."}"#, "unbounded-string", ""),
        (r#"{"type": "string", "maxGraphemes": 9, "description": "A."}"#, "unbounded-string", ""),
        (r#"{"type": "array", "items": {"type": "string"}, "description": "A."}"#, "unbounded-string", "/items"),
        (r#"{"type": "bytes", "description": "A."}"#, "unbounded-bytes", ""),
        (r#"{"type": "blob", "description": "A."}"#, "unbounded-bytes", ""),
    ];
    for (schema, rule, rest) in unbounded {
        assert_eq!(property(schema), [format!("{rule} {A}{rest}")], "{schema}");
    }
}

#[test]
fn whatever_has_a_name_has_a_description() {
    let text = r##"{"lexicon": 1, "id": "com.example.test", "defs": {
        "main": {"type": "procedure",
            "parameters": {"type": "params", "properties": {"p": {"type": "integer"}}},
            "input": {"encoding": "application/json", "schema": {"type": "object", "properties": {"i": {"type": "boolean"}}}},
            "output": {"encoding": "application/json", "schema": {"type": "ref", "ref": "#view"}},
            "errors": [{"name": "Lost", "description": ""}]},
        "view": {"type": "object", "properties": {}},
        "name": {"type": "string", "maxLength": 5},
        "mark": {"type": "token"}}}"##;
    let missing: Vec<_> = [
        "/defs/main",
        "/defs/main/parameters/properties/p",
        "/defs/main/input",
        "/defs/main/input/schema/properties/i",
        "/defs/main/output",
        "/defs/main/errors/0/name",
        "/defs/view",
        "/defs/name",
    ]
    .iter()
    .map(|pointer| format!("missing-description {pointer}"))
    .chain(["undescribed-token /defs/mark".to_owned()])
    .collect();
    assert_eq!(in_document(text), missing);
    let nothing_main =
        r#"{"lexicon": 1, "id": "com.example.test", "defs": {"a": {"type": "token", "description": "A."}}}"#;
    assert_eq!(in_document(nothing_main), ["missing-description "]);
}

#[test]
fn methods_answer_and_subscriptions_tell() {
    assert_eq!(found(r#""main": {"type": "query", "description": "Q."}"#), ["no-output /defs/main"]);
    assert_eq!(found(r#""main": {"type": "procedure", "description": "P."}"#), ["no-output /defs/main"]);
    assert_eq!(found(r#""main": {"type": "subscription", "description": "S."}"#), ["no-messages /defs/main"]);
    let empty = r#""main": {"type": "subscription", "description": "S.", "message": {"description": "M.", "schema": {"type": "union", "refs": []}}}"#;
    assert_eq!(found(empty), ["no-messages /defs/main"]);
}

#[test]
fn mistakes_of_parsing_resolving_and_style_come_in_one_run() {
    let text = r##""it": {"type": "object", "properties": {"a": {"type": "strin"}, "b": {"type": "ref", "ref": "#gone"}, "c": {"type": "bytes"}}}"##;
    assert_eq!(
        found(text),
        [
            "missing-description /defs/it",
            "unknown-type /defs/it/properties/a/type",
            "missing-description /defs/it/properties/b",
            "dangling-ref /defs/it/properties/b/ref",
            "unbounded-bytes /defs/it/properties/c",
            "missing-description /defs/it/properties/c",
        ]
    );
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|code| Code::of_name(code.name()) == Some(*code)));
    assert!(Code::ALL.iter().all(|code| !code.is_language() || code.severity() == Severity::Error));
}

#[test]
fn the_page_of_the_api_lists_every_rule() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api-rules.md");
    let page = fs::read_to_string(page).expect("the page is there");
    for code in Code::ALL {
        let line = format!("| `{code}` | {} | {} |", code.severity(), code.meaning());
        assert!(page.contains(&line), "docs/api-rules.md needs the line\n{line}");
    }
}

/// A folder with one lexicon that has one warning.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    write(
        folder.path(),
        "lexicon/com/example/mark.json",
        "{\n  \"lexicon\": 1,\n  \"id\": \"com.example.mark\",\n  \"description\": \"Marks.\",\n  \"defs\": {\n    \"mark\": { \"type\": \"token\" }\n  }\n}\n",
    );
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folder is made");
    fs::write(path, text).expect("file is written");
}

#[track_caller]
fn run(folder: &Path, arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
    let output: Output = command.current_dir(folder).arg("lint").args(arguments).output().expect("the command runs");
    let text = String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn warnings_fail_in_strict_runs_only() {
    let folder = workspace();
    let text = run(folder.path(), &[], 0);
    assert_eq!(
        text,
        "\
warning[undescribed-token]: the token `mark` has no description
  --> lexicon/com/example/mark.json:6:13 /defs/mark
   |
 6 |     \"mark\": { \"type\": \"token\" }
   |             ^
  = help: say what it stands for: a token is nothing but its meaning

0 errors, 1 warning and 0 allowed in 1 lexicon
"
    );
    run(folder.path(), &["--strict"], 1);
    write(folder.path(), "lexicon/com/example/wrong.json", "{}");
    run(folder.path(), &[], 1);
    run(folder.path(), &["nowhere"], 2);
}

#[test]
fn other_programs_read_json_and_annotations() {
    let folder = workspace();
    let json = run(folder.path(), &["--format", "json"], 0);
    for part in [
        "\"rule\": \"undescribed-token\"",
        "\"file\": \"lexicon/com/example/mark.json\"",
        "\"line\": 6",
        "\"warnings\": 1",
    ] {
        assert!(json.contains(part), "{part} in {json}");
    }
    assert_eq!(
        run(folder.path(), &["--format", "github"], 0),
        "::warning file=lexicon/com/example/mark.json,line=6,col=13,title=lexicon lint%3A undescribed-token::the token \
         `mark` has no description%0Asay what it stands for: a token is nothing but its meaning\n"
    );
}

const ALLOWED: &str = r#"[[allow]]
rule = "undescribed-token"
file = "com/example/mark.json"
at = "/defs/mark"
reason = "Its name says it all."
"#;

#[test]
fn what_is_allowed_with_a_reason_is_not_reported() {
    let folder = workspace();
    write(folder.path(), "lexicon.lint.toml", ALLOWED);
    assert_eq!(run(folder.path(), &["--strict"], 0), "0 errors, 0 warnings and 1 allowed in 1 lexicon\n");
}

#[test]
fn what_is_allowed_for_nothing_is_a_warning() {
    let folder = workspace();
    write(folder.path(), "lexicon.lint.toml", &ALLOWED.replace("/defs/mark", "/defs/mar"));
    let text = run(folder.path(), &["--strict"], 1);
    assert!(text.contains("`undescribed-token` isn't broken at com/example/mark.json/defs/mar"), "{text}");
    assert!(text.contains("--> lexicon.lint.toml:2:8"), "{text}");
    assert!(text.contains("2 warnings"), "{text}");
}

#[test]
fn exceptions_without_reason_or_rule_are_refused() {
    let folder = workspace();
    let refused = |from: &str, to: &str, why: &str| {
        write(folder.path(), "lexicon.lint.toml", &ALLOWED.replace(from, to));
        let text = run(folder.path(), &[], 2);
        assert!(text.contains(why), "{text}");
    };
    refused("Its name says it all.", " ", "without a reason");
    refused("undescribed-token", "ugly", "there is no rule `ugly`");
    refused("undescribed-token", "dangling-ref", "the compiler itself refuses it");
    refused("reason", "because", "unknown field `because`");
}
