//! Logging: how lines are written, and what stands in them in place of what the log must not know.
//!
//! A line is a readable message with dotted fields. No token, body, address, DID or conversation id is ever in one; where
//! lines must be connected, a [`Pseudonym`] is.

use std::{fmt, io::IsTerminal, panic};

use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{LogFormat, LogSettings},
    keyed_hash::HashKey,
};

/// Starts logging to standard error. Later calls in the same process change nothing.
pub fn start(settings: &LogSettings) {
    // The filter was checked when the settings were read.
    let filter: Targets = settings.log.parse().unwrap_or_default();
    let registry = tracing_subscriber::registry().with(filter);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let started = match settings.log_format {
        LogFormat::Text => registry.with(lines.with_target(false)).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    if started.is_ok() {
        log_panics();
    }
}

/// Logs where a panic happened. Its message is logged only when it is part of the program text: a formatted one may carry
/// what a user sent.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not shown)");
        let thread = std::thread::current();
        tracing::error!(panic.place = place, panic.thread = thread.name(), "panic: {message}");
    }));
}

/// Stands for a DID, a conversation id or the like in the log: the same for the same thing under the same server secret,
/// and of no use to those who don't have the secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym([u8; 8]);

impl Pseudonym {
    /// The pseudonym of a user or device.
    pub fn of_did(key: &HashKey, did: &str) -> Self {
        Self::of(key, "log did", did)
    }

    /// The pseudonym of a conversation.
    pub fn of_convo(key: &HashKey, convo_id: &str) -> Self {
        Self::of(key, "log convo", convo_id)
    }

    fn of(key: &HashKey, purpose: &str, name: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = key.tag(purpose, &[name.as_bytes()]);
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "~{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_depend_on_secret_kind_and_name_and_show_none_of_them() {
        let key = HashKey::new(b"one");
        let alice = Pseudonym::of_did(&key, "did:plc:alice");
        assert_eq!(alice, Pseudonym::of_did(&key, "did:plc:alice"));
        assert_ne!(alice, Pseudonym::of_did(&key, "did:plc:bob"));
        assert_ne!(alice, Pseudonym::of_convo(&key, "did:plc:alice"));
        assert_ne!(alice, Pseudonym::of_did(&HashKey::new(b"two"), "did:plc:alice"));
        assert_eq!(alice.to_string().len(), 17);
    }
}
