//! The report as text.

use std::fmt::Write;

use crate::outcome::{Figures, Outcome, Report};

/// Column heads of the figures, which `row` fills.
const HEAD: &str = "                                       rate/s      p50      p95      p99      max |  server postgres   driver | driver\n\
                    \x20                                                    ms       ms       ms       ms |    CPU s per 1,000 ops    | cores\n";

/// One scenario.
pub fn outcome(outcome: &Outcome) -> String {
    let mut text = format!("{}\n", outcome.scenario);
    for figures in &outcome.figures {
        text += &row(figures);
    }
    for verdict in &outcome.verdicts {
        let judged = match (&verdict.bound, verdict.met) {
            (Some(bound), Some(true)) => format!("   (goal: {bound}: met)"),
            (Some(bound), _) => format!("   (goal: {bound}: MISSED)"),
            _ => String::new(),
        };
        let _ = writeln!(text, "    {} = {:.2} {}{judged}", verdict.text, verdict.value, verdict.unit);
    }
    text
}

/// What stands above all scenarios.
pub fn head() -> &'static str {
    HEAD
}

fn row(figures: &Figures) -> String {
    format!(
        "  {:<32} {:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>8.2} | {:>7.3} {:>8.3} {:>8.3} | {:>6.2}\n",
        figures.name,
        figures.rate,
        figures.p50,
        figures.p95,
        figures.p99,
        figures.max,
        figures.server_cpu,
        figures.postgres_cpu,
        figures.driver_cpu,
        figures.driver_share,
    )
}

/// How two reports differ, contender by contender.
pub fn comparison(old: &Report, new: &Report) -> String {
    let mut text = format!("old: {}\nnew: {}\n", old.machine.describe().trim_end(), new.machine.describe().trim_end());
    let _ =
        writeln!(text, "{:<64} {:>10} {:>10} {:>7} {:>9} {:>9}", "", "old/s", "new/s", "ratio", "old p50", "new p50");
    for outcome in &new.outcomes {
        let Some(before) = old.outcomes.iter().find(|before| before.scenario == outcome.scenario) else { continue };
        for figures in &outcome.figures {
            let Some(was) = before.figures.iter().find(|was| was.name == figures.name) else { continue };
            let name = format!("{}, {}", outcome.scenario, figures.name);
            let ratio = figures.rate / was.rate;
            let (old, new) = (was.rate, figures.rate);
            let _ = writeln!(
                text,
                "{name:<64} {old:>10.0} {new:>10.0} {ratio:>6.2}x {:>9.2} {:>9.2}",
                was.p50, figures.p50
            );
        }
    }
    text
}
