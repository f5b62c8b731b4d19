//! Findings as text for people, JSON for programs and annotations for pull requests.

use std::fmt::Write as _;

use super::count;
use crate::{
    diagnostics::{Finding, Findings},
    json::Json,
    model::Place,
    source::Sources,
};

/// Each finding with its line of source, and a summary.
pub fn text(findings: &Findings, allowed: usize, sources: &Sources) -> String {
    let mut text = findings.render_each(sources);
    let (errors, warnings) = count(findings);
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (plural(errors, "error"), plural(warnings, "warning"));
    let _ = writeln!(text, "{errors}, {warnings} and {allowed} allowed in {}", plural(sources.len(), "lexicon"));
    text
}

/// An object with the findings in a list.
pub fn json(findings: &Findings, allowed: usize, sources: &Sources) -> String {
    let (errors, warnings) = count(findings);
    let number = |count: usize| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    let object = Json::object([
        ("findings", Json::list(findings.iter().map(|finding| one(finding, sources)))),
        ("errors", number(errors)),
        ("warnings", number(warnings)),
        ("allowed", number(allowed)),
    ]);
    object.pretty() + "\n"
}

fn one(finding: &Finding, sources: &Sources) -> Json {
    let mut fields = vec![
        ("rule", Json::from(finding.code.name())),
        ("severity", Json::from(finding.code.severity().to_string())),
        ("message", Json::from(finding.message.as_str())),
        ("hint", Json::from(finding.hint.as_deref())),
    ];
    fields.extend(place(&finding.place, sources));
    let related = finding.related.iter().map(|(there, what)| {
        let mut fields = vec![("message", Json::from(what.as_str()))];
        fields.extend(place(there, sources));
        Json::object(fields)
    });
    fields.push(("related", Json::list(related)));
    Json::object(fields)
}

/// The fields that say where something stands.
pub(crate) fn place(place: &Place, sources: &Sources) -> [(&'static str, Json); 4] {
    let number = |count: usize| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    [
        ("file", Json::from(sources.shown(&place.file).display().to_string())),
        ("line", number(place.line)),
        ("column", number(place.column)),
        ("pointer", Json::from(&*place.pointer)),
    ]
}

/// Workflow commands, one line each, that show up as annotations beside the lines of a pull request.
pub fn github(findings: &Findings, sources: &Sources) -> String {
    let mut text = String::new();
    for finding in findings.iter() {
        let hint = finding.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        let title = format!("lexicon lint: {}", finding.code);
        let level = finding.code.severity().to_string();
        text += &annotation(&level, &finding.place, &title, &format!("{}{hint}", finding.message), sources);
    }
    text
}

/// One workflow command.
pub(crate) fn annotation(level: &str, place: &Place, title: &str, message: &str, sources: &Sources) -> String {
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let file = property(&sources.shown(&place.file).display().to_string());
    let (line, column) = (place.line, place.column);
    format!("::{level} file={file},line={line},col={column},title={}::{}\n", property(title), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
