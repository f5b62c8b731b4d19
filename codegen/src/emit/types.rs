//! Which Rust type stands for a schema, and which default value.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    checks::{self, Value},
    module::Module,
    naming,
    unions::Union,
};
use crate::{
    diagnostics::{Code, Finding},
    model::{DefKind, Schema, SchemaKind, StringFormat, StringSchema},
    resolve::{DefId, Resolved},
};

impl Module<'_> {
    /// The type of a schema inside the definition `def`. Types that have no name of their own are written to the module
    /// under the name `nested`.
    pub fn type_of(&mut self, schema: &Schema, nested: &str, def: &DefId) -> TokenStream {
        match &schema.kind {
            SchemaKind::Boolean { .. } => quote!(bool),
            SchemaKind::Integer(_) => quote!(i64),
            SchemaKind::String(string) => match is_enum(string) {
                true => self.string_enum(&self.apart(nested, "Enum"), string, schema, &[]),
                false => string_type(string),
            },
            SchemaKind::Bytes { .. } => quote!(Bytes),
            SchemaKind::CidLink => quote!(CidLink),
            SchemaKind::Blob { .. } => quote!(BlobRef),
            SchemaKind::Unknown => quote!(Unknown),
            SchemaKind::Array { items, .. } => {
                let item = self.type_of(items, nested, def);
                quote!(Vec<#item>)
            }
            SchemaKind::Object(object) => self.object(&self.apart(nested, "Object"), object, def, &docs_of(schema)),
            SchemaKind::Union { refs, closed } => {
                let union = Union { refs, closed: *closed, place: &schema.place };
                self.union(&self.apart(nested, "Union"), &union, &docs_of(schema))
            }
            SchemaKind::Ref(reference) => self.referenced(&reference.value),
            SchemaKind::Params(_) => {
                self.refuse(Finding::new(
                    Code::MisplacedType,
                    schema.place.clone(),
                    "parameters have no place inside a value",
                ));
                quote!(())
            }
        }
    }

    /// The name for a type without one of its own. A definition of this document that has the name keeps it, and the
    /// nested type says what it is.
    fn apart(&self, nested: &str, kind: &str) -> String {
        let definitions = self.set.document(self.nsid).into_iter().flat_map(|document| document.defs.keys());
        let taken = definitions.map(|name| naming::definition(name)).any(|name| name == nested);
        if taken { format!("{nested}{kind}") } else { nested.to_owned() }
    }

    /// The type that a reference leads to.
    pub fn referenced(&self, reference: &str) -> TokenStream {
        self.path(&DefId::of_reference(self.nsid, reference))
    }

    /// The default of a schema as an expression of its type. As in the official validators, a reference to a plain
    /// definition brings the default of that definition with it.
    pub fn default_of(&self, schema: &Schema, type_tokens: &TokenStream) -> Option<TokenStream> {
        match &schema.kind {
            SchemaKind::Boolean { default, .. } => default.map(|value| quote!(#value)),
            SchemaKind::Integer(integer) => integer.default.map(|value| {
                let value = naming::integer(value);
                quote!(#value)
            }),
            SchemaKind::String(string) => {
                string.default.as_ref().map(|value| default_string(string, value, type_tokens))
            }
            SchemaKind::Ref(reference) => {
                let (_, target) = plain_target(self.set, self.nsid, &reference.value)?;
                self.default_of(target, type_tokens)
            }
            _ => None,
        }
    }
}

/// The description of an inline schema; that of an inline object is added by the object itself.
fn docs_of(schema: &Schema) -> Vec<String> {
    match &schema.kind {
        SchemaKind::Object(object) if object.description == schema.description => Vec::new(),
        _ => super::docs::description(schema.description.as_deref()),
    }
}

fn default_string(string: &StringSchema, value: &str, type_tokens: &TokenStream) -> TokenStream {
    if is_enum(string) {
        let (variants, other) = super::strings::variants(string);
        return match variants.iter().find(|variant| variant.value == value) {
            Some(variant) => {
                let name = naming::ident(&variant.rust);
                quote!(#type_tokens::#name)
            }
            None if other => quote!(#type_tokens::Other(#value.to_owned())),
            // The parser has refused a default outside of a closed set.
            None => quote!(compile_error!("the default is not in the set")),
        };
    }
    match string.format {
        None => quote!(#value.to_owned()),
        Some(_) => quote!(#value.parse().expect("a default that was checked when this code was generated")),
    }
}

/// Whether a string becomes an enum. A format says more than a list of known values, so it wins over an open set.
pub fn is_enum(string: &StringSchema) -> bool {
    string.enumeration.is_some() || (string.known_values.is_some() && string.format.is_none())
}

fn string_type(string: &StringSchema) -> TokenStream {
    match string.format {
        None => quote!(String),
        Some(StringFormat::AtIdentifier) => quote!(AtIdentifier),
        Some(StringFormat::AtUri) => quote!(AtUri),
        Some(StringFormat::Cid) => quote!(Cid),
        Some(StringFormat::Datetime) => quote!(Datetime),
        Some(StringFormat::Did) => quote!(Did),
        Some(StringFormat::Handle) => quote!(Handle),
        Some(StringFormat::Nsid) => quote!(Nsid),
        Some(StringFormat::Tid) => quote!(Tid),
        Some(StringFormat::RecordKey) => quote!(RecordKey),
        Some(StringFormat::Uri) => quote!(Uri),
        Some(StringFormat::Language) => quote!(Language),
    }
}

/// The schema of a definition that is only another name for a plain type: its constraints are checked where it is used.
/// Objects, records and unions check themselves.
pub fn plain_target<'a>(set: &'a Resolved, nsid: &str, reference: &str) -> Option<(DefId, &'a Schema)> {
    let (id, def) = set.target(nsid, reference);
    match &def.kind {
        DefKind::Schema(schema) if !matches!(schema.kind, SchemaKind::Union { .. } | SchemaKind::Object(_)) => {
            Some((id, schema))
        }
        _ => None,
    }
}

impl Module<'_> {
    /// Writes a struct around a plain type, for a body that has to check itself but refers to a definition that can't.
    pub fn wrapped(&mut self, name: &str, schema: &Schema, intro: &[String], def: &DefId) {
        self.claim(name, &format!("the {} of `{}`", name.to_lowercase(), self.nsid), &schema.place);
        let tokens = self.type_of(schema, &naming::nested(name, "item"), def);
        let value = Value { borrowed: quote!(&self.0), copied: quote!(self.0), receiver: quote!(self.0) };
        let checks = checks::checks(self.set, self.nsid, schema, &value, &quote!(at));
        let at = if checks.is_empty() { quote!(_) } else { quote!(at) };
        let (doc, name) = (super::docs::doc(intro), naming::ident(name));
        self.push(quote! {
            #doc
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(crate = "lexicon_runtime::codegen::serde", transparent)]
            pub struct #name(pub #tokens);
        });
        self.push(quote! {
            impl Validate for #name {
                fn validate(&self, #at: Path<'_>) -> Result<(), Violation> {
                    #(#checks)*
                    Ok(())
                }
            }
        });
    }
}
