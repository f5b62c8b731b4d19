//! Reports: how they come to the admins, and how one of them decides.

use uuid::Uuid;

use super::{Change, ReportRefusal};
use crate::store::{
    StoreError,
    audit::Act,
    events::{Alert, Audience, NewEvent, Occurrence},
    members,
    reports::{self, NewReport, Resolution, Stored},
};

/// Reports of one member that may wait in a conversation: so many that nobody with something to say is kept from it,
/// so few that nobody fills the queue.
const MOST_PENDING: i64 = 100;

/// What a reporter says.
#[derive(Clone, Copy, Debug)]
pub struct Complaint<'a> {
    pub reported_did: &'a str,
    pub category: &'a str,
    /// Encrypted for the admins.
    pub content: &'a [u8],
    pub message_ids: &'a [String],
}

impl Change<'_> {
    /// Reports a member to the admins. The same report again while it is pending is the first one repeated, and alerts
    /// nobody.
    pub async fn report(&mut self, complaint: &Complaint<'_>) -> Result<Stored, ReportRefusal> {
        let request_tag = self.tag_of(complaint);
        if let Some(earlier) = reports::same_pending(self.conn, &self.convo.convo_id, &request_tag).await? {
            return Ok(earlier);
        }
        let reported = [complaint.reported_did.to_owned()];
        if members::roles(self.conn, &self.convo.convo_id, &reported).await?.is_empty() {
            return Err(ReportRefusal::TargetNotMember);
        }
        if reports::count_pending(self.conn, &self.convo.convo_id, self.actor).await? >= MOST_PENDING {
            return Err(ReportRefusal::TooManyPending { limit: MOST_PENDING });
        }
        let stored = Stored { report_id: Uuid::new_v4(), created_at: self.at() };
        let report = NewReport {
            report_id: stored.report_id,
            reporter_did: self.actor,
            reported_did: complaint.reported_did,
            category: complaint.category,
            content: complaint.content,
            message_ids: complaint.message_ids,
            request_tag: &request_tag,
        };
        reports::store(self.conn, &self.convo.convo_id, &report, stored.created_at).await?;
        let alert = NewEvent::new(Occurrence::Alert(Alert::ReportSubmitted), complaint.reported_did);
        self.events.push(NewEvent { audience: Audience::Admins, ..alert });
        Ok(stored)
    }

    /// Decides on a report of this conversation; false when it is not pending.
    pub async fn resolve_report(
        &mut self,
        report_id: Uuid,
        resolution: Resolution,
        notes: Option<String>,
    ) -> Result<bool, StoreError> {
        let (convo_id, at) = (&self.convo.convo_id, self.at());
        let reported = reports::resolve(self.conn, convo_id, report_id, resolution, self.actor, at).await?;
        let Some(reported_did) = reported else { return Ok(false) };
        self.acts.push(Act {
            reason: notes,
            item_id: Some(report_id),
            detail: Some(resolution.as_str().to_owned()),
            ..Act::new("resolved_report").to(reported_did)
        });
        Ok(true)
    }

    fn tag_of(&self, complaint: &Complaint<'_>) -> [u8; 32] {
        let Complaint { reported_did, category, content, message_ids } = complaint;
        let parts = [self.actor, &self.convo.convo_id, reported_did, category].map(str::as_bytes);
        let ids = message_ids.iter().map(String::as_bytes);
        let parts: Vec<_> = parts.into_iter().chain([*content]).chain(ids).collect();
        self.log.hashes.tag("report", &parts)
    }
}
