//! Who on this server reads what, and the way of each event to them.
//!
//! The tailer publishes events in their order. A reader's part of each conversation (its window) is looked up in the database
//! once, when the reader comes, and from then on kept by the events that pass: whoever joins sees from their own joining on,
//! whoever is removed up to their own removal. Both only ever widen or narrow what the database says already, so that it
//! doesn't matter which of them was there first.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{Notify, mpsc, watch};

use super::{
    item::Item,
    membership::Change,
    readers::{Reader, State},
};
use crate::store::{
    places::Place,
    stream::{StoredEvent, Window},
};

/// All readers of this server.
pub struct Hub {
    state: Mutex<State>,
    is_ready: watch::Sender<bool>,
    visitors: Notify,
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
        (state.is_here(self.id) && self.queue.is_empty()).then_some(state.place)
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
        Self { state: Mutex::default(), is_ready: watch::Sender::new(false), visitors: Notify::new() }
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

    /// The last event that was published or passed over.
    pub fn place(&self) -> Place {
        self.lock().place
    }

    /// Whether nobody reads here.
    pub fn is_deserted(&self) -> bool {
        self.lock().is_deserted()
    }

    /// Waits until somebody comes, or has come since this was asked last.
    pub async fn visited(&self) {
        self.visitors.notified().await;
    }

    /// Passes over everything up to a final place, unless somebody is here: whoever enters later finds that in the table.
    pub fn skip_to(&self, place: Place) {
        let mut state = self.lock();
        if state.is_deserted() {
            state.place = state.place.max(place);
        }
    }

    /// Takes a reader in. From now on changes of their membership are noted; nothing is delivered before they enter.
    pub fn attach(self: &Arc<Self>, user: &Arc<str>, only: Option<&Arc<str>>) -> Attachment {
        let (id, queue, waiting_bytes) = self.lock().attach(user, only);
        self.visitors.notify_one();
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
        self.lock().members_of(convo_id).map(|(_, reader)| Arc::clone(reader.user())).collect()
    }

    /// Shows something that is not in the log to those of the members of a conversation who are here and keep up, if they
    /// are among these.
    pub fn broadcast(&self, convo_id: &str, members: &HashSet<String>, make: impl FnOnce(Place) -> Item) {
        let mut state = self.lock();
        // Without a promise: whoever is busy with the log misses it.
        let wants = |reader: &Reader| members.contains(&**reader.user()) && reader.keeps_up();
        let readers: Vec<_> =
            state.members_of(convo_id).filter(|(_, reader)| wants(reader)).map(|(id, _)| id).collect();
        if readers.is_empty() {
            return;
        }
        let item = Arc::new(make(state.place));
        readers.into_iter().for_each(|id| state.deliver(id, &item));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catbird_lexicon::blue::catbird::mls::stream_convo_events::InfoEventInfo;
    use futures::FutureExt;

    use super::{Hub, Item, Published, StoredEvent, Window};
    use crate::store::{
        events::{Audience, Occurrence},
        places::Place,
    };

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
        assert!(state.by_convo.is_empty() && state.by_user.is_empty());
    }

    #[tokio::test]
    async fn streams_of_a_user_share_what_is_kept_of_them_and_each_hears_everything() {
        let hub = Arc::new(Hub::new());
        let open = Window { after_seq: 0, last_seq: None, from_event: 0, to_event: None, is_admin: false };
        let attach = |only: Option<&str>| {
            let reader = hub.attach(&"alice".into(), only.map(Arc::from).as_ref());
            reader.enter(vec![("c".to_owned(), open)]);
            reader
        };
        let (first, mut second, mut only) = (attach(None), attach(None), attach(Some("c")));
        {
            let state = hub.lock();
            let seats = &state.by_convo["c"];
            assert_eq!((seats.len(), seats.capacity()), (2, 2), "one for all, one for those of one conversation");
        }
        drop(first);
        let removed = StoredEvent {
            occurrence: Some(Occurrence::Removed),
            subject_did: Some("alice".into()),
            seq: 1,
            ..entry(2)
        };
        for event in [entry(1), removed] {
            hub.publish(&event, Some(&item(event.place)), None);
        }
        // Whoever comes with what was looked up before, and has it from elsewhere up to here.
        let late = attach(None);
        assert_eq!(hub.publish(&entry(3), None, None), Published::Done, "nobody may see it");
        for reader in [&mut second, &mut only] {
            assert_eq!([reader.next().await.unwrap().place.id, reader.next().await.unwrap().place.id], [1, 2]);
            assert!(reader.next().now_or_never().is_none());
        }
        drop((second, only, late));
        let state = hub.lock();
        assert!(state.by_convo.is_empty() && state.by_user.is_empty() && state.is_deserted());
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
    fn what_nobody_reads_is_passed_over_and_nothing_else() {
        let hub = Arc::new(Hub::new());
        hub.begin(entry(3).place);
        hub.skip_to(entry(7).place);
        hub.skip_to(entry(5).place);
        assert_eq!(hub.place(), entry(7).place);
        let reader = hub.attach(&"alice".into(), None);
        assert!(!hub.is_deserted() && hub.visited().now_or_never().is_some());
        hub.skip_to(entry(9).place);
        assert_eq!(reader.enter(Vec::new()), entry(7).place);
        drop(reader);
        assert!(hub.is_deserted());
    }
}
