//! What a change of lexicons does to those who use them: every difference between two sets, with the direction in which it
//! is sent, the endpoints it reaches, what it breaks, and what to do instead.
//!
//! Comparison and presentation are apart: [`diff`] finds [`Change`]s, [`render`] prints them, [`Approvals`] says which are
//! accepted.

mod approvals;
mod comparison;
mod constraints;
mod definitions;
mod kinds;
mod methods;
mod pairs;
mod properties;
mod reach;
pub mod render;
mod schemas;
mod sets;

use std::{cmp::Reverse, fmt::Write as _};

use sha2::{Digest, Sha256};

pub use self::{
    approvals::{Approvals, ApprovalsError},
    kinds::{Impact, Kind, Meaning, Tier},
    reach::{Direction, Reach},
};
use crate::{
    json::Json,
    model::Place,
    resolve::{DefId, Resolved},
};

/// One side of a change.
#[derive(Clone, Debug)]
pub struct Side {
    pub place: Place,
    /// What stands there: bare structure, a value or a text.
    pub value: Json,
}

/// One difference between two sets.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: Kind,
    /// The definition that it is in, by its new name where it has two.
    pub subject: DefId,
    /// Where in the definition: the names on the way, which no unrelated change touches.
    pub path: String,
    /// What happened, as a sentence without its full stop.
    pub headline: String,
    pub reach: Reach,
    /// Who sends it.
    pub direction: Direction,
    pub impact: Impact,
    /// The old side; none for what is new.
    pub old: Option<Side>,
    /// The new side; none for what is gone.
    pub new: Option<Side>,
    /// What more there is to say.
    pub notes: Vec<String>,
    /// Why it was approved, if it was.
    pub approved: Option<String>,
}

impl Change {
    /// How far it reaches.
    pub fn tier(&self) -> Tier {
        self.impact.tier()
    }

    /// What it does to those who send and read, in sentences: first what breaks them.
    pub fn why(&self) -> Vec<&'static str> {
        let all: Vec<_> = self.kind.meanings(self.direction).collect();
        let worst = all.iter().map(|meaning| meaning.impact.tier()).max().unwrap_or(Tier::Safe);
        let mut why: Vec<_> =
            all.iter().filter(|meaning| meaning.impact.tier() == worst).map(|meaning| meaning.why).collect();
        why.dedup();
        why
    }

    /// What to do instead, for what breaks somebody.
    pub fn instead(&self) -> Option<&'static str> {
        self.kind.instead().filter(|_| self.tier() != Tier::Safe)
    }

    /// A name for exactly this change: the same in whatever line it stands and whatever else changes, another as soon as
    /// its structure or what it breaks is another.
    pub fn fingerprint(&self) -> String {
        let side = |side: &Option<Side>| side.as_ref().map(|side| side.value.to_string()).unwrap_or_default();
        let Impact { wire, source } = self.impact;
        let (kind, subject, path) = (self.kind, &self.subject, &self.path);
        let text = format!("{kind}\n{subject}\n{path}\n{}\n{}\n{wire} {source}", side(&self.old), side(&self.new));
        Sha256::digest(text).iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// All differences between two sets: by definition, `main` before others, and in it from what breaks most to what breaks nothing.
pub fn diff(old: &Resolved, new: &Resolved) -> Vec<Change> {
    let mut comparison = comparison::Comparison::new(old, new);
    comparison.definitions();
    let mut changes = comparison.changes;
    changes.sort_by_cached_key(|change| {
        let DefId { nsid, name } = &change.subject;
        (nsid.clone(), !change.subject.is_main(), name.clone(), Reverse(change.tier()))
    });
    changes
}

/// How many changes there are of each tier that nobody approved, and how many were approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub wire: usize,
    pub source: usize,
    pub safe: usize,
    pub approved: usize,
}

impl Count {
    /// Counts changes.
    pub fn of(changes: &[Change]) -> Self {
        let mut count = Self::default();
        for change in changes {
            *match (&change.approved, change.tier()) {
                (Some(_), _) => &mut count.approved,
                (None, Tier::Wire) => &mut count.wire,
                (None, Tier::Source) => &mut count.source,
                (None, Tier::Safe) => &mut count.safe,
            } += 1;
        }
        count
    }
}
