use crate::random::Random;

/// What keys inner tables, so that nobody outside can choose what collides in them.
#[derive(Debug, Clone)]
pub(crate) struct Secret([u64; 4]);

impl Secret {
    pub(crate) fn new(seed: [u8; 16]) -> Self {
        let [a, b] = [0, 8].map(|at| word(&seed[at..]));
        let (mut a, mut b) = (Random::new(a), Random::new(b));
        Self(std::array::from_fn(|_| a.next() ^ b.next().rotate_left(32)))
    }

    /// A keyed hash of two words: a product folded in half, twice.
    pub(crate) fn hash(&self, a: u64, b: u64) -> u64 {
        let [first, second, third, fourth] = self.0;
        fold(fold(a ^ first, b ^ second) ^ third, fourth)
    }

    /// A keyed hash of an info-hash or peer id.
    pub(crate) fn hash_id(&self, id: &[u8; 20], more: u64) -> u64 {
        let (head, tail) = id.split_at(16);
        let tail = tail
            .iter()
            .fold(0, |word, byte| (word << 8) | u64::from(*byte));
        let more = if more == 0 { 0 } else { self.hash(more, 1) };
        let first = fold(word(head) ^ self.0[0], word(&head[8..]) ^ self.0[1]);
        fold(first ^ tail ^ more ^ self.0[2], self.0[3])
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// The first eight bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_inputs_spread_evenly() {
        let secret = Secret::new([9; 16]);
        let inputs: [fn(u64, &Secret) -> u64; 6] = [
            |n, s| s.hash(n, 0),
            |n, s| s.hash(n << 40, 7),
            |n, s| s.hash(3, n),
            |n, s| {
                let mut id = [0; 20];
                id[16..].copy_from_slice(&(n as u32).to_be_bytes());
                s.hash_id(&id, 0)
            },
            |n, s| {
                let mut id = [0; 20];
                id[..8].copy_from_slice(&n.to_be_bytes());
                s.hash_id(&id, 0)
            },
            |n, s| s.hash_id(&[1; 20], n),
        ];
        for input in inputs {
            for shift in [0, 24, 56] {
                let mut buckets = [0u32; 256];
                for n in 0..25_600 {
                    buckets[(input(n, &secret) >> shift) as usize % 256] += 1;
                }
                // Each is expected 100 times, with a standard deviation of 10.
                assert!(buckets.iter().all(|n| (50..155).contains(n)), "{shift}");
            }
        }
    }
}
