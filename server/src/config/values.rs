//! The kinds of values that settings have: how each is written, and what is said about one that is written wrongly.

use std::{fmt, net::SocketAddr, time::Duration};

use atrium_api::types::string::Did;
use reqwest::Url;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::filter::Targets;

/// The shortest secret that is accepted, as long as the hash that it keys.
pub const MINIMUM_SECRET_BYTES: usize = 32;

/// Nobody means more than a century; it also keeps times far from overflowing.
const LONGEST_DURATION: Duration = Duration::from_secs(100 * 365 * 86_400);

/// PostgreSQL counts its own limits in milliseconds, in 32 bits: a little less than 25 days.
const LONGEST_STATEMENT: Duration = Duration::from_secs(24 * 86_400);

/// What the API allows for one ciphertext.
const LARGEST_MESSAGE: usize = 10 << 20;

/// What the API allows for the content of one report.
const LARGEST_REPORT: usize = 50 << 10;

/// What the longest body needs.
const LEAST_BODY_MEMORY: usize = 16 << 20;

/// More than any server has.
const LARGEST_BODY_MEMORY: usize = 1 << 40;

/// A secret that shows itself to nobody who prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret's text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The secret's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// A secret of at least [`MINIMUM_SECRET_BYTES`] bytes.
pub fn secret(text: &str) -> Result<Secret, String> {
    if text.len() < MINIMUM_SECRET_BYTES {
        return Err(format!("must be at least {MINIMUM_SECRET_BYTES} bytes long, not {}", text.len()));
    }
    Ok(Secret(text.to_owned()))
}

/// Numbers with a unit, such as `30d`, `10m` or `1h30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let allowed = "must be a time above zero such as 500ms, 30s, 10m, 12h, 30d or 1h30m";
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = leading_number(rest).ok_or(allowed)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let unit = match unit.trim() {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            "d" => Duration::from_secs(86_400),
            _ => return Err(allowed.to_owned()),
        };
        let part = u32::try_from(number).ok().and_then(|number| unit.checked_mul(number));
        total = part.map_or(Duration::MAX, |part| total.saturating_add(part));
        rest = next;
    }
    if total.is_zero() {
        return Err(allowed.to_owned());
    }
    if total > LONGEST_DURATION { Err("must be at most 36500d".to_owned()) } else { Ok(total) }
}

/// A time that PostgreSQL takes for a limit of a session.
pub fn session_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit > LONGEST_STATEMENT { Err("must be at most 24d".to_owned()) } else { Ok(limit) }
}

/// A number of bytes, such as `512KiB`, `10MiB` or `10000000`.
pub fn size(text: &str) -> Result<usize, String> {
    let allowed = "must be a size above zero such as 8192, 512KiB, 10MiB, 1GiB or 10MB";
    let (number, unit) = leading_number(text.trim()).ok_or(allowed)?;
    let unit: u64 = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(allowed.to_owned()),
    };
    let bytes = number.checked_mul(unit).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| allowed.to_owned())
}

/// A size that the API allows for a ciphertext.
pub fn message_size(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    if bytes > LARGEST_MESSAGE { Err("must be at most 10MiB, which the API allows".to_owned()) } else { Ok(bytes) }
}

/// A size that the API allows for what a report says.
pub fn report_size(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    if bytes > LARGEST_REPORT { Err("must be at most 50KiB, which the API allows".to_owned()) } else { Ok(bytes) }
}

/// A size in which the longest body of all methods has room.
pub fn body_memory(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    if (LEAST_BODY_MEMORY..=LARGEST_BODY_MEMORY).contains(&bytes) {
        Ok(bytes)
    } else {
        Err("must be from 16MiB to 1024GiB".to_owned())
    }
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

/// A number of things, at least one.
pub fn count(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "must be a number from 1 to 1000000".to_owned())
}

/// Yes or no.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// An address to listen on.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an IP address and a port such as 127.0.0.1:3000, 0.0.0.0:3000 or [::]:3000".to_owned())
}

/// A DID.
pub fn did(text: &str) -> Result<Did, String> {
    Did::new(text.to_owned()).map_err(|_| "must be a DID such as did:web:chat.example.com".to_owned())
}

/// A URL that paths can be appended to.
pub fn base_url(text: &str) -> Result<Url, String> {
    let allowed =
        || "must be an http:// or https:// URL with a host, without query, fragment, user name or password".to_owned();
    let url = Url::parse(text).map_err(|_| allowed())?;
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let reachable = matches!(url.scheme(), "http" | "https") && url.has_host();
    if plain && reachable { Ok(url) } else { Err(allowed()) }
}

/// A PostgreSQL URL that the driver understands. The reason leaves the URL out, since it holds a password.
pub fn database_url(text: &str) -> Result<String, String> {
    let allowed = "must be a URL such as postgres://user:password@host:5432/database";
    let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if is_postgres && text.parse::<PgConnectOptions>().is_ok() { Ok(text.to_owned()) } else { Err(allowed.to_owned()) }
}

/// A Redis URL. It may hold a password.
pub fn redis_url(text: &str) -> Result<Secret, String> {
    let is_redis = matches!(Url::parse(text), Ok(url) if matches!(url.scheme(), "redis" | "rediss") && url.has_host());
    let allowed = "must be a URL such as redis://user:password@host:6379, or with rediss:// for TLS";
    is_redis.then(|| Secret(text.to_owned())).ok_or_else(|| allowed.to_owned())
}

/// A filter for log lines.
pub fn log_filter(text: &str) -> Result<String, String> {
    let allowed =
        |error| format!("must be a level (error, warn, info, debug, trace) or a list such as info,sqlx=warn ({error})");
    text.parse::<Targets>().map(|_| text.to_owned()).map_err(allowed)
}

/// The method-specific part of the did:web of a URL's host; a port is written with its colon escaped.
pub fn did_web_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).replace(':', "%3A");
    url.port().map_or(host.clone(), |port| format!("{host}%3A{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "30", "d", "-5s", "1.5h", "3 weeks", "0s", "36501d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(duration("36500d"), Ok(LONGEST_DURATION));
        for long in ["1000000000d", "99999999999d", "36500d1ms", "18446744073709551615d1s"] {
            assert_eq!(duration(long).unwrap_err(), "must be at most 36500d", "{long}");
        }
        assert_eq!(session_limit("24d"), Ok(LONGEST_STATEMENT));
        assert_eq!(session_limit("25d").unwrap_err(), "must be at most 24d");
    }

    #[test]
    fn sizes_are_binary_or_decimal() {
        assert_eq!(size("10MiB"), Ok(10 * 1024 * 1024));
        assert_eq!(size("10 MB"), Ok(10_000_000));
        assert_eq!(size("8192"), Ok(8192));
        for wrong in ["", "MiB", "10mib", "-1", "0", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn base_urls_have_a_host_and_nothing_secret() {
        for wrong in
            ["example.com", "ftp://example.com", "https://a:b@example.com", "https://example.com/?x", "http://"]
        {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let secret = secret("0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
    }
}
