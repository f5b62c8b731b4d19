//! The way back from the document model to JSON: whole, or as the bare structure that comparisons and fingerprints need.

use crate::{
    json::Json,
    model::{
        Body, Def, DefKind, Document, ErrorDecl, IntegerSchema, Message, Object, Params, Permission, PermissionSet,
        Placed, Record, Schema, SchemaKind, StringFormat, StringSchema,
    },
    parse::format_name,
    resolve::DefId,
};

type Fields = Vec<(String, Json)>;

/// The document as it could stand in a file.
pub fn document(document: &Document) -> Json {
    let writer = Writer { expand: None };
    let mut fields =
        vec![("lexicon".to_owned(), Json::Integer(1)), ("id".to_owned(), Json::from(document.nsid.value.as_str()))];
    put(&mut fields, "revision", document.revision);
    put(&mut fields, "description", document.description.as_deref());
    let defs = document.defs.iter().map(|(name, def)| (name.as_str(), writer.def(def)));
    fields.push(("defs".to_owned(), Json::object(defs)));
    Json::Object(fields)
}

/// The structure of a definition of the document `nsid`: no descriptions, references by their full names.
pub fn bare_def(def: &Def, nsid: &str) -> Json {
    Writer { expand: Some(nsid) }.def(def)
}

/// The structure of a schema in the document `nsid`: no descriptions, references by their full names.
pub fn bare_schema(schema: &Schema, nsid: &str) -> Json {
    Writer { expand: Some(nsid) }.schema(schema)
}

/// The structure of a body in the document `nsid`.
pub fn bare_body(body: &Body, nsid: &str) -> Json {
    Writer { expand: Some(nsid) }.body(body)
}

/// A permission as it stands in its file.
pub fn permission(permission: &Permission) -> Json {
    Writer { expand: None }.permission(permission)
}

/// A permission without its description.
pub fn bare_permission(permission: &Permission) -> Json {
    Writer { expand: Some("") }.permission(permission)
}

struct Writer<'a> {
    /// The document whose references are written by their full names, without descriptions; `None` keeps all as it is.
    expand: Option<&'a str>,
}

fn put<T: Into<Json>>(fields: &mut Fields, name: &str, value: Option<T>) {
    if let Some(value) = value {
        fields.push((name.to_owned(), value.into()));
    }
}

fn count(value: Option<u64>) -> Option<i64> {
    value.and_then(|value| i64::try_from(value).ok())
}

fn names(values: &[Placed<String>]) -> Json {
    Json::list(values.iter().map(|value| value.value.as_str()))
}

impl Writer<'_> {
    fn begin(&self, kind: &str, description: &Option<String>) -> Fields {
        let mut fields = vec![("type".to_owned(), Json::from(kind))];
        self.describe(&mut fields, description);
        fields
    }

    fn describe(&self, fields: &mut Fields, description: &Option<String>) {
        if self.expand.is_none() {
            put(fields, "description", description.as_deref());
        }
    }

    fn def(&self, def: &Def) -> Json {
        match &def.kind {
            DefKind::Record(record) => self.record(record),
            DefKind::Query(query) => {
                let fields = self.begin("query", &query.description);
                let message = None;
                self.method(fields, query.parameters.as_ref(), None, query.output.as_ref(), message, &query.errors)
            }
            DefKind::Procedure(procedure) => {
                let fields = self.begin("procedure", &procedure.description);
                let (input, output) = (procedure.input.as_ref(), procedure.output.as_ref());
                self.method(fields, procedure.parameters.as_ref(), input, output, None, &procedure.errors)
            }
            DefKind::Subscription(subscription) => {
                let fields = self.begin("subscription", &subscription.description);
                let message = subscription.message.as_ref();
                self.method(fields, subscription.parameters.as_ref(), None, None, message, &subscription.errors)
            }
            DefKind::PermissionSet(set) => self.permission_set(set),
            DefKind::Token(token) => Json::Object(self.begin("token", &token.description)),
            DefKind::Object(object) => self.object(object),
            DefKind::Schema(schema) => self.schema(schema),
        }
    }

    fn record(&self, record: &Record) -> Json {
        let mut fields = self.begin("record", &record.description);
        put(&mut fields, "key", Some(record.key.value.as_str()));
        fields.push(("record".to_owned(), self.object(&record.record)));
        Json::Object(fields)
    }

    fn method(
        &self,
        mut fields: Fields,
        parameters: Option<&Params>,
        input: Option<&Body>,
        output: Option<&Body>,
        message: Option<&Message>,
        errors: &[ErrorDecl],
    ) -> Json {
        put(&mut fields, "parameters", parameters.map(|params| self.params(params)));
        put(&mut fields, "input", input.map(|body| self.body(body)));
        put(&mut fields, "output", output.map(|body| self.body(body)));
        put(&mut fields, "message", message.map(|message| self.message(message)));
        let errors = errors.iter().map(|error| {
            let mut fields = vec![("name".to_owned(), Json::from(error.name.value.as_str()))];
            self.describe(&mut fields, &error.description);
            Json::Object(fields)
        });
        put(&mut fields, "errors", (errors.len() > 0).then(|| Json::list(errors)));
        Json::Object(fields)
    }

    fn body(&self, body: &Body) -> Json {
        let mut fields = Fields::new();
        self.describe(&mut fields, &body.description);
        put(&mut fields, "encoding", Some(body.encoding.value.as_str()));
        put(&mut fields, "schema", body.schema.as_ref().map(|schema| self.schema(schema)));
        Json::Object(fields)
    }

    fn message(&self, message: &Message) -> Json {
        let mut fields = Fields::new();
        self.describe(&mut fields, &message.description);
        put(&mut fields, "schema", message.schema.as_ref().map(|schema| self.schema(schema)));
        Json::Object(fields)
    }

    fn permission_set(&self, set: &PermissionSet) -> Json {
        let mut fields = self.begin("permission-set", &set.description);
        if self.expand.is_none() {
            let languages = |texts: &indexmap::IndexMap<String, String>| {
                let texts = texts.iter().map(|(language, text)| (language.as_str(), Json::from(text.as_str())));
                (texts.len() > 0).then(|| Json::object(texts))
            };
            put(&mut fields, "title", set.title.as_deref());
            put(&mut fields, "title:lang", languages(&set.title_lang));
            put(&mut fields, "detail", set.detail.as_deref());
            put(&mut fields, "detail:lang", languages(&set.detail_lang));
        }
        let permissions = set.permissions.iter().map(|permission| self.permission(permission));
        fields.push(("permissions".to_owned(), Json::list(permissions)));
        Json::Object(fields)
    }

    fn permission(&self, permission: &Permission) -> Json {
        let mut fields = vec![("type".to_owned(), Json::from("permission"))];
        put(&mut fields, "resource", Some(permission.resource.value.as_str()));
        for (name, parameter) in &permission.parameters {
            if self.expand.is_some() && name == "description" {
                continue;
            }
            fields.push((name.clone(), parameter.clone()));
        }
        Json::Object(fields)
    }

    fn params(&self, params: &Params) -> Json {
        let mut fields = self.begin("params", &params.description);
        put(&mut fields, "required", (!params.required.is_empty()).then(|| names(&params.required)));
        fields.push(("properties".to_owned(), self.properties(&params.properties)));
        Json::Object(fields)
    }

    fn object(&self, object: &Object) -> Json {
        let mut fields = self.begin("object", &object.description);
        put(&mut fields, "required", (!object.required.is_empty()).then(|| names(&object.required)));
        put(&mut fields, "nullable", (!object.nullable.is_empty()).then(|| names(&object.nullable)));
        fields.push(("properties".to_owned(), self.properties(&object.properties)));
        Json::Object(fields)
    }

    fn properties(&self, properties: &indexmap::IndexMap<String, Schema>) -> Json {
        Json::object(properties.iter().map(|(name, schema)| (name.as_str(), self.schema(schema))))
    }

    fn reference(&self, reference: &str) -> Json {
        match self.expand {
            Some(nsid) => Json::from(DefId::of_reference(nsid, reference).to_string()),
            None => Json::from(reference),
        }
    }

    fn schema(&self, schema: &Schema) -> Json {
        let begin = |kind: &str| self.begin(kind, &schema.description);
        let bounds = |mut fields: Fields, least: Option<u64>, most: Option<u64>| {
            put(&mut fields, "minLength", count(least));
            put(&mut fields, "maxLength", count(most));
            fields
        };
        Json::Object(match &schema.kind {
            SchemaKind::Boolean { default, constant } => {
                let mut fields = begin("boolean");
                put(&mut fields, "default", *default);
                put(&mut fields, "const", *constant);
                fields
            }
            SchemaKind::Integer(integer) => of_integer(begin("integer"), integer),
            SchemaKind::String(string) => of_string(begin("string"), string),
            SchemaKind::Bytes { min_length, max_length } => bounds(begin("bytes"), *min_length, *max_length),
            SchemaKind::CidLink => begin("cid-link"),
            SchemaKind::Blob { accept, max_size } => {
                let mut fields = begin("blob");
                let patterns = || Json::list(accept.iter().map(String::as_str));
                put(&mut fields, "accept", (!accept.is_empty()).then(patterns));
                put(&mut fields, "maxSize", count(*max_size));
                fields
            }
            SchemaKind::Array { items, min_length, max_length } => {
                let mut fields = bounds(begin("array"), *min_length, *max_length);
                fields.push(("items".to_owned(), self.schema(items)));
                fields
            }
            SchemaKind::Object(object) => return self.object(object),
            SchemaKind::Params(params) => return self.params(params),
            SchemaKind::Ref(reference) => {
                let mut fields = begin("ref");
                fields.push(("ref".to_owned(), self.reference(&reference.value)));
                fields
            }
            SchemaKind::Union { refs, closed } => {
                let mut fields = begin("union");
                let refs = refs.iter().map(|reference| self.reference(&reference.value));
                fields.push(("refs".to_owned(), Json::list(refs)));
                put(&mut fields, "closed", closed.then_some(true));
                fields
            }
            SchemaKind::Unknown => begin("unknown"),
        })
    }
}

fn of_integer(mut fields: Fields, integer: &IntegerSchema) -> Fields {
    put(&mut fields, "minimum", integer.minimum);
    put(&mut fields, "maximum", integer.maximum);
    put(&mut fields, "enum", integer.enumeration.as_ref().map(|values| Json::list(values.iter().copied())));
    put(&mut fields, "default", integer.default);
    put(&mut fields, "const", integer.constant);
    fields
}

fn of_string(mut fields: Fields, string: &StringSchema) -> Fields {
    put(&mut fields, "format", string.format.map(format_name as fn(StringFormat) -> &'static str));
    put(&mut fields, "minLength", count(string.min_length));
    put(&mut fields, "maxLength", count(string.max_length));
    put(&mut fields, "minGraphemes", count(string.min_graphemes));
    put(&mut fields, "maxGraphemes", count(string.max_graphemes));
    put(&mut fields, "knownValues", string.known_values.as_deref().map(names));
    put(&mut fields, "enum", string.enumeration.as_deref().map(names));
    put(&mut fields, "default", string.default.as_deref());
    put(&mut fields, "const", string.constant.as_deref());
    fields
}
