//! Who is calling.

use lexicon_runtime::{
    error::{Refusal, RefusalKind},
    service::{Call, MethodKind, Service},
};

use super::{Api, Caller};
use crate::auth::AuthError;

impl Service for Api {
    type Caller = Caller;

    async fn authenticate(&self, call: &Call<'_>) -> Result<Caller, Refusal> {
        let authorization = match call.headers.get(http::header::AUTHORIZATION).map(|value| value.to_str()) {
            None => None,
            Some(Ok(text)) => Some(text),
            Some(Err(_)) => {
                return Err(Refusal::new(RefusalKind::InvalidToken, "The Authorization header is not text."));
            }
        };
        let is_procedure = call.kind == MethodKind::Procedure;
        let did = self.authenticator.authenticate(authorization, call.nsid, is_procedure).await.map_err(refusal)?;
        self.rate.check(did.as_str())?;
        Ok(Caller { did })
    }
}

fn refusal(error: AuthError) -> Refusal {
    let (kind, message) = match error {
        AuthError::AuthenticationRequired(message) => (RefusalKind::AuthenticationRequired, message),
        AuthError::InvalidToken(message) => (RefusalKind::InvalidToken, message),
        AuthError::ExpiredToken(message) => (RefusalKind::ExpiredToken, message),
        AuthError::BadJwtAudience(message) => (RefusalKind::BadJwtAudience, message),
        AuthError::BadJwtLexiconMethod(message) => (RefusalKind::BadJwtLexiconMethod, message),
        AuthError::Unavailable { message, retry_after } => return Refusal::unavailable(message, retry_after),
        AuthError::Internal(source) => return Refusal::internal(source),
    };
    Refusal::new(kind, message)
}
