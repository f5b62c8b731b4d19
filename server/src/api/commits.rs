//! Commits: getCommits.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_commits::{self, CommitMessage, GetCommits},
};
use lexicon_runtime::{error::Failure, formats::Datetime};

use super::{Api, Caller, no_access};
use crate::store::{lost_commits, pages};

/// The most commits in one answer; a client goes on from the epoch after the last one.
const MOST_COMMITS: i64 = 100;

impl GetCommits for Api {
    async fn get_commits(
        &self,
        caller: Caller,
        params: get_commits::Params,
    ) -> Result<get_commits::Output, Failure<get_commits::Error>> {
        let range = (params.from_epoch, params.to_epoch.unwrap_or(i64::MAX));
        if range.1 < range.0 {
            return Err(errors::InvalidEpochRange::new("toEpoch is below fromEpoch.").into());
        }
        let mut conn = self.connection().await?;
        let convo_id = params.convo_id;
        let page = pages::commits(&mut conn, &convo_id, caller.did(), range, MOST_COMMITS, self.now()).await?;
        let Some(page) = page else {
            return Err(no_access(&mut conn, &convo_id).await?.into());
        };
        if page.entries.is_empty()
            && lost_commits::are_behind(&mut conn, &convo_id, caller.did(), range.0, self.now()).await?
        {
            let text =
                "The commits of these epochs have expired: come back with processExternalCommit or requestRejoin.";
            return Err(errors::InvalidEpochRange::new(text).into());
        }
        let commits = page.entries.into_iter().map(|entry| CommitMessage {
            epoch: entry.epoch,
            // Members read it in the commit; the server doesn't know.
            sender: None,
            commit_data: entry.ciphertext.into(),
            created_at: Datetime::from(entry.created_at),
            seq: Some(entry.seq),
        });
        Ok(get_commits::Output { commits: commits.collect(), convo_id })
    }
}
