//! Several contenders measured by turns, so that whatever the machine does meanwhile meets all of them.

use std::{sync::Arc, time::Duration};

use crate::{
    Fallible,
    driver::{self, Load, Pace},
    outcome::{Figures, Outcome},
    pgbench::{self, Bench},
    population::Population,
    sample::Sample,
    server::{Build, Server},
    stand::Stand,
    token::{Profile, Tokens},
    work::{Job, Plan},
};

/// How long and how often everything is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Turns of each contender.
    pub rounds: usize,
    /// The measured time of one turn.
    pub duration: Duration,
}

/// Load before the first measurement, and before each later one.
const WARM_UP: Duration = Duration::from_secs(1);
const RAMP: Duration = Duration::from_millis(300);

/// Who takes turns.
#[derive(Clone, Debug)]
pub struct Contender {
    /// What the report calls it.
    pub name: String,
    pub kind: Kind,
}

/// What a contender does.
#[derive(Clone, Debug)]
pub enum Kind {
    Pgbench(Bench),
    Server { job: Job, population: Arc<Population>, clients: usize, pace: Pace, profile: Profile },
}

/// A figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Rate,
    MedianLatency,
}

/// What the ratio of two contenders must be.
#[derive(Clone, Debug)]
pub struct Goal {
    pub figure: Figure,
    /// Contenders by their place in the contest.
    pub of: usize,
    pub against: usize,
    pub bound: Bound,
}

/// A bound of a goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// Shown without judging.
    None,
}

/// Contenders and what is asked of them.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    pub contenders: Vec<Contender>,
    pub goals: Vec<Goal>,
}

/// A contender on one of the servers, and what it has shown so far.
struct Entry<'a> {
    contender: &'a Contender,
    /// Place of the build, and whether there are others to tell it from.
    build: usize,
    rounds: Vec<Sample>,
}

/// Measures all contenders; those that use a server, on each build.
pub async fn run(stand: &Stand, name: &str, contest: &Contest, effort: Effort) -> Fallible<Outcome> {
    let mut servers = Vec::new();
    for build in &stand.builds {
        servers.push(stand.server(build).await?);
    }
    let mut entries: Vec<_> = contest.contenders.iter().flat_map(|contender| entries_of(contender, stand)).collect();
    stand.checkpoint().await?;
    for round in 0..effort.rounds {
        // What the contest's first server contender reached tells how many tokens have to be made ahead.
        let mut expected = 20_000.0;
        for entry in &mut entries {
            let sample = turn(stand, &servers, entry, effort, round == 0, expected).await;
            let sample = sample.map_err(|error| format!("{name}, {}: {error}", entry.contender.name))?;
            if matches!(entry.contender.kind, Kind::Server { .. }) {
                expected = sample.rate() * 1.3;
            }
            entry.rounds.push(sample);
        }
    }
    for server in servers {
        server.stop().await?;
    }
    for entry in &entries {
        check_stored(stand, entry).await.map_err(|error| format!("{name}, {}: {error}", entry.contender.name))?;
    }
    Ok(outcome(stand, name, contest, &entries))
}

fn entries_of<'a>(contender: &'a Contender, stand: &Stand) -> Vec<Entry<'a>> {
    let builds = if matches!(contender.kind, Kind::Server { .. }) { stand.builds.len() } else { 1 };
    (0..builds).map(|build| Entry { contender, build, rounds: Vec::new() }).collect()
}

async fn turn(
    stand: &Stand,
    servers: &[Server],
    entry: &Entry<'_>,
    effort: Effort,
    is_first: bool,
    expected: f64,
) -> Fallible<Sample> {
    match &entry.contender.kind {
        Kind::Pgbench(bench) => {
            if is_first {
                pgbench::run(stand, bench, WARM_UP).await?;
            }
            pgbench::run(stand, bench, effort.duration).await
        }
        Kind::Server { job, population, clients, pace, profile } => {
            let warm_up = if is_first { WARM_UP } else { RAMP };
            let server = &servers[entry.build];
            let count = (expected * (warm_up + effort.duration).as_secs_f64()) as usize;
            let tokens = Tokens::new(*profile, &job.method(), population, count);
            let plan = Plan::new(job.clone(), Arc::clone(population), tokens);
            let (address, plan) = (server.address, Arc::new(plan));
            let load = Load { address, plan, clients: *clients, pace: *pace, warm_up, duration: effort.duration };
            driver::apply(load, || stand.cpu(Some(server.pid))).await
        }
    }
}

/// Everything that was acknowledged must be there.
async fn check_stored(stand: &Stand, entry: &Entry<'_>) -> Fallible<()> {
    let Kind::Server { job: Job::Send { .. }, population, .. } = &entry.contender.kind else { return Ok(()) };
    let build: &Build = &stand.builds[entry.build];
    let mut db = stand.connect(build).await?;
    let (counted, stored): (i64, i64) = sqlx::query_as(
        "SELECT sum(next_seq - 1)::bigint, sum((SELECT count(*) FROM messages m WHERE m.convo_id = c.convo_id))::bigint
        FROM conversations c WHERE convo_id = ANY ($1)",
    )
    .bind(&population.convos)
    .fetch_one(&mut db)
    .await?;
    let acknowledged: u64 = entry.rounds.iter().map(|sample| sample.operations).sum();
    if counted != stored || u64::try_from(stored)? < acknowledged {
        return Err(format!("{acknowledged} messages were acknowledged, {counted} counted, {stored} stored").into());
    }
    Ok(())
}

fn outcome(stand: &Stand, name: &str, contest: &Contest, entries: &[Entry<'_>]) -> Outcome {
    let mut outcome = Outcome::new(name);
    for entry in entries {
        let mut label = entry.contender.name.clone();
        if entry.build > 0 {
            label = format!("{label} ({})", stand.builds[entry.build].name);
        }
        outcome.figures.push(Figures::of(label, &entry.rounds));
    }
    let place = |contender: usize, build: usize| {
        let wanted: *const Contender = &contest.contenders[contender];
        entries.iter().position(|entry| std::ptr::eq(entry.contender, wanted) && entry.build == build)
    };
    for goal in &contest.goals {
        if let (Some(of), Some(against)) = (place(goal.of, 0), place(goal.against, 0)) {
            outcome.judge(goal.figure, of, against, goal.bound);
        }
    }
    for contender in 0..contest.contenders.len() {
        for build in 1..stand.builds.len() {
            if let (Some(of), Some(against)) = (place(contender, 0), place(contender, build)) {
                outcome.judge(Figure::Rate, of, against, Bound::None);
            }
        }
    }
    outcome
}
