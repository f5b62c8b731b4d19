//! The readers of a hub, and which part of each conversation is theirs.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::mpsc;

use super::{
    item::Item,
    membership::{Change, Membership},
};
use crate::store::{
    places::Place,
    stream::{StoredEvent, Window},
};

/// What may wait for one reader. More is not kept: the reader comes back for it to the table.
const QUEUE_ITEMS: usize = 64;
const QUEUE_BYTES: usize = 1024 * 1024;

/// Everybody who reads here, under the hub's lock.
#[derive(Default)]
pub struct State {
    /// The last event that was published.
    pub place: Place,
    next_reader: u64,
    readers: HashMap<u64, Reader>,
    pub by_convo: HashMap<Arc<str>, HashMap<u64, Window>>,
    pub by_user: HashMap<Arc<str>, Vec<u64>>,
}

/// One of them.
pub struct Reader {
    user: Arc<str>,
    /// The one conversation that is of interest.
    only: Option<Arc<str>>,
    queue: mpsc::Sender<Arc<Item>>,
    waiting_bytes: Arc<AtomicUsize>,
    convos: Vec<Arc<str>>,
    /// Changes of membership that passed while the windows were being looked up.
    passed: Option<Vec<Membership>>,
}

impl Reader {
    pub fn user(&self) -> &Arc<str> {
        &self.user
    }

    /// Whether there is room for something that must not have it cut off.
    pub fn keeps_up(&self) -> bool {
        self.queue.capacity() > QUEUE_ITEMS / 2 && self.waiting_bytes.load(Ordering::Relaxed) < QUEUE_BYTES / 2
    }
}

impl State {
    /// Takes a reader in, who has no windows yet; returns its number, what it reads from and how much waits there.
    pub fn attach(
        &mut self,
        user: &Arc<str>,
        only: Option<&Arc<str>>,
    ) -> (u64, mpsc::Receiver<Arc<Item>>, Arc<AtomicUsize>) {
        let (sender, queue) = mpsc::channel(QUEUE_ITEMS);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let id = self.next_reader;
        self.next_reader += 1;
        self.by_user.entry(Arc::clone(user)).or_default().push(id);
        let reader = Reader {
            user: Arc::clone(user),
            only: only.cloned(),
            queue: sender,
            waiting_bytes: Arc::clone(&waiting_bytes),
            convos: Vec::new(),
            passed: Some(Vec::new()),
        };
        self.readers.insert(id, reader);
        (id, queue, waiting_bytes)
    }

    /// Lets go of everybody. They have a number until they see it, and so numbers aren't given twice.
    pub fn let_go(&mut self, place: Place) {
        *self = Self { place, next_reader: self.next_reader, ..Self::default() };
    }

    /// Whether nobody reads here.
    pub fn is_deserted(&self) -> bool {
        self.readers.is_empty()
    }

    /// Whether a reader has not been let go.
    pub fn is_here(&self, id: u64) -> bool {
        self.readers.contains_key(&id)
    }

    /// Gives a reader its windows; returns the place behind which it gets what is for it.
    pub fn enter(&mut self, id: u64, windows: Vec<(String, Window)>) -> Place {
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
    pub fn change(&mut self, event: &StoredEvent, change: Change, subject: &str) {
        let (Some(ids), Some(convo_id)) = (self.by_user.get(subject), &event.convo_id) else { return };
        let convo_id = Arc::from(convo_id.as_str());
        let membership = Membership { convo_id, seq: event.seq, place: event.place, change };
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

    /// Who sees an event.
    pub fn readers_of(&self, event: &StoredEvent) -> Vec<u64> {
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

    /// The members of a conversation among the readers, as far as its events have come, with their users.
    pub fn members_of(&self, convo_id: &str) -> impl Iterator<Item = (u64, &Reader)> {
        let windows = self.by_convo.get(convo_id).into_iter().flatten();
        let open = windows.filter(|(_, window)| window.to_event.is_none());
        open.filter_map(|(id, _)| Some((*id, self.readers.get(id)?)))
    }

    /// A reader who has let too much wait is cut off, and comes back by itself for what it then misses.
    pub fn deliver(&mut self, id: u64, item: &Arc<Item>) {
        let Some(reader) = self.readers.get(&id) else { return };
        let waiting = reader.waiting_bytes.fetch_add(item.bytes(), Ordering::Relaxed);
        let is_too_much = waiting > 0 && waiting + item.bytes() > QUEUE_BYTES;
        if is_too_much || reader.queue.try_send(Arc::clone(item)).is_err() {
            self.remove(id);
        }
    }

    /// Forgets a reader.
    pub fn remove(&mut self, id: u64) {
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
