//! Reports: reportMember, getReports, resolveReport.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_reports::{self, GetReports, ReportView, ReportViewStatus},
    report_member::{self, ReportCategory, ReportMember},
    resolve_report::{self, InputAction, ResolveReport},
};
use lexicon_runtime::{
    error::{Failure, RateLimit, Refusal},
    formats::Datetime,
};
use uuid::Uuid;

use super::{Api, Caller, refusals::ForAdmins, require_member, views};
use crate::{
    log::{AccessRefusal, Change, Complaint, ReportRefusal},
    store::{
        StoreError,
        reports::{self, Report, Resolution},
    },
};

/// When to try again who has too many reports pending: somebody has to work on them first.
const RETRY_AFTER_WORK: Duration = Duration::from_secs(60 * 60);

impl ReportMember for Api {
    async fn report_member(
        &self,
        caller: Caller,
        input: report_member::Input,
    ) -> Result<report_member::Output, Failure<report_member::Error>> {
        if input.reported_did.as_str() == caller.did() {
            return Err(errors::CannotReportSelf::new("You can't report yourself.").into());
        }
        let (content, limit) = (input.encrypted_content.as_ref(), self.limits.report_bytes);
        if content.len() > limit {
            let text = format!("encryptedContent is longer than the {limit} bytes that this server takes.");
            return Err(errors::ReportTooLarge::new(text).into());
        }
        let complaint = Complaint {
            reported_did: input.reported_did.as_str(),
            category: input.category.as_str(),
            content,
            message_ids: input.message_ids.as_deref().unwrap_or_default(),
        };
        let mut tx = self.begin().await?;
        let mut change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await?;
        let stored = change.report(&complaint).await.map_err(not_reported)?;
        change.finish().await?;
        self.commit(tx).await?;
        Ok(report_member::Output {
            report_id: stored.report_id.to_string(),
            submitted_at: Datetime::from(stored.created_at),
        })
    }
}

fn not_reported(refusal: ReportRefusal) -> Failure<report_member::Error> {
    match refusal {
        ReportRefusal::TargetNotMember => {
            errors::TargetNotMember::new("The user is not a member of the conversation.").into()
        }
        ReportRefusal::TooManyPending { limit } => {
            let text = format!("{limit} reports of yours wait in this conversation already.");
            let limit = RateLimit { limit: limit.cast_unsigned(), remaining: 0, reset: RETRY_AFTER_WORK };
            Refusal::rate_limited(text, limit).into()
        }
        ReportRefusal::Store(error) => error.into(),
    }
}

impl GetReports for Api {
    async fn get_reports(
        &self,
        caller: Caller,
        params: get_reports::Params,
    ) -> Result<get_reports::Output, Failure<get_reports::Error>> {
        let mut tx = self.snapshot().await?;
        let role = require_member(&mut tx, &params.convo_id, &caller).await.map_err(ForAdmins)?;
        if !role.is_admin && !role.is_moderator {
            return Err(errors::NotAdmin::new("Reports are for admins and moderators.").into());
        }
        let status = params.status.as_ref().map(|status| status.as_str());
        let found = reports::newest(&mut tx, &params.convo_id, status, params.limit).await?;
        Ok(get_reports::Output { reports: found.into_iter().map(view).collect::<Result<_, _>>()? })
    }
}

fn view(report: Report) -> Result<ReportView, StoreError> {
    Ok(ReportView {
        id: report.report_id.to_string(),
        reporter_did: views::did(report.reporter_did)?,
        reported_did: views::did(report.reported_did)?,
        encrypted_content: report.content.into(),
        created_at: Datetime::from(report.created_at),
        status: ReportViewStatus::from(report.status),
        resolved_by: report.resolved_by.map(views::did).transpose()?,
        resolved_at: report.resolved_at.map(Datetime::from),
        category: Some(ReportCategory::from(report.category)),
        message_ids: Some(report.message_ids).filter(|ids| !ids.is_empty()),
    })
}

impl ResolveReport for Api {
    async fn resolve_report(
        &self,
        caller: Caller,
        input: resolve_report::Input,
    ) -> Result<resolve_report::Output, Failure<resolve_report::Error>> {
        let resolution = resolution(&input.action)?;
        let report_id = input.report_id.parse::<Uuid>().map_err(|_| not_found())?;
        let mut tx = self.begin().await?;
        let convo_id = reports::convo_of(&mut tx, report_id).await?.ok_or_else(not_found)?;
        let change = Change::open(&self.log, &mut tx, &convo_id, caller.did(), self.now()).await;
        let mut change = change.map_err(|refusal| match refusal {
            // Whoever is not in the conversation doesn't learn that there is such a report.
            AccessRefusal::ConvoNotFound | AccessRefusal::NotMember => Failure::from(not_found()),
            AccessRefusal::Store(error) => error.into(),
        })?;
        change.require_admin()?;
        if !change.resolve_report(report_id, resolution, input.notes).await? {
            return Err(errors::AlreadyResolved::new("The report is resolved already.").into());
        }
        change.finish().await?;
        self.commit(tx).await?;
        Ok(resolve_report::Output { ok: true })
    }
}

/// A decision can't be taken back, so one that this server doesn't know is not taken for another.
fn resolution(action: &InputAction) -> Result<Resolution, Refusal> {
    match action {
        InputAction::RemovedMember => Ok(Resolution::RemovedMember),
        InputAction::Dismissed => Ok(Resolution::Dismissed),
        InputAction::NoAction => Ok(Resolution::NoAction),
        InputAction::Other(_) => {
            Err(Refusal::invalid_request("input/action: must be removed_member, dismissed or no_action"))
        }
    }
}

fn not_found() -> errors::ReportNotFound {
    errors::ReportNotFound::new("There is no such report.")
}
