//! What generated code looks like, written by hand: the emitter's output has this form, and the runtime is tested through it.
//!
//! `chat` stands for the namespace module `com.example.chat`, its submodules for one lexicon file each.

#[path = "handwritten/chat.rs"]
mod chat;
#[path = "handwritten/server.rs"]
mod server;

#[path = "handwritten/values.rs"]
mod values;
