//! Lexicons as they are in a git revision, read by running `git`.

use std::{
    error::Error,
    fmt,
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::source::Sources;

/// A revision that could not be read.
#[derive(Debug)]
pub enum RevisionError {
    /// `git` could not be run.
    NoGit(io::Error),
    /// `git` refused, with what it said.
    Refused { revision: String, said: String },
    /// The revision has no lexicon in the folder.
    Empty { revision: String, folder: PathBuf },
    /// `git` said something that can't be understood.
    Garbled { revision: String },
}

impl fmt::Display for RevisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGit(_) => f.write_str("cannot run git"),
            Self::Refused { revision, said } => {
                write!(f, "`{revision}` is no folder, and git does not know it as a revision: {said}")
            }
            Self::Empty { revision, folder } => {
                write!(f, "there is no lexicon (.json) under {} in `{revision}`", folder.display())
            }
            Self::Garbled { revision } => write!(f, "git gave the files of `{revision}` in an unknown form"),
        }
    }
}

impl Error for RevisionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoGit(error) => Some(error),
            _ => None,
        }
    }
}

/// The lexicons that `revision` has in `folder`, a path as seen from where the command runs. The folder need not exist
/// any more.
///
/// # Errors
/// When git isn't there, doesn't know the revision, or has no lexicon in it.
pub fn read(revision: &str, folder: &Path) -> Result<Sources, RevisionError> {
    let (base, rest) = existing(folder);
    let blobs = list(revision, &base, &rest)?;
    if blobs.is_empty() {
        return Err(RevisionError::Empty { revision: revision.to_owned(), folder: folder.to_owned() });
    }
    let contents = contents(revision, &base, &blobs)?;
    let root = format!("{revision}:{}", folder.display());
    let paths = blobs.into_iter().map(|blob| blob.path);
    Ok(Sources::from_files(root, paths.zip(contents)))
}

/// A file of a revision.
struct Blob {
    id: String,
    /// Relative to the folder of lexicons.
    path: PathBuf,
}

/// The part of a path that is a folder now, and the rest.
fn existing(folder: &Path) -> (PathBuf, PathBuf) {
    let mut base = folder;
    while !base.is_dir() {
        match base.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => base = parent,
            _ => return (PathBuf::from("."), folder.to_owned()),
        }
    }
    (base.to_owned(), folder.strip_prefix(base).map(Path::to_owned).unwrap_or_default())
}

/// The lexicon files under `rest`, seen from `base`; hidden ones are passed over, as on disk.
fn list(revision: &str, base: &Path, rest: &Path) -> Result<Vec<Blob>, RevisionError> {
    // The tree of the revision, so that a name that is anything else is refused here, in git's own words.
    let tree =
        git(base, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{tree}}")], b"", revision)?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let listed = git(base, &["ls-tree", "-r", "-z", &tree, "--", &format!("./{}", rest.display())], b"", revision)?;
    let garbled = || RevisionError::Garbled { revision: revision.to_owned() };
    let mut blobs = Vec::new();
    for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        // `<mode> <type> <id>\t<path>`
        let entry = std::str::from_utf8(entry).map_err(|_| garbled())?;
        let (head, path) = entry.split_once('\t').ok_or_else(garbled)?;
        let (kind, id) = head.split_once(' ').and_then(|(_, head)| head.split_once(' ')).ok_or_else(garbled)?;
        let path = Path::new(path).strip_prefix(rest).unwrap_or(Path::new(path));
        let hidden = path
            .components()
            .any(|part| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b".")));
        if kind == "blob" && !hidden && path.extension().is_some_and(|extension| extension == "json") {
            blobs.push(Blob { id: id.to_owned(), path: path.to_owned() });
        }
    }
    Ok(blobs)
}

/// The bytes of files, in their order, by one run of git.
fn contents(revision: &str, base: &Path, blobs: &[Blob]) -> Result<Vec<Vec<u8>>, RevisionError> {
    let ids: String = blobs.iter().map(|blob| format!("{}\n", blob.id)).collect();
    let told = git(base, &["cat-file", "--batch"], ids.as_bytes(), revision)?;
    let mut rest = told.as_slice();
    let files = blobs.iter().map(|_| {
        // `<id> blob <size>\n<bytes>\n`
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (head, after) = rest.split_at(end);
        let size: usize = std::str::from_utf8(head).ok()?.rsplit(' ').next()?.parse().ok()?;
        let bytes = after.get(1..=size)?.to_vec();
        rest = after.get(size + 2..)?;
        Some(bytes)
    });
    files.collect::<Option<_>>().ok_or_else(|| RevisionError::Garbled { revision: revision.to_owned() })
}

fn git(folder: &Path, arguments: &[&str], input: &[u8], revision: &str) -> Result<Vec<u8>, RevisionError> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = feed(command, input).map_err(RevisionError::NoGit)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(RevisionError::Refused { revision: revision.to_owned(), said })
}

/// Runs a command with this input. It is written beside the reading, since each side may wait for the other.
fn feed(mut command: Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })
}
