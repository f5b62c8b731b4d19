//! The resolved set: every document, and every ref known to lead to a definition that may stand there.
//!
//! Later stages get a [`Resolved`] and may follow refs without asking whether they exist.

mod check;
mod components;
mod cycles;
mod uses;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    diagnostics::Findings,
    model::{Def, Document},
    parse::Parsed,
};

/// The canonical name of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId {
    pub nsid: String,
    /// `main` for the primary definition.
    pub name: String,
}

impl DefId {
    /// The definition `name` of the document `nsid`.
    pub fn new(nsid: impl Into<String>, name: impl Into<String>) -> Self {
        Self { nsid: nsid.into(), name: name.into() }
    }

    /// What a reference written in document `from` means: `#name`, `nsid` or `nsid#name`.
    pub fn of_reference(from: &str, reference: &str) -> Self {
        let (nsid, name) = reference.split_once('#').unwrap_or((reference, "main"));
        Self::new(if nsid.is_empty() { from } else { nsid }, name)
    }

    /// Whether this is the document's `main`.
    pub fn is_main(&self) -> bool {
        self.name == "main"
    }
}

/// As it stands in `$type`: `nsid` for `main`, else `nsid#name`.
impl fmt::Display for DefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_main() { f.write_str(&self.nsid) } else { write!(f, "{}#{}", self.nsid, self.name) }
    }
}

/// A set of documents in which every reference leads somewhere.
#[derive(Clone, Debug)]
pub struct Resolved {
    documents: BTreeMap<String, Document>,
    recursive: BTreeSet<DefId>,
    /// Pairs (owner, target) whose fields must be behind a pointer.
    boxed: BTreeSet<(DefId, DefId)>,
}

/// Checks all references of a parsed set.
///
/// # Errors
/// Everything that is wrong with the set: what parsing found, and the references that lead nowhere, lead to the wrong
/// kind of definition, or in circles without end.
pub fn resolve(parsed: Parsed) -> Result<Resolved, Findings> {
    let documents: BTreeMap<_, _> =
        parsed.documents.iter().map(|document| (document.nsid.value.clone(), document.clone())).collect();
    let mut findings = parsed.findings.clone();
    findings.extend(check::check(&parsed, &documents));
    let cycles = cycles::find(&documents);
    findings.extend(cycles.findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Resolved { documents, recursive: cycles.recursive, boxed: cycles.boxed })
}

impl Resolved {
    /// All documents, by NSID.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// The document with this NSID.
    pub fn document(&self, nsid: &str) -> Option<&Document> {
        self.documents.get(nsid)
    }

    /// Every definition with its canonical name: documents by NSID, definitions in file order.
    pub fn defs(&self) -> impl Iterator<Item = (DefId, &Def)> {
        self.documents()
            .flat_map(|document| document.defs.iter().map(|(name, def)| (DefId::new(&document.nsid.value, name), def)))
    }

    /// A definition by its canonical name.
    pub fn get(&self, id: &DefId) -> Option<&Def> {
        self.documents.get(&id.nsid)?.defs.get(&id.name)
    }

    /// The definition that `reference`, written in the document `from`, leads to, and its canonical name.
    ///
    /// # Panics
    /// When the reference is not from this set: those in it were checked.
    pub fn target(&self, from: &str, reference: &str) -> (DefId, &Def) {
        let id = DefId::of_reference(from, reference);
        match self.get(&id) {
            Some(def) => (id, def),
            None => panic!("{reference} in {from} is not a reference of this set"),
        }
    }

    /// The definitions that refer to this one.
    pub fn users(&self, id: &DefId) -> BTreeSet<DefId> {
        let uses = self.documents().flat_map(|document| uses::uses(document).0);
        uses.filter(|found| found.target == *id).map(|found| found.owner).collect()
    }

    /// Whether the definition contains itself in any way: by refs, in arrays or in unions.
    pub fn is_recursive(&self, id: &DefId) -> bool {
        self.recursive.contains(id)
    }

    /// Whether a field of `owner` (or of an object written inside it) with a ref to `target` needs a pointer, because
    /// `target` holds `owner` by value again. Refs in arrays and unions don't: a vector is a pointer, and union
    /// variants are always boxed.
    pub fn needs_box(&self, owner: &DefId, target: &DefId) -> bool {
        self.boxed.contains(&(owner.clone(), target.clone()))
    }
}
