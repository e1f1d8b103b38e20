use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use datagrams::{Address, Inbox, Outbox};
use socket2::SockRef;

use super::client::Client;
use super::{Pace, REPEAT, Sum};

/// A socket with its connection, which a tracker that was started anew no longer knows.
struct Line {
    socket: UdpSocket,
    connection: Option<[u8; 8]>,
    connected: Instant,
    /// When a connection was asked for last.
    asked: Instant,
    /// When anything was heard last.
    heard: Instant,
    under_way: usize,
}

/// Announces for the clients until the end, and goes on until all is answered.
pub fn run(
    tracker: SocketAddr,
    mut clients: Vec<Client>,
    pace: Pace,
) -> Result<(Vec<Client>, Sum)> {
    let to = Address::from(tracker);
    let mut sum = Sum::default();
    let mut lines = (0..LINES)
        .map(|_| Line::open(tracker))
        .collect::<Result<Vec<_>>>()?;
    let places = places(&clients);
    let mut idle: VecDeque<u32> = (0..clients.len() as u32).collect();
    // by when they were sent; those that were answered meanwhile are passed over
    let mut waiting: VecDeque<(Instant, u32, u32)> = VecDeque::new();
    let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
    let mut begun = 0;
    let mut next = 0;
    loop {
        let now = Instant::now();
        if now > pace.last || now > pace.end && idle.len() == clients.len() {
            return Ok((clients, sum));
        }
        let mut quiet = true;
        for line in &mut lines {
            match inbox.receive(&line.socket) {
                Ok(()) => {
                    quiet = false;
                    for (packet, _) in inbox.packets() {
                        let answered = line.take(packet, now, &mut sum);
                        let Some(transaction) = answered else {
                            continue;
                        };
                        let place = places[(transaction >> 16) as usize];
                        let client = clients.get_mut(place as usize);
                        if let Some(client) = client
                            && client.is_waiting()
                            && client.transaction() == transaction
                        {
                            client.acknowledge();
                            sum.answered += 1;
                            idle.push_back(place);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // a tracker that is away may say so
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error).context("cannot receive"),
            }
            line.keep_connected(&to, now, &mut outbox);
        }
        // as many new ones as are due, and as have waited for too long
        let due = pace.due(now).saturating_sub(begun).min(BURST);
        let mut ready = Vec::new();
        while let Some((sent, place, transaction)) = waiting.front().copied()
            && ready.len() < BURST as usize
            && now - sent > REPEAT
        {
            waiting.pop_front();
            let client = &clients[place as usize];
            if client.is_waiting() && client.transaction() == transaction {
                sum.repeated += 1;
                ready.push(place);
            }
        }
        for _ in 0..due {
            let Some(place) = idle.pop_front() else { break };
            clients[place as usize].step();
            begun += 1;
            ready.push(place);
        }
        if now >= pace.end || idle.is_empty() {
            // what could not begin is not made up for
            begun = pace.due(now).max(begun);
        }
        quiet &= ready.is_empty();
        for batch in ready.chunks(ROUND) {
            next = (next + 1) % lines.len();
            let line = &mut lines[next];
            for place in batch {
                let client = &clients[*place as usize];
                waiting.push_back((now, *place, client.transaction()));
                if let Some(connection) = line.connection {
                    outbox.write(&to, |out| client.packet(connection, out));
                    line.under_way += 1;
                }
            }
            outbox.send(&line.socket);
        }
        if quiet {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Where the client of a number stands.
fn places(clients: &[Client]) -> Vec<u32> {
    let mut places = vec![u32::MAX; 1 << 16];
    for (place, client) in clients.iter().enumerate() {
        places[(client.transaction() >> 16) as usize] = place as u32;
    }
    places
}

impl Line {
    fn open(tracker: SocketAddr) -> Result<Self> {
        let any: SocketAddr = match tracker {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0; 16], 0).into(),
        };
        let socket = UdpSocket::bind(any).context("cannot open a socket")?;
        SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
        socket.set_nonblocking(true)?;
        let now = Instant::now();
        Ok(Self {
            socket,
            connection: None,
            connected: now,
            asked: now - ASK,
            heard: now,
            under_way: 0,
        })
    }

    /// Asks for a connection where there is none, where it is old, and where nothing is heard.
    fn keep_connected(&mut self, to: &Address, now: Instant, outbox: &mut Outbox) {
        let silent = self.under_way > 0 && now - self.heard > SILENT;
        if silent {
            self.connection = None;
            self.under_way = 0;
        }
        let wanted = self.connection.is_none() || now - self.connected > RENEW;
        if wanted && now - self.asked >= ASK {
            self.asked = now;
            outbox.write(to, |out| {
                out.extend(0x0417_2710_1980_u64.to_be_bytes());
                out.extend([0; 4]);
                out.extend(CONNECT.to_be_bytes());
            });
            outbox.send(&self.socket);
        }
    }

    /// Takes an answer; the transaction, if it was an announce.
    fn take(&mut self, packet: &[u8], now: Instant, sum: &mut Sum) -> Option<u32> {
        let (head, body) = packet.split_first_chunk::<8>()?;
        let transaction = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        match head[3] {
            0 => {
                self.connection = body.first_chunk().copied();
                (self.connected, self.heard) = (now, now);
                None
            }
            1 => {
                (self.heard, self.under_way) = (now, 0);
                Some(transaction)
            }
            3 => {
                // most likely of a connection that is no longer known
                sum.refuse(body);
                self.connection = None;
                None
            }
            _ => None,
        }
    }
}

const LINES: usize = 8;
const ROUND: usize = 32;
/// Announces that are sent at a time at most.
const BURST: u64 = 512;
/// No announce has this transaction: it would be the last of 65,536 clients, after as many announces.
const CONNECT: u32 = u32::MAX;
const ASK: Duration = Duration::from_millis(200);
/// Connections are good for two minutes (BEP 15).
const RENEW: Duration = Duration::from_secs(45);
const SILENT: Duration = Duration::from_millis(500);
