//! The did:web document of this service, from which a PDS learns where to send its users' requests.

use atrium_api::did_doc::{DidDocument, Service};
use atrium_api::types::string::Did;

/// The type of the service in its DID document.
pub const SERVICE_TYPE: &str = "CatbirdMlsDeliveryService";

/// What `GET /.well-known/did.json` answers: the service `#<service_id>` at `endpoint`, the public
/// base URL of this server (a trailing slash is dropped, since callers append `/xrpc/...`).
pub fn service_document(service_did: &Did, service_id: &str, endpoint: &str) -> DidDocument {
    DidDocument {
        context: Some(vec!["https://www.w3.org/ns/did/v1".to_owned()]),
        id: service_did.as_str().to_owned(),
        also_known_as: None,
        verification_method: None,
        service: Some(vec![Service {
            id: format!("#{service_id}"),
            r#type: SERVICE_TYPE.to_owned(),
            service_endpoint: endpoint.trim_end_matches('/').to_owned(),
        }]),
    }
}
