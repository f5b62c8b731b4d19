//! Changes as annotations beside the lines of a pull request.

use super::{Report, sentence};
use crate::{
    diff::{Change, Tier},
    lint::annotation,
};

pub(super) fn render(report: &Report<'_>) -> String {
    report.changes.iter().filter_map(|change| one(change, report)).collect()
}

/// Errors for what breaks deployed peers, warnings for what breaks code, notices for the rest and what is approved.
fn one(change: &Change, report: &Report<'_>) -> Option<String> {
    let level = match (&change.approved, change.tier()) {
        (Some(_), _) | (None, Tier::Safe) => "notice",
        (None, Tier::Source) => "warning",
        (None, Tier::Wire) => "error",
    };
    let mut lines = vec![sentence(&change.headline), change.why().join(" ")];
    lines.extend(change.notes.iter().cloned());
    lines.extend(change.instead().map(|instead| format!("Instead: {instead}")));
    lines.extend(change.approved.iter().map(|reason| format!("Approved: {reason}")));
    let title = format!("{} {} {}", change.tier(), change.kind, change.fingerprint());
    // What is gone has no line in the pull request; its old place is the best there is.
    let side =
        change.new.as_ref().map(|side| (side, report.new)).or(change.old.as_ref().map(|side| (side, report.old)));
    side.map(|(side, sources)| annotation(level, &side.place, &title, &lines.join("\n"), sources))
}
