//! Makes requests up.

use std::time::Duration;

use super::Plan;
use crate::dice::{Dice, mix};
use crate::{Mix, info_hash};

/// When a request was to be sent, in the four bytes of its transaction id: microseconds, which come round
/// after more than an hour.
#[derive(Clone, Copy)]
pub struct Sent(pub [u8; 4]);

impl Sent {
    pub fn at(now: Duration) -> Self {
        Self((now.as_micros() as u32).to_be_bytes())
    }

    pub fn ago(self, now: Duration) -> Duration {
        let micros = (now.as_micros() as u32).wrapping_sub(u32::from_be_bytes(self.0));
        Duration::from_micros(micros.into())
    }
}

pub fn connect(transaction: [u8; 4]) -> [u8; 16] {
    let mut packet = [0; 16];
    packet[..8].copy_from_slice(&0x0417_2710_1980_u64.to_be_bytes());
    packet[12..].copy_from_slice(&transaction);
    packet
}

/// Makes requests up.
pub struct Asker<'p> {
    plan: &'p Plan,
    dice: Dice,
    /// The torrent of each peer, where it is no matter of counting.
    torrents: Vec<u32>,
    next_peer: u64,
    /// How often all peers have announced.
    rounds: u64,
}

impl<'p> Asker<'p> {
    pub fn new(plan: &'p Plan) -> Self {
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
            rounds: 0,
        }
    }

    pub fn is_done(&self) -> bool {
        self.plan.mix == Mix::Fill && self.next_peer == self.plan.peers
    }

    fn hash_of(&self, peer: u64) -> [u8; 20] {
        let torrent = match self.torrents.get(peer as usize) {
            Some(torrent) => u64::from(*torrent),
            None => peer % self.plan.torrents,
        };
        match self.plan.hashes.len() as u64 {
            0 => info_hash(torrent),
            hashes => self.plan.hashes[(torrent % hashes) as usize],
        }
    }

    /// Writes a request; nothing when the plan is through.
    pub fn ask(&mut self, connection: [u8; 8], sent: Sent, out: &mut Vec<u8>) {
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
                    out.extend(self.hash_of(peer));
                }
            }
        }
    }

    fn announce(&mut self, connection: [u8; 8], sent: Sent, out: &mut Vec<u8>) {
        let peer = self.next_peer;
        self.next_peer += 1;
        if self.plan.mix != Mix::Fill && self.next_peer == self.plan.peers {
            self.next_peer = 0;
            self.rounds += 1;
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
        out.extend(self.hash_of(peer));
        out.extend(b"-qB4250-");
        out.extend(random.to_be_bytes());
        out.extend((peer as u32).to_be_bytes());
        out.extend([0; 8]);
        out.extend(if seeds { 0_u64 } else { 50 }.to_be_bytes());
        out.extend((self.rounds * UPLOADED).to_be_bytes());
        let event = match (self.rounds, seeds) {
            (0, true) => 1_u32,
            (0, false) => 2,
            _ => 0,
        };
        out.extend(event.to_be_bytes());
        out.extend([0; 8]);
        out.extend(self.plan.want.to_be_bytes());
        out.extend((port as u16).to_be_bytes());
        if let keys @ 1.. = self.plan.passkeys.len() {
            let passkey = &self.plan.passkeys[peer as usize % keys];
            url_data(&format!("/announce/{passkey}"), out);
        }
    }
}

/// BEP 41: the path of the announce address, in an option behind the announce.
fn url_data(path: &str, out: &mut Vec<u8>) {
    for part in path.as_bytes().chunks(255) {
        out.extend([2, part.len() as u8]);
        out.extend(part);
    }
    out.push(0);
}

/// What a peer has uploaded more, each time it announces anew.
const UPLOADED: u64 = 1 << 14;
