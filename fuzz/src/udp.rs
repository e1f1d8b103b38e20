//! UDP tracker packets: nothing is read that does not stand in the packet.

use bittorrent::wire::http::Endpoint;
use bittorrent::wire::udp::{Request, RequestError};

pub fn run(input: &[u8]) {
    match Request::parse(input) {
        Ok(Request::Connect { transaction_id }) => {
            assert_eq!(transaction_id.to_be_bytes(), input[12..16]);
        }
        Ok(Request::Announce(announce)) => {
            assert_eq!(announce.connection_id.to_be_bytes(), input[..8]);
            assert_eq!(announce.transaction_id.to_be_bytes(), input[12..16]);
            assert_eq!(*announce.info_hash.as_bytes(), input[16..36]);
            assert_eq!(*announce.peer_id.as_bytes(), input[36..56]);
            assert!(announce.uploaded <= i64::MAX as u64 && announce.downloaded <= i64::MAX as u64);
            assert!(announce.peers_wanted(50, 200) <= 200);
            let url_data = announce.url_data();
            assert!(url_data.len() <= input.len());
            if let Ok(endpoint) = Endpoint::parse_url_data(&url_data) {
                let key = endpoint.passkey.unwrap_or("0123456789");
                assert!(
                    (10..=64).contains(&key.len())
                        && key.bytes().all(|b| b.is_ascii_alphanumeric())
                );
            }
        }
        Ok(Request::Scrape(scrape)) => {
            let hashes: Vec<u8> = scrape
                .info_hashes()
                .flat_map(|hash| *hash.as_bytes())
                .collect();
            assert!((1..=74).contains(&scrape.info_hashes().len()));
            assert!(input[16..].starts_with(&hashes));
        }
        Err(RequestError::Refuse {
            transaction_id,
            connection_id,
            message,
        }) => {
            assert_eq!(connection_id.to_be_bytes(), input[..8]);
            assert_eq!(transaction_id.to_be_bytes(), input[12..16]);
            assert!(!message.is_empty());
        }
        Err(RequestError::Drop(message)) => assert!(!message.is_empty()),
    }
}
