//! PROXY headers: what is taken is the same however much stands behind it, and no beginning of it is
//! taken for a whole.

use bittorrent::wire::http::ProxyHeader;

/// The input is what a connection has received.
pub fn run(input: &[u8]) {
    let header = match ProxyHeader::parse(input) {
        Ok(Some(header)) => header,
        Ok(None) => return assert!(input.len() < ProxyHeader::MAX),
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert!(header.len <= input.len().min(ProxyHeader::MAX));
    let whole = &input[..header.len];
    for end in (0..whole.len()).rev().take(64) {
        assert_eq!(ProxyHeader::parse(&whole[..end]), Ok(None));
    }
    let followed = [whole, b"PROXY TCP4"].concat();
    assert_eq!(ProxyHeader::parse(&followed), Ok(Some(header)));
}
