//! What has a name in the set: which definitions are there, gone, new or renamed, and what kind of thing each is.

use std::collections::BTreeMap;

use super::{
    Direction, Kind, Side,
    comparison::{At, Comparison},
    pairs::{Named, pairs},
};
use crate::{
    model::{Def, DefKind, Document, Record},
    resolve::{DefId, Resolved},
    write,
};

type Defs<'a> = BTreeMap<DefId, &'a Def>;

impl Comparison<'_> {
    /// Compares everything.
    pub fn definitions(&mut self) {
        let (old, new) = (defs(self.old), defs(self.new));
        self.renamed = renames(&old, &new);
        let renamed = self.renamed.clone();
        for (id, def) in &old {
            match (new.get(id), renamed.get(id).and_then(|name| new.get_key_value(name))) {
                (Some(there), _) => self.pair(id, def, id, there),
                (None, Some((name, there))) => self.renamed(id, def, name, there),
                (None, None) => self.removed(id, def),
            }
        }
        for (id, def) in &new {
            if !old.contains_key(id) && !renamed.values().any(|name| name == id) {
                self.added(id, def);
            }
        }
        for document in self.old.documents() {
            if let Some(there) = self.new.document(&document.nsid.value) {
                self.document(document, there);
            }
        }
    }

    fn removed(&mut self, id: &DefId, def: &Def) {
        let at = self.at(id, id, own_direction(&def.kind));
        let kind = match (noun(&def.kind), at.reach.is_empty()) {
            ("record", _) => Kind::RecordRemoved,
            ("permission set", _) => Kind::PermissionSetRemoved,
            ("token", _) => Kind::TokenRemoved,
            ("definition", false) => Kind::DefinitionRemoved,
            ("definition", true) => Kind::LooseDefinitionRemoved,
            _ => Kind::MethodRemoved,
        };
        let headline = format!("the {} `{id}` is gone", noun(&def.kind));
        self.add(&at, kind, headline, Some(side(def, id)), None);
    }

    fn added(&mut self, id: &DefId, def: &Def) {
        let at = self.at(id, id, own_direction(&def.kind));
        let kind = match noun(&def.kind) {
            "record" => Kind::RecordAdded,
            "permission set" => Kind::PermissionSetAdded,
            "token" => Kind::TokenAdded,
            "definition" => Kind::DefinitionAdded,
            _ => Kind::MethodAdded,
        };
        let headline = format!("the {} `{id}` is new", noun(&def.kind));
        self.add(&at, kind, headline, None, Some(side(def, id)));
        self.introduce(def.kind.description());
    }

    fn renamed(&mut self, id: &DefId, def: &Def, name: &DefId, there: &Def) {
        let at = self.at(id, name, own_direction(&there.kind));
        let kind = match noun(&def.kind) {
            "record" => Kind::RecordRenamed,
            "permission set" => Kind::PermissionSetRenamed,
            "token" => Kind::TokenRenamed,
            "definition" => Kind::DefinitionRenamed,
            _ => Kind::MethodRenamed,
        };
        let headline = format!("the {} `{id}` is likely renamed to `{name}`", noun(&def.kind));
        let (from, to) = (Side::new(&def.place, id.to_string()), Side::new(&there.place, name.to_string()));
        self.add(&at, kind, headline, Some(from), Some(to));
        self.pair(id, def, name, there);
    }

    fn pair(&mut self, old_id: &DefId, old: &Def, new_id: &DefId, new: &Def) {
        let own = own_direction(&old.kind).or(own_direction(&new.kind));
        let at = &self.at(old_id, new_id, own);
        self.words(at, "description", (old.kind.description(), &old.place), (new.kind.description(), &new.place));
        match (&old.kind, &new.kind) {
            (DefKind::Record(old), DefKind::Record(new)) => self.record(at, old, new),
            (DefKind::PermissionSet(before), DefKind::PermissionSet(after)) => {
                self.permission_set(at, (before, &old.place), (after, &new.place));
            }
            (DefKind::Token(_), DefKind::Token(_)) => {}
            (DefKind::Object(old), DefKind::Object(new)) => self.object(at, old, new),
            (DefKind::Schema(old), DefKind::Schema(new)) => self.schema_kinds(at, old, new),
            (before, after) if std::mem::discriminant(before) == std::mem::discriminant(after) => {
                self.method(at, before, after);
            }
            _ => {
                let (was, is) = (old.kind.type_name(), new.kind.type_name());
                let headline = format!("{} was a {was} and is a {is}", at.what);
                let (from, to) = (side(old, old_id), side(new, new_id));
                self.add(at, Kind::DefinitionKindChanged, headline, Some(from), Some(to));
            }
        }
    }

    fn record(&mut self, at: &At, old: &Record, new: &Record) {
        if old.key.value != new.key.value {
            let headline = format!("the key of {} is `{}` instead of `{}`", at.what, new.key.value, old.key.value);
            let side = |record: &Record| Some(Side::new(&record.key.place, record.key.value.as_str()));
            self.add(&at.step("key", ""), Kind::RecordKeyChanged, headline, side(old), side(new));
        }
        let inner = at.step("record", "the schema of the record");
        let (was, is) = (old.record.description.as_deref(), new.record.description.as_deref());
        self.words(&inner, "description", (was, &old.record.place), (is, &new.record.place));
        self.object(&inner, &old.record, &new.record);
    }

    fn document(&mut self, old: &Document, new: &Document) {
        let nsid = &old.nsid.value;
        let id = DefId::new(nsid, "main");
        let at = self.at(&id, &id, None).step("document", format!("the lexicon `{nsid}`"));
        let words = |document: &Document| document.description.clone();
        self.words(&at, "description", (words(old).as_deref(), &old.place), (words(new).as_deref(), &new.place));
        if old.revision != new.revision {
            let headline = format!("the revision of `{nsid}` is another");
            let from = self.old_side(&at, &old.place, "revision", old.revision);
            let to = self.new_side(&at, &new.place, "revision", new.revision);
            self.add(&at.step("revision", ""), Kind::RevisionChanged, headline, Some(from), Some(to));
        }
    }
}

fn defs(set: &Resolved) -> Defs<'_> {
    set.defs().collect()
}

/// Which definitions that are gone live on under a new name.
fn renames(old: &Defs<'_>, new: &Defs<'_>) -> BTreeMap<DefId, DefId> {
    let mut found = BTreeMap::new();
    for kind in NOUNS {
        let (gone, come) = (missing(kind, old, new), missing(kind, new, old));
        let id = |name: &String| DefId::of_reference("", name);
        found.extend(pairs(&gone, &come).iter().map(|(from, to)| (id(from), id(to))));
    }
    found
}

/// The definitions of a kind in `from` that the other set doesn't have.
fn missing<'d>(kind: &str, from: &Defs<'d>, other: &Defs<'_>) -> Vec<Named<'d>> {
    let gone = from.iter().filter(|(id, def)| !other.contains_key(*id) && noun(&def.kind) == kind);
    let named = gone.map(|(id, def)| Named {
        name: id.to_string(),
        // All tokens are alike.
        shape: (kind != "token").then(|| write::bare_def(def, &id.nsid)),
        description: def.kind.description(),
        index: None,
        required: false,
    });
    named.collect()
}

fn side(def: &Def, id: &DefId) -> Side {
    Side::new(&def.place, write::bare_def(def, &id.nsid))
}

const NOUNS: [&str; 7] = ["query", "procedure", "subscription", "record", "permission set", "token", "definition"];

fn noun(kind: &DefKind) -> &'static str {
    match kind {
        DefKind::Query(_) => "query",
        DefKind::Procedure(_) => "procedure",
        DefKind::Subscription(_) => "subscription",
        DefKind::Record(_) => "record",
        DefKind::PermissionSet(_) => "permission set",
        DefKind::Token(_) => "token",
        DefKind::Object(_) | DefKind::Schema(_) => "definition",
    }
}

/// In which direction an endpoint is what it is for itself; none for what is sent as part of others.
fn own_direction(kind: &DefKind) -> Option<Direction> {
    match kind {
        DefKind::Query(_) | DefKind::Procedure(_) | DefKind::Subscription(_) | DefKind::Record(_) => {
            Some(Direction::BOTH)
        }
        _ => None,
    }
}
