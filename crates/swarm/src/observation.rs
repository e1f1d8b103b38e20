use crate::ids::{TorrentId, UnixTime, UserId};
use bittorrent::{Event, PeerId};

/// What one client of one user said about one torrent at one moment.
///
/// Clients report totals since they started, so an observation carries totals too; what is to be
/// credited is worked out by [`account`](crate::account) against the totals seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The registered torrent.
    pub torrent: TorrentId,
    /// Whose passkey the client used.
    pub user: UserId,
    /// The client.
    pub peer_id: PeerId,
    /// Bytes uploaded since the client started, as reported.
    pub uploaded: u64,
    /// Bytes downloaded since the client started, as reported.
    pub downloaded: u64,
    /// Bytes still missing; `u64::MAX` when the client does not know.
    pub left: u64,
    /// What the client says has happened.
    pub event: Event,
    /// When the tracker heard it.
    pub at: UnixTime,
    /// Position in this tracker's journal, counted from 1; every observation has its own.
    pub seq: u64,
    /// What held for its credit at that moment.
    pub terms: Terms,
}

/// What an observation's credit depends on besides what the client said. It is noted with the
/// observation, so that credit is the same whenever it is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How much of an upload counts, in percent.
    pub upload_percent: u16,
    /// How much of a download counts, in percent.
    pub download_percent: u16,
    /// An upload faster than this, in bytes a second, is not believed; 0 believes any.
    pub upload_limit: u64,
    /// Seconds after which a client that was not heard of again is taken to be gone.
    pub peer_ttl: u32,
}

impl Default for Terms {
    /// Everything counts as it is; the time-out is the one of the default interval.
    fn default() -> Self {
        Self {
            upload_percent: 100,
            download_percent: 100,
            upload_limit: 0,
            peer_ttl: 3660,
        }
    }
}

impl Observation {
    /// Length of the journal form in bytes.
    pub const ENCODED_LEN: usize = Self::WITHOUT_TERMS + 2 + 2 + 8 + 4;
    /// Length it had before there were terms.
    pub(crate) const WITHOUT_TERMS: usize = 8 + 8 + 20 + 8 + 8 + 8 + 1 + 8 + 8;

    /// The journal form: fixed length, little-endian, in the order of the fields.
    pub fn encode(&self) -> [u8; Self::ENCODED_LEN] {
        let mut out = [0; Self::ENCODED_LEN];
        let mut rest = &mut out[..];
        for part in [
            &self.torrent.0.to_le_bytes()[..],
            &self.user.0.to_le_bytes(),
            self.peer_id.as_bytes(),
            &self.uploaded.to_le_bytes(),
            &self.downloaded.to_le_bytes(),
            &self.left.to_le_bytes(),
            &[event_code(self.event)],
            &self.at.0.to_le_bytes(),
            &self.seq.to_le_bytes(),
            &self.terms.upload_percent.to_le_bytes(),
            &self.terms.download_percent.to_le_bytes(),
            &self.terms.upload_limit.to_le_bytes(),
            &self.terms.peer_ttl.to_le_bytes(),
        ] {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        out
    }

    /// Reads what [`encode`](Self::encode) wrote, and what it wrote before there were terms: then
    /// they are the default ones. `None` for any other length or an unknown event.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if ![Self::ENCODED_LEN, Self::WITHOUT_TERMS].contains(&bytes.len()) {
            return None;
        }
        let mut rest = bytes;
        let mut observation = Self {
            torrent: TorrentId(i64::from_le_bytes(take(&mut rest)?)),
            user: UserId(i64::from_le_bytes(take(&mut rest)?)),
            peer_id: PeerId::from(take::<20>(&mut rest)?),
            uploaded: u64::from_le_bytes(take(&mut rest)?),
            downloaded: u64::from_le_bytes(take(&mut rest)?),
            left: u64::from_le_bytes(take(&mut rest)?),
            event: event_of(take::<1>(&mut rest)?[0])?,
            at: UnixTime(i64::from_le_bytes(take(&mut rest)?)),
            seq: u64::from_le_bytes(take(&mut rest)?),
            terms: Terms::default(),
        };
        if !rest.is_empty() {
            observation.terms = Terms {
                upload_percent: u16::from_le_bytes(take(&mut rest)?),
                download_percent: u16::from_le_bytes(take(&mut rest)?),
                upload_limit: u64::from_le_bytes(take(&mut rest)?),
                peer_ttl: u32::from_le_bytes(take(&mut rest)?),
            };
        }
        Some(observation)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn event_code(event: Event) -> u8 {
    match event {
        Event::None => 0,
        Event::Completed => 1,
        Event::Started => 2,
        Event::Stopped => 3,
        Event::Paused => 4,
    }
}

fn event_of(code: u8) -> Option<Event> {
    Some(match code {
        0 => Event::None,
        1 => Event::Completed,
        2 => Event::Started,
        3 => Event::Stopped,
        4 => Event::Paused,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_it_back(
            numbers in any::<(i64, i64, u64, u64, u64, i64, u64)>(),
            peer_id in any::<[u8; 20]>(),
            event in 0u8..5,
            terms in any::<(u16, u16, u64, u32)>(),
        ) {
            let (torrent, user, uploaded, downloaded, left, at, seq) = numbers;
            let observation = Observation {
                torrent: TorrentId(torrent),
                user: UserId(user),
                peer_id: PeerId::from(peer_id),
                uploaded,
                downloaded,
                left,
                event: event_of(event).unwrap(),
                at: UnixTime(at),
                seq,
                terms: Terms {
                    upload_percent: terms.0,
                    download_percent: terms.1,
                    upload_limit: terms.2,
                    peer_ttl: terms.3,
                },
            };
            let encoded = observation.encode();
            prop_assert_eq!(Observation::decode(&encoded), Some(observation));
            // the form of earlier versions
            let terms = Terms::default();
            let decoded = Observation::decode(&encoded[..Observation::WITHOUT_TERMS]);
            prop_assert_eq!(decoded, Some(Observation { terms, ..observation }));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Some(observation) = Observation::decode(&bytes) {
                prop_assert_eq!(&observation.encode()[..bytes.len()], &bytes[..]);
            }
        }
    }
}
