//! The Catbird MLS delivery service: implements the routes generated from the lexicon.

pub use catbird_postgres as postgres;

pub mod api;
pub mod app;
pub mod auth;
pub mod blocks;
pub mod callers;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod health;
pub mod http;
pub mod jobs;
pub mod keyed_hash;
pub mod lifecycle;
pub mod log;
pub mod mls;
pub mod outbound;
pub mod patience;
pub mod pulse;
pub mod replay;
pub mod secret_file;
pub mod serve;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod work;
