//! Announces over HTTP, or HTTPS, on a number of connections.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::dice::{Dice, mix};
use crate::latencies::Latencies;
use crate::usage::Watch;
use crate::{hashes, info_hash, lines};

/// Whom to ask what.
#[derive(clap::Args)]
pub struct Arguments {
    /// The tracker
    addr: SocketAddr,
    /// Connections
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Requests under way on each
    #[arg(long, default_value_t = 1)]
    window: usize,
    /// A connection for each request
    #[arg(long)]
    close: bool,
    /// A file of passkeys, one a line
    #[arg(long)]
    passkeys: Option<PathBuf>,
    /// A file of info-hashes in hex, one a line, where not any will do
    #[arg(long)]
    hashes: Option<PathBuf>,
    /// Torrents
    #[arg(long, default_value_t = 20_000)]
    torrents: u64,
    /// Requests, each a peer, before they begin anew
    #[arg(long, default_value_t = 40_000)]
    peers: u64,
    /// Peers wanted in an answer
    #[arg(long, default_value_t = 30)]
    want: u32,
    /// Speaks TLS and trusts this certificate
    #[arg(long, value_name = "PEM")]
    tls: Option<PathBuf>,
    /// Seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    #[command(flatten)]
    watch: Watch,
}

/// Asks, and prints what came of it.
pub fn command(arguments: Arguments) -> Result<()> {
    let close = arguments.close;
    let plan = Plan {
        connections: arguments.connections.clamp(1, 10_000),
        window: if close {
            1
        } else {
            arguments.window.clamp(1, 1000)
        },
        close,
        time: Duration::from_secs(arguments.seconds),
        torrents: arguments.torrents.max(1),
        peers: arguments.peers.max(1),
        want: arguments.want,
        passkeys: lines(arguments.passkeys.as_deref())?,
        hashes: hashes(arguments.hashes.as_deref())?,
        tls: arguments.tls.map(|path| tls(&path)).transpose()?,
    };
    let watch = arguments.watch.begin()?;
    let sum = run(arguments.addr, &plan)?;
    println!("{sum}");
    if let Some(watch) = watch {
        println!("{}", watch.end(sum.answers, plan.peers)?);
    }
    Ok(())
}

/// What is asked, and how.
struct Plan {
    connections: usize,
    /// Requests under way on each.
    window: usize,
    /// A connection for each request.
    close: bool,
    time: Duration,
    torrents: u64,
    peers: u64,
    want: u32,
    /// One of these stands in each announce address, where there are any.
    passkeys: Vec<String>,
    /// The torrents, where they cannot be any.
    hashes: Vec<[u8; 20]>,
    /// Speaks TLS, and trusts this.
    tls: Option<Arc<ClientConfig>>,
}

/// What came of it.
#[derive(Default)]
struct Sum {
    answers: u64,
    failures: u64,
    first_failure: Option<String>,
    broken: u64,
    bytes: u64,
    time: Duration,
    latencies: Latencies,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "answers_per_s={:.0} seconds={:.2} answers={} failures={} broken={} bytes_per_answer={:.0} \
             median_ms={:.2} p99_ms={:.2}",
            self.answers as f64 / self.time.as_secs_f64(),
            self.time.as_secs_f64(),
            self.answers,
            self.failures,
            self.broken,
            self.bytes as f64 / self.answers.max(1) as f64,
            self.latencies.within(0.5),
            self.latencies.within(0.99),
        )?;
        match &self.first_failure {
            Some(failure) => write!(f, "\nthe first refusal: {failure}"),
            None => Ok(()),
        }
    }
}

/// The client's side of TLS, with the one certificate that is trusted.
fn tls(authority: &Path) -> Result<Arc<ClientConfig>> {
    let certificate = CertificateDer::from_pem_file(authority)
        .with_context(|| format!("no certificate in {}", authority.display()))?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Runs the plan against a tracker.
fn run(addr: SocketAddr, plan: &Plan) -> Result<Sum> {
    let requests = Requests::new(plan);
    let mut next = 0;
    let mut sum = Sum::default();
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut lines = Vec::new();
    for number in 0..plan.connections {
        let line = Line::open(addr, plan)?;
        line.watch(&poll, number)?;
        lines.push(line);
    }
    let first = Instant::now();
    for line in &mut lines {
        line.ask(plan, &requests, &mut next, first)?;
    }
    let mut events = Vec::with_capacity(1024);
    let mut now = first;
    while now - first < plan.time {
        events.clear();
        match epoll::wait(&poll, spare_capacity(&mut events), Some(&PATIENCE)) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        if events.is_empty() {
            bail!("{addr} does not answer");
        }
        for event in &events {
            let number = event.data.u64() as usize;
            now = Instant::now();
            let line = &mut lines[number];
            let open = line.take(&mut sum, now).unwrap_or(false);
            if plan.close && line.under_way() == 0 || !open {
                sum.broken += line.under_way() as u64;
                *line = Line::open(addr, plan)?;
                line.watch(&poll, number)?;
            }
            // what the tracker ends before it answers shows at the next read
            let _ = line.ask(plan, &requests, &mut next, now);
        }
    }
    sum.time = now - first;
    Ok(sum)
}

/// A connection and what is under way on it.
struct Line {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    input: Vec<u8>,
    sent: std::collections::VecDeque<Instant>,
}

impl Line {
    fn open(addr: SocketAddr, plan: &Plan) -> Result<Self> {
        let mut stream =
            TcpStream::connect(addr).with_context(|| format!("cannot reach {addr}"))?;
        stream.set_nodelay(true)?;
        let tls = match &plan.tls {
            None => None,
            Some(config) => {
                let name = ServerName::from(addr.ip());
                let mut tls = ClientConnection::new(config.clone(), name)?;
                while tls.is_handshaking() {
                    tls.complete_io(&mut stream).context("no TLS")?;
                }
                Some(Box::new(tls))
            }
        };
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            tls,
            input: Vec::with_capacity(2048),
            sent: Default::default(),
        })
    }

    fn watch(&self, poll: impl std::os::fd::AsFd, number: usize) -> Result<()> {
        let data = EventData::new_u64(number as u64);
        Ok(epoll::add(poll, &self.stream, data, EventFlags::IN)?)
    }

    fn under_way(&self) -> usize {
        self.sent.len()
    }

    /// Fills the window, in one write.
    fn ask(
        &mut self,
        plan: &Plan,
        requests: &Requests,
        next: &mut usize,
        now: Instant,
    ) -> Result<()> {
        if self.under_way() > 0 {
            return Ok(());
        }
        let begin = *next % requests.ends.len();
        let count = plan.window.min(requests.ends.len() - begin);
        *next = begin + count;
        let bytes = requests.slice(begin, count);
        self.sent.extend(std::iter::repeat_n(now, count));
        match &mut self.tls {
            None => self.stream.write_all(bytes)?,
            Some(tls) => {
                tls.writer().write_all(bytes)?;
                while tls.wants_write() {
                    tls.write_tls(&mut self.stream)?;
                }
            }
        }
        Ok(())
    }

    /// Reads what there is. Returns whether more may come.
    fn take(&mut self, sum: &mut Sum, now: Instant) -> Result<bool> {
        let mut chunk = [0; 16 << 10];
        let mut open = true;
        match &mut self.tls {
            None => match self.stream.read(&mut chunk) {
                Ok(0) => open = false,
                Ok(read) => self.input.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            },
            Some(tls) => {
                match tls.read_tls(&mut self.stream) {
                    Ok(0) => open = false,
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
                tls.process_new_packets()?;
                while let Ok(read) = tls.reader().read(&mut chunk) {
                    if read == 0 {
                        break;
                    }
                    self.input.extend_from_slice(&chunk[..read]);
                }
            }
        }
        let mut used = 0;
        while let Some(answer) = Answer::read(&self.input[used..]) {
            let Some(sent) = self.sent.pop_front() else {
                bail!("an answer nobody asked for");
            };
            used += answer.len;
            sum.answers += 1;
            sum.bytes += answer.len as u64;
            if let Some(failure) = answer.failure {
                sum.failures += 1;
                sum.first_failure.get_or_insert(failure);
            }
            sum.latencies.add(now - sent);
        }
        self.input.drain(..used);
        Ok(open)
    }
}

struct Answer {
    len: usize,
    failure: Option<String>,
}

impl Answer {
    /// The answer that stands at the beginning, when all of it is there.
    fn read(input: &[u8]) -> Option<Self> {
        const LENGTH: &[u8] = b"Content-Length: ";
        let end = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let (head, rest) = input.split_at(end);
        let at = head.windows(LENGTH.len()).position(|part| part == LENGTH)? + LENGTH.len();
        let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        let body = rest.get(..length)?;
        let refused = body.starts_with(b"d14:failure") || !head.starts_with(b"HTTP/1.1 200");
        Some(Self {
            len: end + length,
            failure: refused.then(|| String::from_utf8_lossy(body).into_owned()),
        })
    }
}

/// Requests, one behind the other.
struct Requests {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Requests {
    fn new(plan: &Plan) -> Self {
        let mut dice = Dice::new(12345);
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for peer in 0..plan.peers {
            let torrent = match plan.hashes.len() as u64 {
                0 => info_hash(dice.below(plan.torrents)),
                hashes => plan.hashes[dice.below(hashes) as usize],
            };
            let path = match plan.passkeys.len() as u64 {
                0 => "/announce".to_owned(),
                keys => format!("/announce/{}", plan.passkeys[(peer % keys) as usize]),
            };
            let hash: String = torrent.iter().map(|byte| format!("%{byte:02x}")).collect();
            let seeds = !dice.next().is_multiple_of(4);
            let (left, event) = if seeds {
                (0, "")
            } else {
                (50, "&event=started")
            };
            let port = 1024 + mix(peer) % 60_000;
            let connection = if plan.close {
                "Connection: close\r\n"
            } else {
                ""
            };
            let want = plan.want;
            let request = format!(
                "GET {path}?info_hash={hash}&peer_id=-qB4250-{peer:012}&port={port}&uploaded=50&downloaded=50\
                 &left={left}&compact=1&numwant={want}&key=ABCD1234{event} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                 User-Agent: qBittorrent/4.2.5\r\nAccept-Encoding: gzip\r\n{connection}\r\n"
            );
            text.extend_from_slice(request.as_bytes());
            ends.push(text.len());
        }
        Self { text, ends }
    }

    fn slice(&self, begin: usize, count: usize) -> &[u8] {
        let from = match begin {
            0 => 0,
            begin => self.ends[begin - 1],
        };
        &self.text[from..self.ends[begin + count - 1]]
    }
}

const PATIENCE: rustix::event::Timespec = rustix::event::Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};
