//! An HTTP server that knows nothing: one read, one write of an answer that is always the same.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use anyhow::{Context, Result};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send};

/// Answers for ever; with `close` it ends a connection after the first answer.
pub fn run(addr: SocketAddr, close: bool) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    listener.set_nonblocking(true)?;
    // the backlog of the standard library is short
    rustix::net::listen(&listener, 4096)?;
    println!("ready {}", listener.local_addr()?);
    let answer = answer(close);
    let answers = answer.repeat(PIPELINED);
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(
        &poll,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    let mut connections: Vec<Option<OwnedFd>> = Vec::new();
    let mut free = Vec::new();
    let mut events = Vec::with_capacity(256);
    let mut input = Vec::with_capacity(64 << 10);
    loop {
        events.clear();
        match epoll::wait(&poll, spare_capacity(&mut events), None) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        for event in &events {
            let place = event.data.u64();
            if place == LISTENER {
                while let Ok(connection) = accept_with(&listener, SocketFlags::NONBLOCK) {
                    let place = free.pop().unwrap_or_else(|| {
                        connections.push(None);
                        connections.len() - 1
                    });
                    let data = EventData::new_u64(place as u64);
                    epoll::add(&poll, &connection, data, EventFlags::IN)?;
                    connections[place] = Some(connection);
                }
                continue;
            }
            let place = place as usize;
            let Some(connection) = &connections[place] else {
                continue;
            };
            input.clear();
            let done = match recv(connection, spare_capacity(&mut input), RecvFlags::empty()) {
                Err(Errno::AGAIN) => false,
                Err(_) | Ok((0, _)) => true,
                Ok(_) => {
                    let requests = input.windows(4).filter(|four| four == b"\r\n\r\n").count();
                    let bytes = &answers[..answer.len() * requests.min(PIPELINED)];
                    let sent = send(connection, bytes, SendFlags::NOSIGNAL);
                    close || sent.is_err()
                }
            };
            if done {
                connections[place] = None;
                free.push(place);
            }
        }
    }
}

/// As a tracker answers that gives thirty peers.
fn answer(close: bool) -> Vec<u8> {
    let mut body = b"d8:completei10e10:downloadedi5e10:incompletei20e8:intervali1800e\
        12:min intervali60e5:peers180:"
        .to_vec();
    body.extend([7; 180]);
    body.push(b'e');
    let connection = if close { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{connection}\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

const LISTENER: u64 = u64::MAX;
const PIPELINED: usize = 256;
