//! What a member asks the others for: each of them learns of it by an event, and whoever can answers. As long as nobody has,
//! asking again tells them no more than now and then.

use chrono::TimeDelta;

use super::Change;
use crate::store::{
    StoreError, Timestamp,
    events::{NewEvent, Occurrence},
    group_infos,
    members::{self, Census},
};

/// How long members who were asked for something are not asked for it again.
const REMIND_AFTER: TimeDelta = TimeDelta::hours(1);

impl Change<'_> {
    /// Asks the members for the GroupInfo of the current epoch, unless there is no other device to ask.
    pub async fn ask_for_group_info(&mut self) -> Result<Census, StoreError> {
        let census = self.census().await?;
        let (convo, at, last) = (&self.convo, self.at(), self.last_reminder());
        if census.devices > 1 && group_infos::ask(self.conn, &convo.convo_id, convo.epoch, at, last).await? {
            self.events.push(NewEvent::new(Occurrence::GroupInfoRequested, self.actor));
        }
        Ok(census)
    }

    /// How many are in the conversation.
    pub(super) async fn census(&mut self) -> Result<Census, StoreError> {
        members::census(self.conn, &self.convo.convo_id, self.actor).await
    }

    /// Whom members were told of at this time or before, they may be told of again.
    pub(super) fn last_reminder(&self) -> Timestamp {
        self.at() - REMIND_AFTER
    }
}
