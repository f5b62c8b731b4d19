//! Serving a subscription over WebSocket.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures::future::FutureExt;
use futures::stream::StreamExt;
use serde::Serialize;
use tokio::time::{Instant, sleep_until, timeout};

use super::{MessageStream, frame};
use crate::error::{DeclaredError, Failure, Refusal, RefusalKind};
use crate::router::{RouterOptions, panic_message};
use crate::service::MethodInfo;
use crate::union::Union;
use crate::validate::{Path, Validate};

/// Clients have nothing to say but pongs and a close frame.
const MAX_CLIENT_MESSAGE: usize = 4096;

/// How many silent keep-alive periods make a client count as gone.
const PERIODS_TO_LIVE: u32 = 6;

/// How long a client has to answer a close frame.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// Upgrades the connection and sends the messages.
pub(crate) fn serve_messages<M, E>(
    upgrade: WebSocketUpgrade,
    messages: MessageStream<M, E>,
    method: &'static MethodInfo,
    options: Arc<RouterOptions>,
) -> Response
where
    M: Union + Validate + Serialize + Send + Sync + 'static,
    E: DeclaredError,
{
    let upgrade = upgrade.max_message_size(MAX_CLIENT_MESSAGE).max_frame_size(MAX_CLIENT_MESSAGE);
    upgrade.on_upgrade(move |mut socket| async move {
        let outcome = AssertUnwindSafe(run(&mut socket, messages, method, &options)).catch_unwind().await;
        let end = outcome.unwrap_or_else(|panic| End::Failed(Refusal::internal(panic_message(&*panic)).into()));
        // Whoever is gone can't be told.
        let _ = timeout(CLOSING_TIME, close(socket, end, method)).await;
    })
}

/// The error of a client that doesn't take what it is sent, by the protocol of event streams.
const TOO_SLOW: &str = "ConsumerTooSlow";

/// The reason of a subscription that is over: those have no end of their own, so it is the server that ends.
const STOPPING: &str = "the server stops, connect again";

/// How a subscription came to its end.
enum End<E> {
    /// The stream has no more messages.
    Finished,
    /// The client closed the connection or is out of reach.
    Gone,
    /// The client didn't take what it was sent in time.
    TooSlow,
    /// The stream failed.
    Failed(Failure<E>),
}

async fn run<M, E>(
    socket: &mut WebSocket,
    mut messages: MessageStream<M, E>,
    method: &'static MethodInfo,
    options: &RouterOptions,
) -> End<E>
where
    M: Union + Validate + Serialize,
    E: DeclaredError,
{
    let patience = options.keep_alive * PERIODS_TO_LIVE;
    let mut heard = Instant::now();
    let mut ping = Instant::now() + options.keep_alive;
    loop {
        let outgoing = tokio::select! {
            message = messages.0.next() => match message {
                None => return End::Finished,
                Some(Err(failure)) => return End::Failed(failure),
                Some(Ok(message)) => match message.written(|message| encode(message, method, options)) {
                    Ok(frame) => Message::Binary(frame),
                    Err(refusal) => return End::Failed(refusal.into()),
                },
            },
            incoming = socket.recv() => match incoming {
                // What a client says has no meaning, but shows that it is there.
                Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                Some(Ok(_)) => {
                    heard = Instant::now();
                    continue;
                }
            },
            () = sleep_until(ping) => {
                if heard.elapsed() > patience {
                    return End::Gone;
                }
                ping = Instant::now() + options.keep_alive;
                Message::Ping(Vec::new().into())
            }
        };
        // A client that doesn't take what it is sent holds up only itself, and not for ever.
        match timeout(options.write_patience, socket.send(outgoing)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Gone,
            Err(_) => return End::TooSlow,
        }
    }
}

fn encode<M>(message: &M, method: &MethodInfo, options: &RouterOptions) -> Result<Vec<u8>, String>
where
    M: Union + Validate + Serialize,
{
    if options.validate_outputs {
        message.validate(Path::MESSAGE).map_err(|violation| violation.to_string())?;
    }
    frame::encode(method.nsid, message).map_err(|error| error.to_string())
}

/// Sends the error frame, if there is an error, and the close frame, and waits for the client's.
async fn close<E: DeclaredError>(
    mut socket: WebSocket,
    end: End<E>,
    method: &'static MethodInfo,
) -> Result<(), axum::Error> {
    let (code, reason) = match end {
        End::Gone => return Ok(()),
        // 1012, which the registry of close codes has and RFC 6455 has not: not over for good.
        End::Finished => (close_code::RESTART, STOPPING),
        // The protocol has a name for it; it arrives if the client begins to read after all.
        End::TooSlow => {
            let frame = frame::encode_error(TOO_SLOW, "the client did not take what it was sent in time");
            if let Ok(frame) = frame {
                socket.send(Message::Binary(frame.into())).await?;
            }
            (close_code::POLICY, TOO_SLOW)
        }
        End::Failed(failure) => {
            let (code, name, message) = describe(&failure, method.nsid);
            if let Ok(frame) = frame::encode_error(name, &message) {
                socket.send(Message::Binary(frame.into())).await?;
            }
            (code, name)
        }
    };
    socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
    while let Some(Ok(_)) = socket.recv().await {}
    Ok(())
}

/// Close code, name and message of a failure.
fn describe<E: DeclaredError>(failure: &Failure<E>, nsid: &'static str) -> (u16, &'static str, String) {
    match failure {
        Failure::Declared(error) => (close_code::POLICY, error.name(), error.message().to_owned()),
        Failure::Refused(refusal) => {
            let code = match refusal.kind() {
                RefusalKind::InternalServerError => close_code::ERROR,
                RefusalKind::ServiceUnavailable | RefusalKind::RateLimitExceeded => close_code::AGAIN,
                _ => close_code::POLICY,
            };
            let (name, message) = refusal.wire(nsid);
            (code, name, message)
        }
    }
}
