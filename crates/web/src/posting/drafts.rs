//! Uploads kept in memory between two submissions of a form, for browsers without script.
//!
//! A file field cannot be filled in again by the server, so the form carries a reference instead.
//! Bounded in number, size and time; a restart empties it and the form then asks for the file again.

use std::collections::VecDeque;

use domain::{Entropy, UnixTime, UserId};
use parking_lot::Mutex;

use super::Upload;

/// The reference in the form: 32 hexadecimal digits. Worth nothing to anyone but its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftId(String);

impl DraftId {
    /// A reference as it came back in a form; whether it leads anywhere is found out by [`Drafts::find`].
    pub fn sent(text: &str) -> Option<Self> {
        let hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| DraftId(text.to_owned()))
    }

    /// The reference as the form carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The kept uploads, oldest first.
#[derive(Default)]
pub(crate) struct Drafts {
    kept: Mutex<VecDeque<Draft>>,
}

struct Draft {
    id: DraftId,
    author: UserId,
    until: UnixTime,
    upload: Upload,
}

impl Drafts {
    /// Keeps an upload for its author. The author's oldest one beyond a few goes, and so do the
    /// oldest of all when too many bytes are kept.
    pub fn keep(
        &self,
        author: UserId,
        upload: Upload,
        entropy: &Entropy,
        now: UnixTime,
    ) -> DraftId {
        let id = DraftId(hex::encode(entropy.bytes::<16>()));
        let mut kept = self.kept.lock();
        kept.retain(|draft| draft.until.0 > now.0);
        while kept.iter().filter(|d| d.author == author).count() >= PER_AUTHOR {
            let oldest = kept.iter().position(|d| d.author == author);
            oldest.and_then(|at| kept.remove(at));
        }
        kept.push_back(Draft {
            id: id.clone(),
            author,
            until: UnixTime(now.0 + KEPT_SECONDS),
            upload,
        });
        let mut bytes: usize = kept.iter().map(|d| d.upload.bytes.len()).sum();
        while bytes > TOTAL_BYTES && kept.len() > 1 {
            bytes -= kept.pop_front().map_or(0, |d| d.upload.bytes.len());
        }
        id
    }

    /// The upload behind a reference, for its author alone.
    pub fn find(&self, author: UserId, id: &DraftId, now: UnixTime) -> Option<Upload> {
        let kept = self.kept.lock();
        let draft = kept
            .iter()
            .find(|d| d.id == *id && d.author == author && d.until.0 > now.0)?;
        Some(draft.upload.clone())
    }

    /// Forgets an upload that was posted.
    pub fn forget(&self, id: &DraftId) {
        self.kept.lock().retain(|draft| draft.id != *id);
    }
}

const PER_AUTHOR: usize = 3;
const KEPT_SECONDS: i64 = 2 * 3600;
const TOTAL_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn upload(size: usize) -> Upload {
        Upload {
            filename: "a.torrent".into(),
            bytes: Bytes::from(vec![0; size]),
        }
    }

    #[test]
    fn a_draft_is_its_authors_for_two_hours() {
        let (drafts, entropy, now) = (Drafts::default(), Entropy::seeded(1), UnixTime(1000));
        let (mira, oskar) = (UserId(1), UserId(2));
        let id = drafts.keep(mira, upload(10), &entropy, now);
        let back = DraftId::sent(id.as_str()).unwrap();
        assert_eq!(drafts.find(mira, &back, now).unwrap().bytes.len(), 10);
        assert!(drafts.find(oskar, &back, now).is_none());
        assert!(
            drafts
                .find(mira, &back, UnixTime(1000 + KEPT_SECONDS))
                .is_none()
        );
        drafts.forget(&back);
        assert!(drafts.find(mira, &back, now).is_none());
        assert!(DraftId::sent("../../x").is_none());
    }

    #[test]
    fn the_oldest_go_first() {
        let (drafts, entropy, now) = (Drafts::default(), Entropy::seeded(1), UnixTime(1000));
        let mira = UserId(1);
        let ids: Vec<_> = (0..4)
            .map(|_| drafts.keep(mira, upload(1), &entropy, now))
            .collect();
        assert!(drafts.find(mira, &ids[0], now).is_none());
        assert!(
            ids[1..]
                .iter()
                .all(|id| drafts.find(mira, id, now).is_some())
        );
        let first = ids[1].clone();
        drafts.keep(UserId(2), upload(TOTAL_BYTES), &entropy, now);
        assert!(drafts.find(mira, &first, now).is_none());
    }
}
