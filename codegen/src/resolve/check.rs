//! Whether every reference leads to a definition that may stand where it is used.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DefId,
    uses::{How, Use, uses},
};
use crate::{
    diagnostics::{Code, Finding, Findings},
    model::{Def, DefKind, Document, Placed},
    parse::Parsed,
};

/// Reports every reference of the set that leads nowhere or to the wrong kind of definition.
pub(super) fn check(parsed: &Parsed, documents: &BTreeMap<String, Document>) -> Findings {
    let mut findings = Findings::default();
    for document in documents.values() {
        let (uses, unions) = uses(document);
        findings.extend(uses.iter().filter_map(|found| reference(found, parsed, documents)));
        findings.extend(unions.into_iter().flat_map(|refs| repeated(&document.nsid.value, refs)));
    }
    findings
}

fn reference(found: &Use<'_>, parsed: &Parsed, documents: &BTreeMap<String, Document>) -> Option<Finding> {
    if parsed.unreadable.contains(&found.target.nsid) || parsed.unclear.contains(&found.target) {
        return None; // Reported where it is broken; it is there, so the reference itself may be right.
    }
    let Some(document) = documents.get(&found.target.nsid) else {
        return Some(no_document(found, documents));
    };
    match document.defs.get(&found.target.name) {
        None => Some(no_definition(found, document)),
        Some(def) => wrong_kind(found, def),
    }
}

fn begin(code: Code, found: &Use<'_>, what: &str) -> Finding {
    let message = format!("`{}` refers to `{}`, {what}", found.owner, found.target);
    Finding::new(code, found.reference.place.clone(), message)
}

fn no_document(found: &Use<'_>, documents: &BTreeMap<String, Document>) -> Finding {
    let hint = match closest(&found.target.nsid, documents.keys()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add {}.json or correct the reference", found.target.nsid.replace('.', "/")),
    };
    begin(Code::DanglingRef, found, "but there is no such lexicon in the set").hint(hint)
}

fn no_definition(found: &Use<'_>, document: &Document) -> Finding {
    let name = &found.target.name;
    let hint = match closest(name, document.defs.keys()) {
        Some(near) => format!("did you mean `{}`?", DefId::new(&document.nsid.value, near)),
        None => {
            let names: Vec<_> = document.defs.keys().map(|name| format!("`{name}`")).collect();
            format!("add a definition `{name}`; defined there: {}", names.join(", "))
        }
    };
    begin(Code::DanglingRef, found, "which is not defined")
        .related(document.nsid.place.clone(), format!("this lexicon has no `{name}`"))
        .hint(hint)
}

fn closest<'n>(name: &str, known: impl Iterator<Item = &'n String>) -> Option<&'n str> {
    let near = known.map(|word| (strsim::damerau_levenshtein(name, word), word)).min()?;
    (near.0 <= name.len().div_ceil(5)).then_some(near.1)
}

fn wrong_kind(found: &Use<'_>, def: &Def) -> Option<Finding> {
    let kind = def.kind.type_name();
    let data = matches!(def.kind, DefKind::Record(_) | DefKind::Object(_));
    let (refused, hint) = match &def.kind {
        DefKind::Record(_) | DefKind::Object(_) => return None,
        DefKind::Token(_) => (true, "list the token's full name in `knownValues` of a string"),
        DefKind::Schema(_) => (false, ""),
        _ => (true, "refer to a definition of data, such as an object"),
    };
    let finding = if refused {
        begin(Code::WrongTarget, found, &format!("which is a {kind}")).hint(hint)
    } else if found.how == How::Variant && !data {
        begin(Code::WrongTarget, found, &format!("which is of type {kind}"))
            .hint("variants of a union are objects or records, since they carry `$type`; wrap the value in an object")
    } else {
        return None;
    };
    Some(finding.related(def.place.clone(), "defined here"))
}

/// References of a union that are spelt differently but lead to one definition (`#main` and the NSID).
fn repeated(nsid: &str, refs: &[Placed<String>]) -> Vec<Finding> {
    let mut spellings = BTreeSet::new();
    let mut targets: BTreeMap<DefId, &Placed<String>> = BTreeMap::new();
    let mut findings = Vec::new();
    for reference in refs.iter().filter(|reference| spellings.insert(&reference.value)) {
        let target = DefId::of_reference(nsid, &reference.value);
        let message = format!("`{target}` stands twice in the union");
        if let Some(first) = targets.insert(target, reference) {
            findings.push(
                Finding::new(Code::Repeated, reference.place.clone(), message)
                    .related(first.place.clone(), "first here")
                    .hint("keep one of the two"),
            );
        }
    }
    findings
}
