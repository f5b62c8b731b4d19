//! Welcomes: getWelcome, confirmWelcome.

use catbird_lexicon::blue::catbird::mls::{
    confirm_welcome::{self, ConfirmWelcome},
    errors,
    get_welcome::{self, GetWelcome},
};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, require_member};
use crate::{mls, store::welcomes};

impl GetWelcome for Api {
    async fn get_welcome(
        &self,
        caller: Caller,
        params: get_welcome::Params,
    ) -> Result<get_welcome::Output, Failure<get_welcome::Error>> {
        let mut conn = self.connection().await?;
        require_member(&mut conn, &params.convo_id, &caller).await?;
        match welcomes::serve(&mut conn, &params.convo_id, caller.did(), self.now()).await? {
            Some(welcome) => {
                Ok(get_welcome::Output { convo_id: params.convo_id, welcome: mls::encode_base64url(&welcome) })
            }
            None => Err(errors::WelcomeNotFound::new("No Welcome waits for you.").into()),
        }
    }
}

impl ConfirmWelcome for Api {
    async fn confirm_welcome(
        &self,
        caller: Caller,
        input: confirm_welcome::Input,
    ) -> Result<confirm_welcome::Output, Failure<confirm_welcome::Error>> {
        let (convo_id, user, now) = (&input.convo_id, caller.did(), self.now());
        let mut conn = self.connection().await?;
        require_member(&mut conn, convo_id, &caller).await?;
        let was_waiting = if input.success {
            welcomes::confirm(&mut conn, convo_id, user, now).await?
        } else {
            welcomes::record_failure(&mut conn, convo_id, user, input.error_details.as_deref(), now).await?
        };
        let confirmed = match was_waiting {
            true => input.success,
            false => welcomes::was_confirmed(&mut conn, convo_id, user).await?,
        };
        Ok(confirm_welcome::Output { confirmed })
    }
}
