//! A small HTTP/1.1 client that keeps its connection: one request after the other, as a browser behind
//! a proxy would send them.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One kept connection.
pub struct Client {
    stream: TcpStream,
    addr: SocketAddr,
    cookie: Option<String>,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects; `cookie` goes with every request.
    pub async fn connect(addr: SocketAddr, cookie: Option<String>) -> Result<Self> {
        let stream = TcpStream::connect(addr)
            .await
            .with_context(|| format!("cannot connect to {addr}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            addr,
            cookie,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Fetches a page and returns its size in bytes; anything but 200 is an error.
    pub async fn fetch(&mut self, path: &str) -> Result<usize> {
        let cookie = match &self.cookie {
            Some(cookie) => format!("Cookie: {cookie}\r\n"),
            None => String::new(),
        };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{cookie}\r\n", self.addr);
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let (head, length) = loop {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "{path}: the connection was closed"
            );
            if let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break (head + 4, content_length(&self.buffer[..head], path)?);
            }
        };
        while self.buffer.len() < head + length {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "{path}: the page was cut short"
            );
        }
        Ok(length)
    }
}

fn content_length(head: &[u8], path: &str) -> Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    ensure!(
        head.starts_with("http/1.1 200 "),
        "{path}: {}",
        head.lines().next().unwrap_or_default()
    );
    for line in head.lines() {
        if let Some(length) = line.strip_prefix("content-length:") {
            return length
                .trim()
                .parse()
                .with_context(|| format!("{path}: content-length"));
        }
    }
    bail!("{path}: the answer has no content-length")
}
