//! Where in a value a check stands, and what it found.

use std::fmt::{self, Write};

/// The place of a value, as a chain from the value up to the root on the stack: nothing is allocated before a violation is
/// reported.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment,
}

#[derive(Clone, Copy, Debug)]
enum Segment {
    Name(&'static str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The root of a method's parameters.
    pub const PARAMS: Path<'static> = Path::root("params");
    /// The root of a method's input.
    pub const INPUT: Path<'static> = Path::root("input");
    /// The root of a method's output.
    pub const OUTPUT: Path<'static> = Path::root("output");
    /// The root of a message on a stream.
    pub const MESSAGE: Path<'static> = Path::root("message");

    /// A root of another name.
    pub const fn root(name: &'static str) -> Path<'static> {
        Path { parent: None, segment: Segment::Name(name) }
    }

    /// The property `name` of the object at this place.
    pub const fn field(&'a self, name: &'static str) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Name(name) }
    }

    /// The item `index` of the array at this place, counted from 0.
    pub const fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }

    /// Reports that the value at this place breaks a constraint, worded like `must be at most 5`.
    pub fn violation(self, constraint: impl Into<String>) -> Violation {
        Violation { path: self.to_string(), constraint: constraint.into() }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            f.write_char('/')?;
        }
        match self.segment {
            Segment::Name(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}

/// A broken constraint and its place; displayed like `input/members/3/did: must be at most 128 bytes long`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place, from `input`, `params`, `output` or `message` down.
    pub path: String,
    /// The constraint, worded like `must be at most 5`.
    pub constraint: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.constraint)
    }
}

impl std::error::Error for Violation {}
