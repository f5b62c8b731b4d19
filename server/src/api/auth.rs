//! Who is calling.

use atrium_api::types::string::Did;
use lexicon_runtime::{
    error::{Refusal, RefusalKind},
    service::{Call, MethodKind, Service},
};

use super::{Api, Caller};
use crate::{auth::AuthError, callers::Place};

impl Service for Api {
    type Caller = Caller;

    async fn authenticate(&self, call: &Call<'_>) -> Result<Caller, Refusal> {
        if let Some(caller) = self.caller_by_ticket(call).await? {
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
        let place = self.admit(&did).await?;
        let last_event_id = call.headers.get("last-event-id").filter(|id| !id.is_empty());
        // One that isn't text is no cursor either.
        let last_event_id = last_event_id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        Ok(Caller { did, place, last_event_id, ticket_convo: None })
    }

    async fn make_room(&self, caller: &Caller, bytes: usize) -> Result<(), Refusal> {
        caller.place.make_room(bytes).await
    }
}

impl Api {
    /// Counts the request of a caller who has proven who they are, and gives it a place among those in progress.
    pub(super) async fn admit(&self, did: &Did) -> Result<Place, Refusal> {
        let share = self.callers.share(did.as_str());
        share.charge(1)?;
        share.enter().await
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
