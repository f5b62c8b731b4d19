//! Memory of the server: idle, under load, and after it has touched many conversations.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    Fallible,
    contest::Bound,
    driver::{self, Load, Pace},
    outcome::{Figures, Outcome, Verdict},
    scenarios::populate,
    stand::Stand,
    token::{Profile, Tokens},
    usage,
    work::{Job, Plan},
};

/// Until a started server has come to rest.
const REST: Duration = Duration::from_secs(2);
const CLIENTS: usize = 64;
const BYTES: usize = 1024;

/// Measures a fresh server of each build. The load goes on until each conversation has had a message, and at least for
/// `duration`.
pub async fn run(stand: &Stand, name: &str, convos: usize, duration: Duration) -> Fallible<Outcome> {
    let population = populate(stand, name, convos).await?;
    let mut outcome = Outcome::new(name);
    for (place, build) in stand.builds.iter().enumerate() {
        let server = stand.server(build).await?;
        sleep(REST).await;
        let idle = usage::resident(server.pid)?;
        let job = Job::Touch { bytes: BYTES };
        let tokens = Tokens::new(Profile::FreshHs256, &job.method(), &population, 0);
        let plan = Arc::new(Plan::new(job, Arc::clone(&population), tokens));
        let (address, pace, warm_up) = (server.address, Pace::Closed, Duration::ZERO);
        let (mut rounds, mut highest) = (Vec::new(), idle);
        while plan.turns_taken() < convos || rounds.is_empty() {
            let load = Load { address, plan: Arc::clone(&plan), clients: CLIENTS, pace, warm_up, duration };
            let (sample, peak) =
                tokio::join!(driver::apply(load, || stand.cpu(Some(server.pid))), watch(server.pid, duration));
            rounds.push(sample?);
            highest = highest.max(peak?);
        }
        sleep(REST).await;
        let after = usage::resident(server.pid)?;
        server.stop().await?;
        let label = if place == 0 { "server".to_owned() } else { format!("server ({})", build.name) };
        let mut note = |what: &str, bytes: u64, bound| {
            let bound = if place == 0 { bound } else { Bound::None };
            outcome.verdicts.push(Verdict::new(format!("{what}, {label}"), bytes as f64 / 1e6, "MB", bound));
        };
        note("resident when idle", idle, Bound::AtMost(40.0));
        note("resident under load, highest", highest, Bound::None);
        note(&format!("resident after {convos} conversations"), after, Bound::AtMost(150.0));
        outcome.figures.push(Figures::of(label, &rounds));
    }
    Ok(outcome)
}

/// The most memory that a process has during a time.
async fn watch(pid: u32, duration: Duration) -> Fallible<u64> {
    let mut highest = 0;
    for _ in 0..duration.as_millis() / 50 {
        sleep(Duration::from_millis(50)).await;
        highest = highest.max(usage::resident(pid)?);
    }
    Ok(highest)
}
