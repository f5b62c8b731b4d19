//! Every subscriber ends with exactly the entries it may see, in order, whatever is delayed, cut off or killed on the way:
//! three servers as processes of their own on one PostgreSQL, writers, subscribers that come back to another server again
//! and again, transactions that are held open between insert and commit, a server killed, PostgreSQL killed.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use catbird_lexicon::blue::catbird::mls::{
    Client, add_members, remove_member,
    stream_convo_events::{self, EventWrapperEvent as Event},
};
use catbird_postgres::{Cluster, Options};
use catbird_server::clock::SystemClock;
use e2e::{
    chat,
    program::Program,
    room::creation,
    server::{did, endpoint},
    stream::cursor,
};
use futures::{StreamExt, future::join_all};
use lexicon_runtime::client::{ClientError, XrpcHttp};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::{sleep, timeout};

const ROOMS: usize = 50;
const WRITERS: usize = 16;
const SUBSCRIBERS: usize = 40;
const DELAYERS: usize = 4;

/// How long each part of the load lasts: before a server is killed, before PostgreSQL is, and after.
const PART: Duration = Duration::from_secs(3);

/// How long the last subscriber may take to get the last entry, once nothing is written any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// The load as all parts of it see it.
struct Load {
    /// Where the servers are; one of them dies.
    bases: Vec<String>,
    /// Those that are alive are the first so many.
    alive: AtomicUsize,
    database: String,
    is_over: AtomicBool,
}

impl Load {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::SeqCst)
    }

    fn client(&self, server: usize, name: &str) -> Client<XrpcHttp> {
        endpoint(self.bases[server].clone(), Arc::new(SystemClock)).client(&did(name))
    }

    fn clients(&self, name: &str) -> Vec<Client<XrpcHttp>> {
        (0..self.bases.len()).map(|server| self.client(server, name)).collect()
    }

    /// One of the servers, dead or alive while the news has not come round.
    fn any(&self, random: &mut StdRng) -> usize {
        random.random_range(0..self.alive.load(Ordering::SeqCst))
    }
}

fn room_id(room: usize) -> String {
    format!("{room:032x}")
}

fn writers_of(room: usize) -> [String; 2] {
    [format!("writer{}", room % WRITERS), format!("writer{}", (room + 5) % WRITERS)]
}

/// Each subscriber is in about a fifth of the conversations.
fn is_in(room: usize, subscriber: usize) -> bool {
    (room * 7 + subscriber * 3).is_multiple_of(5)
}

/// Makes the conversations, the first writer being the admin of each.
async fn make_rooms(load: &Load) {
    let rooms = (0..ROOMS).map(|room| async move {
        let [admin, other] = writers_of(room);
        let subscribers = (0..SUBSCRIBERS).filter(|subscriber| is_in(room, *subscriber));
        let others: Vec<_> = std::iter::once(other).chain(subscribers.map(subscriber_name)).collect();
        let others: Vec<_> = others.iter().map(|name| did(name)).collect();
        let answer = load.client(0, &admin).create_convo(&creation(&room_id(room), &others)).await;
        answer.expect("a conversation can be made");
    });
    futures::stream::iter(rooms).buffer_unordered(8).collect::<()>().await;
}

fn subscriber_name(number: usize) -> String {
    format!("subscriber{number}")
}

/// Sends to its conversations through any server. What gets no answer may or may not be in the log.
async fn write(load: &Load, writer: usize) {
    let mut random = StdRng::seed_from_u64(writer as u64);
    let name = format!("writer{writer}");
    let clients = load.clients(&name);
    let rooms: Vec<_> = (0..ROOMS).filter(|room| writers_of(*room).contains(&name)).collect();
    while load.goes_on() {
        let room = rooms[random.random_range(0..rooms.len())];
        let input = chat::message(&room_id(room), 0, vec![7; random.random_range(1..2000)]);
        match timeout(Duration::from_secs(5), clients[load.any(&mut random)].send_message(&input)).await {
            Ok(Ok(_)) => {}
            Ok(Err(ClientError::Declared(error))) => panic!("{error}"),
            Ok(Err(_)) | Err(_) => sleep(Duration::from_millis(50)).await,
        }
        sleep(Duration::from_millis(random.random_range(0..20))).await;
    }
}

/// Appends as a server would, but keeps each transaction open for a while: some after they have inserted, some after they
/// have a transaction id and before they wait for the conversation.
async fn delay(load: &Load, number: usize) {
    let mut random = StdRng::seed_from_u64(1000 + number as u64);
    while load.goes_on() {
        if let Ok(mut conn) = PgConnection::connect(&load.database).await {
            while load.goes_on() && held_open(&mut conn, &mut random).await.is_ok() {}
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn held_open(conn: &mut PgConnection, random: &mut StdRng) -> Result<(), sqlx::Error> {
    let room = random.random_range(0..ROOMS);
    let (before, after) = (random.random_range(0..100), random.random_range(10..150));
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT pg_current_xact_id()::text").execute(&mut *tx).await?;
    sleep(Duration::from_millis(before)).await;
    let append = format!(
        "SELECT FROM append_entries(ARRAY['{}'], ARRAY['{}'], ARRAY['app'], ARRAY[0::bigint], ARRAY[NULL::bytea],
            ARRAY[gen_random_uuid()::text], ARRAY['tag'::bytea], ARRAY['bytes'::bytea], ARRAY[NULL::text],
            ARRAY[NULL::text], ARRAY[now()], ARRAY[now() + interval '30 days'], true)",
        room_id(room),
        did(&writers_of(room)[0]).as_str(),
    );
    match tx.execute(AssertSqlSafe(append)).await {
        Ok(_) => {}
        // Somebody else held the lock for too long; nothing has happened.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => return tx.rollback().await,
        Err(error) => return Err(error),
    }
    sleep(Duration::from_millis(after)).await;
    if after % 7 == 0 { tx.rollback().await } else { tx.commit().await }
}

/// Removes subscribers from some of the conversations for good, and adds others to some.
async fn change_members(load: &Load) {
    let mut random = StdRng::seed_from_u64(77);
    for round in 0.. {
        sleep(Duration::from_millis(100)).await;
        if !load.goes_on() {
            return;
        }
        // A place is visited once at most: what a subscriber may see in the end is all that it ever could.
        let (room, subscriber) = (round * 3 % ROOMS, (round * 7 + round / ROOMS) % SUBSCRIBERS);
        let admin = load.client(load.any(&mut random), &writers_of(room)[0]);
        let (convo_id, user) = (room_id(room), did(&subscriber_name(subscriber)));
        if is_in(room, subscriber) {
            let idempotency_key = uuid::Uuid::new_v4().simple().to_string()[..26].to_owned();
            let input =
                remove_member::Input { convo_id, target_did: user, idempotency_key, reason: None, commit: None };
            let _ = timeout(Duration::from_secs(2), admin.remove_member(&input)).await;
        } else {
            let input = add_members::Input {
                convo_id,
                idempotency_key: None,
                did_list: vec![user],
                commit: None,
                welcome_message: None,
                key_package_hashes: None,
            };
            let _ = timeout(Duration::from_secs(2), admin.add_members(&input)).await;
        }
    }
}

/// One who listens, is cut off, and goes on elsewhere.
struct Subscriber {
    name: String,
    clients: Vec<Client<XrpcHttp>>,
    random: StdRng,
    cursor: Option<String>,
    /// Conversation and seq of each entry, as they came.
    heard: Vec<(String, i64)>,
    connections: usize,
}

impl Subscriber {
    fn new(load: &Load, number: usize) -> Self {
        let name = subscriber_name(number);
        let (clients, random) = (load.clients(&name), StdRng::seed_from_u64(500 + number as u64));
        Self { name, clients, random, cursor: None, heard: Vec::new(), connections: 0 }
    }

    /// Listens to any server for so long, or until `is_enough` entries were heard.
    async fn listen(&mut self, load: &Load, patience: Duration, is_enough: Option<usize>) {
        let params = stream_convo_events::Params { cursor: None, convo_id: None };
        let client = &self.clients[load.any(&mut self.random)];
        let listening = async {
            let mut events = match client.stream_convo_events(&params, self.cursor.as_deref()).await {
                Ok(events) => events,
                Err(ClientError::Declared(error)) => panic!("{}: {error}", self.name),
                Err(_) => return sleep(Duration::from_millis(50)).await,
            };
            self.connections += 1;
            while is_enough != Some(self.heard.len()) {
                let Some(Ok(item)) = events.next().await else { return };
                let event = item.data.event;
                self.cursor = Some(cursor(&event).to_owned());
                if let Event::MessageEvent(event) = event {
                    self.heard.push((event.message.convo_id, event.message.seq));
                }
            }
        };
        // Cut off wherever it is: what was read is processed, and nothing else.
        let _ = timeout(patience, listening).await;
    }

    async fn follow(&mut self, load: &Load) {
        while load.goes_on() {
            let patience = Duration::from_millis(self.random.random_range(30..1500));
            self.listen(load, patience, None).await;
        }
    }

    /// Listens until everything has come, and a little longer: nothing may come twice.
    async fn finish(&mut self, load: &Load, expected: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.heard.len() < expected && Instant::now() < deadline {
            self.listen(load, Duration::from_secs(3), Some(expected)).await;
        }
        self.listen(load, Duration::from_millis(500), None).await;
    }
}

/// Connects, once PostgreSQL has recovered.
async fn connect(database: &str) -> PgConnection {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match PgConnection::connect(database).await {
            Ok(conn) => return conn,
            Err(error) => assert!(Instant::now() < deadline, "PostgreSQL doesn't come back: {error}"),
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The entries that each user may see, in the order of the stream.
async fn visible(database: &str) -> HashMap<String, Vec<(String, i64)>> {
    let mut conn = connect(database).await;
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT m.user_did, e.convo_id, e.seq FROM events e JOIN members m USING (convo_id)
        WHERE e.kind = 'entry' AND m.joined_seq < e.seq AND (m.left_seq IS NULL OR e.seq <= m.left_seq)
        ORDER BY e.txid, e.id",
    )
    .fetch_all(&mut conn)
    .await
    .expect("the events can be read");
    let mut visible: HashMap<_, Vec<_>> = HashMap::new();
    for (user, convo_id, seq) in rows {
        visible.entry(user).or_default().push((convo_id, seq));
    }
    visible
}

fn start(directory: &Path, database: &str) -> Program {
    let flags = [
        format!("--database-url={database}"),
        "--server-secret=the secret of three servers that are one".to_owned(),
        "--ephemeral-rate-per-caller=0".to_owned(),
    ];
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    Program::start(env!("CARGO_BIN_EXE_catbird-server"), directory, &flags)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_hears_exactly_what_it_may_in_order_whatever_breaks() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::durable(directory.path().join("pg")).setting("max_connections", 200);
    let cluster = Cluster::start(options).await.expect("PostgreSQL starts");
    cluster.create_database("catbird", None).await.unwrap();
    let database = cluster.url("catbird");
    let mut programs: Vec<_> = (0..3)
        .map(|number| {
            let directory = directory.path().join(number.to_string());
            std::fs::create_dir(&directory).unwrap();
            start(&directory, &database)
        })
        .collect();
    let bases: Vec<_> = programs.iter().map(|program| program.base.clone()).collect();
    let load = Load { bases, alive: AtomicUsize::new(3), database, is_over: AtomicBool::new(false) };
    make_rooms(&load).await;
    let mut subscribers: Vec<_> = (0..SUBSCRIBERS).map(|number| Subscriber::new(&load, number)).collect();
    // Each has a cursor from before the first entry.
    join_all(subscribers.iter_mut().map(|subscriber| async {
        while subscriber.cursor.is_none() {
            subscriber.listen(&load, Duration::from_millis(500), None).await;
        }
    }))
    .await;
    assert!(subscribers.iter().all(|subscriber| subscriber.heard.is_empty()));

    let breaking = async {
        sleep(PART).await;
        programs.pop().expect("there are three").kill();
        load.alive.store(2, Ordering::SeqCst);
        sleep(PART).await;
        cluster.kill();
        connect(&load.database).await;
        sleep(PART).await;
        load.is_over.store(true, Ordering::SeqCst);
    };
    tokio::join!(
        breaking,
        join_all((0..WRITERS).map(|writer| write(&load, writer))),
        join_all((0..DELAYERS).map(|number| delay(&load, number))),
        join_all(subscribers.iter_mut().map(|subscriber| subscriber.follow(&load))),
        change_members(&load),
    );

    // What was given up by its client may still be in work.
    sleep(Duration::from_secs(1)).await;
    let visible = visible(&load.database).await;
    let expected = |name: &str| visible.get(did(name).as_str()).cloned().unwrap_or_default();
    join_all(subscribers.iter_mut().map(|subscriber| async {
        let count = expected(&subscriber.name).len();
        subscriber.finish(&load, count).await;
    }))
    .await;
    let mut in_all = 0;
    for subscriber in &subscribers {
        let expected = expected(&subscriber.name);
        in_all += expected.len();
        compare(subscriber, &expected);
    }
    let connections: usize = subscribers.iter().map(|subscriber| subscriber.connections).sum();
    println!("{in_all} entries heard over {connections} connections");
    assert!(in_all > 2000 && connections > 200, "{in_all} {connections}: that was no load");
}

fn compare(subscriber: &Subscriber, expected: &[(String, i64)]) {
    let (name, heard) = (&subscriber.name, &subscriber.heard);
    let missing: Vec<_> = expected.iter().filter(|entry| !heard.contains(entry)).take(5).collect();
    assert!(missing.is_empty(), "{name} has lost {missing:?}: {} of {}", heard.len(), expected.len());
    assert_eq!(heard.len(), expected.len(), "{name} has heard something twice or what it may not");
    let first = heard.iter().zip(expected).position(|(heard, expected)| heard != expected);
    assert_eq!(first, None, "{name} has heard something out of order");
}
