//! Running PostgreSQL as somebody other than root, and tying its life to ours.
//!
//! PostgreSQL refuses to run as root, and containers run everything as root. Two ways out exist. In a user namespace
//! (`unshare --user`) the process believes that it is `nobody` while its files stay ours, which needs no change of
//! ownership. Where namespaces are forbidden, `setpriv` drops to `nobody` for real, and the directory has to be given to it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{fs::MetadataExt, fs::lchown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use crate::error::{Error, Result};

/// `nobody` and `nogroup` on every Linux distribution.
const NOBODY: u32 = 65534;

/// The identity under which PostgreSQL's programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// We are an ordinary user: as ourselves.
    Own,
    /// We are root: `nobody` inside a user namespace, ourselves outside of it.
    Namespace,
    /// We are root: `nobody` in earnest.
    Nobody,
}

impl Identity {
    /// Picks the first identity that can enter and write `directory`, and gives the directory to it where needed.
    ///
    /// # Errors
    /// [`Error::NoUnprivilegedIdentity`] as root, when neither way works.
    pub(crate) fn choose(directory: &Path) -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        for identity in [Self::Namespace, Self::Nobody] {
            identity.take(directory)?;
            if identity.may_use(directory) {
                return Ok(identity);
            }
        }
        Err(Error::NoUnprivilegedIdentity { directory: directory.to_owned() })
    }

    /// Makes this identity the owner of `directory` and all below, when it is not yet.
    pub(crate) fn take(self, directory: &Path) -> Result<()> {
        let owner = match self {
            Self::Own => return Ok(()),
            Self::Namespace => 0,
            Self::Nobody => NOBODY,
        };
        let current = fs::metadata(directory).map_err(Error::file("read", directory))?.uid();
        if current == owner { Ok(()) } else { give(directory, owner) }
    }

    /// A command that runs `program` under this identity; `death_signal` reaches it when the calling thread ends.
    ///
    /// `setpriv --pdeathsig` stands innermost: the kernel forgets the signal when the process changes its identity.
    pub(crate) fn command(self, program: impl AsRef<OsStr>, death_signal: &str) -> Command {
        let nobody = NOBODY.to_string();
        let mut command = match self {
            Self::Own => Command::new("setpriv"),
            Self::Namespace => {
                let mut command = Command::new("unshare");
                command.args(["--user", &format!("--map-user={nobody}"), &format!("--map-group={nobody}")]);
                command.args(["--", "setpriv"]);
                command
            }
            Self::Nobody => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={nobody}"), &format!("--regid={nobody}"), "--clear-groups"]);
                command.args(["--", "setpriv"]);
                command
            }
        };
        command.args(["--pdeathsig", death_signal, "--"]).arg(program.as_ref());
        clean(&mut command);
        command
    }

    fn may_use(self, directory: &Path) -> bool {
        let mut test = self.command("test", "KILL");
        test.arg("-w").arg(directory).arg("-a").arg("-x").arg(directory);
        test.stdout(Stdio::null()).stderr(Stdio::null());
        test.status().is_ok_and(|status| status.success())
    }
}

/// Keeps the caller's surroundings out: `PG*` variables would steer the programs, the locale their messages, and a
/// Ctrl-C in the terminal must reach us alone, since we stop PostgreSQL after the last request has been answered.
fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PG")) {
            command.env_remove(&name);
        }
    }
    command.env("LC_ALL", "C").stdin(Stdio::null()).process_group(0);
}

/// Changes the owner of `path` and of everything below it, following no links.
fn give(path: &Path, owner: u32) -> Result<()> {
    lchown(path, Some(owner), Some(owner)).map_err(Error::file("change the owner of", path))?;
    let kind = fs::symlink_metadata(path).map_err(Error::file("read", path))?;
    if !kind.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(Error::file("read", path))? {
        give(&entry.map_err(Error::file("read", path))?.path(), owner)?;
    }
    Ok(())
}
