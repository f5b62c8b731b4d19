//! Who may call: service tokens of accounts in a PLC directory, through the whole server.

mod directory;
mod keys;
mod lookups;
mod replay;
mod tokens;

use atrium_api::types::string::Did;
use e2e::{http::Answer, server::TestServer};

use self::directory::{Directory, Key, account, claims};

/// A server without development tokens, its directory, and alice, who has a key there.
struct World {
    server: TestServer,
    directory: Directory,
    alice: Did,
    key: Key,
}

impl World {
    async fn with(key: Key, flags: &[&str]) -> Self {
        let (directory, url) = Directory::start().await;
        let plc = format!("--plc-url={url}");
        let flags: Vec<_> = [plc.as_str(), "--allow-loopback-http"].into_iter().chain(flags.iter().copied()).collect();
        let server = TestServer::without_development_tokens(&flags).await;
        let alice = account("alice");
        directory.publish(&alice, &key);
        Self { server, directory, alice, key }
    }

    async fn new() -> Self {
        Self::with(Key::k256(1), &[]).await
    }

    /// Asks for alice's conversations with this token.
    async fn present(&self, token: impl Into<String>) -> Answer {
        self.server.call("getConvos").token(token).send().await
    }

    /// A good token of alice's for a method by its short name.
    fn token(&self, method: &str) -> String {
        self.key.token(&claims(&self.server, &self.alice, method))
    }
}
