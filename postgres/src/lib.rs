//! A private PostgreSQL for one process: made on first use, reached by unix socket only, gone when the process is.
//!
//! The server uses it when it is given no database, and test harnesses use it for throw-away clusters. It is a crate
//! of its own because the `dev-postgres` tool must build while the server's checked queries do not.
//!
//! What it promises:
//! - The child gets a signal from the kernel when its parent dies, also on `kill -9` (see [`Cluster`]).
//! - Two processes never share a directory: the second is refused by a file lock (see `layout`).
//! - A start after a crash waits for whatever the crash left behind (see `leftovers`).
//! - As root it runs under an unprivileged identity, since PostgreSQL refuses root (see `privilege`).

mod binaries;
mod cluster;
mod error;
mod layout;
mod leftovers;
mod options;
mod privilege;
mod supervisor;
mod throwaway;

pub use binaries::{Binaries, OLDEST_MAJOR};
pub use cluster::Cluster;
pub use error::{Error, Result};
pub use options::{Options, Profile};
