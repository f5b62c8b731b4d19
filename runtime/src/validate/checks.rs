//! The checks, one for each constraint of the Lexicon language.

use std::fmt::Display;

use unicode_segmentation::UnicodeSegmentation;

use super::{Measure, Path, Text, Unit, Violation};
use crate::data::BlobRef;

impl Path<'_> {
    /// `maxLength`: in bytes of a string or of bytes, in items of an array.
    ///
    /// # Errors
    /// When the value is longer.
    pub fn max_length<T: Measure + ?Sized>(self, value: &T, max: usize) -> Result<(), Violation> {
        if value.length() <= max {
            return Ok(());
        }
        Err(self.violation(match T::UNIT {
            Unit::Bytes => format!("must be at most {max} bytes long"),
            Unit::Items => format!("must have at most {max} items"),
        }))
    }

    /// `minLength`: in bytes of a string or of bytes, in items of an array.
    ///
    /// # Errors
    /// When the value is shorter.
    pub fn min_length<T: Measure + ?Sized>(self, value: &T, min: usize) -> Result<(), Violation> {
        if value.length() >= min {
            return Ok(());
        }
        Err(self.violation(match T::UNIT {
            Unit::Bytes => format!("must be at least {min} bytes long"),
            Unit::Items => format!("must have at least {min} items"),
        }))
    }

    /// `maxGraphemes`: what a reader takes for single characters.
    ///
    /// # Errors
    /// When the string has more.
    pub fn max_graphemes<T: Text + ?Sized>(self, value: &T, max: usize) -> Result<(), Violation> {
        // A grapheme has at least one byte: most strings need no counting. No more is counted than is needed either.
        if value.text().len() <= max || value.text().graphemes(true).nth(max).is_none() {
            return Ok(());
        }
        Err(self.violation(format!("must be at most {max} graphemes long")))
    }

    /// `minGraphemes`.
    ///
    /// # Errors
    /// When the string has fewer.
    pub fn min_graphemes<T: Text + ?Sized>(self, value: &T, min: usize) -> Result<(), Violation> {
        if value.text().graphemes(true).take(min).count() == min {
            return Ok(());
        }
        Err(self.violation(format!("must be at least {min} graphemes long")))
    }

    /// `minimum` of an integer.
    ///
    /// # Errors
    /// When the value is smaller.
    pub fn minimum(self, value: i64, min: i64) -> Result<(), Violation> {
        if value >= min { Ok(()) } else { Err(self.violation(format!("must be at least {min}"))) }
    }

    /// `maximum` of an integer.
    ///
    /// # Errors
    /// When the value is greater.
    pub fn maximum(self, value: i64, max: i64) -> Result<(), Violation> {
        if value <= max { Ok(()) } else { Err(self.violation(format!("must be at most {max}"))) }
    }

    /// `enum` of integers, or of strings that have no type of their own.
    ///
    /// # Errors
    /// When the value isn't listed.
    pub fn one_of<T: PartialEq<U> + ?Sized, U: Display>(self, value: &T, allowed: &[U]) -> Result<(), Violation> {
        if allowed.iter().any(|candidate| value == candidate) {
            return Ok(());
        }
        let allowed: Vec<String> = allowed.iter().map(U::to_string).collect();
        Err(self.violation(format!("must be one of {}", allowed.join(", "))))
    }

    /// `const`.
    ///
    /// # Errors
    /// When the value is another.
    pub fn constant<T: PartialEq<U> + ?Sized, U: Display + ?Sized>(self, value: &T, only: &U) -> Result<(), Violation> {
        if value == only { Ok(()) } else { Err(self.violation(format!("must be {only}"))) }
    }

    /// Runs a check on every item of an array.
    ///
    /// # Errors
    /// The first violation.
    pub fn each<T>(
        self,
        items: &[T],
        mut check: impl FnMut(&T, Path<'_>) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        items.iter().enumerate().try_for_each(|(index, item)| check(item, self.index(index)))
    }

    /// `accept` of a blob: MIME types, where `image/*` and `*/*` stand for more than one.
    ///
    /// # Errors
    /// When the blob says that it is of another type.
    pub fn blob_accept(self, blob: &BlobRef, accept: &[&str]) -> Result<(), Violation> {
        if accept.iter().any(|pattern| crate::body::mime_matches(pattern, &blob.mime_type)) {
            return Ok(());
        }
        Err(self.violation(format!("must have one of the types {}", accept.join(", "))))
    }

    /// `maxSize` of a blob, in bytes.
    ///
    /// # Errors
    /// When the blob says that it is larger.
    pub fn blob_max_size(self, blob: &BlobRef, max: u64) -> Result<(), Violation> {
        if blob.size <= max { Ok(()) } else { Err(self.violation(format!("must be at most {max} bytes large"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Bytes;

    const AT: Path<'static> = Path::INPUT;

    fn constraint(result: Result<(), Violation>) -> String {
        result.unwrap_err().constraint
    }

    #[test]
    fn a_path_reads_from_the_root_to_the_value() {
        let (members, root) = ("members", Path::INPUT);
        let list = root.field(members);
        let violation = list.index(3).field("did").max_length("abc", 2).unwrap_err();
        assert_eq!(violation.to_string(), "input/members/3/did: must be at most 2 bytes long");
    }

    #[test]
    fn lengths_count_bytes_or_items() {
        assert_eq!(constraint(AT.max_length("äö", 3)), "must be at most 3 bytes long");
        assert!(AT.max_length("äö", 4).is_ok());
        assert_eq!(constraint(AT.min_length(&Bytes::from([1]), 2)), "must be at least 2 bytes long");
        assert_eq!(constraint(AT.max_length(&vec![1, 2, 3], 2)), "must have at most 2 items");
        assert_eq!(constraint(AT.min_length(&Vec::<i64>::new(), 1)), "must have at least 1 items");
    }

    #[test]
    fn graphemes_are_what_a_reader_sees() {
        let family = "👨‍👩‍👧‍👦";
        assert!(AT.max_graphemes(family, 1).is_ok());
        assert!(AT.max_graphemes("e\u{301}e\u{301}", 2).is_ok());
        assert_eq!(constraint(AT.max_graphemes("abc", 2)), "must be at most 2 graphemes long");
        assert_eq!(constraint(AT.min_graphemes(family, 2)), "must be at least 2 graphemes long");
        assert!(AT.min_graphemes("ab", 2).is_ok());
    }

    #[test]
    fn numbers_and_values_are_compared() {
        assert_eq!(constraint(AT.minimum(0, 1)), "must be at least 1");
        assert_eq!(constraint(AT.maximum(2, 1)), "must be at most 1");
        assert!(AT.one_of(&2, &[1, 2]).is_ok());
        assert_eq!(constraint(AT.one_of(&3, &[1, 2])), "must be one of 1, 2");
        assert_eq!(constraint(AT.constant("b", "a")), "must be a");
        assert!(AT.constant(&"a".to_owned(), "a").is_ok());
    }

    #[test]
    fn the_first_bad_item_is_named() {
        let violation = AT.each(&[1, 5, 9], |item, at| at.maximum(*item, 4)).unwrap_err();
        assert_eq!(violation.to_string(), "input/1: must be at most 4");
    }

    #[test]
    fn blobs_are_checked_by_what_they_say() {
        let link = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy".parse().unwrap();
        let blob = BlobRef::new(link, "image/png", 10);
        assert!(AT.blob_accept(&blob, &["text/plain", "image/*"]).is_ok());
        assert_eq!(constraint(AT.blob_accept(&blob, &["video/*"])), "must have one of the types video/*");
        assert!(AT.blob_max_size(&blob, 10).is_ok());
        assert_eq!(constraint(AT.blob_max_size(&blob, 9)), "must be at most 9 bytes large");
    }
}
