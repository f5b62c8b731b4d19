//! Who on this server reads what, and the way of each event to them.
//!
//! The tailer publishes events in their order. A reader's part of each conversation (its window) is looked up in the database
//! once, when the reader comes, and from then on kept by the events that pass: whoever joins sees from their own joining on,
//! whoever is removed up to their own removal. Both only ever widen or narrow what the database says already, so that it
//! doesn't matter which of them was there first.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{mpsc, watch};

use super::item::Item;
use crate::store::{
    events::Occurrence,
    places::Place,
    stream::{StoredEvent, Window},
};

/// What may wait for one reader. More is not kept: the reader comes back for it to the table.
const QUEUE_ITEMS: usize = 64;
const QUEUE_BYTES: usize = 1024 * 1024;

/// All readers of this server.
pub struct Hub {
    state: Mutex<State>,
    is_ready: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// The last event that was published.
    place: Place,
    next_reader: u64,
    readers: HashMap<u64, Reader>,
    by_convo: HashMap<Arc<str>, HashMap<u64, Window>>,
    by_user: HashMap<Arc<str>, Vec<u64>>,
}

struct Reader {
    user: Arc<str>,
    /// The one conversation that is of interest.
    only: Option<Arc<str>>,
    queue: mpsc::Sender<Arc<Item>>,
    waiting_bytes: Arc<AtomicUsize>,
    convos: Vec<Arc<str>>,
    /// Changes of membership that passed while the windows were being looked up.
    passed: Option<Vec<Membership>>,
}

/// A change of somebody's membership, as far as windows go.
#[derive(Clone, Debug)]
struct Membership {
    convo_id: Arc<str>,
    seq: i64,
    id: i64,
    change: Change,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Joined { is_admin: bool },
    Ended,
    Role { is_admin: bool },
}

impl Change {
    /// What an event changes. `is_admin`: whether its subject is an admin or a moderator now. It was not looked up when the
    /// subject did not read here: whoever has come since has windows that know.
    fn of(event: &StoredEvent, is_admin: Option<bool>) -> Option<Self> {
        match event.occurrence.as_ref()? {
            Occurrence::Joined => Some(Self::Joined { is_admin: is_admin.unwrap_or(false) }),
            Occurrence::Left | Occurrence::Removed => Some(Self::Ended),
            Occurrence::Role(_) => is_admin.map(|is_admin| Self::Role { is_admin }),
            _ => None,
        }
    }
}

impl Membership {
    /// What becomes of a window. It may know of this change already, or of later ones.
    fn apply(&self, window: Option<Window>) -> Option<Window> {
        let (seq, id) = (self.seq, self.id);
        match (self.change, window) {
            (Change::Joined { is_admin }, window) if window.is_none_or(|w| w.to_event.is_some_and(|to| to < id)) => {
                Some(Window { after_seq: seq, last_seq: None, from_event: id, to_event: None, is_admin })
            }
            (Change::Ended, Some(window)) if window.to_event.is_none() && window.from_event <= id => {
                Some(Window { last_seq: Some(seq), to_event: Some(id), ..window })
            }
            (Change::Role { is_admin }, Some(window)) => Some(Window { is_admin, ..window }),
            (_, window) => window,
        }
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Everybody has it who wants it.
    Done,
    /// Somebody wants it, and it has not been made yet. It counts as not published.
    Wanted,
}

/// A reader's place in the hub, which it leaves when this is dropped.
pub struct Attachment {
    hub: Arc<Hub>,
    id: u64,
    queue: mpsc::Receiver<Arc<Item>>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Attachment {
    /// The next event; nothing when there were too many to be kept for a reader so slow.
    pub async fn next(&mut self) -> Option<Arc<Item>> {
        let item = self.queue.recv().await?;
        self.waiting_bytes.fetch_sub(item.bytes(), Ordering::Relaxed);
        Some(item)
    }

    /// Begins to receive, with these windows, everything after the place that is returned.
    pub fn enter(&self, windows: Vec<(String, Window)>) -> Place {
        self.hub.lock().enter(self.id, windows)
    }

    /// Up to where nothing is left for this reader; nothing while something waits, or when the reader was cut off.
    pub fn drained(&self) -> Option<Place> {
        let state = self.hub.lock();
        (state.readers.contains_key(&self.id) && self.queue.is_empty()).then_some(state.place)
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.lock().remove(self.id);
    }
}

impl Hub {
    /// Nobody reads, and nothing was published.
    pub fn new() -> Self {
        Self { state: Mutex::default(), is_ready: watch::Sender::new(false) }
    }

    /// Never held across an await.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins behind this place, and lets go of those who are here from before. They come back from where they were, and are
    /// told if the log doesn't know that place.
    pub fn begin(&self, place: Place) {
        self.lock().let_go(place);
        self.is_ready.send_replace(true);
    }

    /// Lets go of everybody, and takes nobody in until it begins again.
    pub fn pause(&self) {
        self.is_ready.send_replace(false);
        let mut state = self.lock();
        let place = state.place;
        state.let_go(place);
    }

    /// Waits until it has begun.
    pub async fn ready(&self) {
        // Fails only when the sender is gone, which we hold.
        let _ = self.is_ready.subscribe().wait_for(|is_ready| *is_ready).await;
    }

    /// The last event that was published.
    pub fn place(&self) -> Place {
        self.lock().place
    }

    /// Takes a reader in. From now on changes of their membership are noted; nothing is delivered before they enter.
    pub fn attach(self: &Arc<Self>, user: &Arc<str>, only: Option<&Arc<str>>) -> Attachment {
        let (sender, queue) = mpsc::channel(QUEUE_ITEMS);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let mut state = self.lock();
        let id = state.next_reader;
        state.next_reader += 1;
        state.by_user.entry(Arc::clone(user)).or_default().push(id);
        let reader = Reader {
            user: Arc::clone(user),
            only: only.cloned(),
            queue: sender,
            waiting_bytes: Arc::clone(&waiting_bytes),
            convos: Vec::new(),
            passed: Some(Vec::new()),
        };
        state.readers.insert(id, reader);
        Attachment { hub: Arc::clone(self), id, queue, waiting_bytes }
    }

    /// Whether anybody may want events of a conversation.
    pub fn is_of_interest(&self, convo_id: &str) -> bool {
        self.lock().by_convo.contains_key(convo_id)
    }

    /// Whether a user reads here.
    pub fn has_user(&self, user: &str) -> bool {
        self.lock().by_user.contains_key(user)
    }

    /// Publishes the next event. `is_admin` says whether its subject is an admin now, where the event changes that and they
    /// read here.
    pub fn publish(&self, event: &StoredEvent, item: Option<&Arc<Item>>, is_admin: Option<bool>) -> Published {
        let mut state = self.lock();
        if let (Some(change), Some(subject)) = (Change::of(event, is_admin), &event.subject_did) {
            state.change(event, change, subject);
        }
        let readers = state.readers_of(event);
        if !readers.is_empty() {
            let Some(item) = item else { return Published::Wanted };
            readers.into_iter().for_each(|id| state.deliver(id, item));
        }
        state.place = event.place;
        Published::Done
    }

    /// Passes over an event that can't be shown to anybody any more.
    pub fn pass(&self, event: &StoredEvent) {
        self.lock().place = event.place;
    }

    /// The users here who are members of a conversation, as far as its events have come.
    pub fn members_of(&self, convo_id: &str) -> HashSet<Arc<str>> {
        let state = self.lock();
        let open = state.by_convo.get(convo_id).into_iter().flatten().filter(|(_, window)| window.to_event.is_none());
        open.filter_map(|(id, _)| state.readers.get(id)).map(|reader| Arc::clone(&reader.user)).collect()
    }

    /// Shows something that is not in the log to those of the members of a conversation who are here and keep up, if they
    /// are among these.
    pub fn broadcast(&self, convo_id: &str, members: &HashSet<String>, make: impl FnOnce(Place) -> Item) {
        let mut state = self.lock();
        let Some(windows) = state.by_convo.get(convo_id) else { return };
        let open = windows.iter().filter(|(_, window)| window.to_event.is_none());
        let readers: Vec<_> = open
            .filter(|(id, _)| {
                state.readers.get(id).is_some_and(|reader| {
                    // Without a promise: whoever is busy with the log misses it.
                    members.contains(&*reader.user) && reader.queue.capacity() > QUEUE_ITEMS / 2
                })
            })
            .map(|(id, _)| *id)
            .collect();
        let item = Arc::new(make(state.place));
        readers.into_iter().for_each(|id| state.deliver(id, &item));
    }
}

impl State {
    /// Who is let go has a number until they see it: numbers aren't given twice.
    fn let_go(&mut self, place: Place) {
        *self = Self { place, next_reader: self.next_reader, ..Self::default() };
    }

    fn enter(&mut self, id: u64, windows: Vec<(String, Window)>) -> Place {
        let Some(reader) = self.readers.get_mut(&id) else { return self.place };
        let passed = reader.passed.take().unwrap_or_default();
        for (convo_id, window) in windows {
            self.set(id, &convo_id, Some(window));
        }
        for membership in passed {
            self.apply(id, &membership);
        }
        self.place
    }

    /// Changes the windows of the readers whose membership changed.
    fn change(&mut self, event: &StoredEvent, change: Change, subject: &str) {
        let (Some(ids), Some(convo_id)) = (self.by_user.get(subject), &event.convo_id) else { return };
        let convo_id = Arc::from(convo_id.as_str());
        let membership = Membership { convo_id, seq: event.seq, id: event.place.id, change };
        for id in ids.clone() {
            let Some(reader) = self.readers.get_mut(&id) else { continue };
            if reader.only.as_ref().is_some_and(|only| *only != membership.convo_id) {
                continue;
            }
            match &mut reader.passed {
                Some(passed) => passed.push(membership.clone()),
                None => self.apply(id, &membership),
            }
        }
    }

    fn apply(&mut self, id: u64, membership: &Membership) {
        let window = self.by_convo.get(&membership.convo_id).and_then(|windows| windows.get(&id)).copied();
        self.set(id, &membership.convo_id, membership.apply(window));
    }

    fn set(&mut self, id: u64, convo_id: &str, window: Option<Window>) {
        let (Some(window), Some(reader)) = (window, self.readers.get_mut(&id)) else { return };
        let convo_id = match self.by_convo.get_key_value(convo_id) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(convo_id),
        };
        if self.by_convo.entry(Arc::clone(&convo_id)).or_default().insert(id, window).is_none() {
            reader.convos.push(convo_id);
        }
    }

    fn readers_of(&self, event: &StoredEvent) -> Vec<u64> {
        match (&event.convo_id, &event.subject_did) {
            (Some(convo_id), _) => {
                let windows = self.by_convo.get(convo_id.as_str()).into_iter().flatten();
                let admits = |(id, window): &(&u64, &Window)| {
                    self.readers.get(id).is_some_and(|reader| window.admits(event, &reader.user))
                };
                windows.filter(admits).map(|(id, _)| *id).collect()
            }
            (None, Some(subject)) => {
                let ids = self.by_user.get(subject.as_str()).into_iter().flatten();
                let is_in = |id: &&u64| {
                    self.readers.get(id).is_some_and(|reader| reader.only.is_none() && reader.passed.is_none())
                };
                ids.filter(is_in).copied().collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// A reader who has let too much wait is cut off, and comes back by itself for what it then misses.
    fn deliver(&mut self, id: u64, item: &Arc<Item>) {
        let Some(reader) = self.readers.get(&id) else { return };
        let waiting = reader.waiting_bytes.fetch_add(item.bytes(), Ordering::Relaxed);
        let is_too_much = waiting > 0 && waiting + item.bytes() > QUEUE_BYTES;
        if is_too_much || reader.queue.try_send(Arc::clone(item)).is_err() {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: u64) {
        let Some(reader) = self.readers.remove(&id) else { return };
        for convo_id in reader.convos {
            if let Some(windows) = self.by_convo.get_mut(&convo_id) {
                windows.remove(&id);
                if windows.is_empty() {
                    self.by_convo.remove(&convo_id);
                }
            }
        }
        if let Some(ids) = self.by_user.get_mut(&reader.user) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_user.remove(&reader.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catbird_lexicon::blue::catbird::mls::stream_convo_events::InfoEventInfo;

    use super::{Change, Hub, Item, Membership, Published, StoredEvent, Window};
    use crate::store::{
        events::{Audience, Occurrence},
        places::Place,
    };

    fn membership(change: Change, seq: i64, id: i64) -> Membership {
        Membership { convo_id: "c".into(), seq, id, change }
    }

    const JOINED: Change = Change::Joined { is_admin: false };

    fn entry(id: i64) -> StoredEvent {
        StoredEvent {
            place: Place { txid: 1, id },
            convo_id: Some("c".to_owned()),
            occurrence: Some(Occurrence::Entry),
            audience: Audience::Members,
            seq: id,
            epoch: 0,
            subject_did: None,
            actor_did: None,
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn item(place: Place) -> Arc<Item> {
        Arc::new(Item::info(place, String::new(), InfoEventInfo::Idle))
    }

    #[tokio::test]
    async fn a_thousand_readers_share_one_event() {
        let hub = Arc::new(Hub::new());
        let open = Window { after_seq: 0, last_seq: None, from_event: 0, to_event: None, is_admin: false };
        let mut readers: Vec<_> = (0..1000).map(|_| hub.attach(&"alice".into(), None)).collect();
        for reader in &readers {
            reader.enter(vec![("c".to_owned(), open)]);
        }
        let (event, item) = (entry(1), item(entry(1).place));
        assert_eq!(hub.publish(&event, None, None), Published::Wanted);
        assert_eq!(hub.publish(&event, Some(&item), None), Published::Done);
        for reader in &mut readers {
            assert!(Arc::ptr_eq(&reader.next().await.unwrap(), &item));
            assert_eq!(reader.drained(), Some(event.place));
        }
        drop(readers);
        let state = hub.lock();
        assert!(state.readers.is_empty() && state.by_convo.is_empty() && state.by_user.is_empty());
    }

    #[tokio::test]
    async fn who_takes_nothing_is_cut_off_after_so_much() {
        let hub = Arc::new(Hub::new());
        let open = Window { after_seq: 0, last_seq: None, from_event: 0, to_event: None, is_admin: false };
        let mut reader = hub.attach(&"alice".into(), None);
        reader.enter(vec![("c".to_owned(), open)]);
        for id in 1..=100 {
            hub.publish(&entry(id), Some(&item(entry(id).place)), None);
        }
        for id in 1..=64 {
            assert_eq!(reader.next().await.unwrap().place.id, id);
        }
        assert!(reader.next().await.is_none());
        assert_eq!(reader.drained(), None);
    }

    #[test]
    fn a_window_follows_what_passes() {
        let joined = membership(JOINED, 5, 11).apply(None).unwrap();
        assert_eq!((joined.after_seq, joined.from_event, joined.to_event), (5, 11, None));
        let promoted = membership(Change::Role { is_admin: true }, 6, 15).apply(Some(joined)).unwrap();
        assert!(promoted.is_admin);
        let removed = membership(Change::Ended, 8, 21).apply(Some(promoted)).unwrap();
        assert_eq!((removed.last_seq, removed.to_event), (Some(8), Some(21)));
        let again = membership(JOINED, 9, 30).apply(Some(removed)).unwrap();
        assert_eq!((again.after_seq, again.from_event, again.to_event, again.is_admin), (9, 30, None, false));
    }

    #[test]
    fn what_a_window_knows_already_changes_nothing() {
        let open = Window { after_seq: 9, last_seq: None, from_event: 30, to_event: None, is_admin: false };
        for (change, id) in [(JOINED, 11), (Change::Ended, 21), (JOINED, 30), (JOINED, 35)] {
            assert_eq!(membership(change, 5, id).apply(Some(open)), Some(open), "{change:?} {id}");
        }
        let closed = Window { last_seq: Some(12), to_event: Some(40), ..open };
        for (change, id) in [(JOINED, 11), (Change::Ended, 21), (JOINED, 30), (Change::Ended, 40)] {
            assert_eq!(membership(change, 5, id).apply(Some(closed)), Some(closed), "{change:?} {id}");
        }
        assert_eq!(membership(Change::Ended, 5, 11).apply(None), None);
    }
}
