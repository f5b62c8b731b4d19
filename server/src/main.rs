//! The server's program.

use std::process::ExitCode;

use axum::Router;
use catbird_server::cli::{self, Parts, TokenRequest};
use catbird_server::serve::{BoxError, Foundations};

fn main() -> ExitCode {
    cli::main(Parts { routes, mint })
}

fn routes(_foundations: &Foundations) -> Result<Router, BoxError> {
    Ok(Router::new())
}

fn mint(_request: &TokenRequest<'_>) -> Result<String, BoxError> {
    Err("this build makes no tokens".into())
}
