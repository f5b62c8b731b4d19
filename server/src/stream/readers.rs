//! The readers of a hub, and which part of each conversation is theirs.
//!
//! Most readers are idle, and what is kept for each conversation of each of them is what a server is filled with. So it is kept
//! once for all streams of a user, and in little room.

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
    next_number: u64,
    readers: HashMap<u64, Reader>,
    views: HashMap<u64, View>,
    /// Seats in the order of their views.
    pub by_convo: HashMap<Arc<str>, Vec<Seat>>,
    pub by_user: HashMap<Arc<str>, Presence>,
}

/// One of them.
pub struct Reader {
    user: Arc<str>,
    /// The one conversation that is of interest.
    only: Option<Arc<str>>,
    queue: mpsc::Sender<Arc<Item>>,
    waiting_bytes: Arc<AtomicUsize>,
    standing: Standing,
}

enum Standing {
    /// The windows are being looked up. Changes of membership that pass meanwhile.
    AtTheDoor(Vec<Membership>),
    /// By a view.
    In(u64),
}

/// What all readers of a user see who want the same. It follows the events that pass, so whoever comes later sees by it as well
/// as by windows of their own: what they looked up is not newer than the events that they get from here.
struct View {
    user: Arc<str>,
    only: Option<Arc<str>>,
    readers: Vec<u64>,
    convos: Vec<Arc<str>>,
}

/// A view's part of a conversation.
pub struct Seat {
    view: u64,
    window: Window,
}

/// A user's readers and views.
#[derive(Default)]
pub struct Presence {
    readers: Vec<u64>,
    views: Vec<u64>,
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
        let id = self.number();
        push(&mut self.by_user.entry(Arc::clone(user)).or_default().readers, id);
        let reader = Reader {
            user: Arc::clone(user),
            only: only.cloned(),
            queue: sender,
            waiting_bytes: Arc::clone(&waiting_bytes),
            standing: Standing::AtTheDoor(Vec::new()),
        };
        self.readers.insert(id, reader);
        (id, queue, waiting_bytes)
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Lets go of everybody. They have a number until they see it, and so numbers aren't given twice.
    pub fn let_go(&mut self, place: Place) {
        *self = Self { place, next_number: self.next_number, ..Self::default() };
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
        let Some(Reader { user, only, standing: Standing::AtTheDoor(passed), .. }) = self.readers.get_mut(&id) else {
            return self.place;
        };
        let (user, only, passed) = (Arc::clone(user), only.clone(), std::mem::take(passed));
        let views = self.by_user.get(&user).map_or(&[][..], |presence| &presence.views);
        let known = views.iter().find(|view| self.views.get(view).is_some_and(|view| view.only == only)).copied();
        let number = known.unwrap_or_else(|| self.open(user, only, windows, &passed));
        if let (Some(view), Some(reader)) = (self.views.get_mut(&number), self.readers.get_mut(&id)) {
            push(&mut view.readers, id);
            reader.standing = Standing::In(number);
        }
        self.place
    }

    /// Opens a view for the first reader who wants it.
    fn open(
        &mut self,
        user: Arc<str>,
        only: Option<Arc<str>>,
        windows: Vec<(String, Window)>,
        passed: &[Membership],
    ) -> u64 {
        let id = self.number();
        push(&mut self.by_user.entry(Arc::clone(&user)).or_default().views, id);
        let convos = Vec::with_capacity(windows.len());
        self.views.insert(id, View { user, only, readers: Vec::new(), convos });
        for (convo_id, window) in windows {
            self.set(id, &convo_id, Some(window));
        }
        for membership in passed {
            self.apply(id, membership);
        }
        id
    }

    /// Changes the windows of those whose membership changed.
    pub fn change(&mut self, event: &StoredEvent, change: Change, subject: &str) {
        let (Some(presence), Some(convo_id)) = (self.by_user.get(subject), &event.convo_id) else { return };
        let convo_id = Arc::from(convo_id.as_str());
        let membership = Membership { convo_id, seq: event.seq, place: event.place, change };
        let is_wanted = |only: &Option<Arc<str>>| only.as_ref().is_none_or(|only| *only == membership.convo_id);
        for id in &presence.readers {
            if let Some(Reader { only, standing: Standing::AtTheDoor(passed), .. }) = self.readers.get_mut(id)
                && is_wanted(only)
            {
                passed.push(membership.clone());
            }
        }
        for id in presence.views.clone() {
            if self.views.get(&id).is_some_and(|view| is_wanted(&view.only)) {
                self.apply(id, &membership);
            }
        }
    }

    fn apply(&mut self, view: u64, membership: &Membership) {
        let seats = self.by_convo.get(&membership.convo_id);
        let window = seats.and_then(|seats| Some(seats[seat_of(seats, view).ok()?].window));
        self.set(view, &membership.convo_id, membership.apply(window));
    }

    fn set(&mut self, id: u64, convo_id: &str, window: Option<Window>) {
        let (Some(window), Some(view)) = (window, self.views.get_mut(&id)) else { return };
        let convo_id = match self.by_convo.get_key_value(convo_id) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(convo_id),
        };
        let seats = self.by_convo.entry(Arc::clone(&convo_id)).or_default();
        match seat_of(seats, id) {
            Ok(position) => seats[position].window = window,
            Err(position) => {
                make_room(seats);
                seats.insert(position, Seat { view: id, window });
                push(&mut view.convos, convo_id);
            }
        }
    }

    /// Who sees an event.
    pub fn readers_of(&self, event: &StoredEvent) -> Vec<u64> {
        match (&event.convo_id, &event.subject_did) {
            (Some(convo_id), _) => {
                let seats = self.by_convo.get(convo_id.as_str()).into_iter().flatten();
                let views = seats.filter_map(|seat| Some((seat, self.views.get(&seat.view)?)));
                let admitted = views.filter(|(seat, view)| seat.window.admits(event, &view.user));
                admitted.flat_map(|(_, view)| view.readers.iter().copied()).collect()
            }
            (None, Some(subject)) => {
                let views = self.by_user.get(subject.as_str()).into_iter().flat_map(|presence| &presence.views);
                let whole = views.filter_map(|id| self.views.get(id)).filter(|view| view.only.is_none());
                whole.flat_map(|view| view.readers.iter().copied()).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// The members of a conversation among the readers, as far as its events have come, with their users.
    pub fn members_of(&self, convo_id: &str) -> impl Iterator<Item = (u64, &Reader)> {
        let seats = self.by_convo.get(convo_id).into_iter().flatten();
        let open = seats.filter(|seat| seat.window.to_event.is_none());
        let ids = open.filter_map(|seat| self.views.get(&seat.view)).flat_map(|view| view.readers.iter());
        ids.filter_map(|id| Some((*id, self.readers.get(id)?)))
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

    /// Forgets a reader, and their view when nobody else sees by it.
    pub fn remove(&mut self, id: u64) {
        let Some(reader) = self.readers.remove(&id) else { return };
        let mut closed = None;
        if let Standing::In(number) = reader.standing
            && let Some(view) = self.views.get_mut(&number)
        {
            view.readers.retain(|other| *other != id);
            if view.readers.is_empty() {
                self.close(number);
                closed = Some(number);
            }
        }
        if let Some(presence) = self.by_user.get_mut(&reader.user) {
            presence.readers.retain(|other| *other != id);
            presence.views.retain(|view| Some(*view) != closed);
            if presence.readers.is_empty() {
                self.by_user.remove(&reader.user);
            }
        }
    }

    fn close(&mut self, id: u64) {
        let Some(view) = self.views.remove(&id) else { return };
        for convo_id in view.convos {
            if let Some(seats) = self.by_convo.get_mut(&convo_id) {
                if let Ok(position) = seat_of(seats, id) {
                    seats.remove(position);
                }
                if seats.is_empty() {
                    self.by_convo.remove(&convo_id);
                }
            }
        }
    }
}

/// Where a view's seat is, or would be. Seats are in the order of their views.
fn seat_of(seats: &[Seat], view: u64) -> Result<usize, usize> {
    seats.binary_search_by_key(&view, |seat| seat.view)
}

fn push<T>(list: &mut Vec<T>, new: T) {
    make_room(list);
    list.push(new);
}

/// Makes room for one more in what mostly stays small, without all that a vector would take ahead of time.
fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(1 + list.len() / 4);
    }
}
