//! The text of lexicon files, and the way from a byte in it to a line and column.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::model::Place;

/// One lexicon file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the folder it was read from.
    pub file: Arc<PathBuf>,
    /// As read, with bytes that are not UTF-8 replaced.
    pub text: String,
    /// Where the first byte stands that is not UTF-8.
    pub broken_at: Option<usize>,
    line_starts: Vec<usize>,
}

impl Source {
    /// A file with this content.
    pub fn new(file: impl Into<PathBuf>, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let broken_at = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
        Self { file: Arc::new(file.into()), text, broken_at, line_starts }
    }

    /// The place of the byte at `offset`, for the value that `pointer` leads to.
    pub fn place(&self, offset: usize, pointer: &str) -> Place {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let column = self.text[self.line_starts[line - 1]..offset].chars().count() + 1;
        Place { file: self.file.clone(), line, column, pointer: pointer.into() }
    }

    /// The text of a line, counted from 1, without its end; empty when there is no such line.
    pub fn line(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|index| self.text.lines().nth(index)).unwrap_or_default()
    }

    /// The NSID that a file at this path must define: its path with dots, without `.json`.
    pub fn expected_nsid(&self) -> String {
        let stem = self.file.with_extension("");
        let parts: Vec<_> = stem.iter().map(|part| part.to_string_lossy()).collect();
        parts.join(".")
    }
}

/// The lexicon files of one run, by path.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    root: PathBuf,
    files: BTreeMap<PathBuf, Source>,
    /// Files that findings speak of but that are no lexicons, by their path from where the command runs.
    beside: BTreeMap<PathBuf, Source>,
}

/// A file or folder that could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}", self.path.display())
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Sources {
    /// Every `.json` file under a folder. Hidden files and folders, and links to folders, are passed over.
    ///
    /// # Errors
    /// When the folder or a file in it can't be read.
    pub fn read(root: &Path) -> Result<Self, ReadError> {
        let mut sources = Self { root: root.to_owned(), ..Self::default() };
        sources.read_folder(root)?;
        Ok(sources)
    }

    /// Files given as path and text, for callers that don't keep them on disk.
    pub fn from_texts<P: Into<PathBuf>, T: AsRef<str>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut sources = Self::default();
        for (path, text) in files {
            sources.insert(Source::new(path, text.as_ref().as_bytes()));
        }
        sources
    }

    /// Files that came another way than from the disk, shown to people as if under `root`.
    pub fn from_files(root: impl Into<PathBuf>, files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        let mut sources = Self { root: root.into(), ..Self::default() };
        for (path, bytes) in files {
            sources.insert(Source::new(path, &bytes));
        }
        sources
    }

    /// Adds a file that findings speak of but that is no lexicon.
    pub fn add_beside(&mut self, source: Source) {
        self.beside.insert(source.file.to_path_buf(), source);
    }

    /// All files, by path.
    pub fn files(&self) -> impl Iterator<Item = &Source> {
        self.files.values()
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file that a place is in.
    pub fn of(&self, place: &Place) -> Option<&Source> {
        self.files.get(place.file.as_path()).or_else(|| self.beside.get(place.file.as_path()))
    }

    /// The path under which a person finds the file from where the command runs.
    pub fn shown(&self, file: &Path) -> PathBuf {
        if self.beside.contains_key(file) { file.to_owned() } else { self.root.join(file) }
    }

    fn insert(&mut self, source: Source) {
        self.files.insert(source.file.to_path_buf(), source);
    }

    fn read_folder(&mut self, folder: &Path) -> Result<(), ReadError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ReadError { path, source }
        };
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(failed(&path))?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                self.read_folder(&path)?;
            } else if kind.is_symlink() && path.is_dir() {
                continue;
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let bytes = fs::read(&path).map_err(failed(&path))?;
                let file = path.strip_prefix(&self.root).unwrap_or(&path);
                self.insert(Source::new(file, &bytes));
            }
        }
        Ok(())
    }
}
