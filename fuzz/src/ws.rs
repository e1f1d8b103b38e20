//! WebSocket tracker messages: what is taken of one is passed on so that a browser can read it again.

use bittorrent::wire::ws::{
    Announce, Answer, MESSAGE_MAX, Request, SESSION_MAX, write_answer, write_failure, write_offer,
};

/// The input is a message.
pub fn run(input: &[u8]) {
    let Ok(message) = str::from_utf8(input) else {
        return;
    };
    match Request::parse(message) {
        Ok(Request::Announce(announce)) => offers(&announce),
        Ok(Request::Answer(answer)) => relayed(&answer),
        Ok(Request::Scrape(hashes)) => assert!(hashes.len() <= message.len() / 20),
        Err(error) => {
            let mut out = Vec::new();
            write_failure(&mut out, error.action, error.info_hash, &error.to_string());
            let text = str::from_utf8(&out).expect("JSON is text");
            // an answer, read as a request, says of what torrent it is
            if let Err(again) = Request::parse(text) {
                assert_eq!(again.action, error.action, "{text}");
            }
        }
    }
    assert!(message.len() <= MESSAGE_MAX || Request::parse(message).is_err());
}

fn offers(announce: &Announce<'_>) {
    for offer in &announce.offers {
        assert!(offer.offer.len() <= SESSION_MAX);
        let mut out = Vec::new();
        write_offer(
            &mut out,
            announce.info_hash,
            announce.peer_id,
            offer.id,
            offer.offer,
        );
        let text = String::from_utf8(out).expect("JSON is text");
        let Ok(Request::Announce(again)) = Request::parse(&text) else {
            panic!("{text} cannot be read");
        };
        let who = (again.info_hash, again.peer_id);
        assert_eq!(who, (announce.info_hash, announce.peer_id));
    }
}

fn relayed(answer: &Answer<'_>) {
    let mut out = Vec::new();
    write_answer(
        &mut out,
        answer.info_hash,
        answer.peer_id,
        answer.offer_id,
        answer.answer,
    );
    let text = String::from_utf8(out).expect("JSON is text");
    // Whom it goes to is not repeated.
    let error = Request::parse(&text).expect_err("an answer to nobody");
    assert_eq!(error.to_string(), "to_peer_id is missing", "{text}");
    assert_eq!(error.info_hash, Some(answer.info_hash));
}
