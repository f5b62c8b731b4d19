//! The rules beyond the language, walked over each document as it was parsed.

use crate::{
    diagnostics::{Code, Finding},
    model::{
        Body, DefKind, Document, ErrorDecl, Message, Object, Params, PermissionSet, Place, Schema, SchemaKind,
        StringSchema,
    },
    syntax,
};

/// What could be better in these documents.
pub(super) fn check(documents: &[Document]) -> Vec<Finding> {
    let mut walk = Walk::default();
    for document in documents {
        walk.document(document);
    }
    walk.findings
}

#[derive(Default)]
struct Walk {
    findings: Vec<Finding>,
}

impl Walk {
    fn document(&mut self, document: &Document) {
        // Where there is a `main`, its description is that of the document.
        if !document.defs.contains_key("main") {
            self.described("the lexicon", &document.description, &document.place);
        }
        for (name, def) in &document.defs {
            self.named("definition", name, &def.place);
            self.definition(name, &def.kind, &def.place);
        }
    }

    fn definition(&mut self, name: &str, kind: &DefKind, place: &Place) {
        let what = format!("`{name}`");
        match kind {
            DefKind::Record(record) => {
                self.described("the record", &record.description, place);
                self.object(&record.record);
            }
            DefKind::Query(query) => {
                self.described("the query", &query.description, place);
                self.parameters(query.parameters.as_ref());
                self.output("query", query.output.as_ref(), place);
                self.errors(&query.errors);
            }
            DefKind::Procedure(procedure) => {
                self.described("the procedure", &procedure.description, place);
                self.parameters(procedure.parameters.as_ref());
                self.body("input", procedure.input.as_ref());
                self.output("procedure", procedure.output.as_ref(), place);
                self.errors(&procedure.errors);
            }
            DefKind::Subscription(subscription) => {
                self.described("the subscription", &subscription.description, place);
                self.parameters(subscription.parameters.as_ref());
                self.messages(subscription.message.as_ref(), place);
                self.errors(&subscription.errors);
            }
            DefKind::PermissionSet(set) => self.permission_set(set, place),
            DefKind::Token(token) if token.description.is_none() => {
                self.add(Code::UndescribedToken, place, format!("the token {what} has no description"), SAY_TOKEN);
            }
            DefKind::Token(_) => {}
            DefKind::Object(object) => {
                self.described(&what, &object.description, place);
                self.object(object);
            }
            DefKind::Schema(schema) => {
                self.described(&what, &schema.description, place);
                self.named_unknown(&what, schema);
                self.schema(schema);
            }
        }
    }

    /// Users read title and detail of a permission set where they grant it.
    fn permission_set(&mut self, set: &PermissionSet, place: &Place) {
        if set.detail.is_none() {
            self.described("the permission set", &set.description, place);
        }
    }

    fn named_unknown(&mut self, what: &str, schema: &Schema) {
        if matches!(schema.kind, SchemaKind::Unknown) {
            let message = format!("{what} is a definition of type `unknown`");
            self.add(
                Code::NamedUnknown,
                &schema.place,
                message,
                "write `unknown` where it is used, or define an object",
            );
        }
    }

    fn output(&mut self, what: &str, output: Option<&Body>, place: &Place) {
        if output.is_none() {
            let message = format!("the {what} has no output");
            let hint = "declare one, if only an object without properties: one that comes later breaks clients";
            self.add(Code::NoOutput, place, message, hint);
        }
        self.body("output", output);
    }

    fn body(&mut self, name: &str, body: Option<&Body>) {
        let Some(body) = body else { return };
        self.described(&format!("the {name}"), &body.description, &body.place);
        if let Some(schema) = &body.schema {
            self.schema(schema);
        }
    }

    fn messages(&mut self, message: Option<&Message>, place: &Place) {
        let refs = message.and_then(|message| message.schema.as_ref()).map(|schema| &schema.kind);
        match refs {
            Some(SchemaKind::Union { refs, .. }) if !refs.is_empty() => {}
            _ => {
                let hint = "list them in `refs` of the `union` in `message`";
                self.add(Code::NoMessages, place, "the subscription has no messages".to_owned(), hint);
            }
        }
        if let Some(message) = message {
            self.described("the message", &message.description, &message.place);
        }
    }

    fn errors(&mut self, errors: &[ErrorDecl]) {
        for error in errors {
            self.named("error", &error.name.value, &error.name.place);
            self.described(&format!("the error `{}`", error.name.value), &error.description, &error.name.place);
        }
    }

    fn parameters(&mut self, params: Option<&Params>) {
        for (name, schema) in params.iter().flat_map(|params| &params.properties) {
            self.member("parameter", name, schema);
        }
    }

    fn object(&mut self, object: &Object) {
        for (name, schema) in &object.properties {
            self.member("property", name, schema);
        }
    }

    fn member(&mut self, what: &str, name: &str, schema: &Schema) {
        self.named(what, name, &schema.place);
        self.described(&format!("the {what} `{name}`"), &schema.description, &schema.place);
        self.schema(schema);
    }

    fn schema(&mut self, schema: &Schema) {
        match &schema.kind {
            SchemaKind::String(string) if !is_bounded(string) => {
                let hint = match string.max_graphemes {
                    Some(_) => "add a `maxLength` in bytes: one grapheme can be of any length",
                    None => "add a `maxLength` in bytes, a `format` or an `enum`",
                };
                self.add(Code::UnboundedString, &schema.place, "the string may be of any length".to_owned(), hint);
            }
            SchemaKind::Bytes { max_length: None, .. } => {
                let message = "the bytes may be of any number".to_owned();
                self.add(Code::UnboundedBytes, &schema.place, message, "add a `maxLength`");
            }
            SchemaKind::Blob { max_size: None, .. } => {
                let message = "the blob may be of any size".to_owned();
                self.add(Code::UnboundedBytes, &schema.place, message, "add a `maxSize`");
            }
            SchemaKind::Array { items, .. } => {
                if matches!(items.kind, SchemaKind::Array { .. }) {
                    let message = "the items of an array are arrays".to_owned();
                    let hint = "put an object in between: the official tools refuse arrays of arrays";
                    self.add(Code::NestedArray, &items.place, message, hint);
                }
                self.schema(items);
            }
            SchemaKind::Object(object) => self.object(object),
            _ => {}
        }
    }

    fn named(&mut self, what: &str, name: &str, place: &Place) {
        if !syntax::is_def_name(name) || name.len() > LONGEST_NAME {
            let message = format!("`{name}` is an odd name for a {what}");
            self.add(Code::OddName, place, message, "a letter, then letters, digits, `_` or `-`, at most 256");
        }
    }

    fn described(&mut self, what: &str, description: &Option<String>, place: &Place) {
        if description.as_ref().is_none_or(|text| text.trim().is_empty()) {
            let hint = "say what a reader can rely on; it becomes the documentation of generated code";
            self.add(Code::MissingDescription, place, format!("{what} has no description"), hint);
        }
    }

    fn add(&mut self, code: Code, place: &Place, message: String, hint: &str) {
        self.findings.push(Finding::new(code, place.clone(), message).hint(hint));
    }
}

const SAY_TOKEN: &str = "say what it stands for: a token is nothing but its meaning";

const LONGEST_NAME: usize = 256;

/// Whether something limits the bytes of the string. Each format has a limit of its own.
fn is_bounded(string: &StringSchema) -> bool {
    string.format.is_some() || string.max_length.is_some() || string.enumeration.is_some() || string.constant.is_some()
}
