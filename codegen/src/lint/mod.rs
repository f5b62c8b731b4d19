//! Whether lexicons are not only valid but good: what the compiler refuses, what other tools of the ecosystem refuse, and
//! what readers and servers miss, all in one run.

mod allow;
mod render;
mod rules;

use std::collections::BTreeSet;

pub use allow::{Allowance, Allowances, AllowancesError};
pub(crate) use render::{annotation, place};
pub use render::{github, json, text};

use crate::{
    diagnostics::{Code, Finding, Findings, Severity},
    emit,
    model::Place,
    parse, resolve,
    source::Sources,
};

/// Everything that is wrong with a set of lexicons or could be better, nothing allowed yet.
pub fn lint(sources: &Sources) -> Findings {
    let parsed = parse::parse(sources);
    let advice = rules::check(&parsed.documents);
    // Names that clash in generated code are found where it is made.
    let refused = resolve::resolve(parsed).and_then(|set| emit::emit(&set));
    let mut findings = refused.err().unwrap_or_default();
    let refused: BTreeSet<_> = findings.iter().flat_map(stood_in_for).collect();
    findings.extend(advice.into_iter().filter(|finding| !refused.contains(&key(&finding.place))));
    findings
}

/// How many findings are errors, and how many are warnings.
pub fn count(findings: &Findings) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| is_error(finding)).count();
    (errors, findings.len() - errors)
}

fn is_error(finding: &Finding) -> bool {
    finding.code.severity() == Severity::Error
}

/// The schemas that were replaced by something else in the model after this mistake: what they lack, they lack for it.
fn stood_in_for(finding: &Finding) -> Vec<(String, String)> {
    let mut keys = vec![key(&finding.place)];
    let leads_elsewhere = matches!(finding.code, Code::DanglingRef | Code::WrongTarget);
    if let (Some((parent, "type" | "ref" | "items")), false) = (finding.place.pointer.rsplit_once('/'), leads_elsewhere)
    {
        keys.push((finding.place.file.display().to_string(), parent.to_owned()));
    }
    keys
}

fn key(place: &Place) -> (String, String) {
    (place.file.display().to_string(), place.pointer.to_string())
}
