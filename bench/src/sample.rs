//! What one stretch of load showed.

use hdrhistogram::Histogram;

use crate::usage::CpuTimes;

/// Operations of one stretch, or of several together.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Operations that ended in the measured time.
    pub operations: u64,
    /// The measured time in seconds.
    pub seconds: f64,
    /// Time per operation in microseconds.
    pub latency: Histogram<u64>,
    pub cpu: CpuTimes,
}

/// An empty histogram: three digits, from a microsecond to minutes.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order")
}

impl Sample {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self { operations: 0, seconds: 0.0, latency: histogram(), cpu: CpuTimes::default() }
    }

    /// Operations per second.
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.operations as f64 / self.seconds } else { 0.0 }
    }

    /// Latency in milliseconds at a quantile; 1.0 is the longest.
    pub fn latency_ms(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// Adds another stretch.
    pub fn merge(&mut self, other: &Self) {
        self.operations += other.operations;
        self.seconds += other.seconds;
        self.cpu = self.cpu.and(other.cpu);
        self.latency.add(&other.latency).expect("all histograms have the same bounds");
    }
}
