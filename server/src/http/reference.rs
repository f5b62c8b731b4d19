//! The API reference under `/docs/`: the generated pages, which are part of the program.

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

/// Where the pages are.
const PATH: &str = "/docs";

/// Names and contents of the files, listed by the build script.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/reference.rs"));

/// The pages bring their own scripts and styles in files and load nothing else, from anywhere; nobody may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The routes, one for each file: what isn't there is answered as anywhere else.
pub fn reference() -> Router {
    let mut router = Router::new().route(PATH, get(|| async { Redirect::permanent("/docs/") }));
    for (name, content) in FILES {
        let page = Page::new(name, content);
        let serve = move |headers: HeaderMap| {
            let response = page.response(&headers);
            async move { response }
        };
        if *name == "index.html" {
            router = router.route(&format!("{PATH}/"), get(serve.clone()));
        }
        router = router.route(&format!("{PATH}/{name}"), get(serve));
    }
    router
}

/// One file, with what its headers say.
#[derive(Clone)]
struct Page {
    content: &'static [u8],
    media_type: &'static str,
    tag: HeaderValue,
}

impl Page {
    fn new(name: &str, content: &'static [u8]) -> Self {
        let media_type = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        };
        // Weak: compressed or not, it is the same page.
        let tag = format!("W/\"{}\"", &hex::encode(Sha256::digest(content))[..32]);
        let tag = HeaderValue::from_str(&tag).expect("hexadecimal digits are allowed in a header");
        Self { content, media_type, tag }
    }

    /// The page, or only that it is the one the client has.
    fn response(&self, request: &HeaderMap) -> Response {
        let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tag = self.tag.to_str().unwrap_or_default();
        let unchanged =
            known.flat_map(|value| value.split(',')).any(|value| value.trim() == tag || value.trim() == "*");
        // Pages refer to each other: an old one beside a new one would not fit, so browsers ask each time.
        let caching = [(header::ETAG, self.tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        if unchanged {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let headers = [
            (header::CONTENT_TYPE, self.media_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        (caching, headers, self.content).into_response()
    }
}
