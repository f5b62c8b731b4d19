//! What a namespace has over its methods: the trait of them all, the router, the table and the client.

use quote::quote;

use super::{
    docs,
    method::Method,
    module::Module,
    naming::{self, ident},
};
use crate::model::Document;

impl Module<'_> {
    /// Writes `Methods`, `METHODS`, `router` and `Client` for the methods right under a namespace.
    pub fn namespace(&mut self, namespace: &str, methods: &[&Document]) {
        let methods: Vec<Method<'_>> = methods.iter().filter_map(|document| Method::of(document)).collect();
        let Some(place) = methods.first().map(|method| method.place) else { return };
        for (name, what) in [("Methods", "the trait"), ("METHODS", "the table"), ("Client", "the client")] {
            self.claim(name, &format!("{what} of `{namespace}`"), place);
        }
        for method in &methods {
            let (module, name) = (ident(&naming::module(method.name())), method.trait_name());
            self.claim(&name.to_string(), &format!("the trait of `{}`", method.nsid), method.place);
            self.push(quote!(pub use #module::#name;));
        }
        self.methods_trait(namespace, &methods);
        self.router(namespace, &methods);
        self.client(namespace);
    }

    fn methods_trait(&mut self, namespace: &str, methods: &[Method<'_>]) {
        let doc = docs::doc(&[
            format!("Every method of `{namespace}`."),
            "A server implements the trait of each method, then this one, which adds nothing.".to_owned(),
        ]);
        let traits = methods.iter().map(Method::trait_name);
        self.push(quote! {
            #doc
            pub trait Methods: #(#traits)+* {}
        });
    }

    fn router(&mut self, namespace: &str, methods: &[Method<'_>]) {
        let modules: Vec<_> = methods.iter().map(|method| ident(&naming::module(method.name()))).collect();
        let table = docs::doc(&[format!("What the lexicons say about each method of `{namespace}`.")]);
        let doc = docs::doc(&[format!("The routes of all methods of `{namespace}`, served by `service`.")]);
        self.push(quote! {
            #table
            pub const METHODS: &[MethodInfo] = &[#(#modules::METHOD),*];
        });
        self.push(quote! {
            #doc
            pub fn router<S: Methods>(service: Arc<S>, options: RouterOptions) -> Router {
                router::build(service, options, [#(#modules::route()),*])
            }
        });
    }

    fn client(&mut self, namespace: &str) {
        let doc = docs::doc(&[format!("Calls the methods of `{namespace}` over an XRPC client.")]);
        self.push(quote! {
            #doc
            #[derive(Clone, Debug)]
            pub struct Client<T> { xrpc: T }
        });
        self.push(quote! {
            impl<T> Client<T> {
                /// A client that sends its requests with `xrpc`, which knows the server and the caller's tokens.
                pub fn new(xrpc: T) -> Self { Self { xrpc } }

                /// What requests are sent with.
                pub fn xrpc(&self) -> &T { &self.xrpc }
            }
        });
    }
}
