//! The `datetime` format.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Timelike, Utc,
};

use super::{FormatError, own_format};

/// A moment, in the common subset of RFC 3339, ISO 8601 and WHATWG HTML that Lexicon asks for.
///
/// The text is kept as it came; comparisons are between the moments. Years begin at 0010; leap seconds and the offset
/// `-00:00` are refused.
#[derive(Clone, Debug)]
pub struct Datetime {
    text: String,
    moment: DateTime<Utc>,
}

own_format!(Datetime);

impl Datetime {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The moment. Digits beyond nanoseconds are cut off.
    pub fn to_utc(&self) -> DateTime<Utc> {
        self.moment
    }
}

/// Written with milliseconds and `Z`, the form that AT Protocol recommends. Finer digits are cut off.
impl From<DateTime<Utc>> for Datetime {
    fn from(moment: DateTime<Utc>) -> Self {
        let cut = i64::from(moment.timestamp_subsec_nanos() % 1_000_000);
        let moment = if cut == 0 { moment } else { moment - TimeDelta::nanoseconds(cut) };
        Self { text: written(moment), moment }
    }
}

/// Writes out whole milliseconds. Pages of entries have two of these for each, and chrono takes several times as long.
fn written(moment: DateTime<Utc>) -> String {
    let Ok(year @ 0..=9999) = u32::try_from(moment.year()) else {
        return moment.to_rfc3339_opts(SecondsFormat::Millis, true);
    };
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |from: usize, to: usize, mut number: u32| {
        for digit in text[from..to].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 7, moment.month());
    put(8, 10, moment.day());
    put(11, 13, moment.hour());
    put(14, 16, moment.minute());
    put(17, 19, moment.second());
    put(20, 23, moment.timestamp_subsec_millis());
    String::from_utf8_lossy(&text).into_owned()
}

impl From<Datetime> for DateTime<Utc> {
    fn from(datetime: Datetime) -> Self {
        datetime.moment
    }
}

impl PartialEq for Datetime {
    fn eq(&self, other: &Self) -> bool {
        self.moment == other.moment
    }
}

impl Eq for Datetime {}

impl PartialOrd for Datetime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Datetime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.moment.cmp(&other.moment)
    }
}

impl Hash for Datetime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.moment.hash(state);
    }
}

/// No longer text is a datetime; it leaves room for 38 digits after the point.
const MAX_LENGTH: usize = 64;

const fn error(reason: &'static str) -> FormatError {
    FormatError::because("a datetime", reason)
}

impl FromStr for Datetime {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        if text.len() > MAX_LENGTH {
            return Err(error("at most 64 bytes are allowed"));
        }
        let (local, rest) = parse_local(text.as_bytes()).ok_or(error("it must look like 2006-01-02T15:04:05.678Z"))?;
        let local = local.ok_or(error("there is no such date or time"))?;
        let offset = parse_offset(rest)?;
        let moment = local.checked_sub_offset(offset).ok_or(error("there is no such date or time"))?.and_utc();
        Ok(Self { text: text.to_owned(), moment })
    }
}

/// Reads `2006-01-02T15:04:05[.678]`. `None` when it doesn't look like that, `Some(None)` when no calendar has it.
fn parse_local(text: &[u8]) -> Option<(Option<NaiveDateTime>, &[u8])> {
    const PATTERN: &[u8; 19] = b"0000-00-00T00:00:00";
    let (fixed, rest) = text.split_at_checked(PATTERN.len())?;
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    if !fixed.iter().zip(PATTERN).all(fits) {
        return None;
    }
    let (nanos, rest) = parse_fraction(rest)?;
    let number =
        |from: usize, to: usize| fixed[from..to].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    // The first years are refused because tools disagree on what came before them.
    let year = i32::try_from(number(0, 4)).ok().filter(|year| *year >= 10);
    let date = year.and_then(|year| NaiveDate::from_ymd_opt(year, number(5, 7), number(8, 10)));
    let time = NaiveTime::from_hms_nano_opt(number(11, 13), number(14, 16), number(17, 19), nanos);
    Some((date.zip(time).map(|(date, time)| date.and_time(time)), rest))
}

/// Reads the digits after the point, if there is one, as nanoseconds.
fn parse_fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.', digits)) = text.split_first() else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let (digits, rest) = digits.split_at(count);
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    Some((padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), rest))
}

/// Reads `Z`, `+hh:mm` or `-hh:mm`.
fn parse_offset(text: &[u8]) -> Result<FixedOffset, FormatError> {
    let (sign, hours, minutes) = match text {
        b"Z" => (1, 0, 0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) => {
            let number = |tens: &u8, ones: &u8| i32::from(tens - b'0') * 10 + i32::from(ones - b'0');
            (if *sign == b'-' { -1 } else { 1 }, number(h1, h2), number(m1, m2))
        }
        _ => return Err(error("it must end in Z or an offset like +01:00")),
    };
    if sign < 0 && hours == 0 && minutes == 0 {
        return Err(error("an offset of -00:00 is refused"));
    }
    if hours > 23 || minutes > 59 {
        return Err(error("there is no such offset"));
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).ok_or(error("there is no such offset"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_and_moments_are_compared() {
        let with_offset: Datetime = "2024-02-29T13:00:00.250-10:00".parse().unwrap();
        let in_utc: Datetime = "2024-02-29T23:00:00.25Z".parse().unwrap();
        assert_eq!(with_offset, in_utc);
        assert_eq!(with_offset.as_str(), "2024-02-29T13:00:00.250-10:00");
    }

    #[test]
    fn every_offset_and_precision_is_read() {
        for (text, utc) in [
            ("2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-03-01T00:00:00+00:00", "2024-03-01T00:00:00Z"),
            ("2024-03-01T00:00:00-00:30", "2024-03-01T00:30:00Z"),
            ("2024-03-01T00:00:00-10:00", "2024-03-01T10:00:00Z"),
            ("2024-03-01T00:00:00-09:30", "2024-03-01T09:30:00Z"),
            ("2024-03-01T00:00:00+13:45", "2024-02-29T10:15:00Z"),
            ("2024-03-01T00:00:00.123456789987Z", "2024-03-01T00:00:00.123456789Z"),
            ("0010-01-01T00:00:00Z", "0010-01-01T00:00:00Z"),
        ] {
            let datetime: Datetime = text.parse().unwrap();
            assert_eq!(datetime.to_utc(), utc.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "2024-03-01",
            "2024-03-01T00:00Z",
            "2024-03-01T00:00:00",
            "2024-03-01T00:00:00.Z",
            "2024-03-01t00:00:00Z",
            "2024-03-01T00:00:00z",
            "2024-03-01 00:00:00Z",
            "2024-03-01T00:00:00-00:00",
            "2024-03-01T00:00:00+0000",
            "2024-03-01T00:00:00+00",
            "2024-03-01T00:00:00+24:00",
            "2024-03-01T00:00:00Z ",
            "2024-02-30T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-03-01T24:00:00Z",
            "2024-03-01T23:59:60Z",
            "0009-03-01T00:00:00Z",
            "+02024-03-01T00:00:00Z",
            "２024-03-01T00:00:00Z",
            "",
        ] {
            assert!(text.parse::<Datetime>().is_err(), "{text}");
        }
    }

    #[test]
    fn clock_readings_are_written_with_milliseconds() {
        let moment: DateTime<Utc> = "2024-03-01T00:00:00.123987Z".parse().unwrap();
        let datetime = Datetime::from(moment);
        assert_eq!(datetime.as_str(), "2024-03-01T00:00:00.123Z");
        assert_eq!(datetime.as_str().parse::<Datetime>().unwrap(), datetime);
    }

    #[test]
    fn moments_are_written_as_chrono_writes_them() {
        // Some eleven days; all of them are a little more than the years that are written by hand.
        let step = TimeDelta::milliseconds(987_654_321);
        let first: DateTime<Utc> = "-0001-12-01T00:00:00Z".parse().unwrap();
        for moment in (0..320_000).map(|n| first + step * n).chain([DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC])
        {
            let datetime = Datetime::from(moment);
            assert_eq!(datetime.as_str(), datetime.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }
}
