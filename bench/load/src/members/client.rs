use std::fmt::Write;
use std::sync::Arc;

use crate::dice::{Dice, mix};

/// One client of a member, on one torrent, in one session.
#[derive(Clone)]
pub struct Client {
    /// Which member it is of, by number.
    pub member: usize,
    /// What was answered last: what is credited in the end.
    pub answered: Totals,
    number: u16,
    passkey: Arc<str>,
    torrent: [u8; 20],
    peer_id: [u8; 20],
    dice: Dice,
    /// What is said in the announce under way, and how many there were.
    said: Totals,
    announces: u16,
    waiting: bool,
}

/// Bytes since the client started.
#[derive(Clone, Copy, Default)]
pub struct Totals {
    pub uploaded: u64,
    pub downloaded: u64,
}

impl Client {
    pub fn new(
        number: usize,
        member: usize,
        passkey: Arc<str>,
        torrent: [u8; 20],
        seed: u64,
    ) -> Self {
        let mut peer_id = *b"-LD1000-000000000000";
        peer_id[12..].copy_from_slice(&mix(number as u64 ^ seed << 32).to_be_bytes());
        Self {
            member,
            answered: Totals::default(),
            number: number as u16,
            passkey,
            torrent,
            peer_id,
            dice: Dice::new(seed.wrapping_mul(1 << 20) + number as u64),
            said: Totals::default(),
            announces: 0,
            waiting: false,
        }
    }

    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Goes on to its next announce.
    pub fn step(&mut self) {
        self.said.uploaded += self.dice.below(1 << 24);
        self.said.downloaded += self.dice.below(1 << 22);
        self.announces = self.announces.wrapping_add(1);
        self.waiting = true;
    }

    /// The announce under way was answered.
    pub fn acknowledge(&mut self) {
        self.answered = self.said;
        self.waiting = false;
    }

    /// Names the announce under way; a late answer to an earlier one has another name.
    pub fn transaction(&self) -> u32 {
        u32::from(self.number) << 16 | u32::from(self.announces)
    }

    /// The announce under way as a UDP packet (BEP 15, with the path in options of BEP 41).
    pub fn packet(&self, connection: [u8; 8], out: &mut Vec<u8>) {
        out.extend(connection);
        out.extend([0, 0, 0, 1]);
        out.extend(self.transaction().to_be_bytes());
        out.extend(self.torrent);
        out.extend(self.peer_id);
        out.extend(self.said.downloaded.to_be_bytes());
        out.extend(LEFT.to_be_bytes());
        out.extend(self.said.uploaded.to_be_bytes());
        out.extend(u32::from(self.starts()).wrapping_mul(STARTED).to_be_bytes());
        out.extend([0; 4]);
        out.extend((u32::from(self.number) + 1).to_be_bytes());
        out.extend(WANT.to_be_bytes());
        out.extend(self.port().to_be_bytes());
        let path = format!("/announce/{}", self.passkey);
        for part in path.as_bytes().chunks(255) {
            out.extend([2, part.len() as u8]);
            out.extend(part);
        }
        out.push(0);
    }

    /// The announce under way as a request.
    pub fn request(&self, host: &str) -> String {
        let mut request = format!("GET /announce/{}?info_hash=", self.passkey);
        let escape = |request: &mut String, bytes: &[u8]| {
            for byte in bytes {
                let _ = write!(request, "%{byte:02x}");
            }
        };
        escape(&mut request, &self.torrent);
        request += "&peer_id=";
        escape(&mut request, &self.peer_id);
        let _ = write!(
            request,
            "&port={}&uploaded={}&downloaded={}&left={LEFT}&numwant={WANT}&key={}{} HTTP/1.1\r\nHost: {host}\r\n\r\n",
            self.port(),
            self.said.uploaded,
            self.said.downloaded,
            u32::from(self.number) + 1,
            if self.starts() { "&event=started" } else { "" },
        );
        request
    }

    fn starts(&self) -> bool {
        self.announces == 1
    }

    fn port(&self) -> u16 {
        1024 + self.number % 60_000
    }
}

/// The event of BEP 15.
const STARTED: u32 = 2;
const LEFT: u64 = 1 << 40;
/// Few peers: this is about accounts.
const WANT: u32 = 5;
