//! Declared errors: an enum for each method, and a struct for each name that a namespace's methods share.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{
    docs,
    method::Method,
    module::{Module, split},
    naming::{self, ident},
    rename,
};
use crate::{
    diagnostics::{Code, Finding},
    model::{Document, ErrorDecl},
};

impl Module<'_> {
    /// Writes the method's `Error`: exactly the declared names, each with the message for the client.
    pub fn method_error(&mut self, method: &Method<'_>) {
        self.claim("Error", &format!("the error of `{}`", method.nsid), method.place);
        self.refuse_errors_named_alike(method.errors);
        let names: Vec<&str> = method.errors.iter().map(|error| error.name.value.as_str()).collect();
        let variants: Vec<Ident> = names.iter().map(|name| ident(&naming::error(name))).collect();
        let docs = method.errors.iter().map(|error| error_docs(&error.name.value, error.description.as_deref()));
        let doc = docs::doc(&[match names.is_empty() {
            true => format!("`{}` declares no errors.", method.nsid),
            false => format!("The errors that `{}` declares, each with its message for the client.", method.nsid),
        }]);
        self.push(quote! {
            #doc
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub enum Error { #(#docs #variants(ErrorMessage),)* }
        });
        self.push(declared(&names, &variants));
        self.push(quote! {
            impl fmt::Display for Error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    match self.message() {
                        "" => f.write_str(self.name()),
                        message => write!(f, "{}: {message}", self.name()),
                    }
                }
            }
        });
        self.push(quote!(impl std::error::Error for Error {}));
        for variant in &variants {
            self.push(quote! {
                impl From<super::errors::#variant> for Error {
                    fn from(error: super::errors::#variant) -> Self { Self::#variant(error.0) }
                }
            });
            self.push(quote! {
                impl From<super::errors::#variant> for Failure<Error> {
                    fn from(error: super::errors::#variant) -> Self { Self::Declared(error.into()) }
                }
            });
        }
    }

    fn refuse_errors_named_alike(&mut self, errors: &[ErrorDecl]) {
        let mut seen: BTreeMap<String, &ErrorDecl> = BTreeMap::new();
        for error in errors {
            let rust = naming::error(&error.name.value);
            if let Some(other) = seen.get(&rust) {
                let (one, two) = (&other.name, &error.name);
                let message =
                    format!("the errors `{}` and `{}` would both be called `{rust}` in Rust", one.value, two.value);
                let finding = Finding::new(Code::NameClash, two.place.clone(), message)
                    .related(one.place.clone(), "the other error");
                self.refuse(rename(finding));
            }
            seen.entry(rust).or_insert(error);
        }
    }

    /// The module `errors` of a namespace: a struct for each error that its methods declare, by name.
    pub fn errors(&mut self, namespace: &str, methods: &[&Document]) -> TokenStream {
        let mut by_name: BTreeMap<String, Shared<'_>> = BTreeMap::new();
        for method in methods.iter().filter_map(|document| Method::of(document)) {
            for error in method.errors {
                let shared = by_name.entry(naming::error(&error.name.value)).or_insert_with(|| Shared::new(error));
                if shared.declared.name.value != error.name.value {
                    let (one, two) = (&shared.declared.name, &error.name);
                    let message = format!(
                        "the errors `{}` and `{}` of `{namespace}` would both be called `{}` in Rust",
                        one.value,
                        two.value,
                        naming::error(&two.value)
                    );
                    let finding = Finding::new(Code::NameClash, two.place.clone(), message)
                        .related(one.place.clone(), "the other error");
                    self.refuse(rename(finding));
                }
                shared.methods.push(split(method.nsid).1.to_owned());
                shared.description = shared.description.take().or(error.description.as_deref());
            }
        }
        let doc = docs::module_doc(&[
            format!("Errors that methods of `{namespace}` declare."),
            "Code shared by several methods returns one of these; `?` turns it into the error of a method that declares it, \
             and doesn't compile in a method that doesn't."
                .to_owned(),
        ]);
        let structs = by_name.iter().map(|(name, shared)| shared.structure(&ident(name)));
        let imports = (!by_name.is_empty()).then(|| {
            quote!(
                use lexicon_runtime::codegen::*;
            )
        });
        quote! { #doc #imports #(#structs)* }
    }
}

/// One error name of a namespace.
struct Shared<'a> {
    declared: &'a ErrorDecl,
    description: Option<&'a str>,
    methods: Vec<String>,
}

impl<'a> Shared<'a> {
    fn new(declared: &'a ErrorDecl) -> Self {
        Self { declared, description: None, methods: Vec::new() }
    }

    fn structure(&self, name: &Ident) -> TokenStream {
        let mut paragraphs = vec![format!("`{}`", self.declared.name.value)];
        match docs::description(self.description).as_slice() {
            [] => paragraphs[0].push('.'),
            [first, rest @ ..] => {
                paragraphs[0].push_str(": ");
                paragraphs[0].push_str(first);
                paragraphs.extend_from_slice(rest);
            }
        }
        let methods: Vec<_> = self.methods.iter().map(|method| format!("`{method}`")).collect();
        paragraphs.push(format!("Declared by {}.", methods.join(", ")));
        let doc = docs::doc(&paragraphs);
        quote! {
            #doc
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct #name(pub ErrorMessage);

            impl #name {
                /// The error with a message for the client.
                pub fn new(message: impl Into<ErrorMessage>) -> Self { Self(message.into()) }
            }
        }
    }
}

/// A declared error for a list: its name and what it means.
pub fn error_docs(name: &str, description: Option<&str>) -> TokenStream {
    let mut paragraphs = docs::description(description);
    if paragraphs.is_empty() {
        paragraphs.push(format!("`{name}`."));
    }
    docs::doc(&paragraphs)
}

fn declared(names: &[&str], variants: &[Ident]) -> TokenStream {
    let (name, message, of_wire) = match names.is_empty() {
        true => (quote!(match *self {}), quote!(match *self {}), quote! { let _ = (name, message); None }),
        false => (
            quote!(match self { #(Self::#variants(_) => #names,)* }),
            quote!(match self { #(Self::#variants(message))|* => message.as_str() }),
            quote!(match name { #(#names => Some(Self::#variants(message.into())),)* _ => None }),
        ),
    };
    quote! {
        impl DeclaredError for Error {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn name(&self) -> &'static str { #name }

            fn message(&self) -> &str { #message }

            fn from_wire(name: &str, message: String) -> Option<Self> { #of_wire }
        }
    }
}
