//! HTTP/1.1 over one connection that is kept: as little work per request as a client can do, so that the server is what is
//! measured.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection to the server.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer. It lives until the next request.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

struct Head {
    status: u16,
    /// Where the body begins and ends in what was received.
    start: usize,
    end: usize,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
            if head.is_none() {
                head = read_head(&self.received)?;
                let missing = head.as_ref().map_or(0, |head: &Head| head.end.saturating_sub(self.received.len()));
                self.received.reserve(missing);
            }
            if let Some(Head { status, start, end }) = head
                && self.received.len() >= end
            {
                return Ok(Answer { status, body: &self.received[start..end] });
            }
        }
    }
}

/// Reads the head when it is there as a whole.
fn read_head(received: &[u8]) -> io::Result<Option<Head>> {
    let Some(length) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("an answer {what}"));
    let text = std::str::from_utf8(&received[..length]).map_err(|_| wrong("whose head is not text"))?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| wrong("without status"))?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    let body_length = fields
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .ok_or_else(|| wrong("without content-length, which this client needs"))?;
    let start = length + 4;
    Ok(Some(Head { status, start, end: start + body_length }))
}

#[cfg(test)]
mod tests {
    use super::read_head;

    #[test]
    fn a_head_tells_status_and_extent_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert!(read_head(&answer[..20]).unwrap().is_none());
        let head = read_head(answer).unwrap().unwrap();
        assert_eq!((head.status, &answer[head.start..head.end]), (200, &b"abc"[..]));
        assert!(read_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
