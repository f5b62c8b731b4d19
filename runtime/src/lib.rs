//! What code generated from lexicons stands on.
//!
//! Generated code holds names, types and limits; everything that is the same for every method is here: the values of
//! the AT Protocol data model ([`bytes`], [`formats`], [`data`], [`union`](mod@union), [`record`]), the checks of their limits
//! ([`validate`]), what a server needs to offer methods ([`service`], [`query`], [`router`], [`stream`], [`error`]) and what a
//! client needs to call them ([`client`]). [`codegen`] gathers the names that generated code imports.
//!
//! This crate knows nothing about any particular lexicon.

pub mod body;
pub mod bytes;
pub mod client;
pub mod codegen;
pub mod data;
pub mod error;
pub mod formats;
pub mod presence;
pub mod query;
pub mod record;
pub mod router;
pub mod service;
pub mod stream;
pub mod strings;
pub mod union;
pub mod validate;
