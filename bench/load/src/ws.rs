//! Browsers: many WebSockets at a time, which announce with offers and answer some of those they get.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};

use crate::dice::Dice;
use crate::usage::{self, Usage};

/// How many browsers do what, for how long.
pub struct Plan {
    pub connections: usize,
    pub torrents: usize,
    pub offers: usize,
    pub sdp: usize,
    /// Offers under way at the same time.
    pub window: u64,
    /// Every so many offers one is answered.
    pub answer_every: u64,
    pub time: Duration,
    pub server: Option<u32>,
}

/// What came of it.
pub struct Sum {
    announces: u64,
    offers: u64,
    answers: u64,
    failures: u64,
    first_failure: Option<String>,
    lost: u64,
    time: Duration,
    opening: Duration,
    usage: Option<[Usage; 3]>,
    connections: usize,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "offers_per_s={:.0} answers_per_s={:.0} announces_per_s={:.0} seconds={:.2} offers={} \
             answers={} announces={} failures={} lost={} opened_per_s={:.0}",
            self.offers as f64 / self.time.as_secs_f64(),
            self.answers as f64 / self.time.as_secs_f64(),
            self.announces as f64 / self.time.as_secs_f64(),
            self.time.as_secs_f64(),
            self.offers,
            self.answers,
            self.announces,
            self.failures,
            self.lost,
            self.connections as f64 / self.opening.as_secs_f64(),
        )?;
        if let Some([before, open, after]) = &self.usage {
            let cpu = after.user + after.system - open.user - open.system;
            let offers = self.offers.max(1) as f64;
            let each =
                |bytes: u64| bytes.saturating_sub(before.memory) as f64 / self.connections as f64;
            write!(
                f,
                "\ncpu_us_per_offer={:.2} user_us={:.2} system_us={:.2} memory_mb={:.1} \
                 idle_bytes_per_connection={:.0} busy_bytes_per_connection={:.0}",
                cpu / offers,
                (after.user - open.user) / offers,
                (after.system - open.system) / offers,
                after.memory as f64 / 1e6,
                each(open.memory),
                each(after.memory),
            )?;
        }
        match &self.first_failure {
            Some(failure) => write!(f, "\nthe first failure: {failure}"),
            None => Ok(()),
        }
    }
}

/// What all connections share.
struct Hall {
    plan: Plan,
    announces: Cell<u64>,
    offers: Cell<u64>,
    answers: Cell<u64>,
    failures: Cell<u64>,
    first_failure: RefCell<Option<String>>,
    heard: Notify,
}

/// Runs the plan against a tracker.
pub fn run(addr: SocketAddr, plan: Plan) -> Result<Sum> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, drive(addr, plan))
}

async fn drive(addr: SocketAddr, plan: Plan) -> Result<Sum> {
    ensure!(plan.connections >= 2, "offers need two browsers at least");
    let server = plan.server;
    let used = || server.map(usage::of).transpose();
    let before = used()?;
    let hall = Rc::new(Hall {
        plan,
        announces: Cell::new(0),
        offers: Cell::new(0),
        answers: Cell::new(0),
        failures: Cell::new(0),
        first_failure: RefCell::new(None),
        heard: Notify::new(),
    });
    let count = hall.plan.connections;
    let began = Instant::now();
    let mut browsers = Vec::with_capacity(count);
    let mut opening = JoinSet::new();
    for number in 0..count {
        opening.spawn_local(open(addr, number, hall.clone()));
        if opening.len() >= OPENING
            && let Some(opened) = opening.join_next().await
        {
            browsers.push(opened??);
        }
    }
    while let Some(opened) = opening.join_next().await {
        browsers.push(opened??);
    }
    hall.wait(|| hall.announces.get() + hall.failures.get() >= count as u64)
        .await
        .context("not every browser's announce was answered")?;
    let opening = began.elapsed();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let open = used()?;

    hall.announces.set(0);
    let mut dice = Dice::new(1);
    let first = Instant::now();
    let mut sent = 0;
    while first.elapsed() < hall.plan.time {
        if sent - hall.offers.get() >= hall.plan.window {
            let under_way = sent - hall.plan.window;
            if hall.wait(|| hall.offers.get() > under_way).await.is_err() {
                break;
            }
        }
        let browser = &browsers[dice.below(count as u64) as usize];
        let announce = browser.announce(&hall.plan, hall.plan.offers);
        browser.send(&announce).await?;
        sent += hall.expected() as u64;
        tokio::task::yield_now().await;
    }
    let all = hall.wait(|| hall.offers.get() >= sent).await;
    let time = first.elapsed()
        - if all.is_err() {
            PATIENCE
        } else {
            Duration::ZERO
        };
    let after = used()?;
    let usage = match (before, open, after) {
        (Some(before), Some(open), Some(after)) => Some([before, open, after]),
        _ => None,
    };
    Ok(Sum {
        announces: hall.announces.get(),
        offers: hall.offers.get(),
        answers: hall.answers.get(),
        failures: hall.failures.get(),
        first_failure: hall.first_failure.take(),
        lost: sent - hall.offers.get().min(sent),
        time,
        opening,
        usage,
        connections: count,
    })
}

impl Hall {
    /// How many offers of an announce there are takers for: all browsers are in all swarms evenly.
    fn expected(&self) -> usize {
        let others = self.plan.connections / self.plan.torrents - 1;
        self.plan.offers.min(others)
    }

    async fn wait(&self, done: impl Fn() -> bool) -> Result<()> {
        while !done() {
            let heard = tokio::time::timeout(PATIENCE, self.heard.notified()).await;
            if heard.is_err() {
                bail!("nothing was heard for {} s", PATIENCE.as_secs());
            }
        }
        Ok(())
    }
}

/// One WebSocket.
struct Browser {
    number: usize,
    stream: TcpStream,
}

/// Opens one, on an address of its own where the tracker is on this machine, and announces.
async fn open(tracker: SocketAddr, number: usize, hall: Rc<Hall>) -> Result<Rc<Browser>> {
    let from: IpAddr = match tracker.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => {
            Ipv4Addr::from(0x7f01_0001 + number as u32 % 60_000).into()
        }
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = match tracker {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind((from, 0).into())?;
    let mut stream = socket.connect(tracker).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    stream.write_all(HANDSHAKE).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    ensure!(
        head.starts_with(b"HTTP/1.1 101"),
        "the tracker declines: {}",
        String::from_utf8_lossy(&head)
    );
    let browser = Rc::new(Browser { number, stream });
    browser.send(&browser.announce(&hall.plan, 0)).await?;
    tokio::task::spawn_local(read(browser.clone(), hall));
    Ok(browser)
}

impl Browser {
    /// A whole frame. Its mask is 0, which is as good as any.
    fn announce(&self, plan: &Plan, offers: usize) -> Vec<u8> {
        let mut text = format!(
            r#"{{"numwant":{offers},"uploaded":0,"downloaded":0,"left":1000,"action":"announce","info_hash":"{:020}","peer_id":"{:020}","offers":["#,
            self.number % plan.torrents,
            self.number,
        );
        for number in 0..offers {
            let comma = if number == 0 { "" } else { "," };
            text += &format!(
                r#"{comma}{{"offer_id":"{:020}","offer":{{"type":"offer","sdp":"{}"}}}}"#,
                number,
                "a=candidate\\r\\n".repeat(plan.sdp / 15 + 1),
            );
        }
        text += "]}";
        frame(&text)
    }

    async fn send(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error).context("cannot send"),
            }
        }
        Ok(())
    }
}

async fn read(browser: Rc<Browser>, hall: Rc<Hall>) {
    let mut input = Vec::new();
    loop {
        if browser.stream.readable().await.is_err() {
            return;
        }
        match browser.stream.try_read_buf(&mut input) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        let mut used = 0;
        while let Some((kind, payload, end)) = next(&input[used..]) {
            match kind {
                9 => {
                    let _ = browser.send(&[0x8a, 0x80, 0, 0, 0, 0]).await;
                }
                1 => {
                    if let Some(answer) = hear(&browser, &hall, payload) {
                        let _ = browser.send(&answer).await;
                    }
                }
                _ => return,
            }
            used += end;
        }
        input.drain(..used);
        if input.is_empty() {
            input = Vec::new();
        }
        hall.heard.notify_one();
    }
}

/// Counts a message, and answers an offer now and then.
fn hear(browser: &Browser, hall: &Hall, message: &[u8]) -> Option<Vec<u8>> {
    let more = |count: &Cell<u64>| count.set(count.get() + 1);
    let field = |name: &str| {
        let at = message
            .windows(name.len())
            .position(|found| found == name.as_bytes())?;
        let value = message.get(at + name.len()..at + name.len() + 20)?;
        std::str::from_utf8(value).ok()
    };
    if message.starts_with(br#"{"action":"announce","interval""#) {
        more(&hall.announces);
        return None;
    }
    let Some(offer_id) = field(r#""offer_id":""#) else {
        more(&hall.failures);
        let mut first = hall.first_failure.borrow_mut();
        first.get_or_insert_with(|| String::from_utf8_lossy(message).into_owned());
        return None;
    };
    let head = &message[..message.len().min(200)];
    if head.windows(9).any(|found| found == br#""answer":"#) {
        more(&hall.answers);
        return None;
    }
    more(&hall.offers);
    if !hall.offers.get().is_multiple_of(hall.plan.answer_every) {
        return None;
    }
    Some(frame(&format!(
        r#"{{"action":"announce","info_hash":"{}","peer_id":"{:020}","to_peer_id":"{}","offer_id":"{offer_id}","answer":{{"type":"answer","sdp":"{}"}}}}"#,
        field(r#""info_hash":""#)?,
        browser.number,
        field(r#""peer_id":""#)?,
        "a=candidate\\r\\n".repeat(hall.plan.sdp / 15 + 1),
    )))
}

fn frame(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 14);
    out.push(0x81);
    match text.len() {
        len @ 0..126 => out.push(0x80 | len as u8),
        len @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(0x80 | 127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out.extend(text.as_bytes());
    out
}

/// Kind and payload of the first frame, and where it ends.
fn next(input: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (start, len) = match *input.get(1)? {
        126 => (
            4,
            usize::from(u16::from_be_bytes(*input.get(2..4)?.first_chunk()?)),
        ),
        127 => (
            10,
            u64::from_be_bytes(*input.get(2..10)?.first_chunk()?) as usize,
        ),
        len => (2, usize::from(len)),
    };
    let payload = input.get(start..start + len)?;
    Some((input[0] & 15, payload, start + len))
}

const HANDSHAKE: &[u8] = b"GET /announce HTTP/1.1\r\nHost: tracker\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// Connections being opened at the same time.
const OPENING: usize = 128;
const PATIENCE: Duration = Duration::from_secs(5);
