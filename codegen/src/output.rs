//! What an emitter hands over: the text of each file, by path, in one order whatever the order of input.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Begins the first line of every generated file; a file in an output folder that lacks it was written by a person.
pub const GENERATED: &str = "@generated";

/// Generated files by path, relative to the output folder (`src/lib.rs`, `src/blue/catbird/mls.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    files: BTreeMap<PathBuf, String>,
}

impl Output {
    /// Adds a file.
    ///
    /// # Panics
    /// When the path was added before: two emitters would be overwriting each other.
    pub fn insert(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        let path = path.into();
        let before = self.files.insert(path.clone(), text.into());
        assert!(before.is_none(), "two generated files are called {}", path.display());
    }

    /// All files, by path.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// The text of one file.
    pub fn get(&self, path: impl AsRef<Path>) -> Option<&str> {
        self.files.get(path.as_ref()).map(String::as_str)
    }
}
