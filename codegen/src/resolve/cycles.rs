//! Which definitions contain themselves, where that needs a pointer, and where it can never end.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DefId,
    components::Graph,
    uses::{How, Use, uses},
};
use crate::{
    diagnostics::{Code, Finding, Findings},
    model::{DefKind, Document, SchemaKind},
};

/// What is known of the cycles of a set.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    pub recursive: BTreeSet<DefId>,
    pub boxed: BTreeSet<(DefId, DefId)>,
    pub findings: Findings,
}

/// Looks at all references of the set, those that lead nowhere included.
pub(super) fn find(documents: &BTreeMap<String, Document>) -> Cycles {
    let uses: Vec<_> = documents.values().flat_map(|document| uses(document).0).collect();
    let any = circular(&uses, |_| true);
    let by_value =
        circular(&uses, |found| matches!(found.how, How::Value { .. }) && !is_array(documents, &found.target));
    let always = circular(&uses, |found| found.how == How::Value { always: true });
    let arrays = circular(&uses, |found| is_array(documents, &found.owner) && is_array(documents, &found.target));
    let mut findings = Findings::default();
    let endless = "it must hold another one of itself, so no value of it can ever be written";
    findings.extend(never_ends(&always, endless, "make a property on the way optional"));
    let nothing = "it is an array of nothing but itself";
    findings.extend(never_ends(&arrays, nothing, "put an object in between"));
    Cycles {
        recursive: any.iter().map(|found| found.owner.clone()).collect(),
        boxed: by_value.iter().map(|found| (found.owner.clone(), found.target.clone())).collect(),
        findings,
    }
}

fn is_array(documents: &BTreeMap<String, Document>, id: &DefId) -> bool {
    let def = documents.get(&id.nsid).and_then(|document| document.defs.get(&id.name));
    def.is_some_and(|def| match &def.kind {
        DefKind::Schema(schema) => matches!(schema.kind, SchemaKind::Array { .. }),
        _ => false,
    })
}

/// The references that lie on a circle made of references of the kept kind.
fn circular<'u, 'd>(uses: &'u [Use<'d>], keep: impl Fn(&Use<'d>) -> bool) -> Vec<&'u Use<'d>> {
    let kept: Vec<_> = uses.iter().filter(|found| keep(found)).collect();
    let graph = Graph::new(kept.iter().map(|found| (&found.owner, &found.target)));
    kept.into_iter().filter(|found| graph.is_circular(&found.owner, &found.target)).collect()
}

fn never_ends(circular: &[&Use<'_>], why: &str, hint: &str) -> Vec<Finding> {
    let finding = |found: &&Use<'_>| {
        let message = format!("`{}` never ends: {why}", found.owner);
        Finding::new(Code::EndlessType, found.reference.place.clone(), message).hint(hint)
    };
    circular.iter().map(finding).collect()
}
