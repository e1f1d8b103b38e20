//! Announces over UDP (BEP 15, BEP 41): with as many requests under way as the plan says, or so many a
//! second whatever comes back.

mod asker;

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use datagrams::{Address, Inbox, Outbox, ROUND};
use socket2::SockRef;

use crate::latencies::Latencies;
use crate::usage::Watch;
use crate::{Mix, hashes, lines};
use asker::{Asker, Sent, connect};

/// Whom to ask what.
#[derive(clap::Args)]
pub struct Arguments {
    /// The tracker
    addr: SocketAddr,
    /// What is asked
    #[arg(long, value_enum, default_value_t = Mix::Mixed)]
    mix: Mix,
    /// Torrents; in a mix and in announces, the lower their number the larger their swarms
    #[arg(long, default_value_t = 1_000_000)]
    torrents: u64,
    /// Peers
    #[arg(long, default_value_t = 2_000_000)]
    peers: u64,
    /// Peers wanted in an answer
    #[arg(long, default_value_t = 30)]
    want: u32,
    /// Seconds; a fill takes as long as it takes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Sockets
    #[arg(long, default_value_t = 8)]
    sockets: usize,
    /// Requests under way on each
    #[arg(long, default_value_t = 64)]
    window: usize,
    /// Requests a second, sent at their time whether or not earlier ones are answered; the times of answers then
    /// count from when a request was to be sent. 0: as fast as answers come
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// A file of passkeys, one a line, which stand in the announces (BEP 41)
    #[arg(long)]
    passkeys: Option<PathBuf>,
    /// A file of info-hashes in hex, one a line, where not any will do
    #[arg(long)]
    hashes: Option<PathBuf>,
    #[command(flatten)]
    watch: Watch,
}

/// Asks, and prints what came of it.
pub fn command(arguments: Arguments) -> Result<()> {
    let plan = Plan {
        mix: arguments.mix,
        torrents: arguments.torrents.max(1),
        peers: arguments.peers.max(1),
        want: arguments.want,
        time: Duration::from_secs(arguments.seconds),
        sockets: arguments.sockets.clamp(1, 64),
        window: arguments.window.clamp(2, 4096),
        rate: arguments.rate,
        passkeys: lines(arguments.passkeys.as_deref())?,
        hashes: hashes(arguments.hashes.as_deref())?,
    };
    let watch = arguments.watch.begin()?;
    let sum = run(arguments.addr, &plan)?;
    println!("{sum}");
    if let Some(watch) = watch {
        println!("{}", watch.end(sum.answers(), plan.peers)?);
    }
    Ok(())
}

/// What is asked, of how many, for how long.
struct Plan {
    mix: Mix,
    torrents: u64,
    peers: u64,
    want: u32,
    time: Duration,
    sockets: usize,
    window: usize,
    /// Requests a second, whatever comes back; 0 keeps `window` of them under way on each socket.
    rate: u64,
    passkeys: Vec<String>,
    hashes: Vec<[u8; 20]>,
}

/// What came of it.
#[derive(Default)]
struct Sum {
    connects: u64,
    announces: u64,
    scrapes: u64,
    errors: u64,
    first_error: Option<String>,
    lost: u64,
    peers: u64,
    time: Duration,
    latencies: Latencies,
}

impl Sum {
    fn answers(&self) -> u64 {
        self.connects + self.announces + self.scrapes + self.errors
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "answers_per_s={:.0} seconds={:.2} connects={} announces={} scrapes={} errors={} lost={} \
             peers_per_announce={:.2} median_ms={:.2} p99_ms={:.2}",
            self.answers() as f64 / self.time.as_secs_f64(),
            self.time.as_secs_f64(),
            self.connects,
            self.announces,
            self.scrapes,
            self.errors,
            self.lost,
            self.peers as f64 / self.announces.max(1) as f64,
            self.latencies.within(0.5),
            self.latencies.within(0.99),
        )?;
        match &self.first_error {
            Some(error) => write!(f, "\nthe first refusal: {error}"),
            None => Ok(()),
        }
    }
}

/// Runs the plan against a tracker.
fn run(addr: SocketAddr, plan: &Plan) -> Result<Sum> {
    let mut lines = (0..plan.sockets)
        .map(|number| Line::open(addr, number))
        .collect::<Result<Vec<_>>>()?;
    let mut inbox = Inbox::new();
    let mut sender = Sender {
        begun: Instant::now(),
        to: Address::from(addr),
        asker: Asker::new(plan),
        outbox: Outbox::new(),
        sent: 0,
        next: 0,
    };
    let mut sum = Sum::default();
    let first = Instant::now();
    sender.begun = first;
    let mut now = first;
    while now - first < plan.time || plan.mix == Mix::Fill {
        let mut idle = true;
        for line in &mut lines {
            idle &= !line.receive(&mut inbox, first, &mut now, &mut sum)?;
            if plan.rate == 0 && line.under_way <= plan.window / 2 {
                idle &= !sender.fill(line, plan.window, now);
            }
        }
        if plan.rate > 0 {
            now = Instant::now();
            sender.keep_pace(&mut lines, plan.rate, now);
        } else if idle {
            now = Instant::now();
            if sender.asker.is_done() && lines.iter().all(|line| line.under_way == 0) {
                break;
            }
        }
    }
    sum.time = now - first;
    if plan.rate > 0 {
        let end = now + LOST;
        while now < end && lines.iter().any(|line| line.under_way > 0) {
            for line in &mut lines {
                line.receive(&mut inbox, first, &mut now, &mut sum)?;
            }
            now = Instant::now();
        }
        sum.lost += lines.iter().map(|line| line.under_way as u64).sum::<u64>();
    }
    Ok(sum)
}

/// Writes and sends requests.
struct Sender<'p> {
    begun: Instant,
    to: Address,
    asker: Asker<'p>,
    outbox: Outbox,
    /// Requests so far, where they are paced.
    sent: u64,
    /// The socket whose turn it is.
    next: usize,
}

impl Sender<'_> {
    /// Sends until so many are under way. Returns whether anything was sent.
    fn fill(&mut self, line: &mut Line, window: usize, now: Instant) -> bool {
        let sent_at = Sent::at(now - self.begun);
        let mut any = false;
        while line.under_way < window {
            while line.under_way < window && !self.outbox.is_full() {
                let (asker, connection) = (&mut self.asker, line.connection);
                let written = self
                    .outbox
                    .write(&self.to, |out| asker.ask(connection, sent_at, out));
                if !written {
                    break;
                }
                line.under_way += 1;
            }
            if self.outbox.send(&line.socket) == 0 {
                break;
            }
            any = true;
        }
        any
    }

    /// Sends all that is due by now, a batch on each socket in turn.
    fn keep_pace(&mut self, lines: &mut [Line], rate: u64, now: Instant) {
        let each = Duration::from_secs(1).as_nanos() / u128::from(rate);
        let due = (now - self.begun).as_nanos() / each;
        while u128::from(self.sent) < due {
            self.next = (self.next + 1) % lines.len();
            let line = &mut lines[self.next];
            for _ in 0..ROUND {
                if u128::from(self.sent) >= due {
                    break;
                }
                let intended = Duration::from_nanos((u128::from(self.sent) * each) as u64);
                let (asker, connection) = (&mut self.asker, line.connection);
                self.outbox.write(&self.to, |out| {
                    asker.ask(connection, Sent::at(intended), out);
                });
                self.sent += 1;
                line.under_way += 1;
            }
            self.outbox.send(&line.socket);
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

    /// Takes what has come. Returns whether anything has.
    fn receive(
        &mut self,
        inbox: &mut Inbox,
        first: Instant,
        now: &mut Instant,
        sum: &mut Sum,
    ) -> Result<bool> {
        match inbox.receive(&self.socket) {
            Ok(()) => {
                *now = Instant::now();
                for (packet, _) in inbox.packets() {
                    self.take(packet, *now - first, sum);
                }
                self.under_way = self.under_way.saturating_sub(inbox.packets().len());
                self.heard = *now;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // what has not been answered for so long never will be
                if self.under_way > 0 && *now - self.heard > LOST {
                    sum.lost += self.under_way as u64;
                    self.under_way = 0;
                    self.heard = *now;
                }
                Ok(false)
            }
            Err(error) => Err(error).context("cannot receive"),
        }
    }

    fn take(&mut self, packet: &[u8], now: Duration, sum: &mut Sum) {
        let Some((head, body)) = packet.split_first_chunk::<8>() else {
            return;
        };
        let [_, _, _, action, sent @ ..] = *head;
        sum.latencies.add(Sent(sent).ago(now));
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

/// After so long without any answer, what is under way is given up.
const LOST: Duration = Duration::from_millis(250);
