//! The heart of the server: what is appended to a conversation's log, and in which order.
//!
//! Every append happens under the lock of its conversation's row and takes its seq in the statement that stores the
//! entry, so that seqs grow by one and no two entries share one. [`send`](Log::send) appends application messages and
//! proposals. [`Change`] is the one path by which membership and epoch move, with or without a commit.

mod additions;
mod arrivals;
mod attachments;
mod blocks;
mod change;
mod commit;
pub mod devices;
mod external;
mod policy;
mod refusal;
mod rejoin;
mod reports;
mod requests;
mod roles;
mod send;
mod writer;

use std::time::Duration;

use sqlx::PgPool;
use writer::Writers;

use crate::{
    keyed_hash::HashKey,
    store::{EntryKind, Timestamp},
    stream::Waker,
    work::Workbench,
};

pub use additions::{Additions, Named, users_concerned};
pub use attachments::{GroupInfo, Welcome};
pub use blocks::{BlockRefusal, BlockRule};
pub use change::{Change, Changed, MAX_DEVICES};
pub use commit::{Commit, CommitRefusal, InvalidCommit};
pub use refusal::{
    AccessRefusal, AddRefusal, BeginRefusal, ExternalRefusal, GroupInfoRefusal, InvalidGroupInfo, JoinRefusal,
    KeyPackageNotFound, MisfitRefusal, NotAdmin, PolicyRefusal, RemoveRefusal, ReportRefusal, RetireRefusal,
};
pub use rejoin::RejoinRefusal;
pub use reports::Complaint;
pub use roles::MemberStanding;
pub use send::{Message, Receipt, SendRefusal};
pub use writer::WriteError;

/// How long entries are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Application messages.
    pub messages: Duration,
    /// Commits and proposals, which members need who were away for longer.
    pub handshakes: Duration,
}

impl Retention {
    /// When an entry that is stored now expires.
    fn expiry(&self, kind: EntryKind, now: Timestamp) -> Timestamp {
        match kind {
            EntryKind::App => now + self.messages,
            EntryKind::Proposal | EntryKind::Commit => now + self.handshakes,
        }
    }
}

/// Appends to the logs of all conversations.
#[derive(Clone, Debug)]
pub struct Log {
    writers: Writers,
    hashes: HashKey,
    retention: Retention,
    /// With fewer usable key packages than this, a device's user is told.
    low_stock: i64,
    work: Workbench,
}

impl Log {
    /// A log on this database, whose users are told when they have fewer than `low_stock` key packages left. Starts its writers,
    /// so it must be called in a tokio runtime.
    pub fn new(db: &PgPool, waker: &Waker, hashes: HashKey, retention: Retention, low_stock: i64) -> Self {
        Self { writers: Writers::start(db, waker), hashes, retention, low_stock, work: Workbench::default() }
    }

    /// Where work is done that takes long, also such as comes before a change.
    pub fn work(&self) -> &Workbench {
        &self.work
    }
}
