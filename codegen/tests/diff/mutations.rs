//! The mutations of the catalogue: how each must be found and judged.

use lexicon_codegen::json::Json;

use crate::{
    edit::Set,
    edits::{
        add_const, add_default, add_definition, add_optional, add_permission, add_permission_set, add_query,
        add_record, add_required, add_schema, add_token, add_variant, at_least, change_key, closed, describe,
        empty_body, empty_message, encode, has_refs, is_deprecated, lead_to_copy, lead_to_other_type, listed,
        named_error, other_value, plain, pop, push, push_to, put_new, query_to_procedure, reformat, remove_definition,
        remove_document, remove_error, remove_loose, remove_optional, remove_permission, remove_required, remove_used,
        rename_definition, rename_document, rename_error, rename_property, rename_variant, repeat, retype, shift, take,
    },
    sites::{Sent, Site},
};

/// One change that can be made to a lexicon.
pub struct Mutation {
    /// What is changed.
    pub name: &'static str,
    /// What it must be found as.
    pub kind: &'static str,
    /// Its tier where clients send it, and where they read it; empty where it can't be.
    pub request: &'static str,
    pub response: &'static str,
    /// What comes with it.
    pub also: &'static [&'static str],
    /// The types of schemas and parts that it is made to.
    on: &'static [&'static str],
    pub edit: fn(&mut Set, &Site) -> bool,
}

impl Mutation {
    /// Whether it can be made to this part at all.
    pub fn fits(&self, site: &Site) -> bool {
        self.on.contains(&site.what.as_str()) || self.on.is_empty()
    }

    /// The worse of the tiers of both directions.
    pub fn tier(&self, sent: Sent) -> &'static str {
        let tiers = [(sent.request, self.request), (sent.response, self.response)];
        let is = |tier: &str| tiers.iter().any(|(sent, known)| *sent && *known == tier);
        ["WIRE", "SOURCE", "safe"].into_iter().find(|tier| is(tier)).unwrap_or("safe")
    }
}

const fn on(
    on: &'static [&'static str],
    name: &'static str,
    kind: &'static str,
    [request, response]: [&'static str; 2],
    edit: fn(&mut Set, &Site) -> bool,
) -> Mutation {
    Mutation { name, kind, request, response, also: &[], on, edit }
}

impl Mutation {
    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }
}

const ANYWHERE: &[&str] = &[];
const FIELDS: &[&str] = &["object", "params"];
const METHODS: &[&str] = &["query", "procedure", "subscription"];
const COUNTED: &[&str] = &["string", "bytes", "array"];
const WIRE: [&str; 2] = ["WIRE", "WIRE"];
const SAFE: [&str; 2] = ["safe", "safe"];
const SOURCE: [&str; 2] = ["SOURCE", "SOURCE"];
/// Tightened: clients that send it may be refused.
const SENDERS: [&str; 2] = ["WIRE", "safe"];
/// Loosened: clients that read it may fail.
const READERS: [&str; 2] = ["safe", "WIRE"];
/// The same with another generated type.
const SENDERS_AND_TYPE: [&str; 2] = ["WIRE", "SOURCE"];
const READERS_AND_TYPE: [&str; 2] = ["SOURCE", "WIRE"];

/// All of them, in the order of the page.
pub const MUTATIONS: &[Mutation] = &[
    // Methods, records and other things with a name.
    on(&["document"], "A method is added", "method-added", SAFE, add_query),
    on(METHODS, "A method is removed", "method-removed", WIRE, remove_document).also(LOCAL),
    on(METHODS, "A method is renamed", "method-renamed", WIRE, rename_document).also(RENAMED),
    on(&["query"], "A query becomes a procedure", "definition-kind-changed", WIRE, query_to_procedure),
    on(&["document"], "A record is added", "record-added", SAFE, add_record),
    on(&["record"], "A record is removed", "record-removed", WIRE, remove_document).also(LOCAL),
    on(&["record"], "A record is renamed", "record-renamed", WIRE, rename_document).also(RENAMED),
    on(&["record"], "A record gets another kind of key", "record-key-changed", WIRE, change_key),
    on(&["document"], "A permission set is added", "permission-set-added", SAFE, add_permission_set),
    on(&["permission-set"], "A permission set is removed", "permission-set-removed", WIRE, remove_document).also(LOCAL),
    on(&["permission-set"], "A permission set is renamed", "permission-set-renamed", WIRE, rename_document)
        .also(RENAMED),
    on(&["permission-set"], "A permission set gets a permission", "permission-added", SAFE, add_permission),
    on(&["permission-set"], "A permission set loses a permission", "permission-removed", WIRE, remove_permission),
    on(&["document"], "A token is added", "token-added", SAFE, add_token),
    on(&["token"], "A token is removed", "token-removed", SOURCE, remove_definition),
    on(&["token"], "A token is renamed", "token-renamed", WIRE, rename_definition),
    on(&["document"], "A definition is added", "definition-added", SAFE, add_definition),
    on(ANYWHERE, "A definition that no endpoint reaches is removed", "loose-definition-removed", WIRE, remove_loose),
    on(
        &["ref"],
        "A definition is removed together with the only property that uses it",
        "definition-removed",
        SOURCE,
        remove_used,
    )
    .also(&["property-removed", "required-property-removed", "definition-removed", "loose-definition-removed"]),
    on(&["object"], "A definition is renamed in all places", "definition-renamed", SOURCE, rename_definition)
        .also(&["variant-renamed"]),
    // Properties and parameters.
    on(FIELDS, "An optional property is added", "property-added", ["SOURCE", "safe"], add_optional),
    on(FIELDS, "A required property is added", "required-property-added", SENDERS, add_required),
    on(FIELDS, "An optional property is removed", "property-removed", WIRE, remove_optional),
    on(FIELDS, "A required property is removed", "required-property-removed", WIRE, remove_required),
    on(FIELDS, "A property is renamed", "property-renamed", WIRE, rename_property),
    on(FIELDS, "A property becomes required", "property-required", SENDERS_AND_TYPE, |set, site| {
        listed(set, site, "required", true)
    }),
    on(FIELDS, "A property becomes optional", "property-optional", READERS_AND_TYPE, |set, site| {
        listed(set, site, "required", false)
    }),
    on(&["object"], "A property may be null", "null-allowed", READERS_AND_TYPE, |set, site| {
        listed(set, site, "nullable", true)
    }),
    on(&["object"], "A property may no longer be null", "null-refused", SENDERS_AND_TYPE, |set, site| {
        listed(set, site, "nullable", false)
    }),
    // Types.
    on(ANYWHERE, "A schema is of another type", "type-changed", WIRE, retype),
    on(ANYWHERE, "A parameter may be given several times", "parameter-repeatable", ["SOURCE", ""], repeat),
    on(&["ref"], "A ref leads to another type", "type-changed", WIRE, lead_to_other_type).also(&["definition-added"]),
    on(&["ref"], "A ref leads to a definition of the same structure", "ref-changed", SOURCE, lead_to_copy)
        .also(&["definition-added"]),
    on(&["string"], "A string gets a format", "format-tightened", SENDERS_AND_TYPE, |set, site| {
        plain(set, site) && put_new(set, site, "format", "did".into())
    }),
    on(&["string"], "A string loses its format", "format-loosened", READERS_AND_TYPE, |set, site| {
        take(set, site, "format")
    }),
    on(&["string"], "A format becomes a part of what it was", "format-tightened", SENDERS_AND_TYPE, |set, site| {
        reformat(set, site, &[("at-identifier", "did"), ("uri", "at-uri"), ("record-key", "tid")])
    }),
    on(&["string"], "A format takes in what it was", "format-loosened", READERS_AND_TYPE, |set, site| {
        reformat(set, site, &[("did", "at-identifier"), ("at-uri", "uri"), ("tid", "record-key")])
    }),
    on(&["string"], "A format becomes another one", "format-changed", WIRE, |set, site| {
        reformat(set, site, &[("did", "datetime"), ("datetime", "did"), ("cid", "did"), ("language", "did")])
    }),
    // Bounds.
    on(COUNTED, "A `maxLength` falls", "bound-tightened", SENDERS, |set, site| shift(set, site, "maxLength", -1)),
    on(COUNTED, "A `maxLength` rises", "bound-loosened", READERS, |set, site| shift(set, site, "maxLength", 1)),
    on(COUNTED, "A `maxLength` comes", "bound-tightened", SENDERS, |set, site| {
        put_new(set, site, "maxLength", 9000.into())
    }),
    on(COUNTED, "A `maxLength` goes", "bound-loosened", READERS, |set, site| take(set, site, "maxLength")),
    on(COUNTED, "A `minLength` rises", "bound-tightened", SENDERS, |set, site| shift(set, site, "minLength", 1)),
    on(COUNTED, "A `minLength` falls", "bound-loosened", READERS, |set, site| {
        at_least(set, site, "minLength", 2) && shift(set, site, "minLength", -1)
    }),
    on(COUNTED, "A `minLength` comes", "bound-tightened", SENDERS, |set, site| {
        put_new(set, site, "minLength", 1.into())
    }),
    on(COUNTED, "A `minLength` goes", "bound-loosened", READERS, |set, site| take(set, site, "minLength")),
    on(&["string"], "A `maxGraphemes` falls", "bound-tightened", SENDERS, |set, site| {
        shift(set, site, "maxGraphemes", -1)
    }),
    on(&["string"], "A `maxGraphemes` rises", "bound-loosened", READERS, |set, site| {
        shift(set, site, "maxGraphemes", 1)
    }),
    on(&["string"], "A `minGraphemes` rises", "bound-tightened", SENDERS, |set, site| {
        shift(set, site, "minGraphemes", 1)
    }),
    on(&["string"], "A `minGraphemes` goes", "bound-loosened", READERS, |set, site| take(set, site, "minGraphemes")),
    on(&["integer"], "A `minimum` rises", "bound-tightened", SENDERS, |set, site| shift(set, site, "minimum", 1)),
    on(&["integer"], "A `minimum` falls", "bound-loosened", READERS, |set, site| shift(set, site, "minimum", -1)),
    on(&["integer"], "A `minimum` comes", "bound-tightened", SENDERS, |set, site| {
        put_new(set, site, "minimum", (-1000).into())
    }),
    on(&["integer"], "A `minimum` goes", "bound-loosened", READERS, |set, site| take(set, site, "minimum")),
    on(&["integer"], "A `maximum` falls", "bound-tightened", SENDERS, |set, site| shift(set, site, "maximum", -1)),
    on(&["integer"], "A `maximum` rises", "bound-loosened", READERS, |set, site| shift(set, site, "maximum", 1)),
    on(&["integer"], "A `maximum` comes", "bound-tightened", SENDERS, |set, site| {
        put_new(set, site, "maximum", 5000.into())
    }),
    on(&["integer"], "A `maximum` goes", "bound-loosened", READERS, |set, site| take(set, site, "maximum")),
    on(&["blob"], "A `maxSize` falls", "bound-tightened", SENDERS, |set, site| shift(set, site, "maxSize", -1)),
    on(&["blob"], "A `maxSize` rises", "bound-loosened", READERS, |set, site| shift(set, site, "maxSize", 1)),
    on(&["blob"], "A blob accepts fewer media types", "accept-narrowed", SENDERS, |set, site| {
        pop(set, site, "accept", 1)
    }),
    on(&["blob"], "A blob accepts more media types", "accept-widened", READERS, |set, site| {
        push(set, site, "accept", "video/mp4".into())
    }),
    // Values.
    on(&["boolean", "integer", "string"], "A `default` comes", "default-added", WIRE, add_default),
    on(&["boolean", "integer", "string"], "A `default` goes", "default-removed", WIRE, |set, site| {
        take(set, site, "default")
    }),
    on(&["boolean", "integer", "string"], "A `default` changes", "default-changed", WIRE, |set, site| {
        other_value(set, site, "default")
    }),
    on(&["boolean", "integer", "string"], "A `const` comes", "const-added", SENDERS, add_const),
    on(&["boolean", "integer", "string"], "A `const` goes", "const-removed", READERS, |set, site| {
        take(set, site, "const")
    }),
    on(&["boolean", "integer", "string"], "A `const` changes", "const-changed", WIRE, |set, site| {
        other_value(set, site, "const")
    }),
    on(&["string"], "An `enum` gets a value", "enum-value-added", READERS, |set, site| {
        push(set, site, "enum", "medium".into())
    }),
    on(&["string"], "An `enum` loses a value", "enum-value-removed", SENDERS_AND_TYPE, |set, site| {
        pop(set, site, "enum", 1)
    }),
    on(&["string"], "An open string gets an `enum`", "enum-closed", SENDERS_AND_TYPE, |set, site| {
        plain(set, site) && put_new(set, site, "enum", Json::list(["one", "two"]))
    }),
    on(&["string"], "An `enum` goes", "enum-opened", READERS_AND_TYPE, |set, site| take(set, site, "enum")),
    on(&["string"], "`knownValues` get a value", "known-value-added", ["safe", "SOURCE"], |set, site| {
        push(set, site, "knownValues", "blue".into())
    }),
    on(&["string"], "`knownValues` lose a value", "known-value-removed", SENDERS_AND_TYPE, |set, site| {
        pop(set, site, "knownValues", 1)
    }),
    on(&["string"], "`knownValues` come", "known-values-added", SOURCE, |set, site| {
        plain(set, site) && put_new(set, site, "knownValues", Json::list(["one", "two"]))
    }),
    on(&["string"], "`knownValues` go", "known-values-removed", SOURCE, |set, site| take(set, site, "knownValues")),
    on(&["integer"], "An `enum` of integers gets a value", "bound-loosened", READERS, |set, site| {
        push(set, site, "enum", 4096.into())
    }),
    on(&["integer"], "An `enum` of integers loses a value", "bound-tightened", SENDERS, |set, site| {
        pop(set, site, "enum", 1)
    }),
    // Unions.
    on(&["union"], "An open union gets a type", "variant-added", ["safe", "SOURCE"], |set, site| {
        !closed(set, site) && add_variant(set, site)
    })
    .also(&["definition-added"]),
    on(&["union"], "A closed union gets a type", "closed-variant-added", READERS, |set, site| {
        closed(set, site) && add_variant(set, site)
    })
    .also(&["definition-added"]),
    on(&["union"], "A union loses a type", "variant-removed", SENDERS_AND_TYPE, |set, site| pop(set, site, "refs", 1)),
    on(&["union"], "A type of a union is renamed", "variant-renamed", WIRE, rename_variant)
        .also(&["definition-renamed"]),
    on(&["union"], "A union is closed", "union-closed", SENDERS_AND_TYPE, |set, site| {
        has_refs(set, site) && put_new(set, site, "closed", true.into())
    }),
    on(&["union"], "A union is opened", "union-opened", READERS_AND_TYPE, |set, site| take(set, site, "closed")),
    // What methods take and give.
    on(&["procedure"], "A method gets an input", "input-added", ["WIRE", ""], |set, site| {
        put_new(set, site, "input", empty_body())
    }),
    on(&["procedure"], "A method loses its input", "input-removed", ["WIRE", ""], |set, site| take(set, site, "input")),
    on(&["procedure"], "A method gets an output", "output-added", ["", "SOURCE"], |set, site| {
        put_new(set, site, "output", empty_body())
    }),
    on(&["query", "procedure"], "A method loses its output", "output-removed", ["", "WIRE"], |set, site| {
        take(set, site, "output")
    }),
    on(&["body"], "An encoding becomes a part of what it was", "encoding-narrowed", SENDERS_AND_TYPE, |set, site| {
        encode(set, site, &[("*/*", "image/png"), ("image/*", "image/png")])
    }),
    on(&["body"], "An encoding takes in what it was", "encoding-widened", READERS_AND_TYPE, |set, site| {
        encode(set, site, &[("image/*", "*/*"), ("text/plain", "text/*")])
    }),
    on(&["body"], "An encoding becomes another one", "encoding-changed", WIRE, |set, site| {
        encode(
            set,
            site,
            &[("text/plain", "image/png"), ("image/*", "text/plain"), ("application/json", "application/cbor")],
        )
    }),
    on(&["body"], "A body gets a schema", "body-schema-added", SENDERS_AND_TYPE, add_schema),
    on(&["body"], "A body loses its schema", "body-schema-removed", READERS_AND_TYPE, |set, site| {
        take(set, site, "schema")
    }),
    on(&["subscription"], "A subscription gets messages", "messages-added", ["", "SOURCE"], |set, site| {
        put_new(set, site, "message", empty_message())
    }),
    on(&["subscription"], "A subscription loses its messages", "messages-removed", ["", "WIRE"], |set, site| {
        take(set, site, "message")
    }),
    on(&["errors"], "An error is added", "error-added", ["", "SOURCE"], |set, site| {
        push_to(set, site, named_error("Exhausted"))
    }),
    on(&["errors"], "An error is removed", "error-removed", ["", "SOURCE"], remove_error),
    on(&["errors"], "An error is renamed", "error-renamed", ["", "WIRE"], rename_error),
    // Words.
    on(ANYWHERE, "A description changes", "description-changed", SAFE, |set, site| {
        !is_deprecated(set, site) && describe(set, site, "It is another text.")
    }),
    on(ANYWHERE, "A description begins with `Deprecated:`", "deprecated", SAFE, |set, site| {
        !is_deprecated(set, site) && describe(set, site, "Deprecated: Use something else.")
    }),
    on(ANYWHERE, "A description no longer begins with `Deprecated:`", "undeprecated", SAFE, |set, site| {
        is_deprecated(set, site) && describe(set, site, "It is fine again.")
    }),
    on(&["document"], "The revision changes", "revision-changed", SAFE, |set, site| shift(set, site, "revision", 1)),
];

/// Definitions of a lexicon go with it.
const LOCAL: &[&str] = &["definition-removed", "loose-definition-removed"];
const RENAMED: &[&str] = &["definition-renamed", "variant-renamed"];
