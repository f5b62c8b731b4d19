//! Applies a load: clients on connections of their own, each with one request under way.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use hdrhistogram::Histogram;
use tokio::time::{Instant, sleep_until};

use crate::{
    Fallible,
    connection::Connection,
    sample::{Sample, histogram},
    usage::CpuTimes,
    work::{Client, Plan},
};

/// When clients send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// The next request follows the answer: as much as the server takes.
    Closed,
    /// So many requests per second over all clients, at set times, whether or not the server keeps up. A request
    /// that had to wait for the answer before it is timed from when it should have been sent, so that a stall counts
    /// for all that it holds up.
    Fixed(f64),
}

/// A load to apply.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub plan: Arc<Plan>,
    pub clients: usize,
    pub pace: Pace,
    /// Load before the measured time.
    pub warm_up: Duration,
    /// The measured time.
    pub duration: Duration,
}

/// How many clients one thread serves before another is worth its switches.
const CLIENTS_PER_THREAD: usize = 32;

/// What all clients of a load share.
struct Shared {
    load: Load,
    begin: Instant,
    /// Set when the measured time is over, or nothing is left to do, or something failed.
    over: AtomicBool,
    refusal: Mutex<Option<String>>,
}

impl Shared {
    fn fail(&self, text: String) {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
        self.over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// Applies a load and measures it; `cpu` is read at both ends of the measured time. Any answer but 200 is an error: a
/// figure with refusals in it means nothing.
pub async fn apply(load: Load, cpu: impl Fn() -> Fallible<CpuTimes>) -> Fallible<Sample> {
    let begin = Instant::now() + load.warm_up;
    let (clients, duration) = (load.clients, load.duration);
    let shared = Arc::new(Shared { load, begin, over: AtomicBool::new(false), refusal: Mutex::new(None) });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = clients.div_ceil(CLIENTS_PER_THREAD).clamp(1, cores);
    let handles: Vec<_> = (0..threads)
        .map(|first| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve(&shared, (first..clients).step_by(threads)))
        })
        .collect();
    sleep_until(begin).await;
    let before = cpu()?;
    // Time that the scheduler takes from us belongs to neither end.
    let started = Instant::now();
    while started.elapsed() < duration && !shared.is_over() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shared.over.store(true, Ordering::Relaxed);
    let seconds = started.elapsed().as_secs_f64();
    let cpu = cpu()?.since(before);
    let joining = tokio::task::spawn_blocking(|| handles.into_iter().map(thread::JoinHandle::join).collect::<Vec<_>>());
    let mut latency = histogram();
    for part in joining.await? {
        latency.add(part.map_err(|_| "a client panicked")?)?;
    }
    match shared.refusal.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(Sample { operations: latency.len(), seconds, latency, cpu }),
    }
}

/// Runs some of the clients on one thread.
fn serve(shared: &Arc<Shared>, clients: impl Iterator<Item = usize>) -> Histogram<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    runtime.block_on(async {
        let tasks: Vec<_> = clients.map(|client| tokio::spawn(attend(Arc::clone(shared), client))).collect();
        let mut latency = histogram();
        for task in tasks {
            match task.await {
                Ok(Ok(part)) => latency.add(part).expect("all histograms have the same bounds"),
                Ok(Err(error)) => shared.fail(error.to_string()),
                Err(error) => shared.fail(error.to_string()),
            }
        }
        latency
    })
}

/// Runs one client.
async fn attend(shared: Arc<Shared>, number: usize) -> Result<Histogram<u64>, Box<dyn Error + Send + Sync>> {
    /// Of all loads of this process, so that no two clients make the same choices and message ids.
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let load = &shared.load;
    let mut client = Client::new(Arc::clone(&load.plan), SEEDS.fetch_add(1, Ordering::Relaxed));
    let mut connection = Connection::open(load.address).await?;
    let mut schedule = Schedule::new(load, number);
    let (mut request, mut latency) = (Vec::with_capacity(4096), histogram());
    let mut checked = false;
    loop {
        let due = schedule.next().await;
        if shared.is_over() || !client.next(&mut request) {
            shared.over.store(true, Ordering::Relaxed);
            return Ok(latency);
        }
        let sent = due.unwrap_or_else(Instant::now);
        let answer = connection.exchange(&request).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body);
            return Err(format!("a request was answered with status {}: {body}", answer.status).into());
        }
        let answered = Instant::now();
        if !std::mem::replace(&mut checked, true) {
            load.plan.check(answer.body)?;
        }
        if answered >= shared.begin && !shared.is_over() {
            latency.saturating_record(u64::try_from((answered - sent).as_micros()).unwrap_or(u64::MAX));
        }
    }
}

/// The times at which one client sends.
struct Schedule {
    next: Option<(Instant, Duration)>,
}

impl Schedule {
    fn new(load: &Load, client: usize) -> Self {
        let next = match load.pace {
            Pace::Closed => None,
            Pace::Fixed(rate) => {
                let interval = Duration::from_secs_f64(load.clients as f64 / rate);
                // Spread over one interval, so that they don't all send at once.
                let offset = interval.mul_f64(client as f64 / load.clients as f64);
                Some((Instant::now() + offset, interval))
            }
        };
        Self { next }
    }

    /// Waits for the next time to send. Gives that time when it has passed already, because the server was slow; none
    /// when it was waited for: how late a timer fires is not the server's fault.
    async fn next(&mut self) -> Option<Instant> {
        let (due, interval) = self.next?;
        self.next = Some((due + interval, interval));
        if due < Instant::now() {
            return Some(due);
        }
        sleep_until(due).await;
        None
    }
}
