//! The API reference that every server brings along, for anybody.

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::server::TestServer;
use reqwest::{
    Method,
    header::{ACCEPT_ENCODING, IF_NONE_MATCH},
};

#[tokio::test]
async fn every_method_has_a_page_that_loads_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    let index = server.fetch(Method::GET, "/docs/", &[]).await;
    let index = String::from_utf8(index.body).unwrap();
    for method in METHODS {
        assert!(index.contains(&format!("<a href=\"{}.html\">", method.nsid)), "{}", method.nsid);
        let page = server.fetch(Method::GET, &format!("/docs/{}.html", method.nsid), &[]).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(String::from_utf8(page.body).unwrap().contains(&format!("/xrpc/{}", method.nsid)));
    }
    let types = [
        ("style.css", "text/css; charset=utf-8"),
        ("script.js", "text/javascript; charset=utf-8"),
        ("contents.js", "text/javascript; charset=utf-8"),
        ("search-index.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ];
    for (file, media_type) in types {
        let answer = server.fetch(Method::GET, &format!("/docs/{file}"), &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type));
    }
}

#[tokio::test]
async fn the_address_without_a_slash_leads_to_the_pages() {
    let server = TestServer::start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(format!("{}/docs", server.url())).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (308, "/docs/"));
    let followed = server.fetch(Method::GET, "/docs", &[]).await;
    assert_eq!(followed.body, server.fetch(Method::GET, "/docs/index.html", &[]).await.body);
}

#[tokio::test]
async fn a_page_that_the_browser_has_is_not_sent_again() {
    let server = TestServer::start().await;
    let page = server.fetch(Method::GET, "/docs/", &[]).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let tag = page.header("etag").to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
        let answer = server.fetch(Method::GET, "/docs/", &[(IF_NONE_MATCH, &known)]).await;
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, tag.as_str()));
    }
    let answer = server.fetch(Method::GET, "/docs/", &[(IF_NONE_MATCH, "W/\"other\"")]).await;
    assert_eq!((answer.status, answer.body), (200, page.body));
    // The same page, in fewer bytes.
    let compressed = server.fetch(Method::GET, "/docs/", &[(ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!((compressed.header("content-encoding"), compressed.header("etag")), ("gzip", tag.as_str()));
}

#[tokio::test]
async fn head_tells_of_a_page_without_sending_it_and_nothing_else_is_allowed() {
    let server = TestServer::start().await;
    let page = server.fetch(Method::GET, "/docs/", &[]).await;
    let head = server.fetch(Method::HEAD, "/docs/", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for header in ["content-type", "etag", "content-length", "content-security-policy"] {
        assert_eq!(head.header(header), page.header(header));
    }
    for verb in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = server.fetch(verb, "/docs/", &[]).await;
        answer.refused(405, "MethodNotAllowed");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    for path in ["/docs/nothing.html", "/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml", "/docs/style.css/", "/docs//"]
    {
        server.fetch(Method::GET, path, &[]).await.refused(404, "NotFound");
    }
}

#[tokio::test]
async fn reading_costs_a_caller_nothing() {
    let server = TestServer::with_flags(&["--rate-limit-per-caller=1", "--rate-limit-burst=1"]).await;
    for _ in 0..20 {
        assert_eq!(server.fetch(Method::GET, "/docs/", &[]).await.status, 200);
    }
}
