//! One reader's way through the log: behind at first, or after a pause, then live; and back when it lags too far.
//!
//! Both ways lead through one place, which moves with every event that is given out and never back. While behind, events are
//! read from the table up to where the hub was when the reader entered; everything after comes from the hub.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use catbird_lexicon::blue::catbird::mls::stream_convo_events::InfoEventInfo;
use tokio::time::timeout;

use super::{
    Streams,
    caps::Permit,
    hub::Attachment,
    item::Item,
    tail::{is_entry, make, read_entries},
};
use crate::store::{
    StoreError,
    places::Place,
    stream::{self, Range, Reading},
};

/// Events that are read from the table at once, and bytes of ciphertext: every reader who catches up holds so much.
const PAGE_EVENTS: i64 = 100;
const PAGE_BYTES: i64 = 1024 * 1024;

/// After so long without an event a reader is told how far the log has come, so that its cursor doesn't grow old.
const IDLE: Duration = Duration::from_secs(600);

/// What a reader gets whose place is older than what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenExpired {
    /// The end of the stream.
    End,
    /// News of it, and then the oldest that is kept.
    GoOn,
}

/// Why a stream ends before its time.
#[derive(Debug)]
pub enum Stop {
    /// Events behind the reader's place are gone, or the log has lost the place.
    Expired,
    /// The log isn't followed any more, nor for a while.
    NotFollowed,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Who reads what.
#[derive(Clone, Debug)]
pub struct Reader {
    pub user: Arc<str>,
    /// One conversation, or all of the user's.
    pub only: Option<Arc<str>>,
}

/// A stream of events to one reader. Dropping it ends it.
pub struct Subscription {
    streams: Arc<Streams>,
    reader: Reader,
    when_expired: WhenExpired,
    /// Everything up to here was given out, as far as the reader may see it.
    place: Place,
    phase: Phase,
    /// News that comes before anything else.
    news: Option<InfoEventInfo>,
    /// Whether the reader was told that it has caught up.
    is_greeted: bool,
    _permit: Permit,
}

enum Phase {
    /// Not in the hub.
    Away,
    /// In the hub, which will deliver what comes after `until`; before that, what is in the table.
    Behind { attachment: Attachment, until: Place, page: VecDeque<Arc<Item>>, end: Place },
    /// In the hub, and everything before was given out.
    Live(Attachment),
}

impl Subscription {
    /// A stream of what comes after a place.
    pub fn new(
        streams: Arc<Streams>,
        reader: Reader,
        place: Place,
        when_expired: WhenExpired,
        news: Option<InfoEventInfo>,
        permit: Permit,
    ) -> Self {
        let phase = Phase::Away;
        Self { streams, reader, when_expired, place, phase, news, is_greeted: false, _permit: permit }
    }

    /// The next event; nothing when the server drains.
    pub async fn next(&mut self) -> Option<Result<Arc<Item>, Stop>> {
        let lifecycle = self.streams.lifecycle.clone();
        tokio::select! {
            biased;
            () = lifecycle.draining() => None,
            item = self.step() => Some(item),
        }
    }

    async fn step(&mut self) -> Result<Arc<Item>, Stop> {
        if let Some(news) = self.news.take() {
            return Ok(self.info(news));
        }
        loop {
            match &mut self.phase {
                Phase::Away => {
                    if let Some(news) = Box::pin(self.enter()).await? {
                        return Ok(news);
                    }
                }
                Phase::Behind { page, end, .. } => {
                    if let Some(item) = page.pop_front() {
                        self.place = self.place.max(item.place);
                        return Ok(item);
                    }
                    self.place = self.place.max(*end);
                    if let Some(news) = Box::pin(self.catch_up()).await? {
                        return Ok(news);
                    }
                }
                Phase::Live(attachment) => match timeout(IDLE, attachment.next()).await {
                    Ok(Some(item)) => {
                        // What passes by says where the log is, and must not take a reader back who was further elsewhere.
                        if item.place > self.place || (!item.is_durable && item.place == self.place) {
                            self.place = item.place;
                            return Ok(item);
                        }
                    }
                    Ok(None) => self.phase = Phase::Away,
                    Err(_) => {
                        if let Some(place) = attachment.drained() {
                            self.place = self.place.max(place);
                            return Ok(self.info(InfoEventInfo::Idle));
                        }
                    }
                },
            }
        }
    }

    /// Enters the hub: first by name, so that no change of membership is missed, then with the windows.
    async fn enter(&mut self) -> Result<Option<Arc<Item>>, Stop> {
        self.streams.is_followed().await.map_err(|_| Stop::NotFollowed)?;
        let Reader { user, only } = &self.reader;
        let attachment = self.streams.hub.attach(user, only.as_ref());
        let mut conn = self.streams.db.acquire().await?;
        let windows = stream::windows(&mut conn, user, only.as_deref()).await?;
        let entered = attachment.enter(windows);
        // The hub may be behind: what is final already counts as older, not as live.
        let until = entered.max(stream::newest(&mut conn).await?);
        if self.place > until {
            // The log has lost the reader's place, and whatever comes in its stead would be taken for old.
            let floor = stream::standing(&mut conn, self.place).await?.floor;
            return self.expired(floor);
        }
        self.phase = Phase::Behind { attachment, until, page: VecDeque::new(), end: self.place };
        Ok(None)
    }

    /// Reads the next page, or goes live when there is none.
    async fn catch_up(&mut self) -> Result<Option<Arc<Item>>, Stop> {
        let Phase::Behind { until, .. } = &self.phase else { return Ok(None) };
        if self.place >= *until {
            if let Phase::Behind { attachment, .. } = std::mem::replace(&mut self.phase, Phase::Away) {
                self.phase = Phase::Live(attachment);
            }
            let was_greeted = std::mem::replace(&mut self.is_greeted, true);
            return Ok((!was_greeted).then(|| self.info(InfoEventInfo::CaughtUp)));
        }
        let Reader { user, only } = &self.reader;
        let range = Range { reader: user, convo_id: only.as_deref(), after: self.place, until: *until };
        let mut conn = self.streams.db.acquire().await?;
        let read = match stream::page(&mut conn, range, PAGE_EVENTS).await? {
            Reading::Page(page) => page,
            Reading::Expired { floor } => return self.expired(floor),
        };
        let (entries, covered) = read_entries(&self.streams, &mut conn, &read.events, PAGE_BYTES, is_entry).await?;
        let events = read.events[..covered].iter().zip(entries);
        let items = events.filter_map(|(event, entry)| make(&self.streams, event, entry)).map(Arc::new);
        let items: VecDeque<_> = items.collect();
        if let Phase::Behind { page, end, .. } = &mut self.phase {
            *page = items;
            // Large entries may have made the page shorter than it was read.
            *end = if covered == read.events.len() { read.end } else { read.events[covered - 1].place };
        }
        Ok(None)
    }

    fn expired(&mut self, floor: Place) -> Result<Option<Arc<Item>>, Stop> {
        match self.when_expired {
            WhenExpired::End => Err(Stop::Expired),
            WhenExpired::GoOn => {
                // It may be before a place that the log has lost.
                self.place = floor;
                self.phase = Phase::Away;
                Ok(Some(self.info(InfoEventInfo::OutdatedCursor)))
            }
        }
    }

    fn info(&self, info: InfoEventInfo) -> Arc<Item> {
        Arc::new(Item::info(self.place, self.streams.cursors.write(self.place), info))
    }
}
