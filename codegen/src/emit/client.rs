//! A method as seen from both ends of the wire: the route that calls a server, and the client's call.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    docs,
    method::{Content, Kind, Method},
    module::Module,
    naming::{self, ident},
};

impl Module<'_> {
    /// Writes what the lexicon says about the method, as a value.
    pub fn method_info(&mut self, method: &Method<'_>) {
        self.claim("METHOD", &format!("the table of `{}`", method.nsid), method.place);
        let kind = match method.kind {
            Kind::Query => quote!(Query),
            Kind::Procedure => quote!(Procedure),
            Kind::Subscription => quote!(Subscription),
        };
        let parameters = method.parameters.iter().flat_map(|params| params.properties.keys());
        let encoding = |body: Option<&crate::model::Body>| match body {
            None => quote!(None),
            Some(body) => {
                let encoding = &body.encoding.value;
                quote!(Some(#encoding))
            }
        };
        let (input, output) = (encoding(method.input), encoding(method.output));
        self.push(quote! {
            /// What the lexicon says about the method.
            pub const METHOD: MethodInfo = MethodInfo {
                nsid: NSID,
                kind: MethodKind::#kind,
                parameters: &[#(#parameters),*],
                input: #input,
                output: #output,
                errors: Error::NAMES,
            };
        });
    }

    /// Writes the route of a method: the only place where its trait is called.
    pub fn route(&mut self, method: &Method<'_>) {
        let (name, function) = (method.trait_name(), method.function());
        let constructor = match method.kind {
            Kind::Query => quote!(query),
            Kind::Procedure => quote!(procedure),
            Kind::Subscription => quote!(subscription),
        };
        let params = if method.parameters.is_some() { quote!(params: Params) } else { quote!(_: ()) };
        let input = match (method.kind, Content::of(method.input)) {
            (Kind::Query | Kind::Subscription, _) => None,
            (Kind::Procedure, Content::Nothing) => Some(quote!(_: ())),
            (Kind::Procedure, Content::Bytes) => Some(quote!(body: Body)),
            (Kind::Procedure, _) => Some(quote!(input: Input)),
        };
        let input = input.into_iter();
        let arguments = method.arguments().into_iter().map(|(name, _)| name);
        let doc = docs::doc(&[format!("The route of `{}`, which calls the server's [`{name}`].", method.nsid)]);
        self.push(quote! {
            #doc
            pub fn route<S: #name>() -> Route<S> {
                Route::#constructor(&METHOD, |service: Arc<S>, caller, #params #(, #input)*| async move {
                    #name::#function(&*service, caller #(, #arguments)*).await
                })
            }
        });
    }

    /// Writes the client's call of a method.
    pub fn call(&mut self, method: &Method<'_>) {
        let Some(Call { client, function, extra, output, body }) = Call::of(method) else { return };
        let doc = docs::doc(&call_docs(method));
        let function = ident(&function);
        let params = method.parameters.map(|_| quote!(params: &Params)).into_iter();
        let asynchronous = (method.kind != Kind::Subscription).then(|| quote!(async));
        self.push(quote! {
            impl<T: #client> super::Client<T> {
                #doc
                pub #asynchronous fn #function(&self #(, #params)* #extra) -> #output { #body }
            }
        });
        if method.kind == Kind::Query && Content::of(method.output) == Content::Events {
            self.follow(method);
        }
    }
}

impl Module<'_> {
    /// Writes the client's call that outlives broken connections.
    fn follow(&mut self, method: &Method<'_>) {
        let call = naming::call(method.name());
        let (function, plain) = (ident(&format!("follow_{}", call.trim_start_matches("r#"))), ident(&call));
        let doc = docs::doc(&[
            format!(
                "Follows `{}`: as [`Self::{plain}`], and again behind the last event whenever the stream breaks off.",
                method.nsid
            ),
            "`cursor` says where to go on after an event, if that changes it: mostly its `id`.".to_owned(),
            "The stream ends with the first error that trying again can't mend, see [`client::follow`].".to_owned(),
        ]);
        let params = method.parameters.map(|_| quote!(params: Params)).into_iter();
        let given = if method.parameters.is_some() { quote!(Some(params)) } else { quote!(None::<()>) };
        self.push(quote! {
            impl<T: StreamingClient + Clone + Send + Sync + 'static> super::Client<T> {
                #doc
                pub fn #function(
                    &self #(, #params)*, last_event_id: Option<String>, options: client::Follow,
                    cursor: impl Fn(&SseItem<Output>) -> Option<String> + Send + 'static,
                ) -> SseEvents<Output, Error> {
                    client::follow(self.xrpc().clone(), &METHOD, #given, last_event_id, options, cursor)
                }
            }
        });
    }
}

/// What the call does in one sentence; the trait of the method has the rest.
fn call_docs(method: &Method<'_>) -> Vec<String> {
    let name = method.trait_name();
    let does = docs::summary(method.description).map(|does| format!(": {does}")).unwrap_or_default();
    let does = if does.ends_with('.') { does } else { does + "." };
    if method.kind == Kind::Subscription {
        return vec![
            format!("The address of `{}` for a WebSocket client{does}", method.nsid),
            format!("See [`{name}`]."),
            "# Errors".to_owned(),
            "When the parameters can't be written.".to_owned(),
        ];
    }
    let errors = match method.errors.is_empty() {
        true => "The method declares none; what can go wrong with any call is in [`ClientError`].",
        false => "Those that the method declares, see [`Error`], and what can go wrong with any call.",
    };
    vec![format!("Calls `{}`{does}", method.nsid), format!("See [`{name}`]."), "# Errors".to_owned(), errors.to_owned()]
}

/// The parts of a client's call that depend on what the method carries.
struct Call {
    /// What the transport must be able to do.
    client: TokenStream,
    function: String,
    /// Arguments beside the parameters, each with a comma in front.
    extra: TokenStream,
    output: TokenStream,
    body: TokenStream,
}

impl Call {
    fn of(method: &Method<'_>) -> Option<Self> {
        let params = if method.parameters.is_some() { quote!(Some(params)) } else { quote!(NO_PARAMETERS) };
        let function = naming::call(method.name());
        let output = match Content::of(method.output) {
            Content::Nothing => quote!(()),
            Content::Data => quote!(Output),
            Content::Bytes => quote!(Body),
            Content::Events => quote!(SseEvents<Output, Error>),
        };
        let output = quote!(Result<#output, ClientError<Error>>);
        let client = quote!(XrpcClient + Send + Sync);
        let events = Content::of(method.output) == Content::Events;
        let (extra, body) = match (method.kind, Content::of(method.input)) {
            (Kind::Subscription, _) => return Some(Self::subscription(method, &params)),
            (Kind::Query, _) if events => return Some(Self::events(function, &params, output)),
            // There is no way to read the answer of a procedure while it is still coming.
            (Kind::Procedure, _) if events => return None,
            (Kind::Query, _) => (quote!(), quote!(client::query(self.xrpc(), &METHOD, #params).await)),
            (Kind::Procedure, Content::Nothing) => {
                (quote!(), quote!(client::procedure(self.xrpc(), &METHOD, #params, None::<&()>).await))
            }
            (Kind::Procedure, Content::Bytes) => {
                (quote!(, body: Body), quote!(client::upload(self.xrpc(), &METHOD, #params, body).await))
            }
            (Kind::Procedure, _) => {
                (quote!(, input: &Input), quote!(client::procedure(self.xrpc(), &METHOD, #params, Some(input)).await))
            }
        };
        Some(Self { client, function, extra, output, body })
    }

    fn events(function: String, params: &TokenStream, output: TokenStream) -> Self {
        Self {
            client: quote!(StreamingClient + Send + Sync),
            function,
            extra: quote!(, last_event_id: Option<&str>),
            output,
            body: quote!(client::events(self.xrpc(), &METHOD, #params, last_event_id).await),
        }
    }

    fn subscription(method: &Method<'_>, params: &TokenStream) -> Self {
        Self {
            client: quote!(XrpcClient),
            function: format!("{}_uri", naming::field(method.name())),
            extra: quote!(),
            output: quote!(Result<String, client::UriError>),
            body: quote!(client::subscription_uri(self.xrpc(), &METHOD, #params)),
        }
    }
}
