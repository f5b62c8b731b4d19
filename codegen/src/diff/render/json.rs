//! Changes for programs.

use super::Report;
use crate::{
    diff::{Change, Count, Side},
    json::Json,
    lint,
    source::Sources,
};

pub(super) fn render(report: &Report<'_>) -> String {
    let number = |count: usize| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    let Count { wire, source, safe, approved } = Count::of(report.changes);
    let count = [("wire", wire), ("source", source), ("safe", safe), ("approved", approved)];
    let object = Json::object([
        ("old", Json::from(report.old_name)),
        ("new", Json::from(report.new_name)),
        ("unapproved", Json::object(count.into_iter().take(3).map(|(name, count)| (name, number(count))))),
        ("approved", number(approved)),
        ("changes", Json::list(report.changes.iter().map(|change| one(change, report)))),
    ]);
    object.pretty() + "\n"
}

fn one(change: &Change, report: &Report<'_>) -> Json {
    let side = |side: &Option<Side>, sources: &Sources| match side {
        None => Json::Null,
        Some(side) => {
            let mut fields = Vec::from(lint::place(&side.place, sources));
            fields.push(("value", side.value.clone()));
            Json::object(fields)
        }
    };
    let endpoints = change.reach.iter().map(|(nsid, direction)| {
        Json::object([("nsid", Json::from(nsid)), ("direction", Json::from(direction.to_string()))])
    });
    Json::object([
        ("kind", Json::from(change.kind.name())),
        ("tier", Json::from(change.tier().to_string().to_lowercase())),
        ("wire", Json::from(change.impact.wire)),
        ("source", Json::from(change.impact.source)),
        ("direction", Json::from(change.direction.to_string())),
        ("subject", Json::from(change.subject.to_string())),
        ("path", Json::from(change.path.as_str())),
        ("change", Json::from(change.headline.as_str())),
        ("why", Json::from(change.why().join(" "))),
        ("notes", Json::list(change.notes.iter().map(String::as_str))),
        ("instead", Json::from(change.instead())),
        ("endpoints", Json::list(endpoints)),
        ("old", side(&change.old, report.old)),
        ("new", side(&change.new, report.new)),
        ("fingerprint", Json::from(change.fingerprint())),
        ("approved", Json::from(change.approved.as_deref())),
    ])
}
