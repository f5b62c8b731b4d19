//! A connection on which a test says exactly what goes over it, and when.

use std::time::Duration;

use atrium_api::types::string::Did;
use e2e::{http::Answer, server::TestServer};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Scene;

/// How long a server may take that has all it needs to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server.
pub struct Raw(TcpStream);

impl Raw {
    pub async fn connect(server: &TestServer) -> Self {
        let address = server.url().strip_prefix("http://").unwrap().to_owned();
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads one answer, whose length must be announced.
    pub async fn answer(&mut self) -> Answer {
        timeout(PATIENCE, self.read()).await.expect("the server has what it needs to answer")
    }

    /// Asserts that no answer comes for a little while.
    pub async fn assert_silent(&mut self) {
        let early = timeout(Duration::from_millis(100), self.0.read_u8()).await;
        assert!(early.is_err(), "the server answers before it has the request");
    }

    /// Sends a piece of a body whose length nobody said; an empty one ends it.
    pub async fn send_chunk(&mut self, piece: &[u8]) {
        self.send(format!("{:x}\r\n", piece.len())).await;
        self.send(piece).await;
        self.send("\r\n").await;
    }

    /// Asserts that the server asks for the body that it was told of.
    pub async fn assert_continues(&mut self) {
        let expected = *b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut found = [0; 25];
        let read = timeout(PATIENCE, self.0.read_exact(&mut found)).await;
        read.expect("the server wants the body").expect("the connection stays open");
        assert_eq!(found, expected);
    }

    /// Asserts that the server ends the connection without another word.
    pub async fn assert_closed(&mut self) {
        let end = timeout(PATIENCE, self.0.read_u8()).await.expect("the server does not wait for ever");
        assert!(end.is_err(), "the server says something");
    }

    async fn read(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("the connection stays open until the answer has come"));
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let length = headers["content-length"].to_str().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        Answer { status, headers, body }
    }
}

impl Scene {
    /// The head of a procedure call by alice over HTTP/1.1, with these headers beside the usual ones.
    pub fn head(&self, method: &str, headers: &str) -> String {
        self.head_by(&self.room.members[0].did, method, headers)
    }

    /// The same by somebody else.
    pub fn head_by(&self, caller: &Did, method: &str, headers: &str) -> String {
        let nsid = format!("blue.catbird.mls.{method}");
        let token = self.server.token(caller, &nsid);
        format!(
            "POST /xrpc/{nsid} HTTP/1.1\r\nHost: mls.test\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{headers}\r\n"
        )
    }
}
