//! Measures the server: its own durable PostgreSQL, the real server process, loads over HTTP, and pgbench beside it on the
//! same PostgreSQL. See docs/performance.md for the method.

mod connection;
mod contest;
mod directory;
mod driver;
mod footprint;
mod machine;
mod mls;
mod outcome;
mod pgbench;
mod population;
mod random;
mod sample;
mod scenarios;
mod seed;
mod server;
mod stand;
mod stock;
mod streaming;
mod table;
mod token;
mod usage;
mod work;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    contest::Effort,
    machine::Machine,
    outcome::{Outcome, Report},
    scenarios::{Scenario, What},
    server::Build,
    stand::Stand,
};

/// A value, or why there is none.
pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures the server beside the PostgreSQL that it stands on.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Action>,
    /// Run these scenarios only; a name or its beginning, such as send/1kib/64x100 or read
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Run only what the goals need, and briefly
    #[arg(long)]
    quick: bool,
    /// Seconds of each measurement [default: 10, quick 3]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: Option<u64>,
    /// Measurements of each contender, taken by turns [default: 3, quick 2]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
    /// The server to measure [default: catbird-server beside this program]
    #[arg(long, value_name = "PROGRAM")]
    server: Option<PathBuf>,
    /// Another server to measure by turns with it, as NAME=PROGRAM
    #[arg(long, value_name = "NAME=PROGRAM", value_parser = read_base)]
    base: Option<(String, PathBuf)>,
    /// Where the database is made, on the disk that is to be measured [default: the folder for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Write the report to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the scenarios
    List,
    /// Compare two reports
    Compare { old: PathBuf, new: PathBuf },
}

fn read_base(text: &str) -> Result<(String, PathBuf), String> {
    let (name, program) = text.split_once('=').ok_or("must be NAME=PROGRAM")?;
    Ok((name.to_owned(), program.into()))
}

/// The loads run on threads of their own; this one prepares, waits and plays the directory.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let work = async {
        match &arguments.command {
            Some(Action::List) => list(),
            Some(Action::Compare { old, new }) => compare(old, new),
            None => measure(&arguments).await,
        }
    };
    // Whatever runs is dropped, and so ended, before the process is.
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    let result = tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminated => Err("terminated".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Fallible<()> {
    for scenario in scenarios::all() {
        println!("{:<24}{}", scenario.name, if scenario.is_quick { "quick" } else { "" });
    }
    Ok(())
}

fn compare(old: &Path, new: &Path) -> Fallible<()> {
    let read = |path: &Path| -> Fallible<Report> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
    print!("{}", table::comparison(&read(old)?, &read(new)?));
    Ok(())
}

async fn measure(arguments: &Arguments) -> Fallible<()> {
    let chosen = choose(arguments)?;
    let (rounds, seconds) = if arguments.quick { (2, 3) } else { (3, 10) };
    let effort = Effort {
        rounds: usize::from(arguments.rounds.unwrap_or(rounds)),
        duration: Duration::from_secs(arguments.seconds.unwrap_or(seconds)),
    };
    let folder = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let mut machine = Machine::look(&folder)?;
    let stand = Stand::start(&folder, builds(arguments)?).await?;
    machine.postgres = stand.postgres_version().await?;
    println!("{}\n{}", machine.describe(), table::head());
    let mut report = Report { machine, outcomes: Vec::new() };
    for scenario in &chosen {
        let outcome = run(&stand, scenario, effort).await?;
        println!("{}", table::outcome(&outcome));
        report.outcomes.push(outcome);
        // After each scenario, so that an interrupted run leaves what it has found.
        if let Some(path) = &arguments.json {
            fs::write(path, serde_json::to_vec_pretty(&report)?)?;
        }
    }
    stand.stop().await
}

fn choose(arguments: &Arguments) -> Fallible<Vec<Scenario>> {
    let named = |scenario: &Scenario| arguments.only.iter().any(|name| is_called(&scenario.name, name));
    let wanted = |scenario: &Scenario| match arguments.only.is_empty() {
        true => scenario.is_quick || !arguments.quick,
        false => named(scenario),
    };
    let chosen: Vec<_> = scenarios::all().into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Err("no scenario has such a name; `bench list` shows them all".into());
    }
    Ok(chosen)
}

/// Whether a name means a scenario: in full, or up to one of its slashes.
fn is_called(scenario: &str, name: &str) -> bool {
    scenario.strip_prefix(name.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn builds(arguments: &Arguments) -> Fallible<Vec<Build>> {
    let beside = std::env::current_exe()?.with_file_name("catbird-server");
    let program = arguments.server.clone().unwrap_or(beside);
    let mut builds = vec![Build { name: "this".to_owned(), program, database: "catbird".to_owned() }];
    if let Some((name, program)) = &arguments.base {
        builds.push(Build { name: name.clone(), program: program.clone(), database: "catbird_base".to_owned() });
    }
    Ok(builds)
}

async fn run(stand: &Stand, scenario: &Scenario, effort: Effort) -> Fallible<Outcome> {
    if let What::Footprint { convos } = scenario.what {
        return footprint::run(stand, &scenario.name, convos, effort.duration).await;
    }
    match scenario.what {
        What::Deliver { rate, replicas } => {
            return streaming::deliver(stand, &scenario.name, (rate, replicas), effort.duration).await;
        }
        What::IdleStreams { streams } => return streaming::idle(stand, &scenario.name, streams).await,
        _ => {}
    }
    let contest = scenario.stage(stand).await?.ok_or("the scenario is no contest")?;
    contest::run(stand, &scenario.name, &contest, effort).await
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_name_means_itself_and_what_stands_below_it() {
        assert!(is_called("send/1kib/1x100", "send/1kib/1x100"));
        assert!(is_called("send/1kib/1x100", "send/1kib"));
        assert!(!is_called("send/1kib/1x100", "send/1kib/1x1"));
    }
}
