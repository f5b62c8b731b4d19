//! How long things are kept and how much is accepted.

use std::time::Duration;

use clap::{ArgAction::Set, Args};

use super::values;

/// How long things are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Retention")]
pub struct RetentionSettings {
    /// How long messages are kept.
    #[arg(long, env = "MESSAGE_RETENTION", default_value = "30d", value_parser = values::duration, value_name = "DURATION")]
    pub message_retention: Duration,
    /// How long commits are kept at most for members who have not fetched them; after that they must rejoin.
    #[arg(long, env = "COMMIT_RETENTION", default_value = "90d", value_parser = values::duration, value_name = "DURATION")]
    pub commit_retention: Duration,
    /// How long reports are kept after they were resolved or dismissed. Pending ones stay.
    #[arg(long, env = "REPORT_RETENTION", default_value = "180d", value_parser = values::duration, value_name = "DURATION")]
    pub report_retention: Duration,
    /// How long the audit log is kept: removals, changes of roles and policy, warnings, decisions on reports.
    #[arg(long, env = "AUDIT_RETENTION", default_value = "730d", value_parser = values::duration, value_name = "DURATION")]
    pub audit_retention: Duration,
    /// How long events of the stream are kept: as long a client may be away and come back with its cursor.
    #[arg(long, env = "EVENT_RETENTION", default_value = "30d", value_parser = values::duration, value_name = "DURATION")]
    pub event_retention: Duration,
}

/// Key packages.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Key packages")]
pub struct KeyPackageSettings {
    /// Unused key packages in store for one device at most.
    #[arg(id = "max_key_packages_per_device", long = "max-key-packages-per-device", env = "MAX_KEY_PACKAGES_PER_DEVICE", default_value = "200", value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "NUMBER")]
    pub max_per_device: u32,
    /// With fewer than this left, the owner is told to publish more.
    #[arg(id = "key_package_low_stock", long = "key-package-low-stock", env = "KEY_PACKAGE_LOW_STOCK", default_value = "5", value_parser = clap::value_parser!(u32).range(0..=100_000), value_name = "NUMBER")]
    pub low_stock: u32,
    /// How long a key package is kept for the caller who fetched it.
    #[arg(id = "key_package_reservation", long = "key-package-reservation", env = "KEY_PACKAGE_RESERVATION", default_value = "10m", value_parser = values::duration, value_name = "DURATION")]
    pub reservation: Duration,
    /// How far in the future a key package may expire.
    #[arg(id = "key_package_max_expiry", long = "key-package-max-expiry", env = "KEY_PACKAGE_MAX_EXPIRY", default_value = "90d", value_parser = values::duration, value_name = "DURATION")]
    pub max_expiry: Duration,
    /// Key packages in one publishKeyPackages call at most. The API allows no more than 100.
    #[arg(id = "max_key_package_batch", long = "max-key-package-batch", env = "MAX_KEY_PACKAGE_BATCH", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100), value_name = "NUMBER")]
    pub max_batch: u32,
}

/// How much is accepted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Length of one ciphertext at most. The API allows no more than 10 MiB.
    #[arg(long, env = "MAX_MESSAGE_BYTES", default_value = "10MiB", value_parser = values::message_size, value_name = "SIZE")]
    pub max_message_bytes: usize,
    /// Whether messages must be padded (`paddedSize` given and kept).
    #[arg(long, env = "REQUIRE_PADDING", default_value = "false", value_parser = values::switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = Set, value_name = "BOOL")]
    pub require_padding: bool,
    /// Length of the encrypted content of one report at most. The API allows no more than 50 KiB.
    #[arg(long, env = "MAX_REPORT_BYTES", default_value = "50KiB", value_parser = values::report_size, value_name = "SIZE")]
    pub max_report_bytes: usize,
    /// Members of one conversation at most. The API allows no more than 1000.
    #[arg(long, env = "MAX_MEMBERS", default_value = "1000", value_parser = clap::value_parser!(u32).range(2..=1000), value_name = "NUMBER")]
    pub max_members: u32,
    /// DIDs in one getKeyPackages or checkBlocks call at most. The API allows no more than 100.
    #[arg(long, env = "MAX_DIDS_PER_REQUEST", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100), value_name = "NUMBER")]
    pub max_dids_per_request: u32,
    /// Devices of one user at most: registered, or with key packages in store.
    #[arg(long, env = "MAX_DEVICES_PER_USER", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=100), value_name = "NUMBER")]
    pub max_devices_per_user: u32,
    /// Requests in progress at most, of callers who have proven who they are; more are answered with 503 at once. Open
    /// streams don't count.
    #[arg(long, env = "MAX_CONCURRENT_REQUESTS", default_value = "512", value_parser = values::count, value_name = "NUMBER")]
    pub max_concurrent_requests: usize,
    /// Requests of one caller in progress at most; more wait for those, as many as RATE_LIMIT_BURST. Best less than
    /// POOL_MAX, so that no caller can use up all connections to the database.
    #[arg(long, env = "MAX_REQUESTS_PER_CALLER", default_value = "8", value_parser = values::count, value_name = "NUMBER")]
    pub max_requests_per_caller: usize,
    /// Memory for bodies of more than 64 KiB that are received or worked on; more are answered with 503. One caller can
    /// have an eighth of it, or what the longest body takes. At least 16 MiB.
    #[arg(long, env = "MAX_BODY_MEMORY", default_value = "256MiB", value_parser = values::body_memory, value_name = "SIZE")]
    pub max_body_memory: usize,
    /// How long a request may take until its answer begins; then it is answered with 503.
    #[arg(long, env = "REQUEST_TIMEOUT", default_value = "60s", value_parser = values::duration, value_name = "DURATION")]
    pub request_timeout: Duration,
    /// After how long a connection is closed on which nothing comes or goes. Longer than REQUEST_TIMEOUT, and best longer
    /// than a proxy before the server keeps idle connections.
    #[arg(long, env = "IDLE_TIMEOUT", default_value = "75s", value_parser = values::duration, value_name = "DURATION")]
    pub idle_timeout: Duration,
    /// Requests per second that one caller may make on average; 0 for no limit.
    #[arg(long, env = "RATE_LIMIT_PER_CALLER", default_value = "50", value_parser = clap::value_parser!(u32).range(0..=1_000_000), value_name = "NUMBER")]
    pub rate_limit_per_caller: u32,
    /// Requests that one caller may make at once after a pause.
    #[arg(long, env = "RATE_LIMIT_BURST", default_value = "500", value_parser = clap::value_parser!(u32).range(1..=1_000_000), value_name = "NUMBER")]
    pub rate_limit_burst: u32,
}
