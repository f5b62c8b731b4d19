//! The server's program.

use std::process::ExitCode;

use catbird_server::{
    app,
    cli::{self, Parts},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main(Parts { routes: app::routes, mint: app::mint })
}
