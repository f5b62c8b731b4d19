//! Where a server is, and how to be somebody there.

use std::sync::Arc;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::Client;
use catbird_server::{
    auth::{DevelopmentSecret, mint_development_token},
    clock::Clock,
};
use lexicon_runtime::client::XrpcHttp;
use uuid::Uuid;

use crate::actor::Actor;

/// A server that takes development tokens, whoever runs it.
#[derive(Clone)]
pub struct Endpoint {
    /// `http://host:port`.
    pub url: String,
    /// The service that tokens must name.
    pub service_did: String,
    /// What tokens are made with.
    pub secret: DevelopmentSecret,
    /// The server's time.
    pub clock: Arc<dyn Clock>,
}

impl Endpoint {
    /// A token with which `caller` may call `nsid` for a minute.
    pub fn token(&self, caller: &Did, nsid: &str) -> String {
        let lifetime = std::time::Duration::from_secs(60);
        mint_development_token(&self.secret, caller, &self.service_did, nsid, lifetime, self.clock.now())
    }

    /// The API as a user calls it, with a new token for each call, as through a PDS.
    pub fn client(&self, caller: &Did) -> Client<XrpcHttp> {
        // Done once in a process; whoever comes later finds it done.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (endpoint, caller) = (self.clone(), caller.clone());
        let tokens = move |nsid: String| {
            let token = endpoint.token(&caller, &nsid);
            async move { Ok(Some(token)) }
        };
        Client::new(XrpcHttp::new(self.url.clone()).with_tokens(tokens))
    }

    /// A user at one device; the device has no name of its own when it has no id.
    pub fn actor(&self, did: &Did, device_id: Option<Uuid>) -> Actor {
        Actor::new(self, did, device_id)
    }
}
