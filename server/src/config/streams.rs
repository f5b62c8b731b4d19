//! The live stream.

use std::time::Duration;

use clap::Args;

use super::values::{self, Secret};

/// The live stream.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Live stream")]
pub struct StreamSettings {
    /// Streams of one user at most, on one server.
    #[arg(long, env = "MAX_STREAMS_PER_USER", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=10_000), value_name = "NUMBER")]
    pub max_streams_per_user: u32,
    /// Streams in all at most, on one server.
    #[arg(long, env = "MAX_STREAMS", default_value = "20000", value_parser = values::count, value_name = "NUMBER")]
    pub max_streams: usize,
    /// How long a client may leave untaken what it is sent; then its connection is closed.
    #[arg(long, env = "STREAM_WRITE_TIMEOUT", default_value = "30s", value_parser = values::duration, value_name = "DURATION")]
    pub stream_write_timeout: Duration,
    /// Typing indicators and ephemeral messages per second that one caller may send on average, and twice as many at once; 0
    /// for no limit.
    #[arg(long, env = "EPHEMERAL_RATE_PER_CALLER", default_value = "10", value_parser = clap::value_parser!(u32).range(0..=100_000), value_name = "NUMBER")]
    pub ephemeral_rate_per_caller: u32,
    /// Redis through which servers wake each other, such as `redis://host:6379`. Without it they do so through PostgreSQL. The
    /// same for all replicas; nothing is kept there.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = values::redis_url, value_name = "URL")]
    pub redis_url: Option<Secret>,
}
