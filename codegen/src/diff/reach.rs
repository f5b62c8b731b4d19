//! Which endpoints a definition belongs to, and whether clients send it or read it there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    model::{Body, DefKind, Object, Schema, SchemaKind},
    resolve::{DefId, Resolved},
};

/// Who sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Direction {
    /// Clients send it.
    pub request: bool,
    /// Clients read it.
    pub response: bool,
}

impl Direction {
    /// Clients send it: parameters and inputs.
    pub const REQUEST: Self = Self { request: true, response: false };
    /// Clients read it: outputs and messages.
    pub const RESPONSE: Self = Self { request: false, response: true };
    /// Both: records, and what stands in requests as well as in responses.
    pub const BOTH: Self = Self { request: true, response: true };

    fn and(self, other: Self) -> Self {
        Self { request: self.request || other.request, response: self.response || other.response }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match (self.request, self.response) {
            (true, false) => "request",
            (false, true) => "response",
            _ => "both",
        })
    }
}

/// The endpoints (methods and records) that something reaches, each with the direction in which it is sent there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(BTreeMap<String, Direction>);

impl Reach {
    /// One endpoint.
    pub fn endpoint(nsid: impl Into<String>, direction: Direction) -> Self {
        Self(BTreeMap::from([(nsid.into(), direction)]))
    }

    /// All directions together. What reaches nothing may be sent both ways where the set doesn't show it.
    pub fn direction(&self) -> Direction {
        let all = self.0.values().copied().reduce(Direction::and);
        all.unwrap_or(Direction::BOTH)
    }

    /// Whether it reaches no endpoint.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Endpoints by NSID.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Direction)> {
        self.0.iter().map(|(nsid, direction)| (nsid.as_str(), *direction))
    }

    /// Adds what another reaches.
    pub(super) fn merge(&mut self, other: &Self) {
        for (nsid, direction) in &other.0 {
            let entry = self.0.entry(nsid.clone()).or_default();
            *entry = entry.and(*direction);
        }
    }
}

/// What each definition of a set reaches.
pub(super) fn reaches(set: &Resolved) -> BTreeMap<DefId, Reach> {
    let mut reaches: BTreeMap<DefId, Reach> = BTreeMap::new();
    for (id, def) in set.defs() {
        for (direction, targets) in sent(&def.kind, &id) {
            let reach = Reach::endpoint(&id.nsid, direction);
            for target in closure(set, targets) {
                reaches.entry(target).or_default().merge(&reach);
            }
        }
    }
    reaches
}

/// What an endpoint refers to directly, by direction.
fn sent(kind: &DefKind, id: &DefId) -> Vec<(Direction, BTreeSet<DefId>)> {
    let body = |body: &Option<Body>| targets(body.iter().filter_map(|body| body.schema.as_ref()), &id.nsid);
    match kind {
        DefKind::Query(query) => vec![(Direction::RESPONSE, body(&query.output))],
        DefKind::Procedure(procedure) => {
            vec![(Direction::REQUEST, body(&procedure.input)), (Direction::RESPONSE, body(&procedure.output))]
        }
        DefKind::Subscription(subscription) => {
            let message = subscription.message.iter().filter_map(|message| message.schema.as_ref());
            vec![(Direction::RESPONSE, targets(message, &id.nsid))]
        }
        DefKind::Record(record) => vec![(Direction::BOTH, of_object(&record.record, &id.nsid))],
        _ => Vec::new(),
    }
}

/// These definitions and all behind them.
fn closure(set: &Resolved, from: BTreeSet<DefId>) -> BTreeSet<DefId> {
    let (mut seen, mut waiting) = (BTreeSet::new(), Vec::from_iter(from));
    while let Some(id) = waiting.pop() {
        if let Some(def) = set.get(&id)
            && seen.insert(id.clone())
        {
            waiting.extend(match &def.kind {
                DefKind::Object(object) => of_object(object, &id.nsid),
                DefKind::Record(record) => of_object(&record.record, &id.nsid),
                DefKind::Schema(schema) => targets([schema], &id.nsid),
                _ => BTreeSet::new(),
            });
        }
    }
    seen
}

fn of_object(object: &Object, nsid: &str) -> BTreeSet<DefId> {
    targets(object.properties.values(), nsid)
}

fn targets<'a>(schemas: impl IntoIterator<Item = &'a Schema>, nsid: &str) -> BTreeSet<DefId> {
    let mut found = BTreeSet::new();
    for schema in schemas {
        match &schema.kind {
            SchemaKind::Ref(reference) => drop(found.insert(DefId::of_reference(nsid, &reference.value))),
            SchemaKind::Union { refs, .. } => {
                found.extend(refs.iter().map(|reference| DefId::of_reference(nsid, &reference.value)));
            }
            SchemaKind::Array { items, .. } => found.extend(targets([&**items], nsid)),
            SchemaKind::Object(object) => found.extend(of_object(object, nsid)),
            _ => {}
        }
    }
    found
}
