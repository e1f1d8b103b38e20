//! A small generator (SplitMix64): the same seed makes the same choices in every run.

/// A source of choices.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A source that depends on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// 0 up to, but without, `sides`; 0 when there are none.
    pub fn below(&mut self, sides: u64) -> u64 {
        self.word().checked_rem(sides).unwrap_or(0)
    }

    /// A number that is small more often than large: 0 up to, but without, `sides`.
    pub fn low(&mut self, sides: u64) -> u64 {
        let (a, b, c) = (self.below(sides), self.below(sides), self.below(sides));
        a.min(b).min(c)
    }

    /// Whether something happens that does `percent` times of 100.
    pub fn happens(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list that is not empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        bytes
    }
}
