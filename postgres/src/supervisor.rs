//! The thread that starts PostgreSQL, waits for its end, and starts it again when nobody asked for that end.
//!
//! The kernel sends the parent-death signal when the *thread* that spawned the child ends. This thread lives exactly as
//! long as its child is to live, so the child outlives neither the thread nor, thereby, the process.

use std::{
    io,
    process::{Command, ExitStatus},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::error::{Error, Result};

/// Pause before starting a PostgreSQL that died again; doubled up to 30 s while it keeps dying within a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How the child fares.
#[derive(Debug, Default)]
struct State {
    /// The running child; `None` between its end and its next start.
    pid: Option<Pid>,
    /// Its end has been asked for.
    stopping: bool,
    /// Set once, when the thread is through: how the last child ended.
    ended: Option<String>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// A panic while the lock is held leaves plain data behind, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread needs for each start.
pub(crate) struct Plan {
    /// Makes the command anew for every start.
    pub(crate) command: Box<dyn Fn() -> Result<Command> + Send>,
    /// Called before every start but the first.
    pub(crate) before_restart: Box<dyn Fn() -> Result<()> + Send>,
    /// Whether to start again after an end that nobody asked for.
    pub(crate) restart: bool,
}

/// A handle on the thread and its child.
#[derive(Debug)]
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
}

impl Supervisor {
    /// Starts the thread, which starts the child.
    pub(crate) fn start(plan: Plan) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("postgres".to_owned());
        thread
            .spawn(move || supervise(&plan, &theirs))
            .map_err(Error::spawn("the thread that looks after PostgreSQL"))?;
        Ok(Self { shared })
    }

    /// The child's process id, while one runs.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.shared.lock().pid
    }

    /// How the last child ended, once the thread has given up on it.
    pub(crate) fn ended(&self) -> Option<String> {
        self.shared.lock().ended.clone()
    }

    /// Signals the child, if one runs.
    pub(crate) fn signal(&self, signal: Signal) {
        signal_child(&self.shared.lock(), signal);
    }

    /// Asks the child to end with each signal in turn, and waits for it as long as stands beside the signal.
    /// Says whether it ended.
    pub(crate) fn stop(&self, steps: &[(Signal, Duration)]) -> bool {
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        for (signal, patience) in steps {
            signal_child(&state, *signal);
            let deadline = Instant::now() + *patience;
            while state.ended.is_none() {
                let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                    break;
                };
                state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.ended.is_some()
    }
}

fn signal_child(state: &State, signal: Signal) {
    // The child is reaped only after `pid` was cleared under the lock, so the id cannot belong to anybody else.
    if let Some(pid) = state.pid {
        let _ = kill_process(pid, signal);
    }
}

fn supervise(plan: &Plan, shared: &Shared) {
    let mut pause = FIRST_PAUSE;
    loop {
        let started = Instant::now();
        let end = run_once(plan, shared);
        let mut state = shared.lock();
        if state.stopping || !plan.restart {
            state.ended = Some(end);
            shared.changed.notify_all();
            return;
        }
        tracing::error!(pause.ms = pause.as_millis() as u64, "PostgreSQL ended ({end}); starting it again");
        let (state, _) = shared
            .changed
            .wait_timeout_while(state, pause, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        pause = if started.elapsed() > Duration::from_secs(60) { FIRST_PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
        if let Err(error) = (plan.before_restart)() {
            tracing::error!("cannot prepare another start of PostgreSQL: {error}");
        }
    }
}

/// One life of the child, from start to end; says how it ended.
fn run_once(plan: &Plan, shared: &Shared) -> String {
    let spawn = || -> Result<_> {
        // Under the lock, so that a stop either prevents the start or sees the child.
        let mut state = shared.lock();
        if state.stopping {
            return Ok(None);
        }
        let child = (plan.command)()?.spawn().map_err(Error::spawn("PostgreSQL (through `setpriv` of util-linux)"))?;
        state.pid = Pid::from_raw(child.id() as i32);
        shared.changed.notify_all();
        Ok(Some(child))
    };
    let mut child = match spawn() {
        Ok(Some(child)) => child,
        Ok(None) => return "stopped".to_owned(),
        Err(error) => return chain(&error),
    };
    wait_without_reaping(Pid::from_child(&child));
    shared.lock().pid = None;
    describe(child.wait())
}

/// Blocks until the child has ended, and leaves its process id taken.
fn wait_without_reaping(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
}

fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
