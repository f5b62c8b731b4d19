//! The tailer: reads the log behind its place and hands each event to the hub, one after the other.
//!
//! There is one in each server. It begins at the end of the log, and its place moves only by events that it has handed over:
//! whatever breaks, it goes on behind the last of them. With each new connection it makes sure that this is still the same
//! log: an older state of it may have come back, or another database. While nobody reads here it only keeps up with where the
//! log ends, so that sending costs nothing for streams that nobody has.

use std::{convert::Infallible, error::Error, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Streams,
    hub::Published,
    item::{self, Item},
};
use crate::store::{
    StoreError,
    events::Occurrence,
    pages::Entry,
    stream::{self, StoredEvent},
};

/// Events that are read at once, and bytes of ciphertext.
const PAGE_EVENTS: i64 = 500;
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// How long a lost wake-up can delay an event.
const POLL: Duration = Duration::from_millis(250);

/// When something is committed but not final yet, it is looked for again after so long, and then twice as long each time.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(50);

/// How long connecting and one statement may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before connecting anew.
const RECONNECT: Duration = Duration::from_millis(100);

/// The log says so often that something goes on.
const REMINDER: Duration = Duration::from_secs(10);

/// Follows the log until the server drains.
pub async fn run(streams: Arc<Streams>) {
    tokio::select! {
        () = streams.lifecycle.draining() => {}
        () = follow(&streams) => {}
    }
}

async fn follow(streams: &Streams) {
    let (mut has_begun, mut reminder) = (false, Reminder::default());
    loop {
        match AssertUnwindSafe(session(streams, &mut has_begun)).catch_unwind().await {
            Ok(Err(error)) => {
                if reminder.is_due() {
                    tracing::warn!(error = &error as &dyn Error, "the log can't be followed; trying again");
                }
            }
            // The panic was logged where it happened.
            Err(_) => {}
        }
        sleep(RECONNECT).await;
    }
}

/// Follows the log as long as one connection lasts.
async fn session(streams: &Streams, has_begun: &mut bool) -> Result<Infallible, StoreError> {
    let mut conn = in_time(PgConnection::connect_with(&streams.db.connect_options())).await?;
    find_place(streams, &mut conn, has_begun).await?;
    let (mut look, mut reminder) = (FIRST_LOOK, Reminder::default());
    let mut moved = Instant::now();
    loop {
        if streams.hub.is_deserted() {
            streams.hub.skip_to(in_time(stream::newest(&mut conn)).await?);
            streams.pulse.beat();
            moved = Instant::now();
            tokio::select! {
                () = streams.hub.visited() => {}
                () = sleep(POLL) => {}
            }
            continue;
        }
        let tail = in_time(stream::tail(&mut conn, streams.hub.place(), PAGE_EVENTS)).await?;
        let count = tail.events.len();
        deliver(streams, &mut conn, &tail.events).await?;
        streams.pulse.beat();
        if count as i64 == PAGE_EVENTS {
            continue;
        }
        if count > 0 || !tail.more_to_come {
            moved = Instant::now();
        } else if moved.elapsed() > REMINDER && reminder.is_due() {
            let held = moved.elapsed().as_secs();
            tracing::warn!(held.s = held, "events wait for a transaction that stays open somewhere in the cluster");
        }
        look = if tail.more_to_come && count == 0 { LAST_LOOK.min(look * 2) } else { FIRST_LOOK };
        let pause = if tail.more_to_come { look } else { POLL };
        tokio::select! {
            () = streams.waker.woken() => {}
            () = sleep(pause) => {}
        }
    }
}

/// Begins at the end of the log, or makes sure that the hub's place is one of it still.
async fn find_place(streams: &Streams, conn: &mut PgConnection, has_begun: &mut bool) -> Result<(), StoreError> {
    let standing = in_time(stream::standing(conn, streams.hub.place())).await?;
    if !standing.is_at_home || standing.era % 256 != i64::from(streams.era) {
        // Cursors of this server would mean something else. A start settles it.
        streams.hub.pause();
        streams.pulse.stop();
        let text = "the database has come to another cluster under a running server, which must be started again";
        return Err(StoreError::Impossible(text.to_owned()));
    }
    if *has_begun && standing.is_known {
        return Ok(());
    }
    if *has_begun {
        tracing::warn!("the database has lost events that were told of; whoever heard of them begins again");
    }
    streams.hub.begin(in_time(stream::newest(conn)).await?);
    *has_begun = true;
    Ok(())
}

/// When something is to be said that was said before.
#[derive(Default)]
struct Reminder(Option<Instant>);

impl Reminder {
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= REMINDER);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// Hands events to the hub. The entries that they tell of are read for conversations in which somebody here is interested.
async fn deliver(streams: &Streams, conn: &mut PgConnection, events: &[StoredEvent]) -> Result<(), StoreError> {
    let mut rest = events;
    while !rest.is_empty() {
        let is_wanted = |event: &StoredEvent| {
            is_entry(event) && event.convo_id.as_deref().is_some_and(|id| streams.hub.is_of_interest(id))
        };
        let (mut entries, covered) = read_entries(streams, conn, rest, PAGE_BYTES, is_wanted).await?;
        for (event, entry) in rest[..covered].iter().zip(&mut entries) {
            publish(streams, conn, event, entry.take()).await?;
        }
        rest = &rest[covered..];
    }
    Ok(())
}

/// An entry that an event tells of, as far as it can be read; nothing when it has expired or isn't wanted.
type Told = Option<Result<Entry, StoreError>>;

/// The entries of those of the events that are wanted, and for how many of the events they were read before there were bytes
/// enough.
pub async fn read_entries(
    streams: &Streams,
    conn: &mut PgConnection,
    events: &[StoredEvent],
    bytes: i64,
    is_wanted: impl Fn(&StoredEvent) -> bool,
) -> Result<(Vec<Told>, usize), StoreError> {
    let mut entries: Vec<_> = events.iter().map(|_| None).collect();
    let wanted: Vec<_> = events.iter().enumerate().filter(|(_, event)| is_wanted(event)).collect();
    if wanted.is_empty() {
        return Ok((entries, events.len()));
    }
    let keys: Vec<_> = wanted.iter().map(|(_, e)| (e.convo_id.as_deref().unwrap_or_default(), e.seq)).collect();
    let read = in_time(stream::entries(conn, &keys, streams.clock.now(), bytes)).await?;
    for (position, entry) in read.found {
        entries[wanted[position].0] = Some(entry);
    }
    Ok((entries, wanted.get(read.covered).map_or(events.len(), |(position, _)| *position)))
}

async fn publish(
    streams: &Streams,
    conn: &mut PgConnection,
    event: &StoredEvent,
    mut entry: Told,
) -> Result<(), StoreError> {
    let is_admin = is_admin_now(streams, conn, event).await?;
    if streams.hub.publish(event, None, is_admin) == Published::Done {
        return Ok(());
    }
    if is_entry(event) && entry.is_none() {
        // Somebody has come since the entries were read; or it has expired.
        let (entries, _) = read_entries(streams, conn, std::slice::from_ref(event), PAGE_BYTES, |_| true).await?;
        entry = entries.into_iter().next().flatten();
    }
    match make(streams, event, entry) {
        Some(item) => {
            streams.hub.publish(event, Some(&Arc::new(item)), is_admin);
        }
        None => streams.hub.pass(event),
    }
    Ok(())
}

/// Whether the subject of a change is an admin now; asked only for those who read here.
async fn is_admin_now(
    streams: &Streams,
    conn: &mut PgConnection,
    event: &StoredEvent,
) -> Result<Option<bool>, StoreError> {
    let (Some(convo_id), Some(subject)) = (&event.convo_id, &event.subject_did) else { return Ok(None) };
    let changes = matches!(event.occurrence, Some(Occurrence::Joined | Occurrence::Role(_)));
    if !changes || !streams.hub.has_user(subject) {
        return Ok(None);
    }
    in_time(stream::is_admin(conn, convo_id, subject)).await.map(Some)
}

pub fn is_entry(event: &StoredEvent) -> bool {
    event.occurrence == Some(Occurrence::Entry)
}

/// The event as clients see it; nothing when its entry has expired.
pub fn make(streams: &Streams, event: &StoredEvent, entry: Told) -> Option<Item> {
    let cursor = streams.cursors.write(event.place);
    let made = match entry {
        Some(entry) => entry.and_then(|entry| item::of_entry(entry, cursor.clone())),
        None if is_entry(event) => return None,
        None => item::of_event(event, cursor.clone()),
    };
    Some(match made {
        Ok(made) => Item::durable(event.place, cursor, made),
        // Nobody would get anything behind it if it were a reason to stop.
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "an event that can't be shown");
            Item::durable(event.place, cursor.clone(), item::unknown(cursor))
        }
    })
}

/// What takes too long counts as a lost connection.
async fn in_time<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match timeout(PATIENCE, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()).into()),
    }
}
