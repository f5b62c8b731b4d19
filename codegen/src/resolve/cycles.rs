//! Which definitions contain themselves, where that needs a pointer, and where it can never end.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DefId,
    uses::{How, Use, uses},
};
use crate::{
    diagnostics::{Finding, Findings},
    model::{DefKind, Document, SchemaKind},
};

/// What is known of the cycles of a set.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    pub recursive: BTreeSet<DefId>,
    pub boxed: BTreeSet<(DefId, DefId)>,
    pub findings: Findings,
}

type Graph = BTreeMap<DefId, BTreeSet<DefId>>;

/// Looks at all references of the set, those that lead nowhere included.
pub(super) fn find(documents: &BTreeMap<String, Document>) -> Cycles {
    let uses: Vec<_> = documents.values().flat_map(|document| uses(document).0).collect();
    let by_value = graph(&uses, |found| {
        matches!(found.how, How::Value { .. }) && !is_array(documents, &found.target)
    });
    let always = graph(&uses, |found| found.how == How::Value { always: true });
    let arrays = graph(&uses, |found| is_array(documents, &found.owner) && is_array(documents, &found.target));
    let mut cycles = Cycles {
        recursive: recursive(&graph(&uses, |_| true)),
        boxed: boxed(&by_value),
        findings: Findings::default(),
    };
    let endless = "it must hold another one of itself, so no value of it can ever be written";
    cycles.findings.extend(endless_findings(&uses, &always, endless, "make a property on the way optional"));
    let nothing = "it is an array of nothing but itself";
    cycles.findings.extend(endless_findings(&uses, &arrays, nothing, "put an object in between"));
    cycles
}

fn is_array(documents: &BTreeMap<String, Document>, id: &DefId) -> bool {
    let def = documents.get(&id.nsid).and_then(|document| document.defs.get(&id.name));
    def.is_some_and(|def| match &def.kind {
        DefKind::Schema(schema) => matches!(schema.kind, SchemaKind::Array { .. }),
        _ => false,
    })
}

fn graph(uses: &[Use<'_>], keep: impl Fn(&Use<'_>) -> bool) -> Graph {
    let mut graph = Graph::new();
    for found in uses.iter().filter(|found| keep(found)) {
        graph.entry(found.owner.clone()).or_default().insert(found.target.clone());
    }
    graph
}

fn recursive(graph: &Graph) -> BTreeSet<DefId> {
    graph.keys().filter(|id| reaches(graph, id, id)).cloned().collect()
}

fn boxed(graph: &Graph) -> BTreeSet<(DefId, DefId)> {
    let mut boxed = BTreeSet::new();
    for (owner, targets) in graph {
        for target in targets.iter().filter(|target| *target == owner || reaches(graph, target, owner)) {
            boxed.insert((owner.clone(), target.clone()));
        }
    }
    boxed
}

/// Whether one or more steps lead from a definition to another.
fn reaches(graph: &Graph, from: &DefId, to: &DefId) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<_> = graph.get(from).into_iter().flatten().collect();
    while let Some(id) = waiting.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            waiting.extend(graph.get(id).into_iter().flatten());
        }
    }
    false
}

/// One finding for each reference on a cycle of `graph`.
fn endless_findings(uses: &[Use<'_>], graph: &Graph, why: &str, hint: &str) -> Vec<Finding> {
    let on_cycle = |found: &&Use<'_>| {
        let edge = graph.get(&found.owner).is_some_and(|targets| targets.contains(&found.target));
        edge && (found.owner == found.target || reaches(graph, &found.target, &found.owner))
    };
    let finding = |found: &Use<'_>| {
        Finding::new(found.reference.place.clone(), format!("`{}` never ends: {why}", found.owner)).hint(hint)
    };
    uses.iter().filter(on_cycle).map(finding).collect()
}
