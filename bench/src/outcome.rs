//! What was found: figures, ratios, and whether they are as good as they have to be. Kept as JSON.

use serde::{Deserialize, Serialize};

use crate::{
    contest::{Bound, Figure},
    machine::Machine,
    sample::Sample,
};

/// All of a run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub machine: Machine,
    pub outcomes: Vec<Outcome>,
}

/// What one scenario showed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub scenario: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figures>,
    pub verdicts: Vec<Verdict>,
}

/// The figures of one contender over all rounds. Latencies are in milliseconds, CPU times in milliseconds per operation,
/// shares in cores.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    pub name: String,
    pub operations: u64,
    pub rate: f64,
    pub rate_by_round: Vec<f64>,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub server_cpu: f64,
    pub postgres_cpu: f64,
    pub driver_cpu: f64,
    pub driver_share: f64,
}

/// A figure with its bound.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    pub text: String,
    pub value: f64,
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl Outcome {
    /// Nothing yet.
    pub fn new(scenario: &str) -> Self {
        Self { scenario: scenario.to_owned(), figures: Vec::new(), verdicts: Vec::new() }
    }

    /// Adds the ratio of a figure of two contenders.
    pub fn judge(&mut self, figure: Figure, of: usize, against: usize, bound: Bound) {
        let (of, against) = (&self.figures[of], &self.figures[against]);
        let (what, value) = match figure {
            Figure::Rate => ("rate", of.rate / against.rate),
            Figure::MedianLatency => ("p50", of.p50 / against.p50),
        };
        let text = format!("{what} of {} / {}", of.name, against.name);
        self.verdicts.push(Verdict::new(text, value, "x", bound));
    }
}

impl Verdict {
    /// Compares a value with its bound.
    pub fn new(text: String, value: f64, unit: &str, bound: Bound) -> Self {
        let (bound, met) = match bound {
            Bound::AtLeast(limit) => (Some(format!("at least {limit:.2}")), Some(value >= limit)),
            Bound::AtMost(limit) => (Some(format!("at most {limit:.2}")), Some(value <= limit)),
            Bound::None => (None, None),
        };
        Self { text, value, unit: unit.to_owned(), bound, met }
    }
}

impl Figures {
    /// Puts the rounds of a contender together.
    pub fn of(name: String, rounds: &[Sample]) -> Self {
        let mut all = Sample::empty();
        rounds.iter().for_each(|round| all.merge(round));
        let per_operation = |seconds: f64| seconds * 1000.0 / all.operations.max(1) as f64;
        Self {
            name,
            operations: all.operations,
            rate: all.rate(),
            rate_by_round: rounds.iter().map(Sample::rate).collect(),
            p50: all.latency_ms(0.5),
            p95: all.latency_ms(0.95),
            p99: all.latency_ms(0.99),
            max: all.latency_ms(1.0),
            server_cpu: per_operation(all.cpu.server),
            postgres_cpu: per_operation(all.cpu.postgres),
            driver_cpu: per_operation(all.cpu.driver),
            driver_share: if all.seconds > 0.0 { all.cpu.driver / all.seconds } else { 0.0 },
        }
    }
}
