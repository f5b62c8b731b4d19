//! The scenarios by name: who competes in each, on what data, and what is asked of them.

use std::sync::Arc;

use crate::{
    Fallible,
    contest::{Bound, Contender, Contest, Figure, Goal, Kind},
    driver::Pace,
    pgbench::{self, Bench},
    population::{Population, USERS},
    seed,
    stand::Stand,
    stock::Stock,
    token::Profile,
    work::Job,
};

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    /// Whether it belongs to a short run: all that the project's goals need.
    pub is_quick: bool,
    pub what: What,
}

/// What a scenario is about.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// Messages of a size from clients to conversations, as fast as they go.
    Send { bytes: usize, clients: usize, convos: usize },
    /// Messages of 1 KiB at a rate.
    SendAt { rate: f64, clients: usize, convos: usize },
    /// Pages of 50 from the newest 1,000 entries of logs of several lengths: what differs is the length alone, and not how
    /// much of the log is in memory.
    Read { clients: usize },
    /// Pages of 50 from anywhere in a log of 1,000,000, which is larger than PostgreSQL's cache.
    ReadAnywhere { clients: usize },
    /// A log of 100,000 entries from its beginning to its end.
    Walk { clients: usize },
    /// Ten reads to one message.
    Mixed { clients: usize },
    /// Conversations of ten.
    Create { clients: usize },
    /// Key packages.
    Claim { clients: usize },
    /// The same messages with other tokens.
    Tokens { clients: usize, convos: usize },
    /// Memory of the server; see `footprint`.
    Footprint { convos: usize },
    /// Messages of 1 KiB at a rate to the streams of 1,000 users, on so many servers; see `streaming`.
    Deliver { rate: f64, replicas: usize },
    /// Streams on which nothing happens.
    IdleStreams { streams: usize },
}

/// Entries of the longest log.
const LONGEST: usize = 1_000_000;

/// All scenarios, in the order in which they run.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name: String, is_quick, what| all.push(Scenario { name, is_quick, what });
    add("footprint/10000".to_owned(), true, What::Footprint { convos: 10_000 });
    for convos in [1, 100, 10_000] {
        for clients in [1, 8, 32, 64, 256] {
            let is_quick = clients == 64 || (clients == 1 && convos == 100);
            add(format!("send/1kib/{clients}x{convos}"), is_quick, What::Send { bytes: 1024, clients, convos });
        }
    }
    add("send/8kib/64x100".to_owned(), false, What::Send { bytes: 8 * 1024, clients: 64, convos: 100 });
    add("send/512kib/8x10".to_owned(), false, What::Send { bytes: 512 * 1024, clients: 8, convos: 10 });
    for rate in [500, 2000, 5000] {
        let what = What::SendAt { rate: f64::from(rate), clients: 64, convos: 10_000 };
        add(format!("send/1kib/rate-{rate}"), false, what);
    }
    add("tokens/64x10000".to_owned(), true, What::Tokens { clients: 64, convos: 10_000 });
    for clients in [1, 8, 32] {
        add(format!("read/50x1kib/{clients}"), clients == 8, What::Read { clients });
    }
    add("read-anywhere/50x1kib/8".to_owned(), false, What::ReadAnywhere { clients: 8 });
    add("walk/100x1kib/8".to_owned(), false, What::Walk { clients: 8 });
    add("mixed/10to1/64x100".to_owned(), false, What::Mixed { clients: 64 });
    add("create/10/8".to_owned(), false, What::Create { clients: 8 });
    add("claim/8".to_owned(), false, What::Claim { clients: 8 });
    for replicas in [1, 2] {
        add(format!("deliver/500/1000x{replicas}"), true, What::Deliver { rate: 500.0, replicas });
    }
    for streams in [1000, 10_000] {
        add(format!("idle-streams/{streams}"), true, What::IdleStreams { streams });
    }
    all
}

impl Scenario {
    /// Prepares data and contenders; nothing for scenarios that are no contests.
    pub async fn stage(&self, stand: &Stand) -> Fallible<Option<Contest>> {
        Ok(Some(match self.what {
            What::Send { bytes, clients, convos } => {
                let population = self.populate(stand, convos).await?;
                let baseline = Bench::closed(pgbench::send(convos, bytes), clients);
                pair(
                    baseline,
                    Job::Send { bytes },
                    &population,
                    clients,
                    Pace::Closed,
                    send_goal(bytes, clients, convos),
                )
            }
            What::SendAt { rate, clients, convos } => {
                let pace = Pace::Fixed(rate);
                let population = self.populate(stand, convos).await?;
                let baseline = Bench { rate: Some(rate), ..Bench::closed(pgbench::send(convos, 1024), clients) };
                let goal = (Figure::MedianLatency, Bound::None);
                pair(baseline, Job::Send { bytes: 1024 }, &population, clients, pace, goal)
            }
            What::Read { clients } => stage_read(stand, clients).await?,
            What::ReadAnywhere { clients } => {
                let (entries, window) = (LONGEST, LONGEST);
                let population = log(stand, entries).await?;
                let script = pgbench::read(&population.convos[0], entries, window);
                let baseline = Bench { in_server_database: true, ..Bench::closed(script, clients) };
                let job = Job::Read { entries, window };
                pair(baseline, job, &population, clients, Pace::Closed, (Figure::Rate, Bound::None))
            }
            What::Walk { clients } => {
                let entries = 100_000;
                let population = log(stand, entries).await?;
                let script = pgbench::walk(&population.convos[0], entries, 100);
                let baseline = Bench { in_server_database: true, ..Bench::closed(script, clients) };
                pair(baseline, Job::Walk { entries }, &population, clients, Pace::Closed, (Figure::Rate, Bound::None))
            }
            What::Mixed { clients } => self.stage_mixed(stand, clients).await?,
            What::Create { clients } => {
                let stock = Stock::new("create", 100, 2000);
                self.stage_stock(stand, &stock, Job::Create(stock.clone()), clients).await?
            }
            What::Claim { clients } => {
                let stock = Stock::new("claim", USERS, 200);
                self.stage_stock(stand, &stock, Job::Claim(stock.clone()), clients).await?
            }
            What::Tokens { clients, convos } => {
                let population = self.populate(stand, convos).await?;
                let with = |name, profile| server(name, Job::Send { bytes: 1024 }, &population, clients, profile);
                let contenders = vec![
                    with("HS256", Profile::FreshHs256),
                    with("ES256K", Profile::FreshEs256k),
                    with("ES256K, reused", Profile::ReusedEs256k),
                ];
                let goal = |of, bound| Goal { figure: Figure::Rate, of, against: 0, bound };
                Contest { contenders, goals: vec![goal(1, Bound::AtLeast(0.6)), goal(2, Bound::None)] }
            }
            What::Footprint { .. } | What::Deliver { .. } | What::IdleStreams { .. } => return Ok(None),
        }))
    }

    /// Conversations for a contest of messages, in the servers' databases and in pgbench's.
    async fn populate(&self, stand: &Stand, convos: usize) -> Fallible<Arc<Population>> {
        pgbench::prepare(&mut stand.connect_plain().await?, convos, 0).await?;
        populate(stand, &self.name, convos).await
    }

    async fn stage_mixed(&self, stand: &Stand, clients: usize) -> Fallible<Contest> {
        let (convos, entries) = (100, 100);
        let population = populate(stand, &self.name, convos).await?;
        for build in &stand.builds {
            seed::logs(&mut stand.connect(build).await?, &population.convos, entries, 1024).await?;
        }
        pgbench::prepare(&mut stand.connect_plain().await?, convos, entries).await?;
        let scripts = vec![(pgbench::read_newest(convos, 50), 10), (pgbench::send(convos, 1024), 1)];
        let baseline = Bench { scripts, ..Bench::closed(String::new(), clients) };
        Ok(pair(baseline, Job::Mixed, &population, clients, Pace::Closed, (Figure::Rate, Bound::None)))
    }

    /// For jobs without a counterpart in plain SQL.
    async fn stage_stock(&self, stand: &Stand, stock: &Stock, job: Job, clients: usize) -> Fallible<Contest> {
        for build in &stand.builds {
            stock.fill(&mut stand.connect(build).await?).await?;
        }
        let population = Arc::new(Population::new(&self.name, USERS, 1));
        Ok(Contest {
            contenders: vec![server("server", job, &population, clients, Profile::FreshHs256)],
            goals: vec![],
        })
    }
}

/// Puts new conversations into the servers' databases: a hundred members in a single one, ten in one of many.
pub async fn populate(stand: &Stand, name: &str, convos: usize) -> Fallible<Arc<Population>> {
    let population = Arc::new(Population::new(name, convos, if convos == 1 { 100 } else { 10 }));
    for build in &stand.builds {
        seed::population(&mut stand.connect(build).await?, &population).await?;
    }
    Ok(population)
}

/// A conversation with a log of this many entries, made when the first scenario asks for it.
async fn log(stand: &Stand, entries: usize) -> Fallible<Arc<Population>> {
    let population = Arc::new(Population::new(&format!("log of {entries}"), 1, 10));
    for build in &stand.builds {
        let mut db = stand.connect(build).await?;
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM conversations WHERE convo_id = $1)")
            .bind(&population.convos[0])
            .fetch_one(&mut db)
            .await?;
        if !there {
            seed::population(&mut db, &population).await?;
            seed::logs(&mut db, &population.convos, entries, 1024).await?;
        }
    }
    Ok(population)
}

async fn stage_read(stand: &Stand, clients: usize) -> Fallible<Contest> {
    let mut contest = Contest::default();
    let window = 1000;
    for entries in [LONGEST, 1000, 100_000] {
        let population = log(stand, entries).await?;
        let script = pgbench::read(&population.convos[0], entries, window);
        let bench = Bench { in_server_database: true, ..Bench::closed(script, clients) };
        contest.contenders.push(Contender { name: format!("pgbench, log of {entries}"), kind: Kind::Pgbench(bench) });
        let name = format!("server, log of {entries}");
        contest.contenders.push(server(
            &name,
            Job::Read { entries, window },
            &population,
            clients,
            Profile::FreshHs256,
        ));
    }
    let rate = |of, against, bound| Goal { figure: Figure::Rate, of, against, bound };
    let at_eight = |bound| if clients == 8 { bound } else { Bound::None };
    contest.goals = (0..3).map(|size| rate(2 * size + 1, 2 * size, at_eight(Bound::AtLeast(0.5)))).collect();
    // The time of a read may grow by 15 % from the shortest log to the longest.
    contest.goals.push(Goal { figure: Figure::MedianLatency, ..rate(1, 3, at_eight(Bound::AtMost(1.15))) });
    contest.goals.push(rate(1, 3, at_eight(Bound::AtLeast(1.0 / 1.15))));
    Ok(contest)
}

/// pgbench against the server.
fn pair(
    baseline: Bench,
    job: Job,
    population: &Arc<Population>,
    clients: usize,
    pace: Pace,
    (figure, bound): (Figure, Bound),
) -> Contest {
    let mut ours = server("server", job, population, clients, Profile::FreshHs256);
    if let Kind::Server { pace: slot, .. } = &mut ours.kind {
        *slot = pace;
    }
    let baseline = Contender { name: "pgbench".to_owned(), kind: Kind::Pgbench(baseline) };
    Contest { contenders: vec![baseline, ours], goals: vec![Goal { figure, of: 1, against: 0, bound }] }
}

fn server(name: &str, job: Job, population: &Arc<Population>, clients: usize, profile: Profile) -> Contender {
    let population = Arc::clone(population);
    Contender { name: name.to_owned(), kind: Kind::Server { job, population, clients, pace: Pace::Closed, profile } }
}

/// What the project asks of sends.
fn send_goal(bytes: usize, clients: usize, convos: usize) -> (Figure, Bound) {
    match (bytes, clients, convos) {
        (1024, 64, 100 | 10_000) => (Figure::Rate, Bound::AtLeast(0.8)),
        (1024, 64, 1) => (Figure::Rate, Bound::AtLeast(5.0)),
        (1024, 1, 100) => (Figure::MedianLatency, Bound::AtMost(2.5)),
        (_, 1, _) => (Figure::MedianLatency, Bound::None),
        _ => (Figure::Rate, Bound::None),
    }
}
