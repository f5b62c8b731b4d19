//! Strings with a set of values: enums, open (`knownValues`, with `Other`) or closed (`enum`).

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    docs,
    module::Module,
    naming::{self, ident},
};
use crate::{
    model::{DefKind, Schema, StringSchema},
    resolve::DefId,
};

/// One value and its variant.
pub struct Variant {
    /// As on the wire.
    pub value: String,
    /// As in Rust.
    pub rust: String,
}

/// The variants for the values of a string, each value once, in lexicon order; and whether `Other` stands beside them.
pub fn variants(string: &StringSchema) -> (Vec<Variant>, bool) {
    let (listed, open) = match (&string.enumeration, &string.known_values) {
        (Some(values), _) => (values.as_slice(), false),
        (None, Some(values)) => (values.as_slice(), true),
        (None, None) => (&[][..], true),
    };
    let mut values: Vec<&str> = Vec::new();
    for value in listed {
        if !values.contains(&value.value.as_str()) {
            values.push(&value.value);
        }
    }
    let names = naming::values(&values, if open { &["Other"] } else { &[] });
    let variants = values.into_iter().zip(names).map(|(value, rust)| Variant { value: value.to_owned(), rust });
    (variants.collect(), open)
}

impl Module<'_> {
    /// Writes the enum `name` for a string with a set of values, and returns its type.
    pub fn string_enum(&mut self, name: &str, string: &StringSchema, schema: &Schema, intro: &[String]) -> TokenStream {
        self.claim(name, &format!("the values of {}", schema.place.pointer), &schema.place);
        let (variants, open) = variants(string);
        let values: Vec<&str> = variants.iter().map(|variant| variant.value.as_str()).collect();
        let names: Vec<_> = variants.iter().map(|variant| ident(&variant.rust)).collect();
        let docs: Vec<_> = values.iter().map(|value| docs::doc(&self.value_docs(value))).collect();
        let mut paragraphs = intro.to_vec();
        paragraphs.extend(docs::description(schema.description.as_deref()));
        if paragraphs.is_empty() {
            paragraphs.push(if open {
                "Known values, or another one.".into()
            } else {
                "One of a closed set.".to_owned()
            });
        }
        let doc = docs::doc(&paragraphs);
        let name = ident(name);
        let other = open.then(|| {
            quote! {
                /// A value that the lexicon doesn't list.
                Other(String),
            }
        });
        self.push(quote! {
            #doc
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            pub enum #name { #(#docs #names,)* #other }
        });
        if open {
            self.open_set(&name, &names, &values)
        } else {
            self.closed_set(&name, &names, &values)
        }
        quote!(#name)
    }

    fn open_set(&mut self, name: &proc_macro2::Ident, names: &[proc_macro2::Ident], values: &[&str]) {
        let of_text = match values.is_empty() {
            true => quote!(Self::Other(text)),
            false => quote!(match text.as_str() { #(#values => Self::#names,)* _ => Self::Other(text) }),
        };
        self.push(quote! {
            impl #name {
                /// The value as on the wire.
                pub fn as_str(&self) -> &str {
                    match self { #(Self::#names => #values,)* Self::Other(text) => text }
                }
            }
        });
        self.push(quote! {
            impl From<String> for #name {
                fn from(text: String) -> Self { #of_text }
            }
        });
        self.push(quote!(open_string!(#name);));
    }

    fn closed_set(&mut self, name: &proc_macro2::Ident, names: &[proc_macro2::Ident], values: &[&str]) {
        let as_str = match values.is_empty() {
            true => quote!(match *self {}),
            false => quote!(match self { #(Self::#names => #values,)* }),
        };
        let from_known = match values.is_empty() {
            true => quote! { let _ = text; None },
            false => quote!(match text { #(#values => Some(Self::#names),)* _ => None }),
        };
        self.push(quote! {
            impl #name {
                /// Every value, as on the wire.
                pub const VALUES: &'static [&'static str] = &[#(#values),*];

                /// The value as on the wire.
                pub fn as_str(&self) -> &'static str { #as_str }

                /// The variant of a value; none when it isn't in the set.
                pub fn from_known(text: &str) -> Option<Self> { #from_known }
            }
        });
        self.push(quote!(closed_string!(#name);));
    }

    /// The value, and when it names a token of the set, what the token means.
    fn value_docs(&self, value: &str) -> Vec<String> {
        let mut paragraphs = vec![format!("{}.", code(value))];
        let id = DefId::of_reference(self.nsid, value);
        if let Some(DefKind::Token(token)) = self.set.get(&id).map(|def| &def.kind) {
            paragraphs.extend(docs::description(token.description.as_deref()));
        }
        paragraphs
    }
}

/// A value as a code span, however many backticks or spaces it has.
fn code(value: &str) -> String {
    match value.contains('`') || value.is_empty() || value.contains(['\n', '\r']) {
        true => docs::escape(&format!("{value:?}").replace('`', "'")),
        false => format!("`{value}`"),
    }
}
