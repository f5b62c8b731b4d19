//! External commits: processExternalCommit.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    process_external_commit::{self, ProcessExternalCommit},
};
use lexicon_runtime::{error::Failure, formats::Datetime};

use super::{
    Api, Caller, convert,
    idempotency::{KeyRefusal, Turn},
};
use crate::{clock, log::Change};

impl ProcessExternalCommit for Api {
    async fn process_external_commit(
        &self,
        caller: Caller,
        input: process_external_commit::Input,
    ) -> Result<process_external_commit::Output, Failure<process_external_commit::Error>> {
        let commit = convert::external_commit(&input.external_commit)?;
        let group_info = match &input.group_info {
            Some(text) => Some(self.read_group_info(&caller, text).await??),
            None => None,
        };

        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, process_external_commit::NSID, key, &input).await {
            Ok(Turn::Answered(answer)) => return Ok(answer),
            Ok(Turn::First(claim)) => claim,
            Err(KeyRefusal::Reused) => {
                return Err(errors::InvalidCommit::new("The idempotencyKey was used for another request.").into());
            }
            Err(KeyRefusal::Store(error)) => return Err(error.into()),
        };
        let now = self.now();
        let mut change = Change::begin_external(&self.log, &mut tx, &input.convo_id, caller.did(), commit, now).await?;
        if let Some(group_info) = group_info {
            change.keep_group_info(&group_info).await?;
        }
        let changed = change.finish().await?;
        let rejoined_at = Datetime::from(clock::bucket(now));
        let output = process_external_commit::Output { epoch: changed.epoch, rejoined_at };
        claim.settle(&mut tx, &output).await?;
        self.commit(tx).await?;
        Ok(output)
    }
}
