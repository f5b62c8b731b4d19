//! Tests of this module against what real openmls clients make.

mod agreement;
mod base64;
mod by_hand;
mod client;
mod external_commits;
mod forged;
mod framing;
mod group_info;
mod identity;
mod key_packages;
mod provider;
mod public_handshakes;
mod signatures;
mod totality;
mod welcome;

/// Now, as openmls sees it: it asks the machine.
fn now() -> chrono::DateTime<chrono::Utc> {
    crate::clock::Clock::now(&crate::clock::SystemClock)
}
