//! Files of the tracker's journal: whatever is in one, what is read of it is exactly what stands
//! there, and damage takes nothing of what stands before it or after it.

use swarm::{JournalSegment, Observation};

/// The first byte decides: even, the rest is a whole file; odd, it is observations, which get header,
/// lengths and checksums here, since no fuzzer guesses those.
pub fn run(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else {
        return;
    };
    let file = if kind % 2 == 0 {
        rest.to_vec()
    } else {
        framed(rest)
    };
    let read = JournalSegment::read(&file);
    let Some(journal) = read.journal else {
        assert!(read.torn && read.observations.is_empty());
        return;
    };
    let mut written = JournalSegment::header(&journal).to_vec();
    if !file.starts_with(&written) {
        // It has the form of an earlier version, which is not written any more.
        return;
    }
    // What is read are the records that stand there whole, and in their order.
    let records = || file[JournalSegment::HEADER_LEN..].chunks(JournalSegment::RECORD_LEN);
    let mut whole = records();
    for observation in &read.observations {
        let record = JournalSegment::record(observation);
        assert!(whole.any(|stands| *stands == record));
        written.extend_from_slice(&record);
    }
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    if !read.torn {
        assert!(file.starts_with(&written) && zeros(&file[written.len()..]));
    }
    let again = JournalSegment::read(&written);
    assert_eq!(
        (again.torn, &again.observations),
        (false, &read.observations)
    );

    let cut = JournalSegment::read(&file[..file.len() - 1]);
    let shorter = cut.observations.len();
    assert!(shorter + 1 >= read.observations.len());
    assert_eq!(cut.observations, read.observations[..shorter]);
    // Room that was not used is no damage; anything else is.
    for (byte, torn) in [(0, false), (1, true)] {
        written.push(byte);
        let longer = JournalSegment::read(&written);
        assert_eq!(
            (longer.torn, &longer.observations),
            (torn, &read.observations)
        );
    }
}

fn framed(observations: &[u8]) -> Vec<u8> {
    let mut file = JournalSegment::header(&[7; 16]).to_vec();
    for payload in observations.chunks(Observation::ENCODED_LEN) {
        file.extend_from_slice(&(payload.len() as u16).to_le_bytes());
        file.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        file.extend_from_slice(payload);
    }
    file
}
