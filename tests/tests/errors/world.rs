//! A server with low limits, and a look at all that it has stored.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use catbird_server::mls::encode_base64url;
use e2e::{
    actor::Actor,
    http::{Answer, Call},
    network::Network,
    room::Room,
    server::TestServer,
};
use uuid::Uuid;

/// The most members of a conversation here.
pub const MOST_MEMBERS: usize = 3;
/// The most key packages in a batch here, and the most users of one request for them.
pub const MOST_AT_ONCE: usize = 2;
/// The most key packages of a device here.
pub const MOST_OF_A_DEVICE: usize = 3;
/// The most devices of a user here.
pub const MOST_DEVICES: usize = 2;
/// The longest message here, in bytes.
pub const LONGEST_MESSAGE: usize = 8192;

/// The longest report here, in bytes.
pub const LONGEST_REPORT: usize = 1024;

/// A server with low limits.
pub struct World {
    pub server: TestServer,
    pub network: Network,
    users: AtomicU32,
    /// Another one, which adds nobody whose blocks can't be read.
    closed: Option<Box<World>>,
}

impl World {
    pub async fn start() -> Self {
        let closed = Box::new(Self::with_flags(&["--blocks=fail-closed"]).await);
        Self { closed: Some(closed), ..Self::with_flags(&[]).await }
    }

    async fn with_flags(further: &[&str]) -> Self {
        let network = Network::start().await;
        let limits = [
            format!("--max-members={MOST_MEMBERS}"),
            format!("--max-key-package-batch={MOST_AT_ONCE}"),
            format!("--max-dids-per-request={MOST_AT_ONCE}"),
            format!("--max-key-packages-per-device={MOST_OF_A_DEVICE}"),
            format!("--max-devices-per-user={MOST_DEVICES}"),
            "--key-package-low-stock=1".to_owned(),
            format!("--max-message-bytes={LONGEST_MESSAGE}"),
            format!("--max-report-bytes={LONGEST_REPORT}"),
            "--stream-write-timeout=1s".to_owned(),
        ];
        let flags: Vec<_> = limits.into_iter().chain(network.flags()).collect();
        let flags: Vec<_> = flags.iter().map(String::as_str).chain(further.iter().copied()).collect();
        let server = TestServer::with_flags(&flags).await;
        Self { server, network, users: AtomicU32::new(0), closed: None }
    }

    /// The world beside this one, which adds nobody whose blocks can't be read.
    pub fn closed(&self) -> &Self {
        self.closed.as_ref().expect("the world was started with one beside it")
    }

    /// A user whom nobody knows yet.
    pub fn user(&self) -> Actor {
        self.server.actor(&format!("user{}", self.users.fetch_add(1, Ordering::Relaxed)))
    }

    /// A user at a device of its own.
    pub fn device(&self) -> Actor {
        let name = format!("user{}", self.users.fetch_add(1, Ordering::Relaxed));
        self.server.device(&name, Uuid::new_v4())
    }

    /// A user who has a repository.
    pub fn account(&self) -> Actor {
        // A number in letters, which is what a did:plc is made of.
        let number = format!("{:04}", self.users.fetch_add(1, Ordering::Relaxed));
        let name: String = number.bytes().map(|digit| char::from(digit - b'0' + b'b')).collect();
        self.server.endpoint().actor(&self.network.account(&name), None)
    }

    /// A conversation of so many new users.
    pub async fn room(&self, members: usize) -> Room {
        Room::of((0..members).map(|_| self.user()).collect()).await
    }

    /// Makes a call that must change nothing at all.
    pub async fn refused(&self, call: Call<'_>) -> Answer {
        let before = self.stored().await;
        let answer = call.send().await;
        assert_ne!(answer.status, 200, "the call is not refused");
        assert_eq!(self.stored().await, before, "a refused call has left a trace");
        answer
    }

    /// For each table the number and a digest of its rows.
    async fn stored(&self) -> BTreeMap<String, (i64, String)> {
        let tables =
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(self.server.db()).await.unwrap();
        assert!(tables.len() > 8, "{tables:?}");
        let mut stored = BTreeMap::new();
        for table in tables {
            let digest = format!(
                "SELECT count(*), md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM {table} AS row"
            );
            let digest = sqlx::query_as(sqlx::AssertSqlSafe(digest)).fetch_one(self.server.db()).await.unwrap();
            stored.insert(table, digest);
        }
        stored
    }
}

/// A commit by the room's first member that was good one epoch ago.
pub async fn stale_commit(room: &mut Room) -> Vec<u8> {
    let commit = room.group.update(&room.members[0].mls).commit;
    room.group.discard(&room.members[0].mls);
    room.advance().await;
    commit
}

/// A commit by the room's first member that is good now.
pub fn good_commit(room: &mut Room) -> Vec<u8> {
    let commit = room.group.update(&room.members[0].mls).commit;
    room.group.discard(&room.members[0].mls);
    commit
}

/// A commit as the methods take it that have it as a string.
pub fn text(commit: &[u8]) -> Option<String> {
    Some(encode_base64url(commit))
}
