//! One method and the handler behind it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::extract::Request;
use axum::response::Response;
use futures::future::{BoxFuture, FutureExt};

use super::attempt::{self, Context};
use super::{FromBody, IntoReply, RouterOptions};
use crate::error::{DeclaredError, Failure};
use crate::query::Parameters;
use crate::service::{MethodInfo, Service};
use crate::stream::MessageStream;
use crate::union::Union;
use crate::validate::Validate;

type Serve<S> = dyn Fn(Context<S>, Request) -> BoxFuture<'static, Response> + Send + Sync;

/// A method and the handler behind it, on a server of type `S`. Made by generated code.
pub struct Route<S: Service> {
    method: &'static MethodInfo,
    serve: Arc<Serve<S>>,
    last_length: Arc<AtomicUsize>,
}

impl<S: Service> Route<S> {
    /// A query, whose handler takes the server, the caller and the parameters (`()` when the method has none).
    pub fn query<P, O, E, F, Fut>(method: &'static MethodInfo, handler: F) -> Self
    where
        P: Parameters + Send + 'static,
        O: IntoReply + Send + 'static,
        E: DeclaredError,
        F: Fn(Arc<S>, S::Caller, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Failure<E>>> + Send + 'static,
    {
        Self::new(method, move |service, caller, params, ()| handler(service, caller, params))
    }

    /// A procedure, whose handler takes the server, the caller, the parameters (`()` when the method has none) and the input
    /// (`()` when it has none).
    pub fn procedure<P, I, O, E, F, Fut>(method: &'static MethodInfo, handler: F) -> Self
    where
        P: Parameters + Send + 'static,
        I: FromBody + 'static,
        O: IntoReply + Send + 'static,
        E: DeclaredError,
        F: Fn(Arc<S>, S::Caller, P, I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Failure<E>>> + Send + 'static,
    {
        Self::new(method, handler)
    }

    /// A subscription, whose handler takes the server, the caller and the parameters (`()` when the method has none).
    pub fn subscription<P, M, E, F, Fut>(method: &'static MethodInfo, handler: F) -> Self
    where
        P: Parameters + Send + 'static,
        M: Union + Validate + serde::Serialize + Send + Sync + 'static,
        E: DeclaredError,
        F: Fn(Arc<S>, S::Caller, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<MessageStream<M, E>, Failure<E>>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let serve = move |context, request| attempt::subscription(context, request, Arc::clone(&handler)).boxed();
        Self { method, serve: Arc::new(serve), last_length: Arc::default() }
    }

    fn new<P, I, O, E, F, Fut>(method: &'static MethodInfo, handler: F) -> Self
    where
        P: Parameters + Send + 'static,
        I: FromBody + 'static,
        O: IntoReply + Send + 'static,
        E: DeclaredError,
        F: Fn(Arc<S>, S::Caller, P, I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Failure<E>>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let serve = move |context, request| attempt::request(context, request, Arc::clone(&handler)).boxed();
        Self { method, serve: Arc::new(serve), last_length: Arc::default() }
    }

    /// What the lexicon says about the method.
    pub fn method(&self) -> &'static MethodInfo {
        self.method
    }

    pub(super) fn serve(
        &self,
        service: Arc<S>,
        options: Arc<RouterOptions>,
        request: Request,
    ) -> BoxFuture<'static, Response> {
        let last_length = Arc::clone(&self.last_length);
        (self.serve)(Context { method: self.method, service, options, last_length }, request)
    }
}

impl<S: Service> Clone for Route<S> {
    fn clone(&self) -> Self {
        Self { method: self.method, serve: Arc::clone(&self.serve), last_length: Arc::clone(&self.last_length) }
    }
}

impl<S: Service> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.method.nsid).finish()
    }
}
