//! A set of lexicons as applications publish them, which uses the whole language.

use std::{collections::BTreeSet, path::Path};

use lexicon_codegen::{
    emit::emit,
    model::{DefKind, Schema, SchemaKind, StringFormat},
    resolve::Resolved,
    source::Sources,
};

use crate::compiled;

fn published() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published");
    Sources::read(&folder).expect("fixtures are readable")
}

#[test]
fn it_compiles() {
    let set = compiled(&published());
    let nsids: Vec<_> = set.documents().map(|document| document.nsid.value.as_str()).collect();
    insta::assert_snapshot!(nsids.join("\n"), @r"
    org.bookclub.authReader
    org.bookclub.defs
    org.bookclub.exportShelf
    org.bookclub.followClub
    org.bookclub.getReviews
    org.bookclub.postReview
    org.bookclub.profile
    org.bookclub.review
    org.bookclub.richtext.facet
    org.bookclub.uploadCover
    org.bookclub.watchReviews
    ");
}

#[test]
fn it_uses_every_type_and_format() {
    let set = compiled(&published());
    let mut seen = Seen::default();
    seen.set(&set);
    let types: Vec<_> = seen.types.into_iter().collect();
    insta::assert_snapshot!(types.join(" "), @"array blob boolean bytes cid-link closed-union integer named object open-union permission-set procedure query record ref string subscription token unknown");
    assert_eq!(seen.formats.len(), 11);
}

#[test]
fn neither_order_of_input_nor_a_second_run_changes_anything() {
    let sources = published();
    let files: Vec<_> = sources.files().map(|source| (source.file.to_path_buf(), source.text.clone())).collect();
    let forwards = compiled(&Sources::from_texts(files.clone()));
    let backwards = compiled(&Sources::from_texts(files.into_iter().rev()));
    assert_eq!(format!("{forwards:?}"), format!("{backwards:?}"));
    let emitted = |set| format!("{:?}", emit(set));
    assert_eq!(emitted(&forwards), emitted(&backwards));
    assert_eq!(emitted(&forwards), emitted(&forwards));
}

/// The types and formats that a set uses.
#[derive(Default)]
struct Seen {
    types: BTreeSet<&'static str>,
    formats: BTreeSet<String>,
}

impl Seen {
    fn set(&mut self, set: &Resolved) {
        for (_, def) in set.defs() {
            self.def(&def.kind);
        }
    }

    fn def(&mut self, kind: &DefKind) {
        let (name, schemas): (_, Vec<&Schema>) = match kind {
            DefKind::Record(record) => ("record", record.record.properties.values().collect()),
            DefKind::Object(object) => ("object", object.properties.values().collect()),
            DefKind::Query(query) => {
                let parameters = query.parameters.iter().flat_map(|params| params.properties.values());
                ("query", parameters.chain(query.output.iter().filter_map(|body| body.schema.as_ref())).collect())
            }
            DefKind::Procedure(procedure) => {
                let parameters = procedure.parameters.iter().flat_map(|params| params.properties.values());
                let bodies = procedure.input.iter().chain(&procedure.output);
                ("procedure", parameters.chain(bodies.filter_map(|body| body.schema.as_ref())).collect())
            }
            DefKind::Subscription(subscription) => {
                let message = subscription.message.iter().filter_map(|message| message.schema.as_ref());
                ("subscription", message.collect())
            }
            DefKind::PermissionSet(_) => ("permission-set", vec![]),
            DefKind::Token(_) => ("token", vec![]),
            DefKind::Schema(schema) => ("named", vec![schema]),
        };
        self.types.insert(name);
        schemas.into_iter().for_each(|schema| self.schema(schema));
    }

    fn schema(&mut self, schema: &Schema) {
        let name = match &schema.kind {
            SchemaKind::Boolean { .. } => "boolean",
            SchemaKind::Integer(_) => "integer",
            SchemaKind::String(string) => {
                self.formats.extend(string.format.map(|format: StringFormat| format!("{format:?}")));
                "string"
            }
            SchemaKind::Bytes { .. } => "bytes",
            SchemaKind::CidLink => "cid-link",
            SchemaKind::Blob { .. } => "blob",
            SchemaKind::Array { items, .. } => {
                self.schema(items);
                "array"
            }
            SchemaKind::Object(object) => {
                object.properties.values().for_each(|schema| self.schema(schema));
                "object"
            }
            SchemaKind::Params(_) => "params",
            SchemaKind::Ref(_) => "ref",
            SchemaKind::Union { closed: true, .. } => "closed-union",
            SchemaKind::Union { closed: false, .. } => "open-union",
            SchemaKind::Unknown => "unknown",
        };
        self.types.insert(name);
    }
}
