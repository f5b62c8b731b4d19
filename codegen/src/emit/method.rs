//! Methods: their parts, the trait that a server implements, and the route that calls it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{
    docs,
    module::{Module, split},
    naming::{self, ident},
    types::plain_target,
    unions::Union,
};
use crate::{
    model::{Body, DefKind, Document, ErrorDecl, Params, Place, Schema, SchemaKind},
    resolve::DefId,
};

/// The sorts of methods.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Query,
    Procedure,
    Subscription,
}

/// A method, whatever its sort.
pub struct Method<'a> {
    pub nsid: &'a str,
    pub kind: Kind,
    pub description: Option<&'a str>,
    pub parameters: Option<&'a Params>,
    pub input: Option<&'a Body>,
    pub output: Option<&'a Body>,
    pub message: Option<&'a Schema>,
    pub errors: &'a [ErrorDecl],
    pub place: &'a Place,
}

/// What travels in a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// There is no body.
    Nothing,
    /// A value with a schema.
    Data,
    /// Bytes of any encoding, without a schema.
    Bytes,
    /// Server-sent events, each a value with a schema.
    Events,
}

impl Content {
    /// What a body of the lexicon carries.
    pub fn of(body: Option<&Body>) -> Self {
        match body {
            None => Self::Nothing,
            Some(Body { schema: None, .. }) => Self::Bytes,
            Some(body) if body.encoding.value == "text/event-stream" => Self::Events,
            Some(_) => Self::Data,
        }
    }
}

impl<'a> Method<'a> {
    /// The method of a document, when its `main` is one.
    pub fn of(document: &'a Document) -> Option<Self> {
        let main = document.defs.get("main")?;
        let (nsid, place) = (document.nsid.value.as_str(), &main.place);
        let method = match &main.kind {
            DefKind::Query(query) => Self {
                kind: Kind::Query,
                description: query.description.as_deref(),
                parameters: query.parameters.as_ref(),
                input: None,
                output: query.output.as_ref(),
                message: None,
                errors: &query.errors,
                nsid,
                place,
            },
            DefKind::Procedure(procedure) => Self {
                kind: Kind::Procedure,
                description: procedure.description.as_deref(),
                parameters: procedure.parameters.as_ref(),
                input: procedure.input.as_ref(),
                output: procedure.output.as_ref(),
                message: None,
                errors: &procedure.errors,
                nsid,
                place,
            },
            DefKind::Subscription(subscription) => Self {
                kind: Kind::Subscription,
                description: subscription.description.as_deref(),
                parameters: subscription.parameters.as_ref(),
                input: None,
                output: None,
                message: subscription.message.as_ref().and_then(|message| message.schema.as_ref()),
                errors: &subscription.errors,
                nsid,
                place,
            },
            _ => return None,
        };
        Some(method)
    }

    /// The last segment of the NSID, which names the trait and the function.
    pub fn name(&self) -> &'a str {
        split(self.nsid).1
    }

    /// The trait's name.
    pub fn trait_name(&self) -> Ident {
        ident(&naming::method_trait(self.name()))
    }

    /// The trait's function.
    pub fn function(&self) -> Ident {
        ident(&naming::field(self.name()))
    }

    /// Arguments beside the caller, as (name, type), when the method has them.
    pub fn arguments(&self) -> Vec<(Ident, TokenStream)> {
        let params = self.parameters.map(|_| (ident("params"), quote!(Params)));
        let input = match Content::of(self.input) {
            Content::Nothing => None,
            Content::Bytes => Some((ident("body"), quote!(Body))),
            Content::Data | Content::Events => Some((ident("input"), quote!(Input))),
        };
        params.into_iter().chain(input).collect()
    }

    /// What the trait's function gives.
    pub fn output_type(&self) -> TokenStream {
        match (self.kind, Content::of(self.output)) {
            (Kind::Subscription, _) => quote!(MessageStream<Message, Error>),
            (_, Content::Nothing) => quote!(()),
            (_, Content::Data) => quote!(Output),
            (_, Content::Bytes) => quote!(Body),
            (_, Content::Events) => quote!(SseStream<Output>),
        }
    }
}

impl Module<'_> {
    /// Writes everything of a method: its types, its errors, its trait, its route and its call.
    pub fn method(&mut self, method: &Method<'_>) {
        let def = DefId::new(method.nsid, "main");
        self.method_info(method);
        if let Some(params) = method.parameters {
            self.params(params, &def);
        }
        for (name, body) in [("Input", method.input), ("Output", method.output)] {
            if let Some(body) = body
                && let Some(schema) = &body.schema
            {
                self.body(name, schema, body.description.as_deref(), &def);
            }
        }
        if method.kind == Kind::Subscription {
            self.message(method, &def);
        }
        self.method_error(method);
        self.method_trait(method);
        self.route(method);
        self.call(method);
    }

    /// A body: a type of its own, or another name for the type that it refers to.
    fn body(&mut self, name: &str, schema: &Schema, description: Option<&str>, def: &DefId) {
        let mut intro = docs::description(description);
        if intro.is_empty() {
            intro.push(format!("The {} of `{}`.", name.to_lowercase(), self.nsid));
        }
        match &schema.kind {
            SchemaKind::Object(object) => drop(self.object(name, object, def, &intro)),
            SchemaKind::Union { refs, closed } => {
                drop(self.union(name, &Union { refs, closed: *closed, place: &schema.place }, &intro));
            }
            SchemaKind::Ref(reference) if plain_target(self.set, self.nsid, &reference.value).is_none() => {
                self.claim(name, &format!("the {} of `{}`", name.to_lowercase(), self.nsid), &schema.place);
                let (doc, name) = (docs::doc(&intro), ident(name));
                let tokens = self.referenced(&reference.value);
                self.push(quote!(#doc pub type #name = #tokens;));
            }
            _ => self.wrapped(name, schema, &intro, def),
        }
    }

    fn message(&mut self, method: &Method<'_>, def: &DefId) {
        match method.message {
            Some(schema) => self.body("Message", schema, schema.description.as_deref(), def),
            // A subscription without messages has nothing to say.
            None => {
                let union = Union { refs: &[], closed: true, place: method.place };
                let intro = vec![format!("`{}` declares no messages.", self.nsid)];
                drop(self.union("Message", &union, &intro));
            }
        }
    }

    fn method_trait(&mut self, method: &Method<'_>) {
        let (nsid, name, function) = (method.nsid, method.trait_name(), method.function());
        self.claim(&name.to_string(), &format!("the trait of `{nsid}`"), method.place);
        let trait_doc = docs::doc(&[format!("Implements `{nsid}`.")]);
        let message = format!("`{{Self}}` does not implement `{nsid}`");
        let label = format!("the method `{nsid}` is missing");
        let note = format!("write `impl {name} for {{Self}}`");
        let doc = docs::doc(&method_docs(method));
        let arguments = method.arguments().into_iter().map(|(name, tokens)| quote!(#name: #tokens));
        let output = method.output_type();
        self.push(quote! {
            #trait_doc
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            pub trait #name: Service {
                #doc
                fn #function(&self, caller: Self::Caller #(, #arguments)*)
                    -> impl Future<Output = Result<#output, Failure<Error>>> + Send;
            }
        });
    }
}

/// What the method does, and the errors it declares.
pub fn method_docs(method: &Method<'_>) -> Vec<String> {
    let mut paragraphs = docs::description(method.description);
    if paragraphs.is_empty() {
        paragraphs.push(format!("Calls `{}`.", method.nsid));
    }
    if method.errors.is_empty() {
        return paragraphs;
    }
    paragraphs.push("# Errors".to_owned());
    for error in method.errors {
        let name = naming::error(&error.name.value);
        let means = docs::description(error.description.as_deref()).join(" ");
        paragraphs.push(match means.is_empty() {
            true => format!("- [`{name}`](Error::{name})"),
            false => format!("- [`{name}`](Error::{name}): {means}"),
        });
    }
    paragraphs
}
