//! Statistics of reports, removals and blocks: getAdminStats.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_admin_stats::{self, GetAdminStats, ModerationStats, ReportCategoryCounts},
    report_member::ReportCategory,
};
use lexicon_runtime::{error::Failure, formats::Datetime};
use sqlx::PgConnection;

use super::{Api, Caller, require_member};
use crate::{
    clock,
    log::AccessRefusal,
    store::{
        audit::{self, Totals},
        reports::{self, CategoryCount},
    },
};

impl GetAdminStats for Api {
    async fn get_admin_stats(
        &self,
        caller: Caller,
        params: get_admin_stats::Params,
    ) -> Result<get_admin_stats::Output, Failure<get_admin_stats::Error>> {
        let mut tx = self.snapshot().await?;
        let since = params.since.as_ref().map(Datetime::to_utc);
        let (counts, totals) = match &params.convo_id {
            Some(convo_id) => {
                require_admin(&mut tx, convo_id, &caller).await?;
                let counts = reports::count(&mut tx, convo_id, since).await?;
                (counts, audit::totals(&mut tx, convo_id, since).await?)
            }
            None if self.limits.operators.contains(caller.did()) => {
                let counts = reports::count_all(&mut tx, since).await?;
                (counts, audit::totals_of_all(&mut tx, since).await?)
            }
            None => return Err(not_authorized("Only operators of the server may ask about all of it.")),
        };
        Ok(get_admin_stats::Output {
            stats: stats(&counts, totals),
            generated_at: Datetime::from(clock::bucket(self.now())),
            convo_id: params.convo_id,
        })
    }
}

async fn require_admin(
    conn: &mut PgConnection,
    convo_id: &str,
    caller: &Caller,
) -> Result<(), Failure<get_admin_stats::Error>> {
    match require_member(conn, convo_id, caller).await {
        Ok(role) if role.is_admin => Ok(()),
        Ok(_) | Err(AccessRefusal::NotMember) => Err(not_authorized("Only admins of the conversation may ask.")),
        Err(AccessRefusal::ConvoNotFound) => Err(errors::ConvoNotFound::new("There is no such conversation.").into()),
        Err(AccessRefusal::Store(error)) => Err(error.into()),
    }
}

fn not_authorized(text: &'static str) -> Failure<get_admin_stats::Error> {
    errors::NotAuthorized::new(text).into()
}

fn stats(counts: &[CategoryCount], totals: Totals) -> ModerationStats {
    let sum = |of: fn(&CategoryCount) -> i64| counts.iter().map(of).sum::<i64>();
    let (total, pending) = (sum(|count| count.total), sum(|count| count.pending));
    let resolved = total - pending;
    let hours = |seconds: i64| (seconds + 1800 * resolved) / (3600 * resolved);
    ModerationStats {
        total_reports: total,
        pending_reports: pending,
        resolved_reports: resolved,
        total_removals: totals.removals,
        block_conflicts_resolved: totals.settled_blocks,
        reports_by_category: (total > 0).then(|| by_category(counts)),
        average_resolution_time_hours: (resolved > 0).then(|| hours(sum(|count| count.seconds_to_decision)).max(0)),
    }
}

fn by_category(counts: &[CategoryCount]) -> ReportCategoryCounts {
    let mut by = ReportCategoryCounts {
        harassment: None,
        spam: None,
        hate_speech: None,
        violence: None,
        sexual_content: None,
        impersonation: None,
        privacy_violation: None,
        other_category: None,
    };
    for count in counts {
        let place = match ReportCategory::from(count.category.clone()) {
            ReportCategory::Harassment => &mut by.harassment,
            ReportCategory::Spam => &mut by.spam,
            ReportCategory::HateSpeech => &mut by.hate_speech,
            ReportCategory::Violence => &mut by.violence,
            ReportCategory::SexualContent => &mut by.sexual_content,
            ReportCategory::Impersonation => &mut by.impersonation,
            ReportCategory::PrivacyViolation => &mut by.privacy_violation,
            ReportCategory::OtherValue | ReportCategory::Other(_) => &mut by.other_category,
        };
        *place = Some(place.unwrap_or(0) + count.total);
    }
    by
}
