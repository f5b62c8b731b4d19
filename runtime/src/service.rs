//! What a server brings to its methods: who is calling.

use std::future::Future;
use std::net::SocketAddr;

use http::{Extensions, HeaderMap, Uri};

use crate::error::Refusal;

/// A server that implements methods.
pub trait Service: Send + Sync + 'static {
    /// Who calls, as authentication found out. Handlers get it as their first argument.
    type Caller: Send + Sync + 'static;

    /// Finds out who calls, before anything of the body is read.
    ///
    /// # Errors
    /// A refusal ends the request.
    fn authenticate(&self, call: &Call<'_>) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// Sets memory aside for a long body of the caller's, before it is read, for as long as the caller lives. It may take
    /// its time. Short bodies are read without asking. By default there is room for all.
    ///
    /// # Errors
    /// A refusal ends the request.
    fn make_room(&self, caller: &Self::Caller, bytes: usize) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (caller, bytes);
        std::future::ready(Ok(()))
    }
}

/// What is known about a request before its parameters and body are read.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The method called. A token's `lxm` must be this.
    pub nsid: &'static str,
    /// What sort of method it is.
    pub kind: MethodKind,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The request's URI, with its query.
    pub uri: &'a Uri,
    /// The address at the other end of the connection; `None` when the server runs without connection info.
    pub peer: Option<SocketAddr>,
    /// What layers around the router left for the server.
    pub extensions: &'a Extensions,
}

/// The sorts of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// `GET`, changes nothing.
    Query,
    /// `POST`.
    Procedure,
    /// `GET` with an upgrade to WebSocket.
    Subscription,
}

/// What a lexicon says about a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodInfo {
    /// The method's NSID.
    pub nsid: &'static str,
    /// What sort of method it is.
    pub kind: MethodKind,
    /// The names of its parameters, in the lexicon's order.
    pub parameters: &'static [&'static str],
    /// The MIME type of its input: `application/json`, another, or a pattern like `*/*`. `None` when it has no input.
    pub input: Option<&'static str>,
    /// The MIME type of its output; `None` when it has no output.
    pub output: Option<&'static str>,
    /// The names of the errors that it declares, in the lexicon's order.
    pub errors: &'static [&'static str],
}

/// A set of permissions, as a lexicon describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionSet {
    /// The NSID of the set.
    pub nsid: &'static str,
    /// A short title for users.
    pub title: Option<&'static str>,
    /// A description for users.
    pub detail: Option<&'static str>,
    /// The permissions, each as the JSON that stands in the lexicon.
    pub permissions: &'static [&'static str],
}
