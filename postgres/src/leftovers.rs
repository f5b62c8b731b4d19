//! What a crash leaves behind: processes that still work in the data directory, and their lock file.
//!
//! When a server is killed, its PostgreSQL gets a signal and shuts down, which takes a moment; when the postmaster is
//! killed, its backends notice a moment later. A new start has to wait for all of them. PostgreSQL's own check goes by
//! the process id in `postmaster.pid`, which after a restart of a container may well belong to somebody else; every
//! PostgreSQL process has the data directory as its working directory, which says it for certain.

use std::{
    fs,
    io::ErrorKind,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{Error, Result};

/// How long the leftovers get to stop by themselves, and again after each harsher signal.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until nobody works in `data` any more, asking harder every 20 s, and removes a stale lock file.
///
/// The caller holds the directory's lock, so whoever is still there has lost its owner.
///
/// # Errors
/// [`Error::Leftovers`] when they survive everything.
pub(crate) fn settle(data: &Path, gentle: bool) -> Result<()> {
    let signals: &[Signal] =
        if gentle { &[Signal::INT, Signal::QUIT, Signal::KILL] } else { &[Signal::QUIT, Signal::KILL] };
    for signal in signals {
        let found = working_in(data);
        if found.is_empty() {
            return remove_lock_file(data);
        }
        tracing::warn!(processes = found.len(), "waiting for PostgreSQL processes of an earlier run to end");
        signal_all(data, &found, *signal);
        wait_until_gone(data);
    }
    let found = working_in(data);
    if found.is_empty() {
        return remove_lock_file(data);
    }
    let pids: Vec<String> = found.iter().map(|pid| pid.as_raw_nonzero().to_string()).collect();
    let seconds = PATIENCE.as_secs() * signals.len() as u64;
    Err(Error::Leftovers { directory: data.to_owned(), pids: pids.join(", "), seconds })
}

/// The processes whose working directory is `data`, which has no links in it.
pub(crate) fn working_in(data: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let recorded = postmaster(data);
    let pids = entries.flatten().filter_map(|entry| {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        match fs::read_link(entry.path().join("cwd")) {
            Ok(place) => (place == data).then_some(pid),
            // Another identity's process hides its folder from a root without the ptrace capability; its name it shows.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && recorded == Some(pid) => {
                let name = fs::read_to_string(entry.path().join("comm")).ok()?;
                name.starts_with("postgres").then_some(pid)
            }
            Err(_) => None,
        }
    });
    pids.collect()
}

/// Signals the postmaster alone when it is there, since it looks after its children; else everybody.
fn signal_all(data: &Path, found: &[Pid], signal: Signal) {
    let postmaster = postmaster(data).filter(|pid| found.contains(pid) && signal != Signal::KILL);
    let targets = postmaster.as_ref().map_or(found, std::slice::from_ref);
    for pid in targets {
        // It may have gone in the meantime, which is what we want.
        let _ = kill_process(*pid, signal);
    }
}

/// The process id in `postmaster.pid`.
fn postmaster(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

fn wait_until_gone(data: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && !working_in(data).is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
}

fn remove_lock_file(data: &Path) -> Result<()> {
    let path = data.join("postmaster.pid");
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file("remove", &path)(error)),
        _ => Ok(()),
    }
}
