//! Directories of throw-away clusters: made, deleted, and deleted also when their owner could not do it.
//!
//! Three things delete one: its owner at the end; a janitor process, which reads a pipe from the owner and so notices
//! that the owner is dead; and, when both were killed, the next owner of such a directory, who finds it unlocked.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    error::{Error, Result},
    layout::{self, Layout},
    leftovers,
};

const PREFIX: &str = "catbird-pg-";
/// Carried by a directory until it is locked, so that nobody takes a new one for an abandoned one.
const UNFINISHED: &str = ".new";
/// Nobody needs this long between making a directory and locking it.
const SURELY_ABANDONED: Duration = Duration::from_secs(3600);

/// Waits for the end of its standard input, then for PostgreSQL's, and deletes the directory.
const JANITOR: &str = r#"
trap '' HUP INT TERM
read -r _
tries=0
while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf -- "$1"
"#;

/// Makes and locks a new directory, after deleting the ones that lost their owners.
pub(crate) fn create() -> Result<Layout> {
    let parent = env::temp_dir();
    sweep(&parent);
    let made = tempfile::Builder::new().prefix(PREFIX).suffix(UNFINISHED).tempdir_in(&parent);
    let unfinished = made.map_err(Error::file("make a directory in", &parent))?.keep();
    let mut layout = Layout::open(&unfinished)?;
    layout.rename(layout.directory().with_extension(""))?;
    Ok(layout)
}

/// Deletes the directory; what cannot be deleted now is left to the next sweep.
pub(crate) fn delete(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory) {
        tracing::warn!("cannot delete the throw-away cluster in {}: {error}", directory.display());
    }
}

/// The janitor process, and in it the pipe that tells it that we live.
#[derive(Debug)]
pub(crate) struct Janitor {
    child: Child,
}

impl Janitor {
    /// Starts a janitor for `directory`.
    pub(crate) fn hire(directory: &Path) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", JANITOR, "janitor"]).arg(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Self { child: command.spawn().map_err(Error::spawn("sh"))? })
    }

    /// Sets it to work and waits for its end, so that it doesn't stay behind as a zombie.
    pub(crate) fn dismiss(mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Deletes the directories that nobody holds any more. Failures concern other people's litter, and are left alone.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let ours = |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(PREFIX));
    for directory in entries.flatten().map(|entry| entry.path()).filter(ours) {
        let unfinished = directory.extension() == Some(OsStr::new(&UNFINISHED[1..]));
        if unfinished && age(&directory) < SURELY_ABANDONED {
            continue;
        }
        // Socket folders of durable clusters share the prefix, and hold no data directory.
        if !unfinished && !directory.join("lock").exists() {
            continue;
        }
        let Ok(Some(_lock)) = layout::lock(&directory) else {
            continue;
        };
        if leftovers::settle(&directory.join("data"), false).is_ok() {
            delete(&directory);
        }
    }
}

fn age(path: &Path) -> Duration {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    modified.ok().and_then(|time| time.elapsed().ok()).unwrap_or_default()
}
