//! Changes for a terminal: by definition, each with both places, what it does and what to do instead.

use std::fmt::Write as _;

use super::{Report, location, reached, sent, sentence, values};
use crate::{
    diff::{Change, Side},
    source::Sources,
};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    for group in report.groups() {
        let Some(first) = group.first() else { continue };
        let _ = writeln!(text, "{}", first.subject);
        if let Some(endpoints) = reached(first) {
            let _ = writeln!(text, "  in {endpoints}");
        }
        text.push('\n');
        for change in group {
            one(&mut text, report, change);
        }
    }
    let _ = writeln!(text, "{} from {} to {}", report.summary(), report.old_name, report.new_name);
    text
}

fn one(text: &mut String, report: &Report<'_>, change: &Change) {
    let _ = writeln!(text, "  {:<6}  {}", change.tier(), sentence(&change.headline));
    let (direction, fingerprint) = (sent(change.direction), change.fingerprint());
    let _ = writeln!(text, "          {}, in the {direction}, {fingerprint}", change.kind);
    let (old, new) = values(change);
    side(text, "old", change.old.as_ref(), report.old, old);
    side(text, "new", change.new.as_ref(), report.new, new);
    for line in change.why() {
        let _ = writeln!(text, "          {line}");
    }
    for note in &change.notes {
        let _ = writeln!(text, "          {note}");
    }
    if let Some(instead) = change.instead() {
        let _ = writeln!(text, "          Instead: {instead}");
    }
    if let Some(reason) = &change.approved {
        let _ = writeln!(text, "          Approved: {reason}");
    }
    text.push('\n');
}

fn side(text: &mut String, name: &str, side: Option<&Side>, sources: &Sources, value: Option<String>) {
    if let (Some(side), Some(value)) = (side, value) {
        let _ = writeln!(text, "          {name} {} {}", location(side, sources), side.place.pointer);
        let _ = writeln!(text, "              {value}");
    }
}
