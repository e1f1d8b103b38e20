//! Randomness as an argument: the source that the binary hands to every role.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fills bytes with randomness. Cloning is cheap; clones draw from the same source.
///
/// Only the binary makes one from the operating system's generator; tests use [`Entropy::seeded`].
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Entropy {
    /// A source that fills with what `fill` writes. `fill` must write every byte, unpredictably.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// A predictable source for tests and simulations: the same seed gives the same bytes. Never
    /// for secrets.
    pub fn seeded(seed: u64) -> Self {
        let state = AtomicU64::new(seed);
        Self::new(move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                let step = state
                    .fetch_add(GOLDEN, Ordering::Relaxed)
                    .wrapping_add(GOLDEN);
                chunk.copy_from_slice(&split_mix(step).to_le_bytes()[..chunk.len()]);
            }
        })
    }

    /// Fills the whole of `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A fresh number, uniform over the whole of `u64`.
    pub fn u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn split_mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_every_byte() {
        let draw = |seed| Entropy::seeded(seed).bytes::<20>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn a_source_does_not_repeat_itself() {
        let entropy = Entropy::seeded(1);
        assert_ne!(entropy.u64(), entropy.clone().u64());
    }
}
