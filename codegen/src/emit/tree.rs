//! The tree of modules: NSIDs by their segments, with a file for each node.

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use quote::quote;

use super::{
    docs,
    module::Module,
    naming::{self, ident},
    print, rename,
};
use crate::{
    diagnostics::{Code, Finding, Findings},
    model::Document,
    output::Output,
    resolve::Resolved,
};

/// One module: a namespace, an NSID, or both (`a.b.foo` beside `a.b.foo.bar`).
#[derive(Default)]
pub struct Node<'a> {
    /// The segments so far, joined by dots; empty for the crate root.
    pub name: String,
    pub document: Option<&'a Document>,
    /// By the name of the module in Rust, with the segment it was made from.
    pub children: BTreeMap<String, (&'a str, Node<'a>)>,
}

impl<'a> Node<'a> {
    /// The tree of a set. Segments that fall together in Rust are refused.
    pub fn of(set: &'a Resolved, findings: &mut Findings) -> Self {
        let mut root = Self::default();
        for document in set.documents() {
            root.insert(document, &document.nsid.value, findings);
        }
        root
    }

    fn insert(&mut self, document: &'a Document, rest: &'a str, findings: &mut Findings) {
        let (segment, rest) = rest.split_once('.').map_or((rest, None), |(segment, rest)| (segment, Some(rest)));
        let name = if self.name.is_empty() { segment.to_owned() } else { format!("{}.{segment}", self.name) };
        let module = naming::module(segment);
        let (other, child) =
            self.children.entry(module.clone()).or_insert_with(|| (segment, Self { name, ..Self::default() }));
        if *other != segment {
            let message =
                format!("`{}` and `{}` would both be the module `{module}` in Rust", child.name, document.nsid.value);
            let finding = Finding::new(Code::NameClash, document.nsid.place.clone(), message);
            let there = child.any_document().map(|other| other.nsid.place.clone());
            findings.add(rename(match there {
                Some(there) => finding.related(there, "the other one"),
                None => finding,
            }));
            return;
        }
        match rest {
            Some(rest) => child.insert(document, rest, findings),
            None => child.document = Some(document),
        }
    }

    fn any_document(&self) -> Option<&'a Document> {
        self.document.or_else(|| self.children.values().find_map(|(_, child)| child.any_document()))
    }

    /// Writes this node as the crate root, and all others under it.
    pub fn write(&self, set: &Resolved, output: &mut Output, findings: &mut Findings) {
        let modules = self.children.keys().map(|module| ident(module));
        let doc = docs::module_doc(&[
            "Types, method traits, routers and clients of a set of lexicons.".to_owned(),
            "Made by `lexicon generate`: change the lexicon and run it again.".to_owned(),
        ]);
        let root = quote! {
            #doc
            #(pub mod #modules;)*
        };
        output.insert("src/lib.rs", print::file(None, root));
        let mut modules = Vec::new();
        self.below(&PathBuf::from("src"), &mut modules);
        for (files, mistakes) in in_parallel(&modules, |(path, node)| node.module(path, set)) {
            files.into_iter().for_each(|(path, text)| output.insert(path, text));
            findings.extend(mistakes);
        }
    }

    /// Collects all nodes below this one, each with the path of its module without `.rs`.
    fn below<'n>(&'n self, folder: &Path, nodes: &mut Vec<(PathBuf, &'n Self)>) {
        for (module, (_, child)) in &self.children {
            let path = folder.join(module);
            child.below(&path, nodes);
            nodes.push((path, child));
        }
    }

    /// The files of this module, `<path>.rs` and what it has in the folder `<path>`, and what is wrong with it.
    fn module(&self, path: &Path, set: &Resolved) -> (Vec<(PathBuf, String)>, Findings) {
        let (mut files, mut findings) = (Vec::new(), Findings::default());
        let file = |path: &Path| PathBuf::from(format!("{}.rs", path.display()));
        let mut module = Module::new(set, &self.name, &mut findings);
        let mut paragraphs = Vec::new();
        if let Some(document) = self.document {
            paragraphs.extend(module.document(document));
        }
        let methods = self.methods();
        if paragraphs.is_empty() {
            paragraphs.push(format!("Lexicons under `{}`.", self.name));
        }
        if !methods.is_empty() {
            module.namespace(&self.name, &methods);
            files.push((file(&path.join("errors")), print::file(None, module.errors(&self.name, &methods))));
        }
        let errors = (!methods.is_empty()).then(|| {
            quote!(
                pub mod errors;
            )
        });
        let modules = self.children.keys().map(|module| ident(module));
        let items = module.finish();
        let imports = (!items.is_empty()).then(|| {
            quote!(
                use lexicon_runtime::codegen::*;
            )
        });
        let doc = docs::module_doc(&paragraphs);
        let source = self.document.map(|document| document.place.file.display().to_string());
        let tokens = quote! {
            #doc
            #(pub mod #modules;)*
            #errors
            #imports
            #(#items)*
        };
        files.push((file(path), print::file(source.as_deref(), tokens)));
        (files, findings)
    }

    /// The documents right under this namespace whose `main` is a method.
    fn methods(&self) -> Vec<&'a Document> {
        let documents = self.children.values().filter_map(|(_, child)| child.document);
        documents.filter(|document| super::method::Method::of(document).is_some()).collect()
    }
}

/// Enough for types as deep as the parser takes them, which parser and formatter of Rust go into by recursion. Only what
/// is used of it becomes memory.
const STACK: usize = 64 << 20;

/// What `each` makes of the items, in any order, on as many threads as there are processors: nearly all the time of a run
/// is spent in formatting, file by file.
fn in_parallel<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(each(item));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let spawn =
            |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("threads can be made");
        let threads: Vec<_> = (0..threads).map(spawn).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}
