//! How many streams there may be at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts the streams of this server.
#[derive(Debug)]
pub struct Caps {
    per_user: u32,
    total: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_user: HashMap<Arc<str>, u32>,
}

/// Why there can't be one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapReached {
    /// This user has as many as one may have.
    User { limit: u32 },
    /// The server has as many as it may have.
    Server,
}

/// The right to one stream; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    caps: Arc<Caps>,
    user: Arc<str>,
}

impl Caps {
    /// Allows so many streams of one user, and so many in all.
    pub fn new(per_user: u32, total: usize) -> Arc<Self> {
        Arc::new(Self { per_user, total, open: Mutex::default() })
    }

    /// Takes one more stream of a user.
    pub fn take(self: &Arc<Self>, user: &Arc<str>) -> Result<Permit, CapReached> {
        let mut open = self.lock();
        if open.total >= self.total {
            return Err(CapReached::Server);
        }
        let count = open.by_user.entry(Arc::clone(user)).or_default();
        if *count >= self.per_user {
            return Err(CapReached::User { limit: self.per_user });
        }
        *count += 1;
        open.total += 1;
        Ok(Permit { caps: Arc::clone(self), user: Arc::clone(user) })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.caps.lock();
        open.total -= 1;
        if let Some(count) = open.by_user.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CapReached, Caps};

    #[test]
    fn streams_are_counted_by_user_and_in_all_until_they_end() {
        let caps = Caps::new(2, 3);
        let [alice, bob] = ["alice".into(), "bob".into()];
        let first = caps.take(&alice).unwrap();
        let _second = caps.take(&alice).unwrap();
        assert_eq!(caps.take(&alice).unwrap_err(), CapReached::User { limit: 2 });
        let _third = caps.take(&bob).unwrap();
        assert_eq!(caps.take(&bob).unwrap_err(), CapReached::Server);
        drop(first);
        assert!(caps.take(&alice).is_ok());
        assert_eq!(caps.lock().total, 2);
    }
}
