//! Requests that have one response.

use std::fmt;

use atrium_xrpc::{InputDataOrBytes, XrpcClient, XrpcRequest};
use http::Method;
use serde::Serialize;

use super::error::{WireError, from_xrpc};
use super::{ClientError, FromReply};
use crate::body::Body;
use crate::error::DeclaredError;
use crate::service::MethodInfo;

/// The parameters of a method that has none.
pub const NO_PARAMETERS: Option<&()> = None;

/// Calls a query.
///
/// # Errors
/// See [`ClientError`].
pub async fn query<P, O, E>(
    xrpc: &(impl XrpcClient + Sync),
    method: &'static MethodInfo,
    params: Option<&P>,
) -> Result<O, ClientError<E>>
where
    P: Serialize + Sync,
    O: FromReply,
    E: DeclaredError,
{
    send::<P, (), O, E>(xrpc, method, request(Method::GET, method, params, None, None)).await
}

/// Calls a procedure whose input, if it has one, is JSON.
///
/// # Errors
/// See [`ClientError`].
pub async fn procedure<P, I, O, E>(
    xrpc: &(impl XrpcClient + Sync),
    method: &'static MethodInfo,
    params: Option<&P>,
    input: Option<&I>,
) -> Result<O, ClientError<E>>
where
    P: Serialize + Sync,
    I: Serialize + Sync,
    O: FromReply,
    E: DeclaredError,
{
    let encoding = input.map(|_| "application/json".to_owned());
    let request = request(Method::POST, method, params, input.map(InputDataOrBytes::Data), encoding);
    send(xrpc, method, request).await
}

/// Calls a procedure whose input has no schema. The body is read whole before it is sent: `XrpcClient` can't stream.
///
/// # Errors
/// See [`ClientError`].
pub async fn upload<P, O, E>(
    xrpc: &(impl XrpcClient + Sync),
    method: &'static MethodInfo,
    params: Option<&P>,
    body: Body,
) -> Result<O, ClientError<E>>
where
    P: Serialize + Sync,
    O: FromReply,
    E: DeclaredError,
{
    let encoding = Some(body.content_type().to_owned());
    let bytes = body.collect().await.map_err(|error| ClientError::Decode(Box::new(error)))?;
    let request = request::<P, ()>(Method::POST, method, params, Some(InputDataOrBytes::Bytes(bytes)), encoding);
    send(xrpc, method, request).await
}

/// The address of a subscription, with `ws` for `http` and its parameters, for any WebSocket client. Its frames are read
/// with [`frame::decode`](crate::stream::frame::decode).
///
/// # Errors
/// When the parameters can't be written as a query string; those of generated code always can.
pub fn subscription_uri<P: Serialize>(
    xrpc: &impl XrpcClient,
    method: &MethodInfo,
    params: Option<&P>,
) -> Result<String, UriError> {
    let base = xrpc.base_uri();
    let base = base.strip_prefix("http").map_or(base.clone(), |rest| format!("ws{rest}"));
    Ok(format!("{base}/xrpc/{}{}", method.nsid, query_string(params)?))
}

/// `?` and the parameters, or nothing when there are none.
pub(super) fn query_string<P: Serialize>(params: Option<&P>) -> Result<String, UriError> {
    let text = params.map(serde_html_form::to_string).transpose().map_err(UriError)?.unwrap_or_default();
    Ok(if text.is_empty() { text } else { format!("?{text}") })
}

/// The same with one of the parameters set.
pub(super) fn query_string_with<P: Serialize>(params: Option<&P>, name: &str, value: &str) -> Result<String, UriError> {
    let text = query_string(params)?;
    let given: Vec<(String, String)> = serde_html_form::from_str(text.trim_start_matches('?')).unwrap_or_default();
    let mut pairs: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.retain(|(other, _)| *other != name);
    pairs.push((name, value));
    query_string(Some(&pairs))
}

/// Why parameters can't be written as a query string.
#[derive(Debug)]
pub struct UriError(serde_html_form::ser::Error);

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameters can't be written: {}", self.0)
    }
}

impl std::error::Error for UriError {}

fn request<'a, P, I: Serialize>(
    http_method: Method,
    method: &MethodInfo,
    params: Option<&'a P>,
    input: Option<InputDataOrBytes<&'a I>>,
    encoding: Option<String>,
) -> XrpcRequest<&'a P, &'a I> {
    XrpcRequest { method: http_method, nsid: method.nsid.to_owned(), parameters: params, input, encoding }
}

async fn send<P, I, O, E>(
    xrpc: &(impl XrpcClient + Sync),
    method: &'static MethodInfo,
    request: XrpcRequest<&P, &I>,
) -> Result<O, ClientError<E>>
where
    P: Serialize + Sync,
    I: Serialize + Sync,
    O: FromReply,
    E: DeclaredError,
{
    let reply = xrpc.send_xrpc::<_, _, O::Json, WireError>(&request).await.map_err(from_xrpc)?;
    O::from_reply(reply, method).map_err(ClientError::Decode)
}
