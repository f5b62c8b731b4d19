//! What the claims of a token must say. Checked on each use, also of a token that was verified before.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::config::AuthConfig;
use super::error::{AuthError, invalid};
use super::token::{Claims, NumericDate};

/// The longest `jti`, in bytes: it is kept in a database.
pub(super) const MAX_JTI_BYTES: usize = 256;

/// In seconds.
const CENTURY: i64 = 100 * 365 * 24 * 60 * 60;

/// The rules that hold for all tokens.
#[derive(Debug)]
pub(super) struct Rules {
    service_did: String,
    service: String,
    leeway: i64,
    max_lifetime: i64,
}

impl Rules {
    pub fn new(config: &AuthConfig) -> Self {
        // The cap keeps every sum of dates in range, whatever is configured.
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).map_or(CENTURY, |it| it.min(CENTURY));
        Self {
            service_did: config.service_did.as_str().to_owned(),
            service: format!("{}#{}", config.service_did.as_str(), config.service_id),
            leeway: seconds(config.clock_leeway),
            max_lifetime: seconds(config.max_lifetime),
        }
    }

    /// Checks everything but issuer and signature.
    ///
    /// # Errors
    /// `ExpiredToken`, `BadJwtAudience` and `BadJwtLexiconMethod` for what their names say;
    /// `InvalidToken` for the rest.
    pub fn check(&self, claims: &Claims, nsid: &str, now: DateTime<Utc>) -> Result<(), AuthError> {
        self.check_times(claims, now.timestamp())?;
        self.check_audience(claims)?;
        self.check_method(claims, nsid)?;
        match &claims.jti {
            Some(jti) if jti.len() > MAX_JTI_BYTES => {
                Err(invalid(format!("the token's `jti` is longer than {MAX_JTI_BYTES} bytes")))
            }
            _ => Ok(()),
        }
    }

    /// Until when the token could be used once more, the leeway included.
    pub fn usable_until(&self, claims: &Claims, now: DateTime<Utc>) -> DateTime<Utc> {
        let NumericDate(exp) = claims.exp.unwrap_or(NumericDate(now.timestamp()));
        DateTime::from_timestamp_secs(exp).unwrap_or(now) + TimeDelta::seconds(self.leeway)
    }

    fn check_times(&self, claims: &Claims, now: i64) -> Result<(), AuthError> {
        let NumericDate(exp) = claims.exp.ok_or_else(|| invalid("the token has no `exp`"))?;
        if now >= exp + self.leeway {
            return Err(AuthError::ExpiredToken("the token has expired; ask for a new one".into()));
        }
        let not_later = |date: Option<NumericDate>, name: &str| match date {
            Some(NumericDate(date)) if date > now + self.leeway => {
                Err(invalid(format!("the token's `{name}` lies in the future; the issuer's clock may be wrong")))
            }
            _ => Ok(()),
        };
        not_later(claims.iat, "iat")?;
        not_later(claims.nbf, "nbf")?;
        self.check_lifetime(exp, claims.iat, now)
    }

    /// A stolen token must not be worth much, and nothing can revoke it: so its life is short.
    fn check_lifetime(&self, exp: i64, iat: Option<NumericDate>, now: i64) -> Result<(), AuthError> {
        let lifetime = match iat {
            Some(NumericDate(iat)) => exp - iat,
            None => exp - now,
        };
        if lifetime > self.max_lifetime {
            return Err(invalid(format!(
                "the token lives too long: `exp` may be at most {} seconds after `iat`",
                self.max_lifetime
            )));
        }
        if iat.is_some() && lifetime <= 0 {
            return Err(invalid("the token's `exp` does not lie after its `iat`"));
        }
        Ok(())
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), AuthError> {
        match claims.aud.as_deref() {
            Some(aud) if aud == self.service_did || aud == self.service => Ok(()),
            _ => Err(AuthError::BadJwtAudience(
                format!("the token's `aud` must be {} or {}", self.service_did, self.service).into(),
            )),
        }
    }

    fn check_method(&self, claims: &Claims, nsid: &str) -> Result<(), AuthError> {
        match claims.lxm.as_deref() {
            Some(lxm) if lxm == nsid => Ok(()),
            Some(_) => Err(AuthError::BadJwtLexiconMethod(
                format!("the token is for another method; its `lxm` must be {nsid}").into(),
            )),
            None => Err(AuthError::BadJwtLexiconMethod(format!("the token has no `lxm`; it must be {nsid}").into())),
        }
    }
}
