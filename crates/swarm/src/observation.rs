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
}

impl Observation {
    /// Length of the journal form in bytes.
    pub const ENCODED_LEN: usize = 8 + 8 + 20 + 8 + 8 + 8 + 1 + 8 + 8;

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
        ] {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        out
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for any other length or an unknown event.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::ENCODED_LEN {
            return None;
        }
        let mut rest = bytes;
        Some(Self {
            torrent: TorrentId(i64::from_le_bytes(take(&mut rest)?)),
            user: UserId(i64::from_le_bytes(take(&mut rest)?)),
            peer_id: PeerId::from(take::<20>(&mut rest)?),
            uploaded: u64::from_le_bytes(take(&mut rest)?),
            downloaded: u64::from_le_bytes(take(&mut rest)?),
            left: u64::from_le_bytes(take(&mut rest)?),
            event: event_of(take::<1>(&mut rest)?[0])?,
            at: UnixTime(i64::from_le_bytes(take(&mut rest)?)),
            seq: u64::from_le_bytes(take(&mut rest)?),
        })
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
            };
            prop_assert_eq!(Observation::decode(&observation.encode()), Some(observation));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Some(observation) = Observation::decode(&bytes) {
                prop_assert_eq!(&observation.encode()[..], &bytes[..]);
            }
        }
    }
}
