use crate::journal::read_segment;
use std::io;
use std::path::Path;

/// What is in a journal that may be in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalContents {
    /// Files that can be read.
    pub segments: usize,
    /// Observations in them; the store may have some of them already.
    pub records: usize,
    /// Files whose end was torn off, by a crash or because it is being written now. No damage.
    pub torn: usize,
}

/// Reads the journal in `dir` without changing or locking it. No folder is an empty journal.
///
/// # Errors
/// When a file cannot be read.
pub fn inspect_journal(dir: &Path) -> io::Result<JournalContents> {
    let mut contents = JournalContents::default();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(contents),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        match read_segment(&path) {
            Ok(segment) => {
                contents.segments += 1;
                contents.records += segment.observations.len();
                contents.torn += usize::from(segment.torn);
            }
            // wholly applied and deleted meanwhile
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(contents)
}
