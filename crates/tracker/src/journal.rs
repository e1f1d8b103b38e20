//! The journal: every observation on disk before it is answered, until the store has it.
//!
//! A directory of segments, in the form of [`JournalSegment`].
//! A record is in the kernel's hands before `append` returns, so it survives the end of the process; it
//! survives the end of the machine once what is `unsynced` was synced.
//! Segments are only ever appended to by the run that began them.

use logfile::LogFile;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use swarm::{JournalSegment, Observation};

/// The journal of one tracker, opened for writing by one process.
#[derive(Debug)]
pub(crate) struct Journal {
    dir: PathBuf,
    instance: Instance,
    segment_len: u64,
    /// Segments that will not be appended to any more, oldest first.
    closed: Vec<Segment>,
    open: Option<OpenSegment>,
    /// Keeps other processes out for as long as it lives.
    _lock: File,
}

/// Names a journal over restarts, so that the store knows what it has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instance(pub(crate) [u8; 16]);

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The highest sequence number; 0 when there is none.
    pub(crate) last_seq: u64,
    /// Segments whose end was unreadable: torn by a crash of the machine, or damaged.
    pub(crate) torn: usize,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    last_seq: u64,
    /// Until it has been synced.
    unsynced: Option<File>,
}

#[derive(Debug)]
struct OpenSegment {
    log: LogFile,
    path: PathBuf,
    last_seq: u64,
}

impl Journal {
    /// Opens the journal in `dir`, making it where there is none, and shows all it holds to `each`, one
    /// segment in memory at a time. `fresh` names a new journal.
    pub(crate) fn open(
        dir: &Path,
        segment_len: u64,
        fresh: Instance,
        each: impl FnMut(&Observation),
    ) -> io::Result<(Self, Found)> {
        fs::create_dir_all(dir)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => {
                io::Error::other("another process uses it: is a tracker running already?")
            }
            fs::TryLockError::Error(error) => error,
        })?;
        let mut paths: Vec<PathBuf> = fs::read_dir(dir)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        // The names begin with the first sequence number, in fixed width.
        paths.sort();
        let mut instance = read_instance(dir)?;
        let (mut found, mut each) = (Found::default(), each);
        let mut closed = Vec::new();
        for path in paths {
            let read = read_segment(&path)?;
            found.torn += usize::from(read.torn);
            let Some(header) = read.journal.map(Instance) else {
                // Not even the header was written: nothing was, then.
                fs::rename(&path, path.with_extension("unreadable"))?;
                continue;
            };
            if *instance.get_or_insert(header) != header {
                tracing::error!(
                    journal.segment = %path.display(),
                    "a part of the accounting journal belongs to another tracker: set aside"
                );
                fs::rename(&path, path.with_extension("foreign"))?;
                continue;
            }
            read.observations.iter().for_each(&mut each);
            let mut last_seq = 0;
            for seq in read.observations.iter().map(|o| o.seq) {
                let before = last_seq.max(found.last_seq);
                if before > 0 && seq > before.saturating_add(1) {
                    tracing::error!(
                        journal.segment = %path.display(),
                        journal.missing = seq - before - 1,
                        "a part of the accounting journal before this is gone or damaged: it is not credited"
                    );
                }
                last_seq = last_seq.max(seq);
            }
            found.last_seq = found.last_seq.max(last_seq);
            closed.push(Segment {
                path,
                last_seq,
                unsynced: None,
            });
        }
        let instance = instance.unwrap_or(fresh);
        write_instance(dir, instance)?;
        let journal = Self {
            dir: dir.to_owned(),
            instance,
            segment_len,
            closed,
            open: None,
            _lock: lock,
        };
        Ok((journal, found))
    }

    pub(crate) fn instance(&self) -> Instance {
        self.instance
    }

    /// Hands one observation to the kernel. After an error nothing of it is in the journal. Returns
    /// how many bytes were written.
    pub(crate) fn append(&mut self, observation: &Observation) -> io::Result<usize> {
        let full = |open: &OpenSegment| open.log.len() >= self.segment_len;
        if self.open.as_ref().is_some_and(full) {
            self.close_segment();
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let (dir, first) = (&self.dir, observation.seq);
                closed.insert(OpenSegment::begin(
                    dir,
                    self.instance,
                    first,
                    self.segment_len,
                )?)
            }
        };
        let record = JournalSegment::record(observation);
        if let Err(error) = open.log.append(&record) {
            self.close_segment();
            return Err(error);
        }
        open.last_seq = observation.seq;
        Ok(record.len())
    }

    /// The files that would lose something with the power. To be synced without holding up those
    /// who append.
    pub(crate) fn unsynced(&mut self) -> io::Result<Vec<File>> {
        let mut files: Vec<File> = self
            .closed
            .iter_mut()
            .filter_map(|segment| segment.unsynced.take())
            .collect();
        if let Some(open) = &self.open {
            files.push(open.log.file().try_clone()?);
        }
        // The names of new segments are kept by the folder.
        files.push(File::open(&self.dir)?);
        Ok(files)
    }

    /// The segment that holds what comes next after `seq`, and up to which number it goes if nothing
    /// will be appended to it any more.
    pub(crate) fn segment_after(&self, seq: u64) -> Option<(PathBuf, Option<u64>)> {
        let closed = self.closed.iter().find(|segment| segment.last_seq > seq);
        let closed = closed.map(|segment| (segment.path.clone(), Some(segment.last_seq)));
        let open = || Some(self.open.as_ref()?).filter(|open| open.last_seq > seq);
        closed.or_else(|| open().map(|open| (open.path.clone(), None)))
    }

    /// What the segment at `path` holds after its first `records`, if it is still appended to: the
    /// little that came in while those were read.
    pub(crate) fn rest_of(&self, path: &Path, records: usize) -> io::Result<Vec<Observation>> {
        let Some(open) = self.open.as_ref().filter(|open| open.path == path) else {
            return Ok(Vec::new());
        };
        let read = (JournalSegment::HEADER_LEN + records * JournalSegment::RECORD_LEN) as u64;
        let mut file = File::open(path)?;
        file.seek(io::SeekFrom::Start(read))?;
        let mut bytes = Vec::new();
        file.take(open.log.len().saturating_sub(read))
            .read_to_end(&mut bytes)?;
        Ok(JournalSegment::read_records(&bytes))
    }

    /// Deletes segments that hold nothing above `seq`. What cannot be deleted is tried again next
    /// time, and skipped by the store should it be replayed.
    pub(crate) fn release(&mut self, seq: u64) {
        self.closed
            .retain(|segment| segment.last_seq > seq || !delete(&segment.path));
    }

    /// Ends the current segment, so that it can be released as a whole.
    pub(crate) fn close_segment(&mut self) {
        let Some(OpenSegment {
            log,
            path,
            last_seq,
        }) = self.open.take()
        else {
            return;
        };
        // What cannot be cut off is passed over by readers.
        let unsynced = log.finish().ok();
        self.closed.push(Segment {
            path,
            last_seq,
            unsynced,
        });
    }
}

impl OpenSegment {
    fn begin(dir: &Path, instance: Instance, first_seq: u64, segment_len: u64) -> io::Result<Self> {
        let path = dir.join(format!("{first_seq:020}.log"));
        // The last record may reach beyond the length at which no more are added.
        let room = segment_len + (JournalSegment::HEADER_LEN + JournalSegment::RECORD_LEN) as u64;
        // A leftover of the same name holds nothing: else the numbering would have gone on after it.
        let begun = LogFile::create(&path, room).and_then(|mut log| {
            log.append(&JournalSegment::header(&instance.0))?;
            Ok(log)
        });
        let log = begun.inspect_err(|_| {
            delete(&path);
        })?;
        Ok(Self {
            log,
            path,
            last_seq: 0,
        })
    }
}

/// Reads as far as the records are whole.
pub(crate) fn read_segment(path: &Path) -> io::Result<JournalSegment> {
    Ok(JournalSegment::read(&fs::read(path)?))
}

fn read_instance(dir: &Path) -> io::Result<Option<Instance>> {
    let text = match fs::read_to_string(dir.join(INSTANCE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let number = u128::from_str_radix(text.trim(), 16);
    Ok(number.ok().map(|number| Instance(number.to_be_bytes())))
}

fn write_instance(dir: &Path, instance: Instance) -> io::Result<()> {
    if read_instance(dir)? == Some(instance) {
        return Ok(());
    }
    let draft = dir.join("instance.new");
    let mut file = File::create(&draft)?;
    file.write_all(instance.to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, dir.join(INSTANCE))
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

fn delete(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

const INSTANCE: &str = "instance";

#[cfg(test)]
mod tests {
    use super::*;
    use bittorrent::{Event, PeerId};
    const RECORD_LEN: usize = JournalSegment::RECORD_LEN;

    use swarm::{TorrentId, UnixTime, UserId};

    const NEW: Instance = Instance([9; 16]);

    fn observation(seq: u64) -> Observation {
        Observation {
            torrent: TorrentId(1),
            user: UserId(2),
            peer_id: PeerId::from([3; 20]),
            uploaded: seq * 10,
            downloaded: seq,
            left: 0,
            event: Event::None,
            at: UnixTime(1_800_000_000),
            seq,
            terms: swarm::Terms::default(),
        }
    }

    fn open(dir: &Path, segment_len: u64) -> (Journal, Vec<u64>, usize) {
        let mut seqs = Vec::new();
        let (journal, found) = Journal::open(dir, segment_len, NEW, |o| seqs.push(o.seq)).unwrap();
        assert_eq!(found.last_seq, seqs.iter().copied().max().unwrap_or(0));
        (journal, seqs, found.torn)
    }

    fn logs(dir: &Path) -> Vec<PathBuf> {
        let mut logs: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "log"))
            .collect();
        logs.sort();
        logs
    }

    #[test]
    fn what_was_appended_is_there_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, read, _) = open(dir.path(), 1 << 20);
        assert!(read.is_empty());
        for seq in 1..=100 {
            journal.append(&observation(seq)).unwrap();
        }
        drop(journal);
        let mut read = Vec::new();
        let (journal, found) =
            Journal::open(dir.path(), 1 << 20, Instance([1; 16]), |o| read.push(*o)).unwrap();
        assert_eq!(read, (1..=100).map(observation).collect::<Vec<_>>());
        assert_eq!((found.last_seq, found.torn), (100, 0));
        assert_eq!(journal.instance(), NEW, "a journal keeps its name");
    }

    #[test]
    fn a_torn_tail_costs_only_the_torn_record() {
        for cut in 1..RECORD_LEN as u64 {
            let dir = tempfile::tempdir().unwrap();
            let (mut journal, ..) = open(dir.path(), 1 << 20);
            (1..=3).for_each(|seq| assert!(journal.append(&observation(seq)).is_ok()));
            drop(journal);
            let log = &logs(dir.path())[0];
            let len = (JournalSegment::HEADER_LEN + 3 * RECORD_LEN) as u64;
            OpenOptions::new()
                .write(true)
                .open(log)
                .unwrap()
                .set_len(len - cut)
                .unwrap();
            let (mut journal, read, torn) = open(dir.path(), 1 << 20);
            assert_eq!((read, torn), (vec![1, 2], 1));
            // Writing goes on, in a segment of its own.
            journal.append(&observation(4)).unwrap();
            drop(journal);
            assert_eq!(open(dir.path(), 1 << 20).1, [1, 2, 4]);
        }
    }

    #[test]
    fn a_damaged_record_takes_no_other_along() {
        for hole in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let (mut journal, ..) = open(dir.path(), 1 << 20);
            (1..=9).for_each(|seq| assert!(journal.append(&observation(seq)).is_ok()));
            drop(journal);
            let log = &logs(dir.path())[0];
            let mut bytes = fs::read(log).unwrap();
            let fifth = JournalSegment::HEADER_LEN + 4 * RECORD_LEN;
            match hole {
                true => bytes[fifth..fifth + RECORD_LEN].fill(0),
                false => bytes[fifth + 20] ^= 1,
            }
            fs::write(log, &bytes).unwrap();
            let (_journal, read, torn) = open(dir.path(), 1 << 20);
            assert_eq!((read, torn), (vec![1, 2, 3, 4, 6, 7, 8, 9], 1));
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, ..) = open(dir.path(), 1 << 20);
        journal.append(&observation(1)).unwrap();
        drop(journal);
        let log = &logs(dir.path())[0];
        let mut good = fs::read(log).unwrap();
        good.truncate(JournalSegment::HEADER_LEN + RECORD_LEN);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(log, &bad).unwrap();
            let read = read_segment(log).unwrap();
            assert!(read.torn && read.observations.is_empty(), "byte {at}");
        }
    }

    #[test]
    fn segments_rotate_and_go_when_they_are_credited() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, ..) = open(dir.path(), 3 * RECORD_LEN as u64);
        for seq in 1..=10 {
            journal.append(&observation(seq)).unwrap();
        }
        let before = logs(dir.path()).len();
        assert!(before > 2);
        journal.release(5);
        assert!(logs(dir.path()).len() < before);
        drop(journal);
        let (mut journal, read, _) = open(dir.path(), 1 << 20);
        assert!((6..=10).all(|seq| read.contains(&seq)));
        journal.release(10);
        assert!(logs(dir.path()).is_empty());
    }

    #[test]
    fn it_is_read_back_while_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, ..) = open(dir.path(), 10 * RECORD_LEN as u64);
        (1..=25).for_each(|seq| assert!(journal.append(&observation(seq)).is_ok()));
        let mut read = Vec::new();
        while let Some((path, up_to)) = journal.segment_after(read.last().copied().unwrap_or(0)) {
            let segment = read_segment(&path).unwrap().observations;
            read.extend(segment.iter().map(|o| o.seq));
            assert_eq!(up_to, (read.len() < 25).then_some(read.len() as u64));
            if up_to.is_none() {
                // More comes in meanwhile, and part of a record.
                journal.append(&observation(26)).unwrap();
                let open = journal.open.as_mut().unwrap();
                open.log.append(&[7; 9]).unwrap();
                let rest = journal.rest_of(&path, segment.len()).unwrap();
                read.extend(rest.iter().map(|o| o.seq));
            } else {
                assert!(journal.rest_of(&path, 1).unwrap().is_empty());
            }
        }
        assert_eq!(read, (1..=26).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_disk_leaves_no_half_record() {
        // Every write to this device fails as if the disk were full.
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join(format!("{:020}.log", 1))).unwrap();
        let (mut journal, ..) = {
            let lock = File::create(dir.path().join("lock")).unwrap();
            let journal = Journal {
                dir: dir.path().to_owned(),
                instance: NEW,
                segment_len: 1 << 20,
                closed: Vec::new(),
                open: None,
                _lock: lock,
            };
            (journal, ())
        };
        assert!(journal.append(&observation(1)).is_err());
        journal.append(&observation(2)).unwrap();
        drop(journal);
        assert_eq!(open(dir.path(), 1 << 20).1, [2]);
    }

    #[test]
    fn two_processes_cannot_write_one_journal() {
        let dir = tempfile::tempdir().unwrap();
        let (_journal, ..) = open(dir.path(), 1 << 20);
        let error = Journal::open(dir.path(), 1 << 20, NEW, |_| {}).unwrap_err();
        assert!(error.to_string().contains("another process"));
    }

    #[test]
    fn a_foreign_segment_is_set_aside() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (dir, instance) in [(&ours, NEW), (&theirs, Instance([1; 16]))] {
            let (mut journal, _) = Journal::open(dir.path(), 1 << 20, instance, |_| {}).unwrap();
            journal.append(&observation(1)).unwrap();
        }
        let foreign = &logs(theirs.path())[0];
        fs::copy(foreign, ours.path().join(format!("{:020}.log", 7))).unwrap();
        assert_eq!(open(ours.path(), 1 << 20).1, [1]);
        assert_eq!(logs(ours.path()).len(), 1);
    }
}
