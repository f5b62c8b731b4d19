//! A Redis of its own for a test.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running Redis that keeps nothing. It ends when this is dropped.
pub struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When redis-server is not installed; `make test` installs it.
    pub fn start() -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let redis = Self { process: Self::launch(port), port };
        redis.wait();
        redis
    }

    fn launch(port: u16) -> Child {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]).arg(port.to_string());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        process.unwrap_or_else(|error| panic!("redis-server must be installed ({error}); `make redis` does it"))
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "redis-server doesn't listen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// How many signals were sent through it.
    pub fn published(&self) -> u64 {
        let mut connection = TcpStream::connect(self.address()).expect("redis-server listens");
        connection.write_all(b"INFO commandstats\r\nQUIT\r\n").expect("it takes commands");
        let mut text = String::new();
        connection.read_to_string(&mut text).expect("it answers and closes");
        let calls = text.split_once("cmdstat_publish:calls=").map(|(_, rest)| rest.split(',').next());
        calls.map_or(0, |calls| calls.and_then(|calls| calls.parse().ok()).expect("a count"))
    }

    /// Ends it in the middle of things.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again at the same place.
    pub fn revive(&mut self) {
        self.process = Self::launch(self.port);
        self.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
