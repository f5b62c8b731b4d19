//! One Rust module in the making: its items, the names taken in it, and paths from it to other definitions.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::naming::{self, ident};
use crate::{
    diagnostics::{Code, Finding, Findings},
    model::Place,
    resolve::{DefId, Resolved},
};

/// A module, its lexicon, and what has been written so far.
pub struct Module<'a> {
    /// The set that references lead into.
    pub set: &'a Resolved,
    /// The NSID that the module is for.
    pub nsid: &'a str,
    items: Vec<Vec<TokenStream>>,
    names: BTreeMap<String, (String, Place)>,
    findings: &'a mut Findings,
}

impl<'a> Module<'a> {
    /// An empty module for one NSID.
    pub fn new(set: &'a Resolved, nsid: &'a str, findings: &'a mut Findings) -> Self {
        Self { set, nsid, items: Vec::new(), names: BTreeMap::new(), findings }
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: TokenStream) {
        self.items.push(vec![item]);
    }

    /// Keeps a place for items that are known only after others that follow them.
    pub fn reserve(&mut self) -> usize {
        self.items.push(Vec::new());
        self.items.len() - 1
    }

    /// Fills a place that was kept.
    pub fn fill(&mut self, place: usize, items: Vec<TokenStream>) {
        self.items[place] = items;
    }

    /// Everything written, in order.
    pub fn finish(self) -> Vec<TokenStream> {
        self.items.concat()
    }

    /// Reports a mistake.
    pub fn refuse(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    /// Takes a name at module level for `what`; refuses the lexicon when something else has it already.
    pub fn claim(&mut self, name: &str, what: &str, place: &Place) {
        if let Some((other, there)) = self.names.get(name) {
            let message = format!("{what} and {other} would both be called `{name}` in Rust");
            let finding = Finding::new(Code::NameClash, place.clone(), message).related(there.clone(), other.clone());
            self.findings
                .add(finding.hint("rename one of them, so that they differ in more than case and punctuation"));
            return;
        }
        self.names.insert(name.to_owned(), (what.to_owned(), place.clone()));
    }

    /// The type of another definition as seen from this module.
    pub fn path(&self, id: &DefId) -> TokenStream {
        self.path_in(&id.nsid, &naming::definition(&id.name))
    }

    fn path_in(&self, nsid: &str, name: &str) -> TokenStream {
        let name = ident(name);
        let (namespace, last) = split(nsid);
        if nsid == self.nsid {
            return quote!(#name);
        }
        let last = ident(&naming::module(last));
        if namespace == split(self.nsid).0 {
            return quote!(super::#last::#name);
        }
        let parents = namespace.split('.').map(|segment| ident(&naming::module(segment)));
        quote!(crate::#(#parents::)*#last::#name)
    }
}

/// The namespace and the last segment of an NSID.
pub fn split(nsid: &str) -> (&str, &str) {
    nsid.rsplit_once('.').unwrap_or(("", nsid))
}
