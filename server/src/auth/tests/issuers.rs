//! Which issuers are accepted.

use serde_json::json;

use super::super::issuer::Issuer;
use super::super::service_document;
use super::support::*;

#[tokio::test]
async fn issuers_that_are_not_bare_supported_dids_are_refused() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let fragment = format!("{ALICE}#atproto_labeler");
    let atproto = format!("{ALICE}#atproto");
    for iss in [
        "",
        "alice.example.com",
        "did:",
        "did:plc:",
        "did:plc:short",
        "did:plc:ALICEAAAAAAAAAAAAAAAAAAA",
        "did:plc:aliceaaaaaaaaaaaaaaaaaa1",
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
        "did:plc:aliceaaaaaaaaaaaaaaaaaaa/../x",
        "did:plc:aliceaaaaaaaaaaaaaaaaaaa?x=1",
        &fragment,
        &atproto,
        "did:web:example.com:user:alice",
        "did:web:example.com%3A8443",
        "did:web:example.com%2Fpath",
    ] {
        let token = key.token(claims_but(ALICE, "iss", json!(iss)));
        assert_eq!(world.refusal(&token).await, "InvalidToken", "{iss}");
    }
    assert_eq!(world.directory.count(), 0);
}

#[tokio::test]
async fn a_fragment_in_the_issuer_is_named_as_the_fault() {
    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    let token = key.token(claims(&format!("{ALICE}#atproto")));
    let error = world.present(&token).await.unwrap_err();
    assert!(error.to_string().contains("without a fragment"), "{error}");
}

#[test]
fn did_web_documents_lie_at_the_host() {
    for (web, url) in [
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:a-b.c.example.com", "https://a-b.c.example.com/.well-known/did.json"),
        ("did:web:localhost", "http://localhost/.well-known/did.json"),
        ("did:web:localhost%3A3000", "http://localhost:3000/.well-known/did.json"),
    ] {
        let Ok(Issuer::Web(found)) = Issuer::of(&did(web)) else { panic!("{web}") };
        assert_eq!(found.as_str(), url);
    }
}

#[test]
fn did_web_hosts_must_be_public_domain_names() {
    for web in [
        "did:web:example",
        "did:web:Example.com",
        "did:web:example.com.",
        "did:web:127.0.0.1",
        "did:web:10.0.0.1",
        "did:web:0x7f.1",
        "did:web:0x7f.0.0.1",
        "did:web:2130706433",
        "did:web:0177.0.0.1",
        "did:web:1.1",
        "did:web:169.254.169.254",
        "did:web:alice.localhost",
        "did:web:localhost.",
        "did:web:LOCALHOST",
        "did:web:localhost%3A",
        "did:web:localhost%3A0",
        "did:web:localhost%3A65536",
        "did:web:localhost%3A80%3A80",
        "did:web:localhost%3A-1",
        "did:web:%6cocalhost",
        "did:web:example.com%3A443",
        "did:web:..",
        "did:web:-",
        "did:web:a..b",
        "did:web:%5B%3A%3A1%5D",
        "did:web:user%40example.com",
    ] {
        // Some of these are no DIDs to begin with.
        let accepted = atrium_api::types::string::Did::new(web.to_owned()).is_ok_and(|did| Issuer::of(&did).is_ok());
        assert!(!accepted, "{web}");
    }
}

#[test]
fn the_service_document_names_the_service() {
    let document = service_document(&did(SERVICE), "atproto_mls", "https://mls.example.com/");
    assert_eq!(
        serde_json::to_value(document).unwrap(),
        json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": "did:web:mls.example.com",
            "service": [{
                "id": "#atproto_mls",
                "type": "CatbirdMlsDeliveryService",
                "serviceEndpoint": "https://mls.example.com",
            }],
        })
    );
}
