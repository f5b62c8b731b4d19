//! The live stream: how long after a send its members have it, and what an idle stream costs.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    Fallible,
    connection::Connection,
    contest::Bound,
    outcome::{Figures, Outcome, Verdict},
    population::{Population, USERS},
    random::Random,
    sample::{Sample, histogram},
    scenarios::populate,
    stand::Stand,
    token::{Profile, Tokens},
    usage,
    work::{Client, Job, Plan},
};

/// Who sends; each waits for the answer before the next.
const SENDERS: usize = 32;
const BYTES: usize = 1024;

/// Load before the measured time.
const WARM_UP: Duration = Duration::from_secs(2);

/// How long streams may take to open, and what was sent to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Until a server has come to rest.
const REST: Duration = Duration::from_secs(3);

/// Streams that are opened at once.
const OPENING: usize = 64;

/// Sends at a rate to conversations of ten, each of whose members has a stream, half of them on another server if there is
/// one.
pub async fn deliver(
    stand: &Stand,
    name: &str,
    (rate, replicas): (f64, usize),
    duration: Duration,
) -> Fallible<Outcome> {
    let population = populate(stand, name, USERS / 10).await?;
    let mut outcome = Outcome::new(name);
    let build = &stand.builds[0];
    let mut servers = Vec::new();
    for _ in 0..replicas {
        servers.push(stand.server(build).await?);
    }
    let watch = Arc::new(Watch::new(replicas));
    let mut readers = Vec::new();
    for user in 0..USERS {
        let place = user % replicas;
        readers.push((servers[place].address, user, place));
    }
    let tasks = open(&population, readers, &watch).await?;
    let begin = Instant::now() + WARM_UP;
    let end = begin + duration;
    let pids: Vec<_> = servers.iter().map(|server| server.pid).collect();
    let sending = send(servers[0].address, &population, &watch, rate, (begin, end));
    let measuring = async {
        sleep_until(begin).await;
        let before = stand.cpu(Some(pids[0]))?;
        sleep_until(end).await;
        Fallible::Ok(stand.cpu(Some(pids[0]))?.since(before))
    };
    let (sends, cpu) = tokio::join!(sending, measuring);
    let (sends, cpu) = (sends?, cpu?);
    let missing = watch.settle().await;
    tasks.into_iter().for_each(|task| task.abort());
    let seconds = duration.as_secs_f64();
    let sample = |latency: Histogram<u64>, cpu| Sample { operations: latency.len(), seconds, latency, cpu };
    outcome.figures.push(Figures::of("send".to_owned(), &[sample(sends, cpu)]));
    for (place, latency) in watch.take_latencies().into_iter().enumerate() {
        let name = if place == 0 { "deliver, same server" } else { "deliver, other server" };
        outcome.figures.push(Figures::of(name.to_owned(), &[sample(latency, usage::CpuTimes::default())]));
        let (of, against) = (&outcome.figures[place + 1], &outcome.figures[0]);
        let ratio = of.p50 / against.p50;
        let bound = if place == 0 { Bound::AtMost(2.0) } else { Bound::None };
        outcome.verdicts.push(Verdict::new(format!("p50 of {} / send", of.name), ratio, "x", bound));
    }
    outcome.verdicts.push(Verdict::new("deliveries missing".to_owned(), missing as f64, "", Bound::AtMost(0.0)));
    for server in servers {
        server.stop().await?;
    }
    Ok(outcome)
}

/// Opens so many streams on which nothing happens, and looks at the server's memory.
pub async fn idle(stand: &Stand, name: &str, streams: usize) -> Fallible<Outcome> {
    let population = populate(stand, name, USERS / 10).await?;
    let mut outcome = Outcome::new(name);
    let server = stand.server(&stand.builds[0]).await?;
    let watch = Arc::new(Watch::new(1));
    // What a first few need once is no cost of each.
    let first = open(&population, (0..OPENING).map(|user| (server.address, user, 0)).collect(), &watch).await?;
    sleep(REST).await;
    let before = usage::resident(server.pid)?;
    let readers = (0..streams).map(|number| (server.address, number % USERS, 0)).collect();
    let tasks = open(&population, readers, &watch).await?;
    sleep(REST).await;
    let each = usage::resident(server.pid)?.saturating_sub(before) as f64 / streams as f64;
    let text = format!("resident memory of each of {streams} idle streams");
    outcome.verdicts.push(Verdict::new(text, each / 1024.0, "KiB", Bound::None));
    let cpu = usage::process(server.pid)?;
    sleep(REST).await;
    let share = (usage::process(server.pid)? - cpu) / REST.as_secs_f64();
    outcome.verdicts.push(Verdict::new("cores that the server uses meanwhile".to_owned(), share, "", Bound::None));
    first.into_iter().chain(tasks).for_each(|task| task.abort());
    server.stop().await?;
    Ok(outcome)
}

/// What is on its way, and how long what has arrived took.
struct Watch {
    sent: Mutex<HashMap<[u8; 36], Sent>>,
    /// By server.
    latencies: Mutex<Vec<Histogram<u64>>>,
    opened: AtomicUsize,
    is_over: AtomicBool,
}

struct Sent {
    at: Instant,
    /// Whether it falls into the measured time.
    counts: bool,
    /// Who has not got it yet.
    missing: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    fn new(servers: usize) -> Self {
        Self {
            sent: Mutex::default(),
            latencies: Mutex::new(vec![histogram(); servers]),
            opened: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    fn depart(&self, id: [u8; 36], counts: bool) {
        lock(&self.sent).insert(id, Sent { at: Instant::now(), counts, missing: 10 });
    }

    fn arrive(&self, id: &[u8; 36], server: usize) {
        let now = Instant::now();
        let mut sent = lock(&self.sent);
        let Some(entry) = sent.get_mut(id) else { return };
        if entry.counts {
            let took = u64::try_from((now - entry.at).as_micros()).unwrap_or(u64::MAX);
            lock(&self.latencies)[server].saturating_record(took);
        }
        entry.missing -= 1;
        if entry.missing == 0 {
            sent.remove(id);
        }
    }

    /// How many deliveries have not come after a while.
    async fn settle(&self) -> usize {
        let deadline = Instant::now() + PATIENCE;
        while !lock(&self.sent).is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
        }
        self.is_over.store(true, Ordering::Relaxed);
        lock(&self.sent).values().map(|sent| sent.missing).sum()
    }

    /// Waits until so many streams are open.
    async fn opened(&self, count: usize) -> Fallible<()> {
        let waiting = async {
            while self.opened.load(Ordering::Relaxed) < count {
                sleep(Duration::from_millis(1)).await;
            }
        };
        Ok(timeout(PATIENCE, waiting).await.map_err(|_| "the streams don't open")?)
    }

    fn take_latencies(&self) -> Vec<Histogram<u64>> {
        std::mem::take(&mut *lock(&self.latencies))
    }
}

/// Opens streams, and returns when all have caught up. Each reader has a server, a user and a place for its latencies.
async fn open(
    population: &Arc<Population>,
    readers: Vec<(SocketAddr, usize, usize)>,
    watch: &Arc<Watch>,
) -> Fallible<Vec<JoinHandle<()>>> {
    let method = "blue.catbird.mls.streamConvoEvents";
    let tokens = Tokens::new(Profile::FreshHs256, method, population, 0);
    let before = watch.opened.load(Ordering::Relaxed);
    let (target, mut tasks) = (before + readers.len(), Vec::new());
    for (number, (address, user, place)) in readers.into_iter().enumerate() {
        let mut request = format!("GET /xrpc/{method} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ").into_bytes();
        tokens.write_for(user, &mut Random::new(target as u64 * 100_000 + number as u64), &mut request);
        request.extend_from_slice(b"\r\n\r\n");
        let mine = Arc::clone(watch);
        tasks.push(tokio::spawn(async move {
            if let Err(error) = read(address, &request, &mine, place).await
                && !mine.is_over.load(Ordering::Relaxed)
            {
                eprintln!("a stream ended: {error}");
            }
        }));
        watch.opened(before + (number + 1).saturating_sub(OPENING)).await?;
    }
    watch.opened(target).await?;
    Ok(tasks)
}

/// Reads one stream as long as it lasts.
async fn read(address: SocketAddr, request: &[u8], watch: &Watch, place: usize) -> Fallible<()> {
    const MESSAGE: &[u8] = b"\"message\":{\"id\":\"";
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut received = Vec::with_capacity(4096);
    let mut is_open = false;
    loop {
        if stream.read_buf(&mut received).await? == 0 {
            return Err("the server closed it".into());
        }
        while let Some(end) = find(&received, b"\n\n") {
            let event = &received[..end];
            if let Some(at) = find(event, MESSAGE)
                && let Some(id) = event.get(at + MESSAGE.len()..at + MESSAGE.len() + 36)
            {
                watch.arrive(id.try_into()?, place);
            } else if !is_open && find(event, b"caughtUp").is_some() {
                is_open = true;
                watch.opened.fetch_add(1, Ordering::Relaxed);
            }
            received.drain(..end + 2);
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Sends at a rate until the end; gives the latencies of the sends themselves.
async fn send(
    address: SocketAddr,
    population: &Arc<Population>,
    watch: &Arc<Watch>,
    rate: f64,
    (begin, end): (Instant, Instant),
) -> Fallible<Histogram<u64>> {
    let job = Job::Send { bytes: BYTES };
    let tokens = Tokens::new(Profile::FreshHs256, &job.method(), population, 0);
    let plan = Arc::new(Plan::new(job, Arc::clone(population), tokens));
    let interval = Duration::from_secs_f64(SENDERS as f64 / rate);
    let tasks: Vec<JoinHandle<Fallible<Histogram<u64>>>> = (0..SENDERS)
        .map(|number| {
            let (plan, watch) = (Arc::clone(&plan), Arc::clone(watch));
            tokio::spawn(async move {
                let mut client = Client::new(plan, 7_000_000 + number as u64);
                let mut connection = Connection::open(address).await?;
                let (mut request, mut latency) = (Vec::new(), histogram());
                let mut next = Instant::now() + interval.mul_f64(number as f64 / SENDERS as f64);
                while next < end {
                    sleep_until(next).await;
                    next += interval;
                    client.next(&mut request);
                    let at = find(&request, b"{\"msgId\":\"").ok_or("a send without an id")? + 10;
                    let counts = Instant::now() >= begin;
                    watch.depart(request[at..at + 36].try_into()?, counts);
                    let sent = Instant::now();
                    let answer = connection.exchange(&request).await?;
                    if answer.status != 200 {
                        return Err(format!("a send was answered with {}", answer.status).into());
                    }
                    if counts {
                        latency.saturating_record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
                    }
                }
                Ok(latency)
            })
        })
        .collect();
    let mut all = histogram();
    for task in tasks {
        all.add(task.await??)?;
    }
    Ok(all)
}
