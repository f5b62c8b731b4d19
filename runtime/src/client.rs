//! Calling methods over HTTP.
//!
//! A generated client is a thin layer over [`query`], [`procedure`], [`upload`] and [`events`], which work over any
//! `atrium_xrpc::XrpcClient`, so that sessions, proxies and tokens are the business of whoever makes that.

mod call;
mod error;
mod events;
mod follow;
#[cfg(feature = "reqwest")]
mod http;
mod reply;

pub use atrium_xrpc::{HttpClient, XrpcClient};
pub use call::{NO_PARAMETERS, UriError, procedure, query, subscription_uri, upload};
pub use error::{BoxError, ClientError};
pub use events::{ByteStream, SseEvents, StreamingClient, events};
pub use follow::{Follow, follow};
#[cfg(feature = "reqwest")]
pub use http::{TokenProvider, XrpcHttp};
pub use reply::FromReply;
