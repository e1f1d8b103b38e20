use super::most_asked::MostAsked;
use super::{Answer, Heard, Protocol, Tally};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// One thread's part of what was heard. Aligned so that two lanes never share a cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Lane {
    /// By protocol and, within each, by the family of the contact.
    served: [[AtomicU64; 2]; 3],
    scrapes: [AtomicU64; 3],
    denied: AtomicU64,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// The announce with number `n` stands at `n % most`.
    ring: Vec<Heard>,
    most: usize,
    /// How many there were in all.
    written: u64,
    asked: MostAsked,
    refused: Vec<(Protocol, &'static str, u64)>,
}

impl Lane {
    pub(super) fn new(most: usize) -> Self {
        Self {
            served: Default::default(),
            scrapes: Default::default(),
            denied: AtomicU64::new(0),
            kept: Mutex::new(Kept {
                ring: Vec::new(),
                most,
                written: 0,
                asked: MostAsked::default(),
                refused: Vec::new(),
            }),
        }
    }

    pub(super) fn heard(&self, heard: &Heard, one_in: u64) {
        let counter = match heard.answer {
            Answer::Served { .. } => {
                &self.served[heard.protocol as usize][usize::from(heard.contact.is_ipv6())]
            }
            Answer::Refused(_) => &self.denied,
        };
        let before = counter.fetch_add(1, Ordering::Relaxed);
        if one_in > 1 && !before.is_multiple_of(one_in) {
            return;
        }
        let mut kept = self.kept.lock();
        if let Answer::Refused("unregistered" | "not_listed") = heard.answer {
            kept.asked.add(heard.hash, one_in, 0);
        }
        if kept.ring.len() < kept.most {
            kept.ring.push(*heard);
        } else {
            let at = (kept.written % kept.most as u64) as usize;
            kept.ring[at] = *heard;
        }
        kept.written += 1;
    }

    pub(super) fn refused(&self, protocol: Protocol, reason: &'static str) {
        add(&mut self.kept.lock().refused, protocol, reason, 1);
    }

    pub(super) fn scraped(&self, protocol: Protocol, scrapes: u64) {
        self.scrapes[protocol as usize].fetch_add(scrapes, Ordering::Relaxed);
    }

    /// Makes what was asked so far weigh half.
    pub(super) fn age(&self) {
        self.kept.lock().asked.halve();
    }

    pub(super) fn add_to(&self, tally: &mut Tally) {
        for (sum, families) in tally.served.iter_mut().zip(&self.served) {
            for (family, count) in tally.families.iter_mut().zip(families) {
                let count = count.load(Ordering::Relaxed);
                *sum += count;
                *family += count;
            }
        }
        for (sum, count) in tally.scrapes.iter_mut().zip(&self.scrapes) {
            *sum += count.load(Ordering::Relaxed);
        }
        for &(protocol, reason, count) in &self.kept.lock().refused {
            add(&mut tally.refused, protocol, reason, count);
        }
    }

    pub(super) fn add_asked(&self, all: &mut MostAsked) {
        all.merge(&self.kept.lock().asked);
    }

    /// Shows the announces, the newest first, while `more` of them are wanted. The lane is let go of
    /// after every slice; what is overwritten meanwhile is left out.
    pub(super) fn walk(&self, mut more: impl FnMut(&Heard) -> bool) {
        let mut next = u64::MAX;
        loop {
            let kept = self.kept.lock();
            next = next.min(kept.written);
            let oldest = kept.written - kept.ring.len() as u64;
            let end = oldest.max(next.saturating_sub(SLICE));
            if next <= oldest {
                return;
            }
            while next > end {
                next -= 1;
                let at = (next % kept.most as u64) as usize;
                if !more(&kept.ring[at]) {
                    return;
                }
            }
        }
    }
}

fn add(
    counts: &mut Vec<(Protocol, &'static str, u64)>,
    protocol: Protocol,
    reason: &'static str,
    more: u64,
) {
    let mut known = counts.iter_mut();
    match known.find(|(by, why, _)| *by == protocol && *why == reason) {
        Some((.., count)) => *count += more,
        None => counts.push((protocol, reason, more)),
    }
}

/// Announces shown under one hold of the lock: some microseconds.
const SLICE: u64 = 256;
