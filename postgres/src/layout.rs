//! The directory of a cluster: who holds it, what lies in it, and where its socket is.
//!
//! ```text
//! <directory>/lock           held by the process that runs the cluster
//! <directory>/data/          PostgreSQL's own
//! <directory>/postgres.log   what PostgreSQL prints
//! <directory>/.s.PGSQL.5432  the socket, unless the path is too long for one
//! ```

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The name that PostgreSQL gives its socket on port 5432.
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// `sockaddr_un.sun_path` holds 108 bytes with the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;
/// A log larger than this is put aside at the next start, over the one put aside before.
const LARGEST_LOG: u64 = 16 * 1024 * 1024;
/// How much of the log an error message shows, in bytes.
const LOG_TAIL: u64 = 4096;

/// A directory that this process alone holds until the value is dropped.
#[derive(Debug)]
pub(crate) struct Layout {
    directory: PathBuf,
    /// The lock lives as long as this file is open; the kernel closes it when we die, however we die.
    _lock: File,
}

impl Layout {
    /// Makes `directory` when it is missing, and locks it.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process holds it.
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        private_directory(directory)?;
        let directory = directory.canonicalize().map_err(Error::file("find", directory))?;
        let lock = lock(&directory)?
            .ok_or_else(|| Error::InUse { holder: holder_of(&directory), directory: directory.clone() })?;
        Ok(Self { directory, _lock: lock })
    }

    /// The directory with all links resolved.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Follows the directory to its new name; locks belong to the file, not to its path.
    pub(crate) fn rename(&mut self, to: PathBuf) -> Result<()> {
        fs::rename(&self.directory, &to).map_err(Error::file("rename", &self.directory))?;
        self.directory = to;
        Ok(())
    }

    /// PostgreSQL's own directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The major version that made the data, when there is any.
    pub(crate) fn data_version(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// The folder for the socket: ours, or a short one of the system's when our path is too long.
    pub(crate) fn socket_directory(&self) -> Result<PathBuf> {
        if fits(&self.directory) {
            return Ok(self.directory.clone());
        }
        let digest = Sha256::digest(self.directory.as_os_str().as_bytes());
        let name = format!("catbird-pg-socket-{}", hex::encode(&digest[..8]));
        let mut candidates = [env::temp_dir(), PathBuf::from("/tmp")].into_iter();
        let directory = candidates.find(|parent| fits(&parent.join(&name))).unwrap_or_default().join(&name);
        private_directory_among_others(&directory)?;
        Ok(directory)
    }

    /// The log file.
    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("postgres.log")
    }

    /// The end of the log, from `start` on at the earliest.
    pub(crate) fn log_tail(&self, start: u64) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(self.log())?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(start.max(length.saturating_sub(LOG_TAIL))))?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
        };
        read().unwrap_or_else(|error| format!("(unreadable: {error})"))
    }
}

/// Takes the lock of `directory`; `None` when another process has it.
pub(crate) fn lock(directory: &Path) -> Result<Option<File>> {
    let path = directory.join("lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(Error::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(Error::file("lock", &path)(error)),
    }
    file.set_len(0).map_err(Error::file("write", &path))?;
    writeln!(file, "{}", std::process::id()).map_err(Error::file("write", &path))?;
    Ok(Some(file))
}

/// Opens the log for appending, putting a big one aside first.
pub(crate) fn open_log(path: &Path) -> Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > LARGEST_LOG) {
        fs::rename(path, path.with_extension("log.1")).map_err(Error::file("rename", path))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options.open(path).map_err(Error::file("open", path))
}

fn holder_of(directory: &Path) -> String {
    let pid = fs::read_to_string(directory.join("lock")).unwrap_or_default();
    if pid.trim().is_empty() { String::new() } else { format!(" (process {})", pid.trim()) }
}

fn fits(directory: &Path) -> bool {
    directory.as_os_str().len() + 1 + SOCKET_NAME.len() <= LONGEST_SOCKET_PATH
}

/// Makes a directory that only its owner may enter; everybody who enters it is trusted as superuser.
pub(crate) fn private_directory(directory: &Path) -> Result<()> {
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(Error::file("make", parent))?;
    }
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let mode = fs::Permissions::from_mode(0o700);
            fs::set_permissions(directory, mode).map_err(Error::file("restrict access to", directory))
        }
        Err(error) => Err(Error::file("make", directory)(error)),
    }
}

/// The same in a folder that all users share. Nothing is changed before it is known whose it is: a change would follow a
/// link to wherever somebody else likes.
fn private_directory_among_others(directory: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            belongs_to_us(directory)?;
            private_directory(directory)
        }
        Err(error) => Err(Error::file("make", directory)(error)),
    }
}

/// Refuses a directory in a shared folder that somebody else made in advance under our name.
fn belongs_to_us(directory: &Path) -> Result<()> {
    let found = fs::symlink_metadata(directory).map_err(Error::file("read", directory))?;
    let ours = rustix::process::geteuid();
    if found.is_dir() && (found.uid() == ours.as_raw() || ours.is_root()) {
        return Ok(());
    }
    let error = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it belongs to another user");
    Err(Error::file("use", directory)(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_once_and_free_again_afterwards() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("pg");
        let first = Layout::open(&directory).unwrap();
        let refusal = Layout::open(&directory).unwrap_err().to_string();
        assert!(refusal.contains("is in use by another server (process"), "{refusal}");
        drop(first);
        Layout::open(&directory).unwrap();
    }

    #[test]
    fn a_long_path_gets_a_short_private_socket_directory() {
        let parent = tempfile::tempdir().unwrap();
        let layout = Layout::open(&parent.path().join("x".repeat(120))).unwrap();
        let socket = layout.socket_directory().unwrap();
        assert!(fits(&socket), "{}", socket.display());
        assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(layout.socket_directory().unwrap(), socket);
        fs::remove_dir(socket).unwrap();
    }

    #[test]
    fn a_link_under_our_name_is_refused_and_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let (target, link) = (parent.path().join("target"), parent.path().join("link"));
        DirBuilder::new().mode(0o755).create(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        private_directory_among_others(&link).unwrap_err();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o755);
    }
}
