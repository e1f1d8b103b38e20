//! Members whose clients count up: what every answered announce said must be credited in the end, to
//! the byte, whatever happened to the tracker meanwhile.
//!
//! A client has one announce under way at most, and repeats it with the same totals until it is answered,
//! as clients do. Most speak UDP with the passkey in BEP 41 options, the others HTTP.

mod client;
mod over_http;
mod over_udp;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use client::Client;

/// Who announces what, how often and for how long.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The tracker over UDP
    #[arg(long)]
    udp: SocketAddr,
    /// The tracker over HTTP
    #[arg(long)]
    http: SocketAddr,
    /// A file with a passkey a line
    #[arg(long)]
    members: PathBuf,
    /// A file with an info-hash a line, in hex
    #[arg(long)]
    torrents: PathBuf,
    /// Clients, shared out evenly; at most 65,536
    #[arg(long, default_value_t = 10_000)]
    clients: usize,
    /// Announces a second
    #[arg(long, default_value_t = 2000)]
    rate: u64,
    /// Of them over HTTP, in percent
    #[arg(long, default_value_t = 10)]
    http_percent: u64,
    /// Seconds
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Seconds that the last announces may take to be answered
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// Chooses other totals
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// When to announce, of one thread of several.
#[derive(Clone, Copy)]
struct Pace {
    begun: Instant,
    /// Announces a second, of this thread.
    rate: f64,
    /// When no new announce begins.
    end: Instant,
    /// When what is not answered is given up.
    last: Instant,
}

impl Pace {
    /// How many announces should have begun by now.
    fn due(&self, now: Instant) -> u64 {
        ((now.min(self.end) - self.begun).as_secs_f64() * self.rate) as u64
    }
}

/// What came of it, of one thread.
#[derive(Default)]
struct Sum {
    answered: u64,
    repeated: u64,
    refused: u64,
    first_refusal: Option<String>,
}

impl Sum {
    fn refuse(&mut self, why: &[u8]) {
        self.refused += 1;
        self.first_refusal
            .get_or_insert_with(|| String::from_utf8_lossy(why).into_owned());
    }
}

/// Announces, and prints what every member has to be credited, in the order of the file.
pub fn run(arguments: &Arguments) -> Result<()> {
    let passkeys = lines(&arguments.members)?;
    let torrents = lines(&arguments.torrents)?;
    let torrents = torrents
        .iter()
        .map(|hash| unhex(hash).with_context(|| format!("`{hash}` is no info-hash")))
        .collect::<Result<Vec<_>>>()?;
    ensure!(
        !passkeys.is_empty() && !torrents.is_empty(),
        "no member or no torrent"
    );
    let passkeys: Vec<Arc<str>> = passkeys.into_iter().map(Arc::from).collect();
    let share = arguments.http_percent.min(100);
    let (mut udp, mut http) = (Vec::new(), vec![Vec::new(); HTTP_THREADS]);
    for number in 0..arguments.clients.clamp(1, 1 << 16) {
        let member = number % passkeys.len();
        let torrent = torrents[number / passkeys.len() % torrents.len()];
        let client = Client::new(
            number,
            member,
            passkeys[member].clone(),
            torrent,
            arguments.seed,
        );
        // spread over the numbers, so that every member has clients of both kinds
        let is_http = (number as u64).wrapping_mul(61) % 100 < share;
        match is_http {
            true => http[number % HTTP_THREADS].push(client),
            false => udp.push(client),
        }
    }
    let begun = Instant::now();
    let end = begun + Duration::from_secs(arguments.seconds);
    let pace = |percent: u64, threads: usize| Pace {
        begun,
        rate: arguments.rate as f64 * percent as f64 / 100.0 / threads as f64,
        end,
        last: end + Duration::from_secs(arguments.patience),
    };
    let (over_udp, over_http) = (pace(100 - share, 1), pace(share, HTTP_THREADS));
    let (udp_at, http_at) = (arguments.udp, arguments.http);
    let mut threads = vec![std::thread::spawn(move || {
        over_udp::run(udp_at, udp, over_udp)
    })];
    for clients in http {
        threads.push(std::thread::spawn(move || {
            Ok(over_http::run(http_at, clients, over_http))
        }));
    }
    let mut sums = vec![(0_u64, 0_u64); passkeys.len()];
    let (mut all, mut pending) = (Sum::default(), 0);
    for thread in threads {
        let (clients, sum) = thread.join().expect("a thread does not panic")?;
        for client in &clients {
            let sum = &mut sums[client.member];
            sum.0 += client.answered.uploaded;
            sum.1 += client.answered.downloaded;
            pending += usize::from(client.is_waiting());
        }
        all.answered += sum.answered;
        all.repeated += sum.repeated;
        all.refused += sum.refused;
        all.first_refusal = all.first_refusal.or(sum.first_refusal);
    }
    let seconds = (end - begun).as_secs_f64();
    println!(
        "answered={} per_s={:.0} seconds={:.1} repeated={} refused={} unanswered={pending}",
        all.answered,
        all.answered as f64 / seconds,
        begun.elapsed().as_secs_f64(),
        all.repeated,
        all.refused,
    );
    if let Some(refusal) = &all.first_refusal {
        println!("the first refusal: {refusal}");
    }
    for (member, (uploaded, downloaded)) in sums.iter().enumerate() {
        println!("member {member} {uploaded} {downloaded}");
    }
    ensure!(pending == 0, "{pending} announces were not answered");
    Ok(())
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

fn unhex(text: &str) -> Option<[u8; 20]> {
    let mut hash = [0; 20];
    if text.len() != 40 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(hash)
}

const HTTP_THREADS: usize = 4;
/// After so long without an answer an announce is repeated.
const REPEAT: Duration = Duration::from_secs(2);
