//! A compiler for [Lexicon](https://atproto.com/specs/lexicon), the schema language of AT Protocol.
//!
//! Stages, each a module that only knows those before it: [`parse`] reads files into the document [`model`], [`resolve`]
//! checks that every reference of the set leads somewhere, [`emit`] writes Rust, [`reference`] writes HTML, [`disk`] compares its
//! [`output`] with what is there and writes the difference. Mistakes are collected as [`diagnostics`], all files in one run.
//! Beside that way, [`lint`] says what could be better in a set, and [`diff`] what a change of it does to its users;
//! [`revision`] reads a set as it was.

pub mod diagnostics;
pub mod diff;
pub mod disk;
pub mod emit;
pub mod formats;
pub mod json;
pub mod lint;
pub mod model;
pub mod output;
pub mod parse;
pub mod reference;
pub mod resolve;
pub mod revision;
pub mod source;
pub mod syntax;
pub mod write;

/// Parses and resolves a set of lexicons.
///
/// # Errors
/// Every mistake of every file.
pub fn compile(sources: &source::Sources) -> Result<resolve::Resolved, diagnostics::Findings> {
    resolve::resolve(parse::parse(sources))
}
