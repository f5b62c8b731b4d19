//! Who is calling.

use atrium_api::types::string::Did;
use lexicon_runtime::{
    error::{Refusal, RefusalKind},
    service::{Call, MethodKind, Service},
};

use super::{Api, Caller, refusals};
use crate::{auth::AuthError, callers::Place, store::StoreError};

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
        let token = self.authenticator.authenticate(authorization, call.nsid).await.map_err(refusal)?;
        let place = self.admit(token.did()).await?;
        if call.kind == MethodKind::Procedure {
            self.authenticator.use_up(&token).await.map_err(refusal)?;
        }
        let last_event_id = call.headers.get("last-event-id").filter(|id| !id.is_empty());
        // One that isn't text is no cursor either.
        let last_event_id = last_event_id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        Ok(Caller { did: token.did().clone(), place, last_event_id, ticket_convo: None })
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
        AuthError::Internal(source) => {
            return match source.downcast::<StoreError>() {
                Ok(error) => refusals::not_stored(error),
                Err(source) => Refusal::internal(source),
            };
        }
    };
    Refusal::new(kind, message)
}
