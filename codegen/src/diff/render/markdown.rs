//! Changes for the description of a pull request: what reviewers read before any code.

use std::fmt::Write as _;

use super::{Report, location, reached, sent, sentence, values};
use crate::diff::{Change, Kind};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "## API changes from `{}` to `{}`\n", report.old_name, report.new_name);
    if report.changes.is_empty() {
        text.push_str("The API is the same.\n");
        return text;
    }
    let _ = writeln!(
        text,
        "**{}.** WIRE breaks deployed peers, SOURCE breaks client code that is generated anew.",
        report.summary()
    );
    for group in report.groups() {
        let Some(first) = group.first() else { continue };
        let _ = writeln!(text, "\n### `{}`\n", first.subject);
        if let Some(endpoints) = reached(first) {
            let _ = writeln!(text, "In {endpoints}.\n");
        }
        for change in group {
            one(&mut text, report, change);
        }
    }
    text
}

fn one(text: &mut String, report: &Report<'_>, change: &Change) {
    let tier = change.tier();
    let struck = if change.approved.is_some() { "~~" } else { "" };
    let _ =
        writeln!(text, "- {struck}**{tier}**{struck} · {} · {}", sent(change.direction), sentence(&change.headline));
    let mut words: Vec<String> = Vec::new();
    if !is_name(change.kind) && change.kind != Kind::DescriptionChanged {
        words.extend(change.why().into_iter().map(str::to_owned));
    }
    words.extend(change.notes.iter().cloned());
    words.extend(change.instead().map(|instead| format!("*Instead:* {instead}")));
    words.extend(change.approved.iter().map(|reason| format!("*Approved:* {reason}")));
    for line in words {
        let _ = writeln!(text, "  {line}");
    }
    if let Some(value) = value(change) {
        let _ = writeln!(text, "  {value}");
    }
    let old = change.old.as_ref().map(|side| format!("old {}", location(side, report.old)));
    let new = change.new.as_ref().map(|side| format!("new {}", location(side, report.new)));
    let places: Vec<_> = [old, new].into_iter().flatten().collect();
    let _ = writeln!(text, "  <sub>{} · {} · `{}`</sub>", change.kind, places.join(" · "), change.fingerprint());
}

/// Whether all that is new is a name: that breaks nobody, and its description says more than its structure.
fn is_name(kind: Kind) -> bool {
    use Kind::{DefinitionAdded, MethodAdded, PermissionSetAdded, RecordAdded, TokenAdded};
    matches!(kind, DefinitionAdded | MethodAdded | PermissionSetAdded | RecordAdded | TokenAdded)
}

/// Old and new value, where they say more than the sentences.
fn value(change: &Change) -> Option<String> {
    if is_name(change.kind) || matches!(change.kind, Kind::Deprecated | Kind::Undeprecated) {
        return None;
    }
    let quoted = |value: String| format!("`{}`", value.replace('`', "'"));
    match values(change) {
        (Some(old), Some(new)) => Some(format!("{} → {}", quoted(old), quoted(new))),
        (Some(old), None) => Some(format!("was {}", quoted(old))),
        (None, Some(new)) => Some(format!("is {}", quoted(new))),
        (None, None) => None,
    }
}
