//! Statements that check a value's constraints: what `Validate` and the decoding of parameters are made of.
//!
//! Constraints are followed to every depth: into arrays, and through references to plain named definitions, which have
//! no type of their own to carry a `Validate`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{
    naming,
    types::{is_enum, plain_target},
};
use crate::{
    model::{IntegerSchema, Schema, SchemaKind, StringSchema},
    resolve::Resolved,
};

/// How an expression for a value is written where it is borrowed, copied, or has a method called on it.
#[derive(Clone)]
pub struct Value {
    /// `&self.name` or `value`.
    pub borrowed: TokenStream,
    /// `self.name` or `*value`.
    pub copied: TokenStream,
    /// `self.name` or `value`.
    pub receiver: TokenStream,
}

impl Value {
    /// A field of `self`.
    pub fn field(name: &Ident) -> Self {
        Self { borrowed: quote!(&self.#name), copied: quote!(self.#name), receiver: quote!(self.#name) }
    }

    /// A variable that holds a reference.
    pub fn reference(name: &Ident) -> Self {
        Self { borrowed: quote!(#name), copied: quote!(*#name), receiver: quote!(#name) }
    }
}

/// The checks of `value`, which stands at the path `at`. `nsid` is the document that the schema is written in.
pub fn checks(set: &Resolved, nsid: &str, schema: &Schema, value: &Value, at: &TokenStream) -> Vec<TokenStream> {
    Checks { set, at: at.clone(), depth: 0 }.of(nsid, schema, value)
}

struct Checks<'a> {
    set: &'a Resolved,
    at: TokenStream,
    /// How many arrays the value is in, to keep the names of loop variables apart.
    depth: usize,
}

impl Checks<'_> {
    fn of(&self, nsid: &str, schema: &Schema, value: &Value) -> Vec<TokenStream> {
        let at = &self.at;
        let Value { borrowed, receiver, .. } = value;
        match &schema.kind {
            SchemaKind::Boolean { constant, .. } => {
                constant.map(|constant| quote!(#at.constant(#borrowed, &#constant)?;)).into_iter().collect()
            }
            SchemaKind::Integer(integer) => self.integer(integer, value),
            SchemaKind::String(string) => self.string(string, value),
            SchemaKind::Bytes { min_length, max_length } => self.lengths(*min_length, *max_length, borrowed),
            SchemaKind::Blob { accept, max_size } => {
                let accept = (!accept.is_empty()).then(|| quote!(#at.blob_accept(#borrowed, &[#(#accept),*])?;));
                let size = max_size.map(naming::integer).map(|size| quote!(#at.blob_max_size(#borrowed, #size)?;));
                accept.into_iter().chain(size).collect()
            }
            SchemaKind::Array { items, min_length, max_length } => {
                let mut all = self.lengths(*min_length, *max_length, borrowed);
                all.extend(self.items(nsid, items, receiver));
                all
            }
            SchemaKind::Object(_) | SchemaKind::Union { .. } => vec![quote!(#receiver.validate(#at)?;)],
            SchemaKind::Ref(reference) => self.referenced(nsid, &reference.value, value),
            SchemaKind::CidLink | SchemaKind::Unknown | SchemaKind::Params(_) => Vec::new(),
        }
    }

    fn referenced(&self, nsid: &str, reference: &str, value: &Value) -> Vec<TokenStream> {
        let (receiver, at) = (&value.receiver, &self.at);
        if let Some((id, schema)) = plain_target(self.set, nsid, reference) {
            return self.of(&id.nsid, schema, value);
        }
        vec![quote!(#receiver.validate(#at)?;)]
    }

    fn items(&self, nsid: &str, items: &Schema, receiver: &TokenStream) -> Option<TokenStream> {
        let (index, item) = match self.depth {
            0 => (format_ident!("index"), format_ident!("item")),
            depth => (format_ident!("index{depth}"), format_ident!("item{depth}")),
        };
        let at = &self.at;
        let inner = Checks { set: self.set, at: quote!(#at.index(#index)), depth: self.depth + 1 };
        let checks = inner.of(nsid, items, &Value::reference(&item));
        (!checks.is_empty()).then(|| quote!(for (#index, #item) in #receiver.iter().enumerate() { #(#checks)* }))
    }

    fn integer(&self, integer: &IntegerSchema, value: &Value) -> Vec<TokenStream> {
        let at = &self.at;
        let (copied, borrowed) = (&value.copied, &value.borrowed);
        let number = naming::integer;
        let minimum = integer.minimum.map(number).map(|limit| quote!(#at.minimum(#copied, #limit)?;));
        let maximum = integer.maximum.map(number).map(|limit| quote!(#at.maximum(#copied, #limit)?;));
        let constant = integer.constant.map(number).map(|wanted| quote!(#at.constant(#borrowed, &#wanted)?;));
        let values = integer.enumeration.as_ref().map(|values| {
            let values = values.iter().copied().map(number);
            quote!(#at.one_of(#borrowed, &[#(#values),*])?;)
        });
        [constant, minimum, maximum, values].into_iter().flatten().collect()
    }

    fn string(&self, string: &StringSchema, value: &Value) -> Vec<TokenStream> {
        let at = &self.at;
        let receiver = &value.receiver;
        let borrowed = &value.borrowed;
        let mut all = Vec::new();
        all.extend(string.constant.as_ref().map(|constant| match (is_enum(string), string.format) {
            (true, _) => quote!(#at.constant(#receiver.as_str(), #constant)?;),
            (false, Some(_)) => quote!(#at.constant::<str, str>(#receiver.as_ref(), #constant)?;),
            (false, None) => quote!(#at.constant(#borrowed, #constant)?;),
        }));
        all.extend(self.lengths(string.min_length, string.max_length, borrowed));
        let limit = |limit: u64| naming::integer(limit);
        all.extend(string.min_graphemes.map(limit).map(|limit| quote!(#at.min_graphemes(#borrowed, #limit)?;)));
        all.extend(string.max_graphemes.map(limit).map(|limit| quote!(#at.max_graphemes(#borrowed, #limit)?;)));
        all
    }

    fn lengths(&self, least: Option<u64>, most: Option<u64>, borrowed: &TokenStream) -> Vec<TokenStream> {
        let at = &self.at;
        let limit = |limit: u64| naming::integer(limit);
        // Nothing is shorter than zero.
        let least =
            least.filter(|least| *least > 0).map(limit).map(|limit| quote!(#at.min_length(#borrowed, #limit)?;));
        let most = most.map(limit).map(|limit| quote!(#at.max_length(#borrowed, #limit)?;));
        least.into_iter().chain(most).collect()
    }
}
