//! The limits that a lexicon sets beyond the shape of data: lengths, ranges, values.
//!
//! Generated types implement [`Validate`] with the checks of [`Path`]. The router runs them on parameters and inputs before a
//! handler sees them, and on outputs when told to.

mod checks;
mod measure;
mod path;

pub use measure::{Measure, Text, Unit};
pub use path::{Path, Violation};

/// A value that knows the limits its lexicon sets.
pub trait Validate {
    /// Checks the value and all that is in it, and stops at the first violation.
    ///
    /// # Errors
    /// The place and the constraint that is broken.
    fn validate(&self, at: Path<'_>) -> Result<(), Violation>;
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    fn validate(&self, at: Path<'_>) -> Result<(), Violation> {
        (**self).validate(at)
    }
}
