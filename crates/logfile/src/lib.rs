//! Files that are only appended to, and whose content survives the end of the process from the moment
//! it is appended.
//!
//! `write(2)` promises that too, for a microsecond and more each time. Where the file system can set
//! blocks aside, a [`LogFile`] takes its room at the beginning and is written through memory that is
//! shared with the kernel: a copy. Elsewhere it is written with `write(2)`.
//!
//! Nobody may make such a file shorter while it is open: the system ends processes that write to memory
//! without a file behind it. Deleting it does no harm.
//!
//! ```
//! use logfile::LogFile;
//!
//! # fn main() -> std::io::Result<()> {
//! # let dir = tempfile::tempdir()?;
//! let path = dir.path().join("1.log");
//! let mut log = LogFile::create(&path, 1 << 20)?;
//! log.append(b"one")?;
//! log.append(b"two")?;
//! assert_eq!(log.len(), 6);
//! // Whoever reads it now sees it, perhaps with zeros behind it.
//! assert!(std::fs::read(&path)?.starts_with(b"onetwo"));
//! // And none once it is finished.
//! log.finish()?;
//! assert_eq!(std::fs::read(&path)?, b"onetwo");
//! # Ok(())
//! # }
//! ```

#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use memmap2::MmapMut;
use rustix::fs::{FallocateFlags, fallocate, fstatfs};

/// A file that is being appended to by this process alone.
///
/// A process that ends without [`finish`](Self::finish) leaves zeros behind what was appended: a format
/// for such files has to tell them from its content.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    /// All the room it has, where it is written through memory.
    map: Option<MmapMut>,
    len: u64,
}

impl LogFile {
    /// Makes the file, or empties the one that is there. There will be `room` bytes for it at least.
    ///
    /// # Errors
    /// When it cannot be made, or there is no room.
    pub fn create(path: &Path, room: u64) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let map = match sets_blocks_aside(&file) {
            true => Some(Self::map(&file, room)?),
            false => None,
        };
        Ok(Self { file, map, len: 0 })
    }

    fn map(file: &File, room: u64) -> io::Result<MmapMut> {
        fallocate(file, FallocateFlags::empty(), 0, room)?;
        // SAFETY: the memory is written to and never read back, so nobody who changes the file can
        // make us see bytes of a wrong type. The blocks are set aside, so writing needs no room that
        // is not there. That the file must not be made shorter meanwhile (the process would end) is
        // said in the documentation of the crate; only whoever owns the folder can.
        unsafe { MmapMut::map_mut(file) }
    }

    /// Bytes that were appended.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds to the end. The bytes are safe from the end of this process when this returns; from the end
    /// of the machine only once [`file`](Self::file) was synced.
    ///
    /// # Errors
    /// When it cannot be written or, `StorageFull`, there is no room left. A part of it may stand behind
    /// the end then, until the file is [finished](Self::finish): nothing is to be appended any more.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.map {
            Some(map) => {
                let start = usize::try_from(self.len).map_err(io::Error::other)?;
                let rest = map.get_mut(start..).unwrap_or_default();
                let room = rest
                    .get_mut(..bytes.len())
                    .ok_or(io::ErrorKind::StorageFull)?;
                room.copy_from_slice(bytes);
            }
            None => self.file.write_all(bytes)?,
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// The file, for syncing: that covers what was appended until then.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Ends the file where its content ends. Returns it, for syncing.
    ///
    /// # Errors
    /// When that cannot be done; what was appended is in the file all the same.
    pub fn finish(self) -> io::Result<File> {
        drop(self.map);
        self.file.set_len(self.len)?;
        Ok(self.file)
    }
}

/// Whether writing into blocks that were set aside cannot fail for want of room. File systems that copy
/// on write (Btrfs, ZFS) and those over a network promise less.
fn sets_blocks_aside(file: &File) -> bool {
    const EXT4: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const TMPFS: u32 = 0x0102_1994;
    // The type of the number differs between architectures.
    #[allow(clippy::unnecessary_cast)]
    fstatfs(file).is_ok_and(|system| [EXT4, XFS, TMPFS].contains(&(system.f_type as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn plain(path: &Path) -> LogFile {
        let file = File::create(path).unwrap();
        let map = None;
        LogFile { file, map, len: 0 }
    }

    #[test]
    fn both_ways_write_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mapped = LogFile::create(&path("mapped"), 10_000).unwrap();
        for (name, mut log) in [("mapped", mapped), ("plain", plain(&path("plain")))] {
            let mut expected = Vec::new();
            for n in 0..100_u8 {
                let piece = vec![n; usize::from(n)];
                log.append(&piece).unwrap();
                expected.extend(piece);
                let read = fs::read(path(name)).unwrap();
                assert!(read.starts_with(&expected), "{name}");
                assert!(read[expected.len()..].iter().all(|byte| *byte == 0));
            }
            assert_eq!(log.len(), expected.len() as u64);
            log.file().sync_data().unwrap();
            log.finish().unwrap();
            assert_eq!(fs::read(path(name)).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn without_room_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = LogFile::create(&path, 10).unwrap();
        if log.map.is_none() {
            return;
        }
        log.append(b"12345678").unwrap();
        let error = log.append(b"abc").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        log.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"12345678");
        // More than any disk has.
        assert!(LogFile::create(&path, 1 << 50).is_err());
    }

    #[test]
    fn the_end_of_a_process_leaves_zeros() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = LogFile::create(&path, 100).unwrap();
        log.append(b"1").unwrap();
        drop(log);
        assert!(fs::read(&path).unwrap().starts_with(b"1"));
        // It begins anew, whatever was there.
        let log = LogFile::create(&path, 100).unwrap();
        assert!(log.is_empty());
        log.finish().unwrap();
        assert!(fs::read(&path).unwrap().is_empty());
    }
}
