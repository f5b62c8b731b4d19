//! Panics where no real fault can be brought about: the server says in its log what it does, and a log can panic.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{DefaultGuard, NoSubscriber},
};

/// As long as there is one subscriber alone, a line that is logged for the first time is remembered as of interest only
/// if the thread that logs it has that one: another test's thread would silence the line for ours. Of two, both are asked.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// Lets what runs on this thread panic when it logs certain words, as often as it was armed. Ends when dropped.
pub struct Sabotage {
    left: Arc<AtomicUsize>,
    _guard: DefaultGuard,
}

impl Sabotage {
    /// For lines with these words. Not armed yet.
    pub fn of(words: &'static str) -> Self {
        LazyLock::force(&ANOTHER);
        let left = Arc::new(AtomicUsize::new(0));
        let log = Log { words, left: Arc::clone(&left) };
        Self { left, _guard: tracing::subscriber::set_default(log) }
    }

    /// The next such line panics.
    pub fn arm(&self) {
        self.left.store(1, Ordering::SeqCst);
    }

    /// Whether the armed panic has happened.
    pub fn is_done(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

struct Log {
    words: &'static str,
    left: Arc<AtomicUsize>,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.is_span()
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut search = Search { words: self.words, is_found: false };
        event.record(&mut search);
        let use_up = |left: usize| left.checked_sub(1);
        if search.is_found && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, use_up).is_ok() {
            panic!("sabotage");
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Search {
    words: &'static str,
    is_found: bool,
}

impl Visit for Search {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        self.is_found |= format!("{value:?}").contains(self.words);
    }
}
