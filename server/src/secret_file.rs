//! The server secret of a server that runs its own database: made once, kept beside it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{
    config::{Config, MINIMUM_SECRET_BYTES},
    keyed_hash::HashKey,
};

/// The secret's file in the data folder.
const NAME: &str = "server-secret";

/// Why there is no server secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read or made.
    #[error("cannot {action} the server secret in {path}", path = path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The file holds too little.
    #[error("the server secret in {path} is shorter than {MINIMUM_SECRET_BYTES} bytes; restore it from a backup", path = path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
    },
}

/// The key of all keyed hashes: from SERVER_SECRET, or from the data folder, where it is made when missing.
///
/// # Errors
/// [`SecretError`]; a file that is there but wrong is never replaced, since what was hashed with it could not be found again.
pub fn hash_key(config: &Config) -> Result<HashKey, SecretError> {
    match &config.auth.server_secret {
        Some(secret) => Ok(HashKey::new(secret.bytes())),
        None => kept_in(&config.database.data_dir).map(|secret| HashKey::new(secret.as_bytes())),
    }
}

fn kept_in(directory: &Path) -> Result<String, SecretError> {
    let path = directory.join(NAME);
    let secret = match fs::read_to_string(&path) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(directory, &path).map_err(|source| SecretError::File { action: "make", path: path.clone(), source })?
        }
        Err(source) => return Err(SecretError::File { action: "read", path, source }),
    };
    if secret.len() < MINIMUM_SECRET_BYTES { Err(SecretError::TooShort { path }) } else { Ok(secret) }
}

/// Writes the file beside its place first, so that a crash leaves no half of a secret.
fn make(directory: &Path, path: &Path) -> io::Result<String> {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    fs::create_dir_all(directory)?;
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(directory)?.sync_all()?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let first = kept_in(directory.path()).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(kept_in(directory.path()).unwrap(), first);
        let mode = fs::metadata(directory.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_secret_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(NAME), "short\n").unwrap();
        assert!(matches!(kept_in(directory.path()), Err(SecretError::TooShort { .. })));
    }
}
