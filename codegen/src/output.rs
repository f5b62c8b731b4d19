//! What an emitter hands over: the text of each file, by path, in one order whatever the order of input.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

/// Begins the first line of every generated file; a file in an output folder that lacks it was written by a person.
pub const GENERATED: &str = "@generated";

/// Generated files by path, relative to the output folder (`src/lib.rs`, `src/blue/catbird/mls.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    folder: PathBuf,
    files: BTreeMap<PathBuf, String>,
    owned: BTreeSet<PathBuf>,
}

impl Output {
    /// An output whose files are all in one folder, relative to the output folder. Files there that are not of this
    /// output are out of place.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..Self::default() }
    }

    /// The folder that all files are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a file.
    ///
    /// # Panics
    /// When the path was added before, since two emitters would be overwriting each other; when it leads out of the
    /// output folder; when it is a `Cargo.toml`, which people write.
    pub fn insert(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        let path = path.into();
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        assert!(inside, "{} leads out of the output folder", path.display());
        assert!(!path.ends_with("Cargo.toml"), "{} is not for a generator to write", path.display());
        let before = self.files.insert(path.clone(), text.into());
        assert!(before.is_none(), "two generated files are called {}", path.display());
    }

    /// Says that everything under a folder (relative to the output folder) is generated, whether it has the
    /// [`GENERATED`] header or not, so that anything else in it is deleted.
    pub fn own(&mut self, folder: impl Into<PathBuf>) {
        self.owned.insert(folder.into());
    }

    /// The folders whose whole content is generated.
    pub fn owned(&self) -> impl Iterator<Item = &Path> {
        self.owned.iter().map(PathBuf::as_path)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
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
