//! `make demo`: Alice, Bob and Carol hold an encrypted conversation, and one sees what each of them and the server sees.

use std::process::ExitCode;

use e2e::demo::{self, BoxError};

#[tokio::main]
async fn main() -> ExitCode {
    match play().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play() -> Result<(), BoxError> {
    let (endpoint, own) = demo::open().await?;
    if own.is_some() {
        println!("No server is running that this demo could use: it starts one of its own.\n");
    }
    let played = demo::run(&endpoint, &mut std::io::stdout()).await;
    if let Some(own) = own {
        own.stop().await?;
    }
    played?;
    println!("\nEverything was as it should be.");
    Ok(())
}
