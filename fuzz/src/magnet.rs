//! Magnet links: what is read is written so that it reads the same.

use bittorrent::Magnet;

pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match text.parse::<Magnet>() {
        Ok(magnet) => {
            let written = magnet.to_string();
            assert!(written.is_ascii(), "{written}");
            assert!(!written.contains(['"', '<', '>', ' ']), "{written}");
            assert_eq!(written.parse::<Magnet>().as_ref(), Ok(&magnet), "{written}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
