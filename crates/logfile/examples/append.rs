//! What appending a record costs, through memory and with `write(2)`:
//!
//! ```text
//! cargo run --release -p logfile --example append -- FOLDER
//! ```

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use logfile::LogFile;

const RECORD: [u8; 99] = [7; 99];
const RECORDS: u64 = 1_000_000;
const SEGMENT: u64 = 4 << 20;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let path = folder.join("append.log");
    let began = Instant::now();
    let mut log = LogFile::create(&path, SEGMENT)?;
    for _ in 0..RECORDS {
        if log.len() + RECORD.len() as u64 > SEGMENT {
            log.finish()?;
            log = LogFile::create(&path, SEGMENT)?;
        }
        log.append(&RECORD)?;
    }
    report("LogFile", began);
    let began = Instant::now();
    let mut file = OpenOptions::new().write(true).truncate(true).open(&path)?;
    for _ in 0..RECORDS {
        file.write_all(&RECORD)?;
    }
    report("write", began);
    std::fs::remove_file(&path)
}

fn report(what: &str, began: Instant) {
    let nanoseconds = began.elapsed().as_nanos() / u128::from(RECORDS);
    println!(
        "{what}: {nanoseconds} ns for a record of {} bytes, new files included",
        RECORD.len()
    );
}
