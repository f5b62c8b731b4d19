//! Who has no token gets nowhere, and what methods give is held against the lexicon. What each caller gets is in
//! `authorization/`.

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::{
    http::{check_output, short},
    network::Network,
    room::Room,
    server::TestServer,
};

use super::requests::{Subject, ordinary};

#[tokio::test]
async fn no_method_answers_without_a_token() {
    let flags = Network::start().await.flags();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let server = TestServer::with_flags(&flags).await;
    let about = Subject::of(Room::open(&server, &["alice", "bob"]).await).await;
    let mallory = server.actor("mallory");
    for method in METHODS {
        let call = ordinary(&server, short(method), &about, &mallory);
        call.send().await.refused(401, "AuthenticationRequired");
        // Nor does it look at anything else before: neither parameters nor body are read.
        let nonsense = server.call(short(method)).query("limit=x&limit=y").body("{");
        nonsense.send().await.refused(401, "AuthenticationRequired");
        let nonsense = server.call(short(method)).token("not.a.token").body("{");
        nonsense.send().await.refused(401, "InvalidToken");
    }
}

#[test]
fn each_output_is_held_against_its_lexicon() {
    for method in METHODS {
        let checked = std::panic::catch_unwind(|| check_output(method.nsid, b"null"));
        let panic = checked.expect_err("null is no output of any method");
        let text = panic.downcast_ref::<String>().map_or("", String::as_str);
        assert!(text.contains("the type that the lexicon declares"), "{}: {text}", method.nsid);
    }
}
