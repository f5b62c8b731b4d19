//! Schemas: types, what references lead to, arrays and unions.

use std::collections::BTreeMap;

use super::{
    Change, Impact, Kind, Side, Tier,
    comparison::{At, Comparison},
};
use crate::{
    model::{DefKind, Object, Place, Placed, Schema, SchemaKind},
    resolve::{DefId, Resolved},
    write,
};

impl Comparison<'_> {
    /// Compares two schemas with their descriptions.
    pub fn schema(&mut self, at: &At, old: &Schema, new: &Schema) {
        let (was, is) = (old.description.as_deref(), new.description.as_deref());
        self.words(at, "description", (was, &old.place), (is, &new.place));
        self.schema_kinds(at, old, new);
    }

    /// Compares two schemas without their descriptions.
    pub fn schema_kinds(&mut self, at: &At, old: &Schema, new: &Schema) {
        match (&old.kind, &new.kind) {
            (SchemaKind::Ref(before), SchemaKind::Ref(after)) => {
                let from = DefId::of_reference(&at.old_nsid, &before.value);
                let to = DefId::of_reference(&at.new_nsid, &after.value);
                if !self.same(&from, &to) {
                    self.led_elsewhere(at, old, new);
                }
            }
            (SchemaKind::Ref(_), _) | (_, SchemaKind::Ref(_)) => self.led_elsewhere(at, old, new),
            _ => self.in_place(at, old, new),
        }
    }

    /// Compares schemas of which neither is a reference.
    fn in_place(&mut self, at: &At, old: &Schema, new: &Schema) {
        use SchemaKind as K;
        match (&old.kind, &new.kind) {
            (K::Boolean { default: was, constant: old_const }, K::Boolean { default: is, constant: new_const }) => {
                self.default(at, (was.map(Into::into), &old.place), (is.map(Into::into), &new.place));
                self.constant(at, (old_const.map(Into::into), &old.place), (new_const.map(Into::into), &new.place));
            }
            (K::Integer(before), K::Integer(after)) => self.integer(at, (before, &old.place), (after, &new.place)),
            (K::String(before), K::String(after)) => self.string(at, (before, &old.place), (after, &new.place)),
            (K::Bytes { min_length: a, max_length: b }, K::Bytes { min_length: c, max_length: d }) => {
                self.lengths(at, (*a, *b, &old.place), (*c, *d, &new.place));
            }
            (K::Blob { accept: was, max_size: a }, K::Blob { accept: is, max_size: b }) => {
                self.accept(at, (was, &old.place), (is, &new.place));
                self.bound(at, "maxSize", (a.map(i128::from), &old.place), (b.map(i128::from), &new.place));
            }
            (
                K::Array { items: was, min_length: a, max_length: b },
                K::Array { items: is, min_length: c, max_length: d },
            ) => {
                self.lengths(at, (*a, *b, &old.place), (*c, *d, &new.place));
                self.schema(&at.step("items", format!("an item of {}", at.what)), was, is);
            }
            (K::Object(before), K::Object(after)) => self.object(at, before, after),
            (K::Union { .. }, K::Union { .. }) => self.union(at, old, new),
            (K::CidLink, K::CidLink) | (K::Unknown, K::Unknown) => {}
            _ => self.retyped(at, old, new),
        }
    }

    fn retyped(&mut self, at: &At, old: &Schema, new: &Schema) {
        let headline = format!("{} is of type {} instead of {}", at.what, new.kind.type_name(), old.kind.type_name());
        self.add(at, Kind::TypeChanged, headline, side(old, &at.old_nsid), side(new, &at.new_nsid));
    }

    /// Compares what stands behind references to different definitions, or behind one and in place.
    fn led_elsewhere(&mut self, at: &At, old: &Schema, new: &Schema) {
        let before = Real::of(self.old, &at.old_nsid, old);
        let after = Real::of(self.new, &at.new_nsid, new);
        // Only definitions lead back to themselves: what stands in place ends.
        let pair = before.id.clone().zip(after.id.clone());
        if pair.as_ref().is_some_and(|pair| self.comparing.contains(pair)) {
            return; // Reached again from within: it is compared further out.
        }
        let outer = self.comparing.len();
        self.comparing.extend(pair);
        let found = std::mem::take(&mut self.changes);
        self.behind(&at.written_in(&before.nsid, &after.nsid), &before, &after);
        let inner = std::mem::replace(&mut self.changes, found);
        self.comparing.truncate(outer);
        let (from, to) = (side(old, &at.old_nsid), side(new, &at.new_nsid));
        match <[Change; 1]>::try_from(inner) {
            Ok([whole]) if whole.kind == Kind::TypeChanged && whole.path == at.path => {
                self.changes.push(Change { old: from, new: to, ..whole });
            }
            Ok([one]) => self.reference_changed(at, (&before, from), (&after, to), vec![one]),
            Err(inner) => self.reference_changed(at, (&before, from), (&after, to), inner),
        }
    }

    fn behind(&mut self, at: &At, before: &Real<'_>, after: &Real<'_>) {
        match (&before.what, &after.what) {
            (What::Object(before), What::Object(after)) => self.object(at, before, after),
            (What::Other(before), What::Other(after)) => self.in_place(at, before, after),
            (was, is) => {
                let headline = format!("{} is of type {} instead of {}", at.what, is.type_name(), was.type_name());
                self.add(at, Kind::TypeChanged, headline, None, None);
            }
        }
    }

    fn reference_changed(
        &mut self,
        at: &At,
        (before, from): (&Real<'_>, Option<Side>),
        (after, to): (&Real<'_>, Option<Side>),
        inner: Vec<Change>,
    ) {
        let impact = inner.iter().fold(Impact::default(), |all, change| all.and(change.impact));
        let headline = format!("{} is {} instead of {}", at.what, after.name(), before.name());
        self.add_with(at, Kind::RefChanged, headline, from, to, impact);
        for change in inner.into_iter().filter(|change| change.tier() != Tier::Safe) {
            self.note(format!("{}: {}. {}", change.tier(), change.headline, change.why().join(" ")));
        }
    }

    fn union(&mut self, at: &At, old: &Schema, new: &Schema) {
        let (SchemaKind::Union { refs: was, closed: old_closed }, SchemaKind::Union { refs: is, closed: new_closed }) =
            (&old.kind, &new.kind)
        else {
            return;
        };
        let kind = match (old_closed, new_closed) {
            (false, true) => Some((Kind::UnionClosed, "closed")),
            (true, false) => Some((Kind::UnionOpened, "open")),
            _ => None,
        };
        if let Some((kind, how)) = kind {
            let headline = format!("the union of {} is {how} now", at.what);
            let from = self.old_side(at, &old.place, "closed", *old_closed);
            let to = self.new_side(at, &new.place, "closed", *new_closed);
            self.add(&at.step("closed", ""), kind, headline, Some(from), Some(to));
        }
        self.variants(at, was, is, *old_closed && *new_closed);
    }

    fn variants(&mut self, at: &At, old: &[Placed<String>], new: &[Placed<String>], closed: bool) {
        let (was, is) = (variants(old, &at.old_nsid), variants(new, &at.new_nsid));
        for (id, place) in &was {
            let inner = at.step(&format!("refs/{id}"), "");
            let from = Some(Side::new(place, id.to_string()));
            let now = self.renamed.get(id).and_then(|name| is.get_key_value(name));
            match (is.contains_key(id), now) {
                (true, _) => {}
                (false, Some((name, there))) => {
                    let headline = format!("the variant `{id}` of {} is now called `{name}`", at.what);
                    let to = Some(Side::new(there, name.to_string()));
                    self.add(&inner, Kind::VariantRenamed, headline, from, to);
                }
                (false, None) => {
                    let headline = format!("{} is no longer `{id}`", at.what);
                    self.add(&inner, Kind::VariantRemoved, headline, from, None);
                }
            }
        }
        let kind = if closed { Kind::ClosedVariantAdded } else { Kind::VariantAdded };
        for (id, place) in is.iter().filter(|(id, _)| !was.contains_key(*id)) {
            if was.keys().any(|old| self.renamed.get(old) == Some(id)) {
                continue;
            }
            let inner = at.step(&format!("refs/{id}"), "");
            let to = Some(Side::new(place, id.to_string()));
            self.add(&inner, kind, format!("{} may be `{id}` too", at.what), None, to);
        }
    }
}

fn side(schema: &Schema, nsid: &str) -> Option<Side> {
    Some(Side::new(&schema.place, write::bare_schema(schema, nsid)))
}

fn variants<'r>(refs: &'r [Placed<String>], nsid: &str) -> BTreeMap<DefId, &'r Place> {
    refs.iter().map(|reference| (DefId::of_reference(nsid, &reference.value), &reference.place)).collect()
}

/// What stands where a reference leads, or in place.
struct Real<'a> {
    what: What<'a>,
    /// The definition that a reference led to.
    id: Option<DefId>,
    nsid: String,
}

enum What<'a> {
    Object(&'a Object),
    Other(&'a Schema),
}

impl What<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Object(_) => "object",
            Self::Other(schema) => schema.kind.type_name(),
        }
    }
}

impl<'a> Real<'a> {
    fn of(set: &'a Resolved, nsid: &str, schema: &'a Schema) -> Self {
        let SchemaKind::Ref(reference) = &schema.kind else {
            let what = match &schema.kind {
                SchemaKind::Object(object) => What::Object(object),
                _ => What::Other(schema),
            };
            return Self { what, id: None, nsid: nsid.to_owned() };
        };
        let (id, def) = set.target(nsid, &reference.value);
        let what = match &def.kind {
            DefKind::Object(object) => What::Object(object),
            DefKind::Record(record) => What::Object(&record.record),
            DefKind::Schema(target) => What::Other(target),
            // A resolved reference leads to data; what else there is stays what it is, a reference.
            _ => What::Other(schema),
        };
        let nsid = id.nsid.clone();
        Self { what, id: Some(id), nsid }
    }

    fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("`{id}`"),
            None => format!("its own {}", self.what.type_name()),
        }
    }
}
