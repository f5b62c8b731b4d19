//! Blocks between users.

use std::time::Duration;

use clap::Args;

use super::values;

/// What the server does about blocks when somebody is to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Enforcement {
    /// Nothing.
    Off,
    /// Blocks are enforced; whose blocks can't be read counts as having none.
    FailOpen,
    /// Blocks are enforced; nobody is added while somebody's blocks can't be read.
    FailClosed,
}

/// Blocks between users.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Blocks")]
pub struct BlockSettings {
    /// Whether users who block each other are kept out of each other's conversations: `off`, `fail-open` or
    /// `fail-closed`. The latter two differ when somebody's blocks can't be read: the one adds people all the same, the
    /// other adds nobody.
    #[arg(
        id = "blocks",
        long = "blocks",
        env = "BLOCKS",
        default_value = "fail-open",
        hide_possible_values = true,
        value_name = "CHOICE"
    )]
    pub enforcement: Enforcement,
    /// How long a request that adds people waits for their blocks to be read.
    #[arg(id = "block_lookup_timeout", long = "block-lookup-timeout", env = "BLOCK_LOOKUP_TIMEOUT", default_value = "2s", value_parser = values::duration, value_name = "DURATION")]
    pub lookup_timeout: Duration,
    /// How long the blocks of a user are remembered before they are read again.
    #[arg(id = "block_cache", long = "block-cache", env = "BLOCK_CACHE", default_value = "5m", value_parser = values::duration, value_name = "DURATION")]
    pub remember_for: Duration,
    /// Blocks of one user that are read at most; who has more counts as somebody whose blocks can't be read.
    #[arg(id = "max_blocks_per_user", long = "max-blocks-per-user", env = "MAX_BLOCKS_PER_USER", default_value = "20000", value_parser = values::count, value_name = "NUMBER")]
    pub max_per_user: usize,
}
