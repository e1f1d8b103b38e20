use super::Asked;
use bittorrent::InfoHash;
use std::cmp::Reverse;

/// What is asked for most, in bounded memory: whatever is new takes the place, and the count, of
/// what is asked for least (Metwally, Agrawal and El Abbadi's "space-saving").
///
/// A count is never too low, and too high by at most its error; whatever makes up more than one in
/// [`ROOM`] of all questions is in here.
#[derive(Debug, Default)]
pub(super) struct MostAsked(Vec<Asked>);

impl MostAsked {
    pub(super) fn add(&mut self, hash: InfoHash, count: u64, error: u64) {
        if let Some(known) = self.0.iter_mut().find(|asked| asked.hash == hash) {
            known.count += count;
            known.error += error;
        } else if self.0.len() < ROOM {
            self.0.push(Asked { hash, count, error });
        } else if let Some(least) = self.0.iter_mut().min_by_key(|asked| asked.count) {
            *least = Asked {
                hash,
                count: least.count + count,
                error: least.count + error,
            };
        }
    }

    /// Adds what another one counted, the most asked for first, so that those stay.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut asked = other.0.clone();
        asked.sort_unstable_by_key(|asked| Reverse(asked.count));
        for Asked { hash, count, error } in asked {
            self.add(hash, count, error);
        }
    }

    /// Makes everything weigh half.
    pub(super) fn halve(&mut self) {
        for asked in &mut self.0 {
            asked.count /= 2;
            asked.error /= 2;
        }
        self.0.retain(|asked| asked.count > 0);
    }

    /// All of it, the most asked for first.
    pub(super) fn into_asked(mut self) -> Vec<Asked> {
        let rank = |asked: &Asked| (Reverse(asked.count - asked.error), Reverse(asked.count));
        self.0
            .sort_unstable_by_key(|asked| (rank(asked), asked.hash));
        self.0
    }
}

/// How many hashes are remembered.
pub(super) const ROOM: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn hash(number: u16) -> InfoHash {
        let mut bytes = [0; 20];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        bytes.into()
    }

    proptest! {
        #[test]
        fn counts_are_never_too_low_and_no_more_too_high_than_they_say(
            // a few that are asked for often among many that are not
            questions in proptest::collection::vec(prop_oneof![0..8u16, 0..1000u16], 0..3000),
        ) {
            let (mut most, mut truth) = (MostAsked::default(), HashMap::<u16, u64>::new());
            for &question in &questions {
                most.add(hash(question), 1, 0);
                *truth.entry(question).or_default() += 1;
            }
            let found = most.into_asked();
            prop_assert!(found.len() <= ROOM);
            for (number, count) in &truth {
                match found.iter().find(|asked| asked.hash == hash(*number)) {
                    Some(asked) => {
                        prop_assert!(asked.count >= *count);
                        prop_assert!(asked.count - asked.error <= *count);
                    }
                    None => prop_assert!(*count <= (questions.len() / ROOM) as u64),
                }
            }
        }
    }
}
