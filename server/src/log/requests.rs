//! What a member asks the others for: each of them learns of it by an event, and whoever can answers.

use super::Change;
use crate::store::{
    StoreError,
    events::{NewEvent, Occurrence},
    members::{self, Census},
};

impl Change<'_> {
    /// Tells the members that the acting one asks for something, unless there is no other device to tell.
    pub async fn ask(&mut self, occurrence: Occurrence) -> Result<Census, StoreError> {
        let census = members::census(self.conn, &self.convo.convo_id, self.actor).await?;
        if census.devices > 1 {
            self.events.push(NewEvent::new(occurrence, self.actor));
        }
        Ok(census)
    }
}
