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
        if let Some(caller) = self.caller_by_ticket(call).await? {
            self.rate.check(caller.did())?;
            return Ok(caller);
        }
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
        let last_event_id = call.headers.get("last-event-id").filter(|id| !id.is_empty());
        // One that isn't text is no cursor either.
        let last_event_id = last_event_id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        Ok(Caller { did, last_event_id, ticket_convo: None })
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
