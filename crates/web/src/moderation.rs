//! What moderators do, for pages and API alike.

use bittorrent::{InfoHash, InfoHashV2};
use domain::{TopicId, TorrentState, UserId};
use store::{Deletion, Registration};

use crate::error::{Error, Fault, Result};
use crate::state::App;

/// A torrent by the hash in an address: v1, v2, or truncated v2.
pub async fn registered(app: &App, hash: &str) -> Result<Registration> {
    Ok(match hash.parse::<InfoHashV2>() {
        Ok(hash) => app.store.registration_v2(hash).await?,
        Err(_) => app.store.registration(wire_hash(hash)?).await?,
    })
}

/// The hash in an address, as clients announce it.
pub fn wire_hash(hash: &str) -> Result<InfoHash> {
    match hash.parse::<InfoHashV2>() {
        Ok(hash) => Ok(hash.truncated()),
        Err(_) => hash.parse().map_err(|_| Error::NotFound),
    }
}

/// The state of this name.
pub fn state(word: &str) -> Result<TorrentState> {
    let known = TorrentState::ALL
        .into_iter()
        .find(|state| state.code() == word);
    known.ok_or_else(|| {
        let all: Vec<&str> = TorrentState::ALL.iter().map(|state| state.code()).collect();
        let fault = Fault::new("bad_state", "there is no such state");
        Error::Invalid(fault.with("states", all))
    })
}

/// Says something about a torrent. Frozen ones are refused at the next announce, with the reason.
pub async fn set_state(
    app: &App,
    by: UserId,
    torrent: &Registration,
    state: TorrentState,
    reason: &str,
) -> Result<()> {
    let (reason, now) = (short(reason), app.now());
    let id = torrent.torrent;
    app.store
        .set_torrent_state(id, torrent.state, state, by, &reason, now)
        .await?;
    tracing::info!(
        torrent.id = id.0,
        state = state.code(),
        user.id = by.0,
        "torrent's state set"
    );
    Ok(())
}

/// Deletes a topic with its posts and its torrent for good. What was transferred stays with the users;
/// whoever goes on announcing the torrent is told that it was deleted, with the reason.
///
/// Its files stay in the blobs, where nothing leads to them any more: the same file may be on its way
/// in with another topic at this moment.
pub async fn delete_topic(app: &App, by: UserId, topic: TopicId, reason: &str) -> Result<()> {
    let deletion = Deletion {
        by,
        reason: short(reason),
        now: app.now(),
    };
    app.store.delete_topic(topic, &deletion).await?;
    tracing::info!(topic.id = topic.0, user.id = by.0, "topic deleted");
    Ok(())
}

/// A reason as it is kept: one line, short enough for the answer of a tracker.
pub fn short(reason: &str) -> String {
    let line = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
    // Marks that turn the direction of what follows could make it read as something else.
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = line.filter(|c| !turns(c)).collect();
    plain.trim().chars().take(REASON_MAX).collect()
}

/// Characters; the tracker cuts what is longer than a packet.
const REASON_MAX: usize = 300;

/// The program a peer id tells of, with its version; else the peer id.
pub fn client_name(id: bittorrent::PeerId) -> String {
    id.client().map_or_else(
        || id.to_string(),
        |client| format!("{} {}", client.name, client.version),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(
            short("  a copy\r\nof \u{202e}another\0 "),
            "a copy  of another"
        );
        assert_eq!(short(&"x".repeat(1000)).len(), REASON_MAX);
    }
}
