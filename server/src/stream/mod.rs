//! The live stream: what was committed, in order, to whoever may see it, whichever server they come to.
//!
//! The table of events is the log, and nothing else is a source: [`tail`] follows it, [`hub`] knows who on this server reads
//! what, [`subscription`] is one reader's way through it, from the table or from the hub. [`wake`] and [`bus`] make it quick. Why nothing
//! is lost or comes twice is told in `docs/architecture.md`.

mod bus;
mod caps;
pub mod cursor;
mod ephemeral;
pub mod era;
mod hub;
mod item;
mod membership;
mod readers;
mod subscription;
mod tail;
mod wake;

use std::{sync::Arc, time::Duration};

use catbird_lexicon::blue::catbird::mls::stream_convo_events::InfoEventInfo;
use sqlx::PgPool;
use tokio::time::{error::Elapsed, timeout};

use self::{
    bus::{Bus, Outbox},
    caps::Caps,
    hub::Hub,
};
use crate::{
    clock::Clock,
    config::StreamSettings,
    lifecycle::Lifecycle,
    pulse::Pulse,
    serve::{BoxError, Foundations},
    store::{StoreError, places::Place, stream as store},
};

pub use self::{
    caps::CapReached,
    cursor::Cursors,
    ephemeral::{Ephemeral, MAX_EPHEMERAL_BYTES},
    item::Item,
    subscription::{Reader, Stop, Subscription, WhenExpired},
    wake::Waker,
};

/// How long a reader waits for the tailer of a server that has just started.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// The streams of this server.
pub struct Streams {
    db: PgPool,
    hub: Arc<Hub>,
    cursors: Cursors,
    waker: Waker,
    outbox: Outbox,
    caps: Arc<Caps>,
    clock: Arc<dyn Clock>,
    lifecycle: Lifecycle,
    pulse: Pulse,
    era: u8,
}

/// Why a stream can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenRefusal {
    /// The cursor was not made by this deployment, or lies in the future.
    #[error("there is no such position")]
    NoSuchPlace,
    /// Events behind the cursor are gone, or the log is not the one that it is of.
    #[error("events behind the position are gone")]
    Expired,
    /// There are too many already.
    #[error("there are too many streams")]
    Cap(CapReached),
    /// The log can't be followed yet.
    #[error("the log is not followed yet")]
    NotReady,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Streams {
    /// Starts to follow the log, until the server drains. Must be called in a tokio runtime.
    pub fn start(foundations: &Foundations, waker: Waker) -> Result<Arc<Self>, BoxError> {
        let bus = Bus::of(foundations)?;
        let Foundations { config, pool, clock, hash_key, lifecycle, pulse, era } = foundations;
        let StreamSettings { max_streams_per_user, max_streams, .. } = config.streams;
        let streams = Arc::new(Self {
            db: pool.clone(),
            hub: Arc::new(Hub::new()),
            cursors: Cursors::new(hash_key.clone(), *era),
            waker,
            outbox: Outbox::default(),
            caps: Caps::new(max_streams_per_user, max_streams),
            clock: Arc::clone(clock),
            lifecycle: lifecycle.clone(),
            pulse: pulse.clone(),
            era: *era,
        });
        tokio::spawn(tail::run(Arc::clone(&streams)));
        tokio::spawn(bus::run(Arc::clone(&streams), bus));
        Ok(streams)
    }

    /// Makes and reads the cursors of this deployment.
    pub fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// Events were committed: whoever follows the log is told, here and on the other servers.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// Opens a stream behind a cursor, or at the end of the log.
    pub async fn open(
        self: &Arc<Self>,
        reader: Reader,
        cursor: Option<&str>,
        when_expired: WhenExpired,
    ) -> Result<Subscription, OpenRefusal> {
        let permit = self.caps.take(&reader.user).map_err(OpenRefusal::Cap)?;
        self.is_followed().await.map_err(|_| OpenRefusal::NotReady)?;
        let (place, news) = match cursor {
            None => (self.end().await?, None),
            Some(cursor) => self.resume(cursor, when_expired).await?,
        };
        Ok(Subscription::new(Arc::clone(self), reader, place, when_expired, news, permit))
    }

    /// Waits until there is something to read from, though not for long.
    async fn is_followed(&self) -> Result<(), Elapsed> {
        timeout(START_PATIENCE, self.hub.ready()).await
    }

    /// The end of the log: whatever is final now is before it, whether or not the hub has come so far.
    async fn end(&self) -> Result<Place, StoreError> {
        let newest = store::newest(&mut *self.db.acquire().await?).await?;
        Ok(newest.max(self.hub.place()))
    }

    /// Where a reader goes on who comes back with a cursor, and what they must be told before.
    async fn resume(
        &self,
        cursor: &str,
        when_expired: WhenExpired,
    ) -> Result<(Place, Option<InfoEventInfo>), OpenRefusal> {
        let place = self.cursors.read(cursor).map_err(|_| OpenRefusal::NoSuchPlace)?;
        let mut conn = self.db.acquire().await.map_err(StoreError::from)?;
        let standing = store::standing(&mut conn, place.unwrap_or_default()).await?;
        match (place, when_expired) {
            (Some(place), _) if place.txid >= standing.next_txid => Err(OpenRefusal::NoSuchPlace),
            (Some(place), _) if standing.is_known => Ok((place, None)),
            (_, WhenExpired::End) => Err(OpenRefusal::Expired),
            (_, WhenExpired::GoOn) => Ok((standing.floor, Some(InfoEventInfo::OutdatedCursor))),
        }
    }
}
