use crate::observation::Observation;

/// What one file of a tracker's journal holds, and the form it has on disk: a header (the name of
/// the form, the journal's name, CRC-32), then records (length: u16, CRC-32, observation), all
/// little-endian. Files are only ever appended to, so a crash can tear off the end alone. Zeros may stand
/// behind the records: room that was taken and not used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalSegment {
    /// The name of the journal it belongs to; `None` when not even the header can be read.
    pub journal: Option<[u8; 16]>,
    /// The observations in records that are whole.
    pub observations: Vec<Observation>,
    /// Whether something stands among them or after them (or in their place) that cannot be read.
    pub torn: bool,
}

impl JournalSegment {
    /// Length of [`header`](Self::header) in bytes.
    pub const HEADER_LEN: usize = 8 + 16 + 4;
    /// Length of [`record`](Self::record) in bytes.
    pub const RECORD_LEN: usize = 6 + Observation::ENCODED_LEN;

    /// What a file of the journal of this name begins with.
    pub fn header(journal: &[u8; 16]) -> [u8; Self::HEADER_LEN] {
        Self::header_of(MAGIC, journal)
    }

    fn header_of(magic: &[u8; 8], journal: &[u8; 16]) -> [u8; Self::HEADER_LEN] {
        let mut out = [0; Self::HEADER_LEN];
        out[..8].copy_from_slice(magic);
        out[8..24].copy_from_slice(journal);
        let crc = crc32fast::hash(&out[..24]);
        out[24..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// One observation, to be appended.
    pub fn record(observation: &Observation) -> [u8; Self::RECORD_LEN] {
        let mut out = [0; Self::RECORD_LEN];
        let payload = observation.encode();
        out[..2].copy_from_slice(&(payload.len() as u16).to_le_bytes());
        out[2..6].copy_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        out[6..].copy_from_slice(&payload);
        out
    }

    /// Reads a whole file, whatever is in it.
    pub fn read(bytes: &[u8]) -> Self {
        let unreadable = Self {
            torn: true,
            ..Self::default()
        };
        let Some((header, rest)) = bytes.split_first_chunk::<{ Self::HEADER_LEN }>() else {
            return unreadable;
        };
        let Some(journal) = header.get(8..24).and_then(|name| name.try_into().ok()) else {
            return unreadable;
        };
        let form = FORMS.iter();
        let mut form = form.filter(|(magic, _)| *header == Self::header_of(magic, &journal));
        let Some(&(_, len)) = form.next() else {
            return unreadable;
        };
        let (observations, torn) = read_records(rest, len);
        Self {
            journal: Some(journal),
            observations,
            torn,
        }
    }

    /// Reads records alone, as far as they are whole: a part of a file that is still written to.
    pub fn read_records(bytes: &[u8]) -> Vec<Observation> {
        read_records(bytes, Observation::ENCODED_LEN).0
    }
}

/// Returns what can be read, and whether something stands among it or behind it that cannot. Every record
/// has the same length, so one that is damaged takes none of those behind it along.
fn read_records(bytes: &[u8], len: usize) -> (Vec<Observation>, bool) {
    let record = len + 6;
    // Room that was not used is no damage.
    let used = bytes.iter().rposition(|byte| *byte != 0);
    let used = used.map_or(0, |last| (last / record + 1) * record);
    let bytes = bytes.get(..used).unwrap_or(bytes);
    let read = bytes.chunks(record).map(|record| read_record(record, len));
    let observations: Vec<_> = read.flatten().collect();
    let torn = observations.len() < bytes.len().div_ceil(record);
    (observations, torn)
}

fn read_record(bytes: &[u8], expected: usize) -> Option<Observation> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    let (crc, payload) = rest.split_first_chunk::<4>()?;
    if usize::from(u16::from_le_bytes(*len)) != expected || payload.len() != expected {
        return None;
    }
    if crc32fast::hash(payload).to_le_bytes() != *crc {
        return None;
    }
    Observation::decode(payload)
}

/// The last digit is the version.
const MAGIC: &[u8; 8] = b"skepjrn2";
/// The forms that are read, and the length of their records.
const FORMS: [(&[u8; 8], usize); 2] = [
    (MAGIC, Observation::ENCODED_LEN),
    (b"skepjrn1", Observation::WITHOUT_TERMS),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TorrentId, UnixTime, UserId};
    use crate::observation::Terms;
    use bittorrent::{Event, PeerId};

    #[test]
    fn a_segment_of_an_earlier_version_is_read() {
        let observation = Observation {
            torrent: TorrentId(1),
            user: UserId(2),
            peer_id: PeerId::from([3; 20]),
            uploaded: 4,
            downloaded: 5,
            left: 6,
            event: Event::Completed,
            at: UnixTime(7),
            seq: 8,
            terms: Terms::default(),
        };
        let payload = &observation.encode()[..77];
        let mut file = JournalSegment::header_of(b"skepjrn1", &[9; 16]).to_vec();
        for _ in 0..2 {
            file.extend_from_slice(&77_u16.to_le_bytes());
            file.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
            file.extend_from_slice(payload);
        }
        let read = JournalSegment::read(&file);
        assert_eq!(read.journal, Some([9; 16]));
        assert_eq!(
            (read.observations, read.torn),
            (vec![observation; 2], false)
        );
        // Each form has its own records only.
        file.extend_from_slice(&JournalSegment::record(&observation));
        assert!(JournalSegment::read(&file).torn);
    }
}
