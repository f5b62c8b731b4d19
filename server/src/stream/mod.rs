//! The live stream: what is committed, told in order to whoever may see it.

pub mod cursor;
