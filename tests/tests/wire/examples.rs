//! The examples of the API reference, held against the server: its router takes each request, and each answer is one that
//! it could give.

use std::path::Path;

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::{
    http::check_output,
    network::Network,
    server::{TestServer, did},
};
use lexicon_codegen::{
    compile,
    reference::{Payload, Settings, examples},
    source::Sources,
};
use reqwest::{Method, header::CONTENT_TYPE};

/// A request of the reference.
struct Example {
    nsid: String,
    verb: Method,
    query: String,
    /// Its media type and text.
    body: Option<(String, String)>,
    /// An output, or one event or message of a stream.
    answer: Option<String>,
}

fn all() -> Vec<Example> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let set = compile(&Sources::read(&root.join("lexicon")).expect("lexicons")).expect("the lexicons are right");
    let settings = std::fs::read_to_string(root.join("docs/reference/settings.json")).expect("settings");
    let mut found = Vec::new();
    examples(&set, &Settings::parse(&settings).expect("the settings are right"), |exchange| {
        let pairs: Vec<_> = exchange.request.query();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&pairs);
        let body = exchange.request.payload.as_ref().map(|payload| match payload {
            Payload::Json(data) => ("application/json".to_owned(), data.json()),
            Payload::File(media) => (media.clone(), "bytes".to_owned()),
        });
        let nsid = exchange.request.nsid.to_owned();
        let answer = exchange.answer.as_ref().map(|data| data.json());
        let verb = if exchange.request.post { Method::POST } else { Method::GET };
        found.push(Example { nsid, verb, query: query.finish(), body, answer });
    });
    found
}

#[tokio::test]
async fn every_request_passes_the_checks_of_its_lexicon() {
    // Nobody there knows the users of the examples.
    let flags = Network::start().await.flags();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let server = TestServer::with_flags(&flags).await;
    for example in all() {
        let token = server.token(&did("alice"), &example.nsid);
        let mut request = reqwest::Client::new()
            .request(example.verb, format!("{}/xrpc/{}?{}", server.url(), example.nsid, example.query))
            .bearer_auth(token);
        if let Some((media, body)) = example.body {
            request = request.header(CONTENT_TYPE, media).body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        // A success needn't end: it may be a stream.
        let text = if status == 200 { String::new() } else { answer.text().await.unwrap() };
        // What the lexicon's checks refuse is told with a path; what the server refuses for its meaning is not.
        let checked =
            !["input/", "input:", "params/", "params:"].iter().any(|path| text.contains(&format!("\"{path}")));
        assert!(matches!(status, 200 | 400) && checked, "{}: {status} {text}", example.nsid);
    }
}

#[test]
fn every_answer_is_one_that_the_lexicon_allows() {
    let json: Vec<_> = METHODS.iter().filter(|method| method.output == Some("application/json")).collect();
    let all = all();
    assert_eq!(all.len(), METHODS.len());
    for method in &json {
        let example = all.iter().find(|example| example.nsid == method.nsid).expect("each method has an example");
        let answer = example.answer.as_ref().unwrap_or_else(|| panic!("{} has no answer", example.nsid));
        check_output(&example.nsid, answer.as_bytes());
    }
}
