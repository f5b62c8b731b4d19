//! The `lexicon` command.

mod cli;

use std::process::ExitCode;

/// Code is made of many small pieces of memory, which took a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
