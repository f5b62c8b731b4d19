//! What every part of a comparison shares: both sets, where it is in them, and what it found.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    Change, Direction, Impact, Kind, Side,
    reach::{Reach, reaches},
};
use crate::{
    json::Json,
    model::Place,
    resolve::{DefId, Resolved},
};

/// A comparison of two sets.
pub(super) struct Comparison<'a> {
    pub old: &'a Resolved,
    pub new: &'a Resolved,
    /// Definitions that have another name now, by their old one.
    pub renamed: BTreeMap<DefId, DefId>,
    pub changes: Vec<Change>,
    /// Pairs of definitions under comparison because a reference changed from one to the other.
    pub comparing: Vec<(DefId, DefId)>,
    old_reaches: BTreeMap<DefId, Reach>,
    new_reaches: BTreeMap<DefId, Reach>,
}

/// Where a comparison is, in both sets.
#[derive(Clone)]
pub(super) struct At {
    pub subject: DefId,
    pub path: String,
    /// What stands there, as a person would say.
    pub what: String,
    /// `input ` or `output ` where that must be said of a property.
    pub owner: &'static str,
    pub reach: Rc<Reach>,
    pub direction: Direction,
    /// The documents that references of both sides are written in.
    pub old_nsid: Rc<str>,
    pub new_nsid: Rc<str>,
}

impl At {
    /// One step further in.
    pub fn step(&self, name: &str, what: impl Into<String>) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) };
        Self { path, what: what.into(), ..self.clone() }
    }

    /// The same place, sent in this direction.
    pub fn sent(&self, direction: Direction) -> Self {
        let reach = Rc::new(Reach::endpoint(self.subject.nsid.as_str(), direction));
        Self { direction, reach, ..self.clone() }
    }

    /// The same place with references written in these documents.
    pub fn written_in(&self, old_nsid: &str, new_nsid: &str) -> Self {
        Self { old_nsid: old_nsid.into(), new_nsid: new_nsid.into(), ..self.clone() }
    }
}

impl Side {
    pub(super) fn new(place: &Place, value: impl Into<Json>) -> Self {
        Self { place: place.clone(), value: value.into() }
    }
}

impl<'a> Comparison<'a> {
    pub fn new(old: &'a Resolved, new: &'a Resolved) -> Self {
        Self {
            old,
            new,
            renamed: BTreeMap::new(),
            changes: Vec::new(),
            comparing: Vec::new(),
            old_reaches: reaches(old),
            new_reaches: reaches(new),
        }
    }

    /// The place of a definition that has these names. How it was sent decides, since what begins to send it, or to send
    /// it the other way, has no deployed peers that do, and is a change of its own.
    pub fn at(&self, old: &DefId, new: &DefId, own: Option<Direction>) -> At {
        let mut reach = Reach::default();
        if let Some(direction) = own {
            reach.merge(&Reach::endpoint(new.nsid.as_str(), direction));
        }
        let reached = if self.old.get(old).is_some() { self.old_reaches.get(old) } else { self.new_reaches.get(new) };
        if let Some(reached) = reached {
            reach.merge(reached);
        }
        At {
            subject: new.clone(),
            path: String::new(),
            what: format!("`{new}`"),
            owner: "",
            direction: reach.direction(),
            reach: Rc::new(reach),
            old_nsid: old.nsid.as_str().into(),
            new_nsid: new.nsid.as_str().into(),
        }
    }

    /// Whether a reference to one in the old set and one to the other in the new set lead to the same definition.
    pub fn same(&self, old: &DefId, new: &DefId) -> bool {
        self.renamed.get(old).unwrap_or(old) == new
    }

    /// Adds a change that breaks what its kind breaks.
    pub fn add(&mut self, at: &At, kind: Kind, headline: String, old: Option<Side>, new: Option<Side>) {
        self.add_with(at, kind, headline, old, new, Impact::default());
    }

    /// Adds a change that breaks this too.
    pub fn add_with(
        &mut self,
        at: &At,
        kind: Kind,
        headline: String,
        old: Option<Side>,
        new: Option<Side>,
        more: Impact,
    ) {
        let impact = kind.meanings(at.direction).fold(more, |all, meaning| all.and(meaning.impact));
        self.changes.push(Change {
            kind,
            subject: at.subject.clone(),
            path: at.path.clone(),
            headline,
            reach: (*at.reach).clone(),
            direction: at.direction,
            impact,
            old,
            new,
            notes: Vec::new(),
            approved: None,
        });
    }

    /// Adds to what there is to say of the last change.
    pub fn note(&mut self, note: impl Into<String>) {
        if let Some(change) = self.changes.last_mut() {
            change.notes.push(note.into());
        }
    }

    /// Adds what the lexicon says of something new, as far as its first paragraph.
    pub fn introduce(&mut self, description: Option<&str>) {
        let first = description.and_then(|text| text.split("\n\n").map(str::trim).find(|text| !text.is_empty()));
        if let Some(text) = first {
            let words: Vec<_> = text.split_whitespace().collect();
            self.note(format!("In its own words: {}", words.join(" ")));
        }
    }

    /// The old side of what is in the field `name` of a whole; it stands at the whole when there is no such field.
    pub fn old_side(&self, at: &At, whole: &Place, name: &str, value: impl Into<Json>) -> Side {
        side(self.old, &at.old_nsid, whole, name, value.into())
    }

    /// The same of the new side.
    pub fn new_side(&self, at: &At, whole: &Place, name: &str, value: impl Into<Json>) -> Side {
        side(self.new, &at.new_nsid, whole, name, value.into())
    }

    /// Compares texts for people, in the field `name` of what stands at these places.
    pub fn words(&mut self, at: &At, name: &str, old: (Option<&str>, &Place), new: (Option<&str>, &Place)) {
        if old.0 == new.0 {
            return;
        }
        let at = at.step(name, format!("the {name} of {}", at.what));
        let deprecated = |text: Option<&str>| {
            let start = text.and_then(|text| text.trim_start().get(.."deprecated:".len()));
            start.is_some_and(|start| start.eq_ignore_ascii_case("deprecated:"))
        };
        let whose = at.what.trim_start_matches("the description of ").to_owned();
        let (kind, headline) = match (deprecated(old.0), deprecated(new.0)) {
            (false, true) => (Kind::Deprecated, format!("{whose} is deprecated")),
            (true, false) => (Kind::Undeprecated, format!("{whose} is no longer deprecated")),
            _ => (Kind::DescriptionChanged, format!("{} {}", at.what, verb(old.0, new.0))),
        };
        let was = old.0.map(|text| self.old_side(&at, old.1, name, text));
        let is = new.0.map(|text| self.new_side(&at, new.1, name, text));
        self.add(&at, kind, headline, was, is);
    }
}

fn side(set: &Resolved, nsid: &str, whole: &Place, name: &str, value: Json) -> Side {
    let place = set.document(nsid).map_or(whole, |document| document.field(whole, name));
    Side::new(place, value)
}

fn verb(old: Option<&str>, new: Option<&str>) -> &'static str {
    match (old, new) {
        (None, _) => "is new",
        (_, None) => "is gone",
        _ => "says something else",
    }
}
