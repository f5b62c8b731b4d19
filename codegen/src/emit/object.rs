//! Objects and records: structs with serde attributes, defaults and `Validate`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    checks::{self, Value},
    docs,
    limits::limits,
    module::Module,
    naming::{self, ident},
};
use crate::{
    diagnostics::{Code, Finding},
    model::{Object, Schema, SchemaKind},
    resolve::DefId,
};

/// How a property appears in its struct.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// The value itself.
    Required,
    /// `Option`: absent or there.
    Optional,
    /// `Option`: null or there, never absent.
    RequiredNullable,
    /// `Option<Option>`: absent, null or there.
    OptionalNullable,
    /// The value itself; absent means the default.
    Defaulted,
    /// `Option`: absent means the default, null means none.
    DefaultedNullable,
}

/// Whether a struct says what it is.
#[derive(Clone, Copy)]
enum Kind {
    Object,
    /// Written with its `$type`.
    Record,
}

/// One property with everything that its field, default and checks need.
struct Field {
    name: String,
    rust: String,
    tokens: TokenStream,
    presence: Presence,
    default: Option<TokenStream>,
    checks: Vec<TokenStream>,
    docs: TokenStream,
}

impl Module<'_> {
    /// Writes the struct `name` for an object in the definition `def`, then the types nested in it, and returns its type.
    /// `intro` goes before the object's own description.
    pub fn object(&mut self, name: &str, object: &Object, def: &DefId, intro: &[String]) -> TokenStream {
        self.structure(name, object, def, intro, Kind::Object)
    }

    /// The same for the object of a record, which is written with its `$type`.
    pub fn record(&mut self, name: &str, object: &Object, def: &DefId, intro: &[String]) {
        self.structure(name, object, def, intro, Kind::Record);
    }

    fn structure(&mut self, name: &str, object: &Object, def: &DefId, intro: &[String], kind: Kind) -> TokenStream {
        self.claim(name, &format!("the object at {}", place_of(object)), &object.place);
        let here = self.reserve();
        let fields: Vec<Field> = object
            .properties
            .iter()
            .map(|(property, schema)| self.field(name, property, schema, object, def))
            .collect();
        self.refuse_fields_named_alike(&fields, object);
        let mut paragraphs = intro.to_vec();
        paragraphs.extend(docs::description(object.description.as_deref()));
        if paragraphs.is_empty() {
            paragraphs.push(format!("`{}` of `{}`.", place_of(object), self.nsid));
        }
        let items = [structure(name, &fields, &paragraphs, kind), defaults(name, &fields), validation(name, &fields)];
        self.fill(here, items.concat());
        let name = ident(name);
        quote!(#name)
    }

    fn field(&mut self, owner: &str, name: &str, schema: &Schema, object: &Object, def: &DefId) -> Field {
        let mut tokens = self.type_of(schema, &naming::nested(owner, name), def);
        let default = self.default_of(schema, &tokens);
        if self.is_boxed(schema, def) {
            tokens = quote!(Box<#tokens>);
        }
        let presence = match (object.is_required(name), object.is_nullable(name), default.is_some()) {
            (true, false, _) => Presence::Required,
            (true, true, _) => Presence::RequiredNullable,
            (false, false, false) => Presence::Optional,
            (false, true, false) => Presence::OptionalNullable,
            (false, false, true) => Presence::Defaulted,
            (false, true, true) => Presence::DefaultedNullable,
        };
        let rust = naming::field(name);
        let value = match presence {
            Presence::Required | Presence::Defaulted => Value::field(&ident(&rust)),
            _ => Value::reference(&format_ident!("value")),
        };
        let checks = checks::checks(self.set, self.nsid, schema, &value, &quote!(at.field(#name)));
        let docs = self.property_docs(schema);
        Field { name: name.to_owned(), rust, tokens, presence, default, checks, docs }
    }

    /// The description of a property or parameter and its limits in words.
    pub fn property_docs(&self, schema: &Schema) -> TokenStream {
        let mut paragraphs = docs::description(schema.description.as_deref());
        if let Some(limits) = limits(self.set, self.nsid, schema) {
            match paragraphs.last_mut() {
                Some(last) if !last.starts_with("- ") => {
                    if !last.ends_with(['.', '!', '?', ':']) {
                        last.push('.');
                    }
                    last.push(' ');
                    last.push_str(&limits);
                }
                _ => paragraphs.push(limits),
            }
        }
        docs::doc(&paragraphs)
    }

    fn is_boxed(&self, schema: &Schema, def: &DefId) -> bool {
        let SchemaKind::Ref(reference) = &schema.kind else { return false };
        self.set.needs_box(def, &DefId::of_reference(self.nsid, &reference.value))
    }

    fn refuse_fields_named_alike(&mut self, fields: &[Field], object: &Object) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for field in fields {
            if let Some(other) = seen.insert(&field.rust, &field.name) {
                let message = format!(
                    "the properties `{other}` and `{}` would both be called `{}` in Rust",
                    field.name, field.rust
                );
                let place =
                    |name: &str| object.properties.get(name).map_or(&object.place, |schema| &schema.place).clone();
                let finding = Finding::new(Code::NameClash, place(&field.name), message)
                    .related(place(other), "the other property");
                self.refuse(finding.hint("rename one of them, so that they differ in more than case and punctuation"));
            }
        }
    }
}

/// A place in its document as a reader would say it.
fn place_of(object: &Object) -> &str {
    object.place.pointer.strip_prefix("/defs/").unwrap_or(&object.place.pointer)
}

fn structure(name: &str, fields: &[Field], paragraphs: &[String], kind: Kind) -> Vec<TokenStream> {
    let doc = docs::doc(paragraphs);
    let name = ident(name);
    let fields = fields.iter().map(|field| {
        let Field { docs, tokens, .. } = field;
        let attributes = attributes(&name.to_string(), field);
        let rust = ident(&field.rust);
        let tokens = match field.presence {
            Presence::Required | Presence::Defaulted => tokens.clone(),
            Presence::OptionalNullable => quote!(Option<Option<#tokens>>),
            _ => quote!(Option<#tokens>),
        };
        quote!(#docs #attributes pub #rust: #tokens)
    });
    let (remote, complete) = match kind {
        Kind::Object => (None, None),
        // Serde's functions for the fields alone; the macro adds the `$type`.
        Kind::Record => (Some(quote!(, remote = "Self")), Some(quote!(record_serde!(#name, NSID);))),
    };
    let structure = quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(crate = "lexicon_runtime::codegen::serde" #remote)]
        pub struct #name { #(#fields,)* }
    };
    [Some(structure), complete].into_iter().flatten().collect()
}

fn attributes(owner: &str, field: &Field) -> Option<TokenStream> {
    let mut parts = Vec::new();
    // Serde reads a raw identifier without its `r#`.
    if field.name != field.rust {
        let name = &field.name;
        parts.push(quote!(rename = #name));
    }
    let default = format!("{owner}::{}", default_name(field));
    parts.extend(match field.presence {
        Presence::Required => vec![],
        Presence::Optional => vec![
            quote!(default),
            quote!(deserialize_with = "optional"),
            quote!(skip_serializing_if = "Option::is_none"),
        ],
        Presence::RequiredNullable => vec![quote!(deserialize_with = "required_nullable")],
        Presence::OptionalNullable => vec![
            quote!(default),
            quote!(deserialize_with = "optional_nullable"),
            quote!(skip_serializing_if = "Option::is_none"),
        ],
        Presence::Defaulted | Presence::DefaultedNullable => vec![quote!(default = #default)],
    });
    (!parts.is_empty()).then(|| quote!(#[serde(#(#parts),*)]))
}

fn default_name(field: &Field) -> String {
    format!("default_{}", field.rust.trim_start_matches('_'))
}

/// The functions that serde calls for absent properties with a default.
fn defaults(name: &str, fields: &[Field]) -> Vec<TokenStream> {
    let functions: Vec<_> = fields.iter().filter_map(default_function).collect();
    let name = ident(name);
    if functions.is_empty() { Vec::new() } else { vec![quote!(impl #name { #(#functions)* })] }
}

fn default_function(field: &Field) -> Option<TokenStream> {
    let default = field.default.as_ref()?;
    let tokens = &field.tokens;
    let function = format_ident!("{}", default_name(field));
    let doc = docs::doc(&[format!("What an absent `{}` means.", field.name)]);
    match field.presence {
        Presence::Defaulted => Some(quote!(#doc pub fn #function() -> #tokens { #default })),
        Presence::DefaultedNullable => Some(quote!(#doc pub fn #function() -> Option<#tokens> { Some(#default) })),
        _ => None,
    }
}

fn validation(name: &str, fields: &[Field]) -> Vec<TokenStream> {
    let name = ident(name);
    let checks: Vec<_> = fields.iter().filter(|field| !field.checks.is_empty()).map(guarded).collect();
    let at = if checks.is_empty() { quote!(_) } else { quote!(at) };
    vec![quote! {
        impl Validate for #name {
            fn validate(&self, #at: Path<'_>) -> Result<(), Violation> {
                #(#checks)*
                Ok(())
            }
        }
    }]
}

/// The checks of a field, run when it has a value.
fn guarded(field: &Field) -> TokenStream {
    let checks = &field.checks;
    let rust = ident(&field.rust);
    match field.presence {
        Presence::Required | Presence::Defaulted => quote!(#(#checks)*),
        Presence::OptionalNullable => quote!(if let Some(Some(value)) = &self.#rust { #(#checks)* }),
        _ => quote!(if let Some(value) = &self.#rust { #(#checks)* }),
    }
}
