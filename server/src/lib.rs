//! The Catbird MLS delivery service: implements the routes generated from the lexicon.

pub mod auth;
