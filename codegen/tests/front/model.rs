//! What the document model and the resolved set say of lexicons without mistakes.

use lexicon_codegen::{
    json::Json,
    model::{Def, DefKind, Object, Procedure, Query, Schema, SchemaKind, StringFormat},
    resolve::{DefId, Resolved},
    source::Sources,
};

use crate::{compiled, defs_are, main_is, property_is};

fn main_of(set: &Resolved) -> &Def {
    set.get(&DefId::new("com.example.test", "main")).expect("main is defined")
}

#[track_caller]
fn object(set: &Resolved) -> &Object {
    match &main_of(set).kind {
        DefKind::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn property(schema: &str) -> Schema {
    let set = compiled(&property_is(schema));
    object(&set).properties["it"].clone()
}

#[track_caller]
fn query(set: &Resolved) -> &Query {
    match &main_of(set).kind {
        DefKind::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn procedure(set: &Resolved) -> &Procedure {
    match &main_of(set).kind {
        DefKind::Procedure(procedure) => procedure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn properties_and_definitions_keep_their_order() {
    let text = r#""zebra": { "type": "object", "properties": { "z": { "type": "string" }, "a": { "type": "string" }, "m": { "type": "string" } } },
        "main": { "type": "token" }, "ant": { "type": "token" }"#;
    let set = compiled(&defs_are(text));
    let names: Vec<_> = set.defs().map(|(id, _)| id.to_string()).collect();
    assert_eq!(names, ["com.example.test#zebra", "com.example.test", "com.example.test#ant"]);
    let Some(Def { kind: DefKind::Object(zebra), .. }) = set.get(&DefId::new("com.example.test", "zebra")) else {
        panic!("zebra is an object");
    };
    assert_eq!(zebra.properties.keys().collect::<Vec<_>>(), ["z", "a", "m"]);
}

#[test]
fn required_and_nullable_are_independent() {
    let text = r#"{ "type": "object", "required": ["a", "b"], "nullable": ["b", "c"], "properties": {
        "a": { "type": "string" }, "b": { "type": "string" }, "c": { "type": "string" } } }"#;
    let set = compiled(&main_is(text));
    let facts = ["a", "b", "c"].map(|name| (object(&set).is_required(name), object(&set).is_nullable(name)));
    assert_eq!(facts, [(true, false), (true, true), (false, true)]);
}

#[test]
fn places_have_line_column_and_pointer() {
    let schema =
        property("  { \"type\": \"array\",\n  \"items\": { \"type\": \"string\", \"knownValues\": [\"ä\", \"b\"] } }");
    let SchemaKind::Array { items, .. } = &schema.kind else { panic!("{schema:?}") };
    let SchemaKind::String(string) = &items.kind else { panic!("{items:?}") };
    let second = &string.known_values.as_ref().expect("known values")[1];
    assert_eq!(format!("{:?}", schema.place), "com/example/test.json:3:3 /defs/main/properties/it");
    assert_eq!(format!("{:?}", items.place), "com/example/test.json:4:12 /defs/main/properties/it/items");
    let expected = "com/example/test.json:4:53 /defs/main/properties/it/items/knownValues/1";
    assert_eq!(format!("{:?}", second.place), expected);
}

#[test]
fn integers_carry_their_constraints() {
    let schema = property(
        r#"{ "type": "integer", "minimum": -5, "maximum": 9, "enum": [-5, 9], "default": 9, "description": "It." }"#,
    );
    assert_eq!(schema.description.as_deref(), Some("It."));
    let SchemaKind::Integer(integer) = schema.kind else { panic!("an integer") };
    assert_eq!((integer.minimum, integer.maximum), (Some(-5), Some(9)));
    assert_eq!((integer.default, integer.constant), (Some(9), None));
    assert_eq!(integer.enumeration, Some(vec![-5, 9]));
}

#[test]
fn strings_carry_their_constraints() {
    let text = r#"{ "type": "string", "format": "uri", "minLength": 1, "maxLength": 20, "minGraphemes": 2, "maxGraphemes": 10,
        "knownValues": ["https://a", "https://b"], "const": "https://c" }"#;
    let SchemaKind::String(string) = property(text).kind else { panic!("a string") };
    assert_eq!(string.format, Some(StringFormat::Uri));
    assert_eq!((string.min_length, string.max_length), (Some(1), Some(20)));
    assert_eq!((string.min_graphemes, string.max_graphemes), (Some(2), Some(10)));
    assert_eq!(string.constant.as_deref(), Some("https://c"));
    let known: Vec<_> = string.known_values.into_iter().flatten().map(|value| value.value).collect();
    assert_eq!(known, ["https://a", "https://b"]);
}

#[test]
fn an_empty_set_of_known_values_says_nothing() {
    let SchemaKind::String(string) = property(r#"{ "type": "string", "knownValues": [] }"#).kind else {
        panic!("a string")
    };
    assert!(string.known_values.is_none());
}

#[test]
fn booleans_bytes_and_blobs_carry_their_constraints() {
    let boolean = property(r#"{ "type": "boolean", "const": false }"#);
    assert!(matches!(boolean.kind, SchemaKind::Boolean { default: None, constant: Some(false) }));
    let bytes = property(r#"{ "type": "bytes", "minLength": 0, "maxLength": 10485760 }"#);
    assert!(matches!(bytes.kind, SchemaKind::Bytes { min_length: Some(0), max_length: Some(10_485_760) }));
    let blob = property(r#"{ "type": "blob", "accept": ["image/*"], "maxSize": 5 }"#);
    let SchemaKind::Blob { accept, max_size } = blob.kind else { panic!("a blob") };
    assert_eq!((accept, max_size), (vec!["image/*".to_owned()], Some(5)));
}

#[test]
fn unions_are_open_unless_closed() {
    let closed = |text: &str| match property(text).kind {
        SchemaKind::Union { closed, .. } => closed,
        other => panic!("{other:?}"),
    };
    assert!(!closed(r#"{ "type": "union", "refs": [] }"#));
    assert!(!closed(r##"{ "type": "union", "refs": ["#main"], "closed": false }"##));
    assert!(closed(r##"{ "type": "union", "refs": ["#main"], "closed": true }"##));
}

#[test]
fn a_procedure_has_parameters_bodies_and_errors() {
    let text = r#"{ "type": "procedure", "description": "Does.",
        "parameters": { "type": "params", "required": ["a"], "properties": { "a": { "type": "array", "items": { "type": "string" } } } },
        "input": { "encoding": "*/*", "description": "Bytes." },
        "output": { "encoding": "application/json", "schema": { "type": "object", "properties": {} } },
        "errors": [{ "name": "Second" }, { "name": "First", "description": "Why." }] }"#;
    let set = compiled(&main_is(text));
    let procedure = procedure(&set);
    assert_eq!(procedure.description.as_deref(), Some("Does."));
    assert!(procedure.parameters.as_ref().is_some_and(|parameters| parameters.is_required("a")));
    let input = procedure.input.as_ref().expect("an input");
    assert_eq!((input.encoding.value.as_str(), input.schema.is_none()), ("*/*", true));
    assert!(procedure.output.as_ref().is_some_and(|output| output.schema.is_some()));
    let errors: Vec<_> = procedure.errors.iter().map(|error| error.name.value.as_str()).collect();
    assert_eq!(errors, ["Second", "First"]);
}

#[test]
fn a_query_may_be_bare() {
    let set = compiled(&main_is(r#"{ "type": "query" }"#));
    let query = query(&set);
    assert!(query.parameters.is_none() && query.output.is_none() && query.errors.is_empty());
}

#[test]
fn permissions_keep_their_parameters() {
    let text = r#"{ "type": "permission-set", "title": "T", "title:lang": { "de": "Ü" }, "permissions": [
        { "type": "permission", "resource": "calendar", "days": [1, 2], "public": true, "zone": "utc" }] }"#;
    let set = compiled(&main_is(text));
    let DefKind::PermissionSet(permissions) = &main_of(&set).kind else { panic!("a permission set") };
    assert_eq!(permissions.title_lang["de"], "Ü");
    let parameters: Vec<_> = permissions.permissions[0].parameters.iter().collect();
    let (days, public, zone) = ("days".to_owned(), "public".to_owned(), "zone".to_owned());
    let expected = [(&days, &Json::list([1, 2])), (&public, &Json::Bool(true)), (&zone, &Json::from("utc"))];
    assert_eq!(parameters, expected);
}

#[test]
fn the_revision_and_description_of_a_document_are_kept() {
    let text = r#"{ "$type": "com.atproto.lexicon.schema", "lexicon": 1, "id": "a.b.c", "revision": 4, "description": "D.",
        "defs": { "main": { "type": "token", "description": "T." } } }"#;
    let set = compiled(&Sources::from_texts([("a/b/c.json", text)]));
    let document = set.document("a.b.c").expect("the document");
    assert_eq!((document.revision, document.description.as_deref()), (Some(4), Some("D.")));
}

#[test]
fn escapes_in_strings_are_read() {
    let schema = property(r#"{ "type": "boolean", "description": "\"a\"\tb\u00e4\ud83d\ude00\/" }"#);
    assert_eq!(schema.description.as_deref(), Some("\"a\"\tbä😀/"));
}

fn id(name: &str) -> DefId {
    DefId::new("com.example.test", name)
}

#[test]
fn references_lead_to_their_canonical_target() {
    let text = r##""main": { "type": "object", "properties": { "it": { "type": "ref", "ref": "#other" } } },
        "other": { "type": "object", "properties": {} }"##;
    let set = compiled(&defs_are(text));
    for (reference, name) in [
        ("#other", "com.example.test#other"),
        ("com.example.test#other", "com.example.test#other"),
        ("com.example.test", "com.example.test"),
        ("com.example.test#main", "com.example.test"),
        ("#main", "com.example.test"),
    ] {
        let (id, _) = set.target("com.example.test", reference);
        assert_eq!(id.to_string(), name);
    }
}

#[test]
fn recursion_is_known_and_boxed_only_where_a_value_holds_itself() {
    let text = r##""tree": { "type": "object", "properties": {
            "left": { "type": "ref", "ref": "#tree" }, "leaf": { "type": "ref", "ref": "#leaf" },
            "children": { "type": "array", "items": { "type": "ref", "ref": "#node" } } } },
        "node": { "type": "object", "properties": { "tree": { "type": "ref", "ref": "#tree" } } },
        "leaf": { "type": "object", "properties": { "it": { "type": "union", "refs": ["#leaf"] } } },
        "even": { "type": "object", "properties": { "odd": { "type": "ref", "ref": "#odd" } } },
        "odd": { "type": "object", "properties": { "even": { "type": "ref", "ref": "#even" } } },
        "plain": { "type": "object", "properties": { "tree": { "type": "ref", "ref": "#tree" } } },
        "list": { "type": "array", "items": { "type": "ref", "ref": "#listed" } },
        "listed": { "type": "object", "properties": { "list": { "type": "ref", "ref": "#list" } } }"##;
    let set = compiled(&defs_are(text));
    let recursive: Vec<_> = set.defs().map(|(id, _)| id).filter(|id| set.is_recursive(id)).map(|id| id.name).collect();
    assert_eq!(recursive, ["tree", "node", "leaf", "even", "odd", "list", "listed"]);
    let boxed = |owner: &str, target: &str| set.needs_box(&id(owner), &id(target));
    assert!(boxed("tree", "tree") && boxed("even", "odd") && boxed("odd", "even"));
    assert!(!boxed("tree", "leaf") && !boxed("tree", "node") && !boxed("node", "tree"));
    assert!(!boxed("leaf", "leaf") && !boxed("plain", "tree") && !boxed("listed", "list"));
}
