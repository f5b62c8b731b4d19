//! Parameters of methods: a struct that is read from the query string and written to it by the client.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    checks::{self, Value},
    docs,
    module::Module,
    naming::{self, ident},
    rename,
    types::plain_target,
};
use crate::{
    diagnostics::{Code, Finding},
    model::{Params, Schema, SchemaKind},
    resolve::DefId,
};

/// A parameter with what its field, its reading and its checks need.
struct Parameter {
    name: String,
    rust: String,
    tokens: TokenStream,
    /// Whether the field is an `Option`.
    optional: bool,
    read: TokenStream,
    checks: Vec<TokenStream>,
    docs: TokenStream,
}

impl Module<'_> {
    /// Writes the struct `Params` of a method.
    pub fn params(&mut self, params: &Params, def: &DefId) {
        self.claim("Params", &format!("the parameters of `{}`", self.nsid), &params.place);
        let here = self.reserve();
        let list = params.properties.iter().map(|(name, schema)| self.parameter(name, schema, params, def));
        let list: Vec<Parameter> = list.collect();
        self.refuse_parameters_named_alike(&list, params);
        let mut paragraphs = docs::description(params.description.as_deref());
        if paragraphs.is_empty() {
            paragraphs.push(format!("The parameters of `{}`.", self.nsid));
        }
        self.fill(here, vec![structure(&list, &paragraphs), reading(&list), validation(&list)]);
    }

    fn parameter(&mut self, name: &str, schema: &Schema, params: &Params, def: &DefId) -> Parameter {
        let rust = naming::field(name);
        // A value of unknown type is text in a query string.
        let tokens = match schema.kind {
            SchemaKind::Unknown => quote!(String),
            _ => self.type_of(schema, &naming::nested("Params", name), def),
        };
        let default = self.default_of(schema, &tokens);
        let required = params.is_required(name);
        let optional = !required && default.is_none();
        let read = match (self.is_array(schema), required) {
            (true, true) => quote!(query.required_array(#name)?),
            (true, false) => quote!(query.optional_array(#name)?),
            (false, true) => quote!(query.required(#name)?),
            (false, false) => quote!(query.optional(#name)?),
        };
        let read = match default.filter(|_| !required) {
            None => read,
            Some(default) if is_scalar(&default) => quote!(#read.unwrap_or(#default)),
            Some(default) => quote!(#read.unwrap_or_else(|| #default)),
        };
        let value = if optional { Value::reference(&format_ident!("value")) } else { Value::field(&ident(&rust)) };
        let checks = checks::checks(self.set, self.nsid, schema, &value, &quote!(at.field(#name)));
        Parameter { name: name.to_owned(), rust, tokens, optional, read, checks, docs: self.property_docs(schema) }
    }

    fn is_array(&self, schema: &Schema) -> bool {
        match &schema.kind {
            SchemaKind::Array { .. } => true,
            SchemaKind::Ref(reference) => plain_target(self.set, self.nsid, &reference.value)
                .is_some_and(|(_, target)| matches!(target.kind, SchemaKind::Array { .. })),
            _ => false,
        }
    }

    fn refuse_parameters_named_alike(&mut self, list: &[Parameter], params: &Params) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for parameter in list {
            if let Some(other) = seen.insert(&parameter.rust, &parameter.name) {
                let Parameter { name, rust, .. } = parameter;
                let place =
                    |name: &str| params.properties.get(name).map_or(&params.place, |schema| &schema.place).clone();
                let message = format!("the parameters `{other}` and `{name}` would both be called `{rust}` in Rust");
                let finding =
                    Finding::new(Code::NameClash, place(name), message).related(place(other), "the other parameter");
                self.refuse(rename(finding));
            }
        }
    }
}

/// Whether a default is a literal or a variant, which costs nothing to make.
fn is_scalar(default: &TokenStream) -> bool {
    !default.clone().into_iter().any(|token| matches!(token, proc_macro2::TokenTree::Group(_)))
}

fn structure(list: &[Parameter], paragraphs: &[String]) -> TokenStream {
    let doc = docs::doc(paragraphs);
    let fields = list.iter().map(|parameter| {
        let Parameter { name, rust, tokens, optional, docs, .. } = parameter;
        let rename = (name != rust).then(|| quote!(rename = #name));
        let skip = optional.then(|| quote!(skip_serializing_if = "Option::is_none"));
        let parts: Vec<_> = rename.into_iter().chain(skip).collect();
        let attribute = (!parts.is_empty()).then(|| quote!(#[serde(#(#parts),*)]));
        let rust = ident(rust);
        let tokens = if *optional { quote!(Option<#tokens>) } else { tokens.clone() };
        quote!(#docs #attribute pub #rust: #tokens)
    });
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(crate = "lexicon_runtime::codegen::serde")]
        pub struct Params { #(#fields,)* }
    }
}

fn reading(list: &[Parameter]) -> TokenStream {
    let fields = list.iter().map(|parameter| {
        let (rust, read) = (ident(&parameter.rust), &parameter.read);
        quote!(#rust: #read)
    });
    let query = if list.is_empty() { quote!(_) } else { quote!(query) };
    quote! {
        impl FromQuery for Params {
            fn from_query(#query: &Query<'_>) -> Result<Self, Violation> {
                Ok(Self { #(#fields,)* })
            }
        }
    }
}

fn validation(list: &[Parameter]) -> TokenStream {
    let checks: Vec<_> = list.iter().filter(|parameter| !parameter.checks.is_empty()).map(guarded).collect();
    let at = if checks.is_empty() { quote!(_) } else { quote!(at) };
    quote! {
        impl Validate for Params {
            fn validate(&self, #at: Path<'_>) -> Result<(), Violation> {
                #(#checks)*
                Ok(())
            }
        }
    }
}

fn guarded(parameter: &Parameter) -> TokenStream {
    let (rust, checks) = (ident(&parameter.rust), &parameter.checks);
    match parameter.optional {
        true => quote!(if let Some(value) = &self.#rust { #(#checks)* }),
        false => quote!(#(#checks)*),
    }
}
