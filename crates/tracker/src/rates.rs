use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use swarm::{Grant, Terms, UnixTime};

/// What the site as a whole says of credit. May change at any time, and holds from the next announce.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    /// Seconds since 1970; 0 while there is no freeleech.
    freeleech_until: AtomicI64,
    upload_limit: AtomicU64,
}

impl Rates {
    pub(crate) fn set(&self, freeleech_until: Option<UnixTime>, upload_limit: u64) {
        let until = freeleech_until.map_or(0, |until| until.0);
        self.freeleech_until.store(until, Ordering::Relaxed);
        self.upload_limit.store(upload_limit, Ordering::Relaxed);
    }

    /// What holds for an announce heard at this moment.
    pub(crate) fn terms(&self, grant: &Grant, peer_ttl: u32, now: UnixTime) -> Terms {
        let free = now.0 < self.freeleech_until.load(Ordering::Relaxed);
        Terms {
            upload_percent: grant.upload_percent,
            download_percent: if free { 0 } else { grant.download_percent },
            upload_limit: self.upload_limit.load(Ordering::Relaxed),
            peer_ttl,
        }
    }
}
