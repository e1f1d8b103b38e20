//! What a browser says.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text;
use crate::{Event, InfoHash, PeerId};

/// A message of a browser.
///
/// ```
/// use bittorrent::wire::ws::Request;
///
/// let message = r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"-WW0300-bbbbbbbbbbbb",
///     "uploaded":0,"downloaded":0,"left":10,"event":"started","numwant":5,
///     "offers":[{"offer_id":"cccccccccccccccccccc","offer":{"type":"offer","sdp":"v=0"}}]}"#;
/// let Request::Announce(announce) = Request::parse(message)? else { panic!() };
/// assert_eq!((announce.left, announce.offers.len()), (Some(10), 1));
/// assert_eq!(announce.offers[0].offer, r#"{"type":"offer","sdp":"v=0"}"#);
///
/// let refused = Request::parse(r#"{"action":"announce"}"#).unwrap_err();
/// assert_eq!(refused.to_string(), "info_hash is missing");
/// # Ok::<(), bittorrent::wire::ws::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// Announces a peer, and offers connections.
    Announce(Announce<'a>),
    /// Answers an offer.
    Answer(Answer<'a>),
    /// Asks for the counts of torrents.
    Scrape(Vec<InfoHash>),
}

/// An announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce<'a> {
    /// The torrent.
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// Bytes uploaded since `started`; 0 if the browser does not say.
    pub uploaded: u64,
    /// Bytes downloaded since `started`; 0 if the browser does not say.
    pub downloaded: u64,
    /// Bytes left to download; `None` if the browser does not know.
    pub left: Option<u64>,
    /// Why it announces.
    pub event: Event,
    /// How many of its offers are to go out; `None` for all.
    pub numwant: Option<u32>,
    /// Connections it offers, each to somebody else.
    pub offers: Vec<Offer<'a>>,
}

/// A connection offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// By which its answer is known.
    pub id: OfferId,
    /// A session description: an object of JSON, as it was sent, at most [`SESSION_MAX`] long.
    pub offer: &'a str,
}

/// A connection answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Who answers.
    pub peer_id: PeerId,
    /// Who offered.
    pub to_peer_id: PeerId,
    /// Which offer.
    pub offer_id: OfferId,
    /// A session description, like an offer's.
    pub answer: &'a str,
}

/// The name of an offer, made by the browser that offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfferId(pub [u8; 20]);

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An announce, an offer or an answer.
    Announce,
    /// Counts.
    Scrape,
}

/// Why a message is not understood, and as much of it as an answer repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RequestError {
    /// What was wanted.
    pub action: Option<Action>,
    /// Of which torrent.
    pub info_hash: Option<InfoHash>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a message, as a sentence for its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is too long.
    #[error("the message is longer than {} KiB", MESSAGE_MAX >> 10)]
    TooLong,
    /// It is no JSON, or has a field twice.
    #[error("the message is no object of JSON")]
    NotJson,
    /// It wants nothing that a tracker does.
    #[error("action must be announce or scrape")]
    Action,
    /// A field has to be there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field has to be twenty bytes.
    #[error("{0} must be 20 characters, each of one byte")]
    NotTwenty(&'static str),
    /// A field has to be a number.
    #[error("{0} must be a number and not negative")]
    NotNumber(&'static str),
    /// The event is unknown.
    #[error("event must be started, completed, stopped, paused or update")]
    UnknownEvent,
    /// `offers` is no list of offers.
    #[error("offers must be a list of objects with offer and offer_id")]
    Offers,
    /// A session description is no object.
    #[error("{0} must be an object")]
    NotObject(&'static str),
    /// A session description is too long.
    #[error("{0} is longer than {kib} KiB", kib = SESSION_MAX >> 10)]
    SessionTooLong(&'static str),
    /// A scrape of too many torrents.
    #[error("a scrape may ask for at most {SCRAPE_MAX} torrents")]
    TooManyHashes,
}

/// How long a message may be, in bytes.
pub const MESSAGE_MAX: usize = 64 << 10;
/// How long a session description may be, in bytes: with a dozen network interfaces it takes four KiB.
pub const SESSION_MAX: usize = 16 << 10;
const SCRAPE_MAX: usize = 150;

/// A message as JSON has it.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    info_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    peer_id: Option<&'a RawValue>,
    #[serde(borrow)]
    uploaded: Option<&'a RawValue>,
    #[serde(borrow)]
    downloaded: Option<&'a RawValue>,
    #[serde(borrow)]
    left: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    numwant: Option<&'a RawValue>,
    #[serde(borrow)]
    offers: Option<&'a RawValue>,
    #[serde(borrow)]
    to_peer_id: Option<&'a RawValue>,
    #[serde(borrow)]
    offer_id: Option<&'a RawValue>,
    #[serde(borrow)]
    answer: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawOffer<'a> {
    #[serde(borrow)]
    offer: Option<&'a RawValue>,
    #[serde(borrow)]
    offer_id: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    /// Reads a message. Unknown fields are skipped; `null` is as good as no field.
    ///
    /// # Errors
    /// [`RequestError`], which is also a sentence for the sender.
    pub fn parse(message: &'a str) -> Result<Self, RequestError> {
        let mut seen = RequestError {
            action: None,
            info_hash: None,
            problem: Problem::TooLong,
        };
        if message.len() > MESSAGE_MAX {
            return Err(seen);
        }
        let raw: Raw<'_> = serde_json::from_str(message).map_err(|_| RequestError {
            problem: Problem::NotJson,
            ..seen
        })?;
        raw.request(&mut seen)
            .map_err(|problem| RequestError { problem, ..seen })
    }
}

impl<'a> Raw<'a> {
    fn request(&self, seen: &mut RequestError) -> Result<Request<'a>, Problem> {
        match self.action.map(RawValue::get) {
            Some(r#""announce""#) => {}
            Some(r#""scrape""#) => {
                seen.action = Some(Action::Scrape);
                return self.scrape().map(Request::Scrape);
            }
            _ => return Err(Problem::Action),
        }
        seen.action = Some(Action::Announce);
        let info_hash = InfoHash::from(twenty("info_hash", self.info_hash)?);
        seen.info_hash = Some(info_hash);
        let peer_id = PeerId::from(twenty("peer_id", self.peer_id)?);
        if let Some(answer) = self.answer {
            return Ok(Request::Answer(Answer {
                info_hash,
                peer_id,
                to_peer_id: PeerId::from(twenty("to_peer_id", self.to_peer_id)?),
                offer_id: OfferId(twenty("offer_id", self.offer_id)?),
                answer: session("answer", answer)?,
            }));
        }
        let event = match self.event.map(RawValue::get) {
            None | Some(r#""""# | r#""update""#) => Event::None,
            Some(r#""started""#) => Event::Started,
            Some(r#""stopped""#) => Event::Stopped,
            Some(r#""completed""#) => Event::Completed,
            Some(r#""paused""#) => Event::Paused,
            Some(_) => return Err(Problem::UnknownEvent),
        };
        let numwant = number("numwant", self.numwant)?;
        Ok(Request::Announce(Announce {
            info_hash,
            peer_id,
            uploaded: number("uploaded", self.uploaded)?.unwrap_or_default(),
            downloaded: number("downloaded", self.downloaded)?.unwrap_or_default(),
            left: number("left", self.left)?,
            event,
            numwant: numwant.map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
            offers: offers(self.offers)?,
        }))
    }

    fn scrape(&self) -> Result<Vec<InfoHash>, Problem> {
        let hashes = self.info_hash.ok_or(Problem::Missing("info_hash"))?;
        if !hashes.get().starts_with('[') {
            return Ok(vec![InfoHash::from(twenty("info_hash", Some(hashes))?)]);
        }
        let list: Vec<&RawValue> =
            serde_json::from_str(hashes.get()).map_err(|_| Problem::NotTwenty("info_hash"))?;
        if list.len() > SCRAPE_MAX {
            return Err(Problem::TooManyHashes);
        }
        list.into_iter()
            .map(|hash| twenty("info_hash", Some(hash)).map(InfoHash::from))
            .collect()
    }
}

fn twenty(name: &'static str, value: Option<&RawValue>) -> Result<[u8; 20], Problem> {
    let value = value.ok_or(Problem::Missing(name))?;
    text::parse(value).ok_or(Problem::NotTwenty(name))
}

/// Numbers are JavaScript's: whatever is too large for us is as much as there can be.
fn number(name: &'static str, value: Option<&RawValue>) -> Result<Option<u64>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    if let Ok(number) = value.get().parse::<u64>() {
        return Ok(Some(number));
    }
    match serde_json::from_str::<f64>(value.get()) {
        Ok(number) if number >= 0.0 => Ok(Some(number as u64)),
        _ => Err(Problem::NotNumber(name)),
    }
}

fn offers<'a>(value: Option<&'a RawValue>) -> Result<Vec<Offer<'a>>, Problem> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let list: Vec<RawOffer<'a>> = serde_json::from_str(value.get()).map_err(|_| Problem::Offers)?;
    list.into_iter()
        .map(|raw| {
            Ok(Offer {
                id: OfferId(twenty("offer_id", raw.offer_id)?),
                offer: session("offer", raw.offer.ok_or(Problem::Missing("offer"))?)?,
            })
        })
        .collect()
}

fn session<'a>(name: &'static str, value: &'a RawValue) -> Result<&'a str, Problem> {
    let text = value.get();
    if !text.starts_with('{') {
        return Err(Problem::NotObject(name));
    }
    if text.len() > SESSION_MAX {
        return Err(Problem::SessionTooLong(name));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = r#""info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb""#;

    fn problem(message: &str) -> Problem {
        Request::parse(message).unwrap_err().problem
    }

    fn announce(more: &str) -> Result<Announce<'static>, Problem> {
        let message = format!(r#"{{"action":"announce",{HASH}{more}}}"#).leak();
        match Request::parse(message) {
            Ok(Request::Announce(announce)) => Ok(announce),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.problem),
        }
    }

    #[test]
    fn what_a_browser_leaves_out_is_nothing_or_unknown() {
        let plain = announce("").unwrap();
        assert_eq!((plain.uploaded, plain.downloaded, plain.left), (0, 0, None));
        assert_eq!((plain.event, plain.numwant), (Event::None, None));
        let nulls = announce(r#","left":null,"event":null,"offers":null,"uploaded":null"#);
        assert_eq!(nulls, Ok(plain));
    }

    #[test]
    fn numbers_are_those_of_javascript() {
        for (json, expected) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("1e21", Some(u64::MAX)),
            ("1.5e3", Some(1500)),
            ("12.0", Some(12)),
            ("-0", Some(0)),
        ] {
            assert_eq!(
                announce(&format!(r#","left":{json}"#)).unwrap().left,
                expected
            );
        }
        for json in ["-1", r#""7""#, "[]", "true", "1e999"] {
            let found = announce(&format!(r#","left":{json}"#));
            assert_eq!(found, Err(Problem::NotNumber("left")), "{json}");
        }
    }

    #[test]
    fn every_event_is_known_and_others_are_not() {
        for (name, event) in [
            ("", Event::None),
            ("update", Event::None),
            ("started", Event::Started),
            ("stopped", Event::Stopped),
            ("completed", Event::Completed),
            ("paused", Event::Paused),
        ] {
            let found = announce(&format!(r#","event":"{name}""#)).unwrap();
            assert_eq!(found.event, event);
        }
        assert_eq!(announce(r#","event":"begun""#), Err(Problem::UnknownEvent));
    }

    #[test]
    fn an_answer_names_whom_and_what_it_answers() {
        let message = format!(
            r#"{{"action":"announce",{HASH},"to_peer_id":"cccccccccccccccccccc",
            "offer_id":"dddddddddddddddddddd","answer":{{"type":"answer","sdp":"v=0"}}}}"#
        );
        let expected = Request::Answer(Answer {
            info_hash: InfoHash::from([b'a'; 20]),
            peer_id: PeerId::from([b'b'; 20]),
            to_peer_id: PeerId::from([b'c'; 20]),
            offer_id: OfferId([b'd'; 20]),
            answer: r#"{"type":"answer","sdp":"v=0"}"#,
        });
        assert_eq!(Request::parse(&message), Ok(expected));
        let nobody = message.replace("to_peer_id", "to");
        assert_eq!(problem(&nobody), Problem::Missing("to_peer_id"));
    }

    #[test]
    fn a_scrape_asks_for_one_torrent_or_several() {
        let one = InfoHash::from([b'a'; 20]);
        let ask = |hashes: &str| {
            let message = format!(r#"{{"action":"scrape","info_hash":{hashes}}}"#).leak();
            Request::parse(message)
        };
        let hash = r#""aaaaaaaaaaaaaaaaaaaa""#;
        assert_eq!(ask(hash), Ok(Request::Scrape(vec![one])));
        assert_eq!(
            ask(&format!("[{hash},{hash}]")),
            Ok(Request::Scrape(vec![one, one]))
        );
        assert_eq!(ask("[]"), Ok(Request::Scrape(vec![])));
        let refused = ask(&format!("[{}{hash}]", format!("{hash},").repeat(150)));
        let error = refused.unwrap_err();
        assert_eq!(error.problem, Problem::TooManyHashes);
        assert_eq!(error.action, Some(Action::Scrape));
        assert_eq!(
            ask("[1]").unwrap_err().problem,
            Problem::NotTwenty("info_hash")
        );
        assert_eq!(
            ask("null").unwrap_err().problem,
            Problem::Missing("info_hash")
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for (message, words) in [
            ("", "the message is no object of JSON"),
            ("7", "the message is no object of JSON"),
            ("{}", "action must be announce or scrape"),
            (
                r#"{"action":"connect"}"#,
                "action must be announce or scrape",
            ),
            (r#"{"action":"scrape"}"#, "info_hash is missing"),
            (
                r#"{"action":"announce","info_hash":"abc"}"#,
                "info_hash must be 20 characters, each of one byte",
            ),
            (
                r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa"}"#,
                "peer_id is missing",
            ),
            (
                r#"{"action":"scrape","action":"scrape"}"#,
                "the message is no object of JSON",
            ),
        ] {
            assert_eq!(problem(message).to_string(), words, "{message}");
        }
        let offer = |offer: &str| {
            let id = r#""offer_id":"cccccccccccccccccccc""#;
            let refused = announce(&format!(r#","offers":[{{{id},"offer":{offer}}}]"#));
            refused.unwrap_err().to_string()
        };
        assert_eq!(offer("7"), "offer must be an object");
        assert_eq!(offer("null"), "offer is missing");
        let long = format!(r#"{{"sdp":"{}"}}"#, "x".repeat(SESSION_MAX));
        assert_eq!(offer(&long), "offer is longer than 16 KiB");
        assert_eq!(announce(r#","offers":{}"#), Err(Problem::Offers));
        let long = " ".repeat(MESSAGE_MAX + 1);
        assert_eq!(
            problem(&long).to_string(),
            "the message is longer than 64 KiB"
        );
    }

    #[test]
    fn depth_does_no_harm() {
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
        assert!(Request::parse(&deep).is_err());
        let deep = "[".repeat(60_000);
        assert_eq!(problem(&deep), Problem::NotJson);
    }

    proptest! {
        #[test]
        fn no_message_panics(message in r#"(\{|"|action|announce|:|,|\[|offers|.){0,60}"#) {
            let _ = Request::parse(&message);
        }
    }
}
