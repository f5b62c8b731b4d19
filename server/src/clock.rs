//! Time. The only place that reads the clock; everything else takes the moment as an argument.
pub fn bucket(now: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    let seconds = now.timestamp();
    chrono::DateTime::from_timestamp(seconds - seconds.rem_euclid(2), 0).unwrap_or(now)
}
