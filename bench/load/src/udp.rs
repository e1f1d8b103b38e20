//! Announces over UDP (BEP 15), with as many requests under way as the plan says.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use datagrams::{Address, Inbox, Outbox};
use socket2::SockRef;

use crate::dice::{Dice, mix};
use crate::{Mix, info_hash};

/// What is asked, of how many, for how long.
pub struct Plan {
    pub mix: Mix,
    pub torrents: u64,
    pub peers: u64,
    pub want: u32,
    pub time: Duration,
    pub sockets: usize,
    pub window: usize,
}

/// What came of it.
#[derive(Default)]
pub struct Sum {
    connects: u64,
    announces: u64,
    scrapes: u64,
    errors: u64,
    first_error: Option<String>,
    lost: u64,
    peers: u64,
    time: Duration,
    /// How many answers took how long: in steps of a tenth of a millisecond.
    latencies: Vec<u64>,
}

impl Sum {
    pub fn answers(&self) -> u64 {
        self.connects + self.announces + self.scrapes + self.errors
    }

    /// The time that this share of the answers stayed within, in milliseconds.
    fn within(&self, share: f64) -> f64 {
        let wanted = (self.latencies.iter().sum::<u64>() as f64 * share) as u64;
        let mut seen = 0;
        let at = self.latencies.iter().position(|count| {
            seen += count;
            seen > wanted
        });
        at.unwrap_or(self.latencies.len()) as f64 / 10.0
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "answers_per_s={:.0} seconds={:.2} connects={} announces={} scrapes={} errors={} lost={} \
             peers_per_announce={:.2} median_ms={:.1} p99_ms={:.1}",
            self.answers() as f64 / self.time.as_secs_f64(),
            self.time.as_secs_f64(),
            self.connects,
            self.announces,
            self.scrapes,
            self.errors,
            self.lost,
            self.peers as f64 / self.announces.max(1) as f64,
            self.within(0.5),
            self.within(0.99),
        )?;
        match &self.first_error {
            Some(error) => write!(f, "\nthe first refusal: {error}"),
            None => Ok(()),
        }
    }
}

/// A socket and what is under way on it.
struct Line {
    socket: UdpSocket,
    connection: [u8; 8],
    under_way: usize,
    heard: Instant,
}

/// Runs the plan against a tracker.
pub fn run(addr: SocketAddr, plan: &Plan) -> Result<Sum> {
    let begun = Instant::now();
    let to = Address::from(addr);
    let mut asker = Asker::new(plan);
    let mut sum = Sum {
        latencies: vec![0; 10_000],
        ..Sum::default()
    };
    let mut lines = (0..plan.sockets)
        .map(|number| Line::open(addr, number))
        .collect::<Result<Vec<_>>>()?;
    let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
    let mut now = Instant::now();
    let first = now;
    while now - first < plan.time || plan.mix == Mix::Fill {
        let mut idle = true;
        for line in &mut lines {
            match inbox.receive(&line.socket) {
                Ok(()) => {
                    now = Instant::now();
                    idle = false;
                    for (packet, _) in inbox.packets() {
                        line.take(packet, now - begun, &mut sum);
                    }
                    line.under_way = line.under_way.saturating_sub(inbox.packets().len());
                    line.heard = now;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // what has not been answered for so long never will be
                    if line.under_way > 0 && now - line.heard > LOST {
                        sum.lost += line.under_way as u64;
                        line.under_way = 0;
                        line.heard = now;
                    }
                }
                Err(error) => return Err(error).context("cannot receive"),
            }
            if line.under_way > plan.window / 2 {
                continue;
            }
            let sent_at = Sent::at(now - begun);
            while line.under_way < plan.window {
                while line.under_way < plan.window && !outbox.is_full() {
                    let written = outbox.write(&to, |out| asker.ask(line.connection, sent_at, out));
                    if !written {
                        break;
                    }
                    line.under_way += 1;
                }
                if outbox.send(&line.socket) == 0 {
                    break;
                }
                idle = false;
            }
        }
        if idle {
            now = Instant::now();
            if asker.is_done() && lines.iter().all(|line| line.under_way == 0) {
                break;
            }
        }
    }
    sum.time = now - first;
    Ok(sum)
}

impl Line {
    /// Opens a socket, on an address of its own where the tracker is on this machine, and connects.
    fn open(tracker: SocketAddr, number: usize) -> Result<Self> {
        let from = match tracker.ip() {
            IpAddr::V4(ip) if ip.is_loopback() => {
                IpAddr::V4(Ipv4Addr::from(0x7f00_0001 + number as u32))
            }
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((from, 0)).with_context(|| format!("cannot open {from}"))?;
        SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let mut answer = [0; 64];
        for _ in 0..50 {
            socket.send_to(&connect([1, 2, 3, 4]), tracker)?;
            let Ok(16) = socket.recv(&mut answer) else {
                continue;
            };
            socket.set_nonblocking(true)?;
            let connection = answer[8..16].try_into().context("eight bytes")?;
            return Ok(Self {
                socket,
                connection,
                under_way: 0,
                heard: Instant::now(),
            });
        }
        bail!("{tracker} does not answer")
    }

    fn take(&mut self, packet: &[u8], now: Duration, sum: &mut Sum) {
        let Some((head, body)) = packet.split_first_chunk::<8>() else {
            return;
        };
        let [_, _, _, action, sent @ ..] = *head;
        let slot = (Sent(sent).ago(now).as_micros() / 100) as usize;
        let last = sum.latencies.len() - 1;
        sum.latencies[slot.min(last)] += 1;
        match action {
            0 => {
                sum.connects += 1;
                if let Some(id) = body.first_chunk() {
                    self.connection = *id;
                }
            }
            1 => {
                sum.announces += 1;
                sum.peers += body.len().saturating_sub(12) as u64 / 6;
            }
            2 => sum.scrapes += 1,
            _ => {
                sum.errors += 1;
                let words = || String::from_utf8_lossy(body).into_owned();
                sum.first_error.get_or_insert_with(words);
            }
        }
    }
}

/// When a request was sent, in the four bytes of its transaction id: microseconds, which come round
/// after more than an hour.
#[derive(Clone, Copy)]
struct Sent([u8; 4]);

impl Sent {
    fn at(now: Duration) -> Self {
        Self((now.as_micros() as u32).to_be_bytes())
    }

    fn ago(self, now: Duration) -> Duration {
        let micros = (now.as_micros() as u32).wrapping_sub(u32::from_be_bytes(self.0));
        Duration::from_micros(micros.into())
    }
}

fn connect(transaction: [u8; 4]) -> [u8; 16] {
    let mut packet = [0; 16];
    packet[..8].copy_from_slice(&0x0417_2710_1980_u64.to_be_bytes());
    packet[12..].copy_from_slice(&transaction);
    packet
}

/// Makes requests up.
struct Asker<'p> {
    plan: &'p Plan,
    dice: Dice,
    /// The torrent of each peer, where it is no matter of counting.
    torrents: Vec<u32>,
    next_peer: u64,
}

impl<'p> Asker<'p> {
    fn new(plan: &'p Plan) -> Self {
        let mut dice = Dice::new(12345);
        let mut torrent = || (plan.torrents as f64 * dice.fraction().powi(3)) as u32;
        let torrents = match plan.mix {
            Mix::Fill => Vec::new(),
            Mix::Mixed | Mix::Announces => (0..plan.peers).map(|_| torrent()).collect(),
        };
        Self {
            plan,
            dice,
            torrents,
            next_peer: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.plan.mix == Mix::Fill && self.next_peer == self.plan.peers
    }

    fn torrent_of(&self, peer: u64) -> u64 {
        match self.torrents.get(peer as usize) {
            Some(torrent) => u64::from(*torrent),
            None => peer % self.plan.torrents,
        }
    }

    /// Writes a request; nothing when the plan is through.
    fn ask(&mut self, connection: [u8; 8], sent: Sent, out: &mut Vec<u8>) {
        if self.is_done() {
            return;
        }
        let what = match self.plan.mix {
            Mix::Mixed => self.dice.below(101),
            Mix::Announces | Mix::Fill => 50,
        };
        match what {
            0..50 => out.extend(connect(sent.0)),
            50..100 => self.announce(connection, sent, out),
            _ => {
                out.extend(connection);
                out.extend([0, 0, 0, 2]);
                out.extend(sent.0);
                for _ in 0..=self.dice.below(10) {
                    let peer = self.dice.below(self.plan.peers);
                    out.extend(info_hash(self.torrent_of(peer)));
                }
            }
        }
    }

    fn announce(&mut self, connection: [u8; 8], sent: Sent, out: &mut Vec<u8>) {
        let peer = self.next_peer;
        self.next_peer += 1;
        if self.plan.mix != Mix::Fill {
            self.next_peer %= self.plan.peers;
        }
        let seeds = !self.dice.next().is_multiple_of(4);
        let random = mix(peer ^ 0xab_cdef);
        let port = match self.plan.mix {
            Mix::Fill => 1024 + peer / self.plan.torrents % 64_000,
            Mix::Mixed | Mix::Announces => 1024 + random % 60_000,
        };
        out.extend(connection);
        out.extend([0, 0, 0, 1]);
        out.extend(sent.0);
        out.extend(info_hash(self.torrent_of(peer)));
        out.extend(b"-qB4250-");
        out.extend(random.to_be_bytes());
        out.extend((peer as u32).to_be_bytes());
        out.extend([0; 8]);
        out.extend(if seeds { 0_u64 } else { 50 }.to_be_bytes());
        out.extend([0; 8]);
        out.extend(if seeds { 1_u32 } else { 2 }.to_be_bytes());
        out.extend([0; 8]);
        out.extend(self.plan.want.to_be_bytes());
        out.extend((port as u16).to_be_bytes());
    }
}

/// After so long without any answer, what is under way is given up.
const LOST: Duration = Duration::from_millis(250);
