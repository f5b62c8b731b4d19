//! What joining, leaving and roles make of a reader's window, as their events pass.

use std::sync::Arc;

use crate::store::{
    events::Occurrence,
    places::Place,
    stream::{StoredEvent, Window},
};

/// A change of somebody's membership, as far as windows go.
#[derive(Clone, Debug)]
pub struct Membership {
    pub convo_id: Arc<str>,
    pub seq: i64,
    pub place: Place,
    pub change: Change,
}

#[derive(Clone, Copy, Debug)]
pub enum Change {
    Joined { is_admin: bool },
    Ended,
    Role { is_admin: bool },
}

impl Change {
    /// What an event changes. `is_admin`: whether its subject is an admin or a moderator now. It was not looked up when the
    /// subject did not read here: whoever has come since has windows that know.
    pub fn of(event: &StoredEvent, is_admin: Option<bool>) -> Option<Self> {
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
    pub fn apply(&self, window: Option<Window>) -> Option<Window> {
        let (seq, place, id) = (self.seq, self.place, self.place.id);
        match (self.change, window) {
            (Change::Joined { is_admin }, window) if window.is_none_or(|w| w.to_event.is_some_and(|to| to.id < id)) => {
                Some(Window { after_seq: seq, last_seq: None, from_event: id, to_event: None, is_admin })
            }
            (Change::Ended, Some(window)) if window.to_event.is_none() && window.from_event <= id => {
                Some(Window { last_seq: Some(seq), to_event: Some(place), ..window })
            }
            (Change::Role { is_admin }, Some(window)) => Some(Window { is_admin, ..window }),
            (_, window) => window,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Membership, Place, Window};

    fn at(id: i64) -> Place {
        Place { txid: id, id }
    }

    fn membership(change: Change, seq: i64, id: i64) -> Membership {
        Membership { convo_id: "c".into(), seq, place: at(id), change }
    }

    const JOINED: Change = Change::Joined { is_admin: false };

    #[test]
    fn a_window_follows_what_passes() {
        let joined = membership(JOINED, 5, 11).apply(None).unwrap();
        assert_eq!((joined.after_seq, joined.from_event, joined.to_event), (5, 11, None));
        let promoted = membership(Change::Role { is_admin: true }, 6, 15).apply(Some(joined)).unwrap();
        assert!(promoted.is_admin);
        let removed = membership(Change::Ended, 8, 21).apply(Some(promoted)).unwrap();
        assert_eq!((removed.last_seq, removed.to_event), (Some(8), Some(at(21))));
        let again = membership(JOINED, 9, 30).apply(Some(removed)).unwrap();
        assert_eq!((again.after_seq, again.from_event, again.to_event, again.is_admin), (9, 30, None, false));
    }

    #[test]
    fn what_a_window_knows_already_changes_nothing() {
        let open = Window { after_seq: 9, last_seq: None, from_event: 30, to_event: None, is_admin: false };
        for (change, id) in [(JOINED, 11), (Change::Ended, 21), (JOINED, 30), (JOINED, 35)] {
            assert_eq!(membership(change, 5, id).apply(Some(open)), Some(open), "{change:?} {id}");
        }
        let closed = Window { last_seq: Some(12), to_event: Some(at(40)), ..open };
        for (change, id) in [(JOINED, 11), (Change::Ended, 21), (JOINED, 30), (Change::Ended, 40)] {
            assert_eq!(membership(change, 5, id).apply(Some(closed)), Some(closed), "{change:?} {id}");
        }
        assert_eq!(membership(Change::Ended, 5, 11).apply(None), None);
    }
}
