//! The methods of `blue.catbird.mls`: one file per domain, each an `impl` of the traits generated from the lexicon.
//!
//! A handler checks what the lexicon can't say, calls the log or the store, and maps the answer. It meets no status
//! code, no JSON and no SQL. [`refusals`] says how a refusal from below becomes an error that the method declares.

mod admin_stats;
mod auth;
mod block_conflicts;
mod blocks;
mod commits;
mod conversations;
mod convert;
mod device_additions;
mod device_state;
mod devices;
mod entries;
mod ephemeral;
mod external_commits;
mod group_infos;
mod idempotency;
mod key_package_stats;
mod key_package_sync;
mod key_packages;
mod members;
mod messages;
mod policies;
mod publishable;
mod reactions;
mod read_state;
mod refusals;
mod rejoin;
mod reports;
mod roles;
mod streams;
mod tickets;
pub(crate) mod views;
mod welcome_checks;
mod welcomes;

use std::{collections::HashSet, sync::Arc, time::Duration};

pub use self::blocks::BlockPolicy;

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls as lexicon;
use lexicon_runtime::{error::Refusal, router::RouterOptions};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::{
    auth::Authenticator,
    callers::{Callers, Place},
    clock::Clock,
    keyed_hash::HashKey,
    log::{AccessRefusal, GroupInfo, InvalidGroupInfo, Log},
    serve::Foundations,
    store::{
        StoreError, Timestamp, conversations as convo_store, key_packages as key_package_store, members as member_store,
    },
    stream::Streams,
};

/// So many bytes of a ratchet tree, in base64, take about as much work as a request.
const WORK_BYTES: usize = 16 * 1024;

/// What an operator may set for the API. All are upper limits unless they say otherwise.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of ciphertext of a message; at most what the lexicon allows, 10 MiB.
    pub message_bytes: usize,
    /// Users in a conversation, for conversations that are created from now on.
    pub members: i64,
    /// Users that one request for key packages may name.
    pub dids_per_request: usize,
    /// Devices of a user.
    pub devices_per_user: i64,
    /// Key packages in one batch.
    pub key_package_batch: usize,
    /// Usable key packages of one device.
    pub key_packages_per_device: i64,
    /// Below this many usable key packages a user should publish more.
    pub key_package_threshold: i64,
    /// How long a key package stays reserved for the caller who got it.
    pub key_package_reservation: Duration,
    /// How far ahead a key package may expire.
    pub key_package_expiry: Duration,
    /// Whether each message must say its padded size.
    pub padding_required: bool,
    /// Bytes of what a report says; at most what the lexicon allows, 50 KiB.
    pub report_bytes: usize,
    /// The DIDs of those who may ask for statistics of the whole server.
    pub operators: HashSet<String>,
}

/// The delivery service behind the generated router.
pub struct Api {
    db: PgPool,
    log: Log,
    streams: Arc<Streams>,
    hashes: HashKey,
    authenticator: Authenticator,
    callers: Callers,
    /// Where subscribeConvoEvents is.
    subscription_endpoint: String,
    /// How long a client on a stream may leave untaken what it is sent.
    write_patience: Duration,
    clock: Arc<dyn Clock>,
    limits: Limits,
    blocks: BlockPolicy,
}

/// Who calls: the account that signed the token, by its `iss`.
pub struct Caller {
    did: Did,
    /// Held until the request was answered, or its stream begins.
    place: Place,
    /// Where a stream of theirs broke off.
    last_event_id: Option<String>,
    /// The one conversation that their ticket is for.
    ticket_convo: Option<String>,
}

impl Caller {
    fn did(&self) -> &str {
        self.did.as_str()
    }

    /// Counts what the request asks for beyond what any request does, as so many requests.
    fn charge(&self, items: usize) -> Result<(), Refusal> {
        if items == 0 { Ok(()) } else { self.place.share().charge(items) }
    }
}

impl lexicon::Methods for Api {}

impl Api {
    /// A service on these foundations.
    pub fn new(
        foundations: &Foundations,
        log: Log,
        streams: Arc<Streams>,
        authenticator: Authenticator,
        callers: Callers,
        limits: Limits,
        blocks: BlockPolicy,
    ) -> Self {
        let (db, hashes) = (foundations.pool.clone(), foundations.hash_key.clone());
        Self {
            db,
            log,
            streams,
            hashes,
            authenticator,
            callers,
            subscription_endpoint: tickets::endpoint(&foundations.config.public_url()),
            write_patience: foundations.config.streams.stream_write_timeout,
            clock: Arc::clone(&foundations.clock),
            limits,
            blocks,
        }
    }

    /// The routes of all methods.
    pub fn router(self) -> axum::Router {
        // PostgreSQL's text holds every character but this one.
        let write_patience = self.write_patience;
        let options = RouterOptions { refuse_nul: true, write_patience, ..RouterOptions::default() };
        lexicon::router(Arc::new(self), options)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.db.begin().await?)
    }

    /// A transaction that only reads, and sees one moment: what it reads last is what the caller may see by what it read
    /// first.
    async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
    }

    /// A transaction that no other one of the caller's runs beside, on any replica.
    async fn begin_in_turn(&self, caller: &Caller) -> Result<Transaction<'static, Postgres>, StoreError> {
        caller.place.take_turn().await;
        let mut tx = self.begin().await?;
        key_package_store::take_turns(&mut tx, caller.did()).await?;
        Ok(tx)
    }

    /// Reads a GroupInfo, whose signature and tree take time to verify: as many requests' worth as it has [`WORK_BYTES`].
    async fn read_group_info(
        &self,
        caller: &Caller,
        text: &str,
    ) -> Result<Result<GroupInfo, InvalidGroupInfo>, Refusal> {
        caller.charge(text.len() / WORK_BYTES)?;
        let text = text.to_owned();
        Ok(self.log.work().run(move || convert::group_info(&text)).await)
    }

    /// Ends a transaction so that its changes are durable before the answer is given, and on the streams soon.
    async fn commit(&self, tx: Transaction<'static, Postgres>) -> Result<(), StoreError> {
        tx.commit().await?;
        self.streams.wake();
        Ok(())
    }

    async fn connection(&self) -> Result<sqlx::pool::PoolConnection<Postgres>, StoreError> {
        Ok(self.db.acquire().await?)
    }
}

/// What an active member may see, nobody else may; and what more this one may do.
async fn require_member(
    conn: &mut PgConnection,
    convo_id: &str,
    caller: &Caller,
) -> Result<member_store::Role, AccessRefusal> {
    match member_store::standing(conn, convo_id, caller.did()).await? {
        member_store::Standing::NoConversation => Err(AccessRefusal::ConvoNotFound),
        member_store::Standing::Stranger | member_store::Standing::Former => Err(AccessRefusal::NotMember),
        member_store::Standing::Member(role) => Ok(role),
    }
}

/// Why a caller finds nothing in a conversation that they were never in.
async fn no_access(conn: &mut PgConnection, convo_id: &str) -> Result<AccessRefusal, StoreError> {
    let exists = convo_store::exists(conn, convo_id).await?;
    Ok(if exists { AccessRefusal::NotMember } else { AccessRefusal::ConvoNotFound })
}
