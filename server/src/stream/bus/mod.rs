//! Between the servers: a wake-up when there is something new in the log, and what is shown and not kept.
//!
//! Nothing depends on it but time: a lost wake-up is made up for by the tailer's own looking. So it is never part of a
//! transaction that writes; PostgreSQL's NOTIFY would make those wait for each other.
//!
//! A signal is a server's name, and what it says behind that: nothing for a wake-up, which is a sign of life and an answer too,
//! [`QUESTION`] when it comes, or the form of something ephemeral. Earlier releases take a question for a form of a later one
//! and pass over it.

mod company;
mod postgres;
mod redis;

use std::{convert::Infallible, error::Error, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::{
    sync::{Mutex, mpsc},
    time::{Instant, sleep, timeout},
};

use self::company::Company;
use super::{Ephemeral, Streams};
use crate::serve::Foundations;

/// At most one wake-up is sent in so long.
const PAUSE: Duration = Duration::from_millis(5);

/// How long to wait before connecting anew.
const RECONNECT: Duration = Duration::from_millis(500);

/// What may wait to be sent to the other servers; more is dropped, as ephemeral things may be.
const QUEUE: usize = 256;

/// Digits of a server's name, with which each signal begins.
const NAME_DIGITS: usize = 16;

/// What asks the others for a signal.
const QUESTION: &str = "?";

/// A server sends at least one signal in so long. Its own come back to it: a connection over which none has come for
/// `SILENCE` is broken, though nobody may have been told.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);
const SILENCE: Duration = Duration::from_secs(10);

type BoxError = Box<dyn Error + Send + Sync>;

/// Where signals go through.
pub enum Bus {
    /// NOTIFY and LISTEN.
    Postgres(postgres::Channel),
    /// Publish and subscribe.
    Redis(redis::Channel),
}

/// What is on its way to the other servers.
pub struct Outbox {
    sender: mpsc::Sender<String>,
    receiver: Mutex<mpsc::Receiver<String>>,
    /// What this server is called between the servers: its own signals come back to it.
    name: String,
    company: Company,
}

impl Default for Outbox {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let name = format!("{:0NAME_DIGITS$x}", rand::random::<u64>());
        Self { sender, receiver: Mutex::new(receiver), name, company: Company::default() }
    }
}

impl Outbox {
    /// Has something shown on the other servers, if there is room for it.
    pub fn show(&self, form: &str) {
        if self.company.is_alone() {
            return;
        }
        if self.sender.try_send(format!("{}{form}", self.name)).is_err() {
            tracing::debug!("something ephemeral is dropped: too much is to be shown elsewhere");
        }
    }
}

impl Bus {
    /// The way that the operator has set.
    pub fn of(foundations: &Foundations) -> Result<Self, BoxError> {
        Ok(match &foundations.config.streams.redis_url {
            None => Self::Postgres(postgres::Channel::new(&foundations.pool)),
            Some(url) => Self::Redis(redis::Channel::new(url, &foundations.pool, &foundations.hash_key)?),
        })
    }
}

/// Sends and receives until the server drains.
pub async fn run(streams: Arc<Streams>, bus: Bus) {
    tokio::select! {
        () = streams.lifecycle.draining() => {}
        () = keep_sending(&streams, &bus) => {}
        () = keep_receiving(&streams, &bus) => {}
    }
}

async fn keep_sending(streams: &Streams, bus: &Bus) {
    let mut complaint = Complaint::default();
    loop {
        let error = supervised(send(streams, bus)).await;
        complaint.log(&*error, "signals to other servers can't be sent; trying again");
        sleep(RECONNECT).await;
    }
}

async fn keep_receiving(streams: &Streams, bus: &Bus) {
    let mut complaint = Complaint::default();
    loop {
        let error = supervised(receive(streams, bus)).await;
        streams.outbox.company.stop_listening();
        complaint.log(&*error, "signals of other servers can't be received; trying again");
        sleep(RECONNECT).await;
    }
}

/// Why something that goes on as long as it can has ended.
async fn supervised(work: impl Future<Output = Result<Infallible, BoxError>>) -> BoxError {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Err(error)) => error,
        // It was logged where it happened.
        Err(_) => "a panic".into(),
    }
}

/// Says once what goes wrong again and again.
#[derive(Default)]
struct Complaint(Option<Instant>);

impl Complaint {
    fn log(&mut self, error: &(dyn Error + 'static), text: &'static str) {
        let last = self.0.replace(Instant::now());
        if last.is_none_or(|last| last.elapsed() > RECONNECT * 4) {
            tracing::warn!(error, "{text}");
        }
    }
}

async fn send(streams: &Streams, bus: &Bus) -> Result<Infallible, BoxError> {
    let mut queue = streams.outbox.receiver.lock().await;
    // What was lost with the connection before may have been a question.
    streams.outbox.company.ask();
    match bus {
        Bus::Postgres(channel) => {
            let mut sender = in_time(channel.sender()).await?;
            loop {
                in_time(sender.send(&next(streams, &mut queue).await)).await?;
            }
        }
        Bus::Redis(channel) => {
            let mut sender = in_time(channel.sender()).await?;
            loop {
                in_time(sender.send(&next(streams, &mut queue).await)).await?;
            }
        }
    }
}

/// The next signal to send.
async fn next(streams: &Streams, queue: &mut mpsc::Receiver<String>) -> String {
    let Outbox { name, company, .. } = &streams.outbox;
    tokio::select! {
        () = company.to_be_asked() => format!("{name}{QUESTION}"),
        () = company.to_be_answered() => name.clone(),
        Some(form) = queue.recv() => form,
        // Whoever comes asks, and is woken by the answer.
        () = streams.waker.to_be_passed_on(), if !company.is_alone() => name.clone(),
        () = sleep(SIGN_OF_LIFE) => name.clone(),
    }
}

/// What takes too long counts as a lost connection.
async fn in_time<T>(work: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    timeout(SILENCE, work).await.unwrap_or_else(|_| Err("the connection has fallen silent".into()))
}

async fn receive(streams: &Streams, bus: &Bus) -> Result<Infallible, BoxError> {
    let company = &streams.outbox.company;
    match bus {
        Bus::Postgres(channel) => {
            let mut receiver = in_time(channel.receiver()).await?;
            company.listen();
            loop {
                take(streams, &in_time(receiver.next()).await?).await;
            }
        }
        Bus::Redis(channel) => {
            let mut receiver = in_time(channel.receiver()).await?;
            company.listen();
            loop {
                take(streams, &in_time(receiver.next()).await?).await;
            }
        }
    }
}

/// What another server says: nothing but its name is a wake-up.
async fn take(streams: &Streams, signal: &str) {
    let Some((name, said)) = signal.split_at_checked(NAME_DIGITS) else { return };
    if name == streams.outbox.name {
        return;
    }
    streams.outbox.company.meet(said == QUESTION);
    match said {
        "" => streams.waker.wake_here(),
        QUESTION => {}
        form => {
            let Some(ephemeral) = Ephemeral::from_form(form) else { return };
            if let Err(error) = streams.show_here(ephemeral).await {
                tracing::debug!(error = &error as &dyn Error, "something ephemeral is dropped");
            }
        }
    }
}
