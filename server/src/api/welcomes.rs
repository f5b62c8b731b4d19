//! Welcomes: getWelcome, confirmWelcome, invalidateWelcome.

use catbird_lexicon::blue::catbird::mls::{
    confirm_welcome::{self, ConfirmWelcome},
    errors,
    get_welcome::{self, GetWelcome},
    invalidate_welcome::{self, InvalidateWelcome},
};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, refusals::not_found_or_unauthorized, require_member};
use crate::{log::Change, mls, store::welcomes};

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

impl InvalidateWelcome for Api {
    async fn invalidate_welcome(
        &self,
        caller: Caller,
        input: invalidate_welcome::Input,
    ) -> Result<invalidate_welcome::Output, Failure<invalidate_welcome::Error>> {
        let mut tx = self.begin().await?;
        let change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await;
        let mut change = change.map_err(not_found_or_unauthorized)?;
        let Some(welcome_id) = change.take_back_welcome(&input.reason).await? else {
            return Err(errors::NotFound::new("No Welcome that waits was given to you.").into());
        };
        change.finish().await?;
        self.commit(tx).await?;
        Ok(invalidate_welcome::Output { invalidated: true, welcome_id: Some(welcome_id.to_string()) })
    }
}
