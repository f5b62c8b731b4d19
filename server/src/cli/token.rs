//! `catbird-server token`: development tokens for trying the API by hand.

use std::time::Duration;

use super::{Parts, TokenArguments, TokenRequest};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    serve::BoxError,
};

/// Prints one token.
pub fn print(config: &Config, arguments: &TokenArguments, parts: Parts) -> Result<(), BoxError> {
    let secret = config.auth.jwt_secret.as_ref();
    let secret = secret.ok_or("JWT_SECRET must be set to the server's own: development tokens are made with it")?;
    let service = config.service_did();
    let token = (parts.mint)(&TokenRequest {
        secret,
        did: &arguments.did,
        audience: arguments.aud.as_deref().unwrap_or(service.as_str()),
        method: &arguments.lxm,
        lifetime: Duration::from_secs(arguments.lifetime),
        now: SystemClock.now(),
    })?;
    println!("{token}");
    Ok(())
}
