//! Generated files on disk: what differs from what should be there, and making it so.
//!
//! The output's folder is the generator's, so anything in it that was not just generated is out of place: files with the
//! [`GENERATED`] header are left over from a former lexicon and are deleted, files without it were put there by a person
//! and are named instead, since they may exist nowhere else. `Cargo.toml` and all else outside is never looked at.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::output::{GENERATED, Output};

/// How a file differs from what should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// It should be there.
    Missing,
    /// Its text should be another.
    Stale,
    /// It was generated once and should be gone.
    Orphaned,
    /// It was never generated and stands where only generated files stand.
    Foreign,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Orphaned => "orphaned",
            Self::Foreign => "foreign",
        })
    }
}

/// A file or folder that could not be read, written or deleted.
#[derive(Debug)]
pub struct DiskError {
    /// `read`, `write` or `delete`.
    pub action: &'static str,
    pub path: PathBuf,
    pub source: io::Error,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}", self.action, self.path.display())
    }
}

impl std::error::Error for DiskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError { action, path, source }
}

/// Every file under `out` that is not as `output` has it, by path relative to `out`.
///
/// # Errors
/// When something there can't be read.
pub fn compare(output: &Output, out: &Path) -> Result<BTreeMap<PathBuf, Difference>, DiskError> {
    let mut differences = BTreeMap::new();
    for (path, text) in output.files() {
        match fs::read(out.join(path)) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => drop(differences.insert(path.to_owned(), Difference::Stale)),
            Err(error) if is_absent(&error) => {
                differences.insert(path.to_owned(), Difference::Missing);
            }
            Err(error) => return Err(failed("read", &out.join(path))(error)),
        }
    }
    for folder in output.owned().chain([output.folder()]) {
        for path in files_under(&out.join(folder))? {
            let relative = path.strip_prefix(out).unwrap_or(&path).to_owned();
            if output.get(&relative).is_none() {
                let owned = output.owned().any(|folder| relative.starts_with(folder));
                let orphaned = owned || has_header(&path)?;
                let difference = if orphaned { Difference::Orphaned } else { Difference::Foreign };
                differences.insert(relative, difference);
            }
        }
    }
    Ok(differences)
}

/// Writes what is missing or stale and deletes what is orphaned, with the folders that this leaves empty.
///
/// # Errors
/// When something can't be written or deleted; what was done before stays done, and a second run does the rest.
pub fn write(output: &Output, out: &Path, differences: &BTreeMap<PathBuf, Difference>) -> Result<(), DiskError> {
    // Deleting comes first: a folder may have to make room for a file of its name.
    for path in with(differences, &[Difference::Orphaned]) {
        let path = out.join(path);
        fs::remove_file(&path).map_err(failed("delete", &path))?;
        remove_empty_folders(path.parent(), out);
    }
    for path in with(differences, &[Difference::Missing, Difference::Stale]) {
        let full = out.join(path);
        if let Some(folder) = full.parent() {
            fs::create_dir_all(folder).map_err(failed("write", folder))?;
        }
        let text = output.get(path).unwrap_or_default();
        fs::write(&full, text).map_err(failed("write", &full))?;
    }
    Ok(())
}

fn with<'d>(
    differences: &'d BTreeMap<PathBuf, Difference>,
    kinds: &'d [Difference],
) -> impl Iterator<Item = &'d PathBuf> {
    differences.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(path, _)| path)
}

fn remove_empty_folders(mut folder: Option<&Path>, out: &Path) {
    // `remove_dir` refuses a folder that holds anything, which ends the walk.
    while let Some(empty) = folder.filter(|folder| *folder != out && fs::remove_dir(folder).is_ok()) {
        folder = empty.parent();
    }
}

fn files_under(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("read", folder))?;
        let path = entry.path();
        if entry.file_type().map_err(failed("read", &path))?.is_dir() {
            files.extend(files_under(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

/// Whether the first line of a file says that it was generated.
fn has_header(path: &Path) -> Result<bool, DiskError> {
    let mut start = Vec::new();
    let file = fs::File::open(path).map_err(failed("read", path))?;
    file.take(1024).read_to_end(&mut start).map_err(failed("read", path))?;
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(first).contains(GENERATED))
}
