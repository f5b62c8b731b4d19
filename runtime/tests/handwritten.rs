//! What generated code looks like, written by hand, and the runtime tested through it.
//!
//! `chat` stands for the namespace module `com.example.chat`, its submodules for one lexicon file each.

#[path = "handwritten/bodies.rs"]
mod bodies;
#[path = "handwritten/chat.rs"]
#[allow(dead_code, clippy::enum_variant_names, reason = "a lexicon names things, and has more than one user needs")]
mod chat;
#[path = "handwritten/client.rs"]
mod client;
#[path = "handwritten/events.rs"]
mod events;
#[path = "handwritten/follow.rs"]
mod follow;
#[path = "handwritten/requests.rs"]
mod requests;
#[path = "handwritten/server.rs"]
mod server;
#[path = "handwritten/subscription.rs"]
mod subscription;
#[path = "handwritten/support.rs"]
mod support;
#[path = "handwritten/values.rs"]
mod values;
