//! What keeps a post from being posted.

use bittorrent::{InfoHash, MetainfoError, MetainfoRule};
use domain::{Language, Refusal, TopicId};

use crate::error::{Error, Fault};
use crate::format;
use crate::i18n;
use crate::urls;

/// A rule that was broken, in words the author can act on.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// No forum was chosen, or one the author may not post in.
    ForumMissing,
    /// The title is empty.
    TitleEmpty,
    /// The title is too long.
    TitleLong,
    /// The text is empty.
    TextEmpty,
    /// The text is too long.
    TextLong,
    /// The author may post here but not attach torrents.
    AttachDenied,
    /// The file is larger than this many bytes.
    TooLarge(usize),
    /// The file has no bytes.
    EmptyFile,
    /// The file is no usable torrent.
    Metainfo(MetainfoError),
    /// The forum does not take such torrents.
    Policy(Refusal),
    /// The forum takes no torrents that name other sites' trackers.
    Foreign {
        /// How many it names.
        count: usize,
        /// Host and port of the first.
        first: String,
    },
    /// The torrent is here already.
    Duplicate(Existing),
    /// The kept upload is gone.
    DraftGone,
}

/// The registration that is in the way.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    /// Its hash on the wire.
    pub info_hash: InfoHash,
    /// Its topic and title, when the author may read them.
    pub topic: Option<(TopicId, String)>,
}

/// The field of the form a problem belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Forum,
    Title,
    Text,
    Torrent,
}

impl Problem {
    /// The field to mend.
    pub fn field(&self) -> Field {
        match self {
            Problem::ForumMissing => Field::Forum,
            Problem::TitleEmpty | Problem::TitleLong => Field::Title,
            Problem::TextEmpty | Problem::TextLong => Field::Text,
            _ => Field::Torrent,
        }
    }

    /// Stable snake_case name for programs; the message key is `fault-` and this with `-`.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::ForumMissing => "forum_missing",
            Problem::TitleEmpty => "title_empty",
            Problem::TitleLong => "title_long",
            Problem::TextEmpty => "text_empty",
            Problem::TextLong => "text_long",
            Problem::AttachDenied => "attach_denied",
            Problem::TooLarge(_) => "too_large_torrent",
            Problem::EmptyFile => "empty_torrent",
            Problem::Metainfo(_) => "invalid_torrent",
            Problem::Policy(refusal) => refusal.code(),
            Problem::Foreign { .. } => "foreign_trackers",
            Problem::Duplicate(_) => "duplicate_torrent",
            Problem::DraftGone => "draft_gone",
        }
    }

    /// The sentence for a person.
    pub fn sentence(&self, lang: Language) -> String {
        let key = |code: &str| format!("fault-{}", code.replace('_', "-"));
        match self {
            Problem::TooLarge(limit) => i18n::t(lang, "fault-too-large-torrent")
                .arg("limit", format::size(lang, *limit as u64))
                .to_string(),
            Problem::Metainfo(error) => {
                let what = i18n::t(lang, "fault-metainfo").to_string();
                let detail =
                    i18n::t(lang, "fault-metainfo-detail").arg("detail", broken(lang, error));
                format!("{what} {detail}")
            }
            Problem::Foreign { count, first } => i18n::t(lang, "fault-foreign-trackers")
                .arg("count", *count)
                .arg("tracker", first)
                .to_string(),
            Problem::Duplicate(Existing {
                topic: Some((_, title)),
                ..
            }) => i18n::t(lang, "fault-duplicate-torrent-topic")
                .arg("title", title)
                .to_string(),
            other => i18n::t(lang, &key(other.code())).to_string(),
        }
    }

    /// Where to go instead.
    pub fn link(&self) -> Option<String> {
        match self {
            Problem::Duplicate(Existing {
                topic: Some((topic, _)),
                ..
            }) => Some(urls::topic(*topic)),
            _ => None,
        }
    }
}

/// The rule a `.torrent` broke, with the field it was broken in: `info.name: the name is empty`.
fn broken(lang: Language, error: &MetainfoError) -> String {
    use MetainfoRule as R;
    let key = format!("metainfo-{}", error.code().replace('_', "-"));
    if !i18n::has(lang, &key) {
        return error.to_string();
    }
    let (value, limit) = match error.rule() {
        R::FileTooLarge { size, limit } => (size.to_string(), limit.to_string()),
        R::Bencode(what) => (what.to_string(), String::new()),
        R::WrongType(kind) => ((*kind).to_owned(), String::new()),
        R::Negative(n) | R::MetaVersion(n) => (n.to_string(), String::new()),
        R::PieceLengthV2(n) => (n.to_string(), String::new()),
        R::PiecesLength(n) | R::PiecesRootLength(n) => (n.to_string(), String::new()),
        R::PathTooDeep(n) | R::PathTooLong(n) | R::PathsTooLong(n) => {
            (String::new(), n.to_string())
        }
        R::TooManyFiles(n) | R::TooManyUrls(n) | R::UrlTooLong(n) => (String::new(), n.to_string()),
        R::DuplicatePath(path) | R::FileAndFolder(path) => (path.clone(), String::new()),
        R::LayerMissing(path) | R::HybridUnaligned(path) => (path.clone(), String::new()),
        R::PieceLengthTooLarge { value, limit } => (value.to_string(), limit.to_string()),
        R::PieceCount { expected, found }
        | R::LayerLength {
            expected, found, ..
        } => (found.to_string(), expected.to_string()),
        R::HybridCount { v1, v2 } => (v1.to_string(), v2.to_string()),
        R::HybridPath { v1, v2, .. } => (v1.clone(), v2.clone()),
        R::HybridLength { v1, v2, .. } => (v1.to_string(), v2.to_string()),
        _ => (String::new(), String::new()),
    };
    let rule = i18n::t(lang, &key)
        .arg("value", value)
        .arg("limit", limit)
        .to_string();
    match error.field() {
        "" => rule,
        field => format!("{field}: {rule}"),
    }
}

/// For the API: the status, the code and the facts; the sentence is English.
impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let mut fault = Fault::new(problem.code(), problem.sentence(Language::En));
        match &problem {
            Problem::TooLarge(limit) => return Error::TooLarge(*limit as u64),
            Problem::Metainfo(error) => {
                fault = fault
                    .with("field", error.field())
                    .with("rule", error.code());
            }
            Problem::Foreign { count, first } => {
                fault = fault.with("count", *count).with("tracker", first.as_str());
            }
            Problem::Duplicate(existing) => {
                fault = fault.with("info_hash", existing.info_hash.to_string());
                if let Some((topic, title)) = &existing.topic {
                    fault = fault
                        .with("topic_id", topic.0)
                        .with("title", title.as_str())
                        .link(urls::topic(*topic));
                }
                return Error::Conflict(fault);
            }
            _ => {}
        }
        Error::Invalid(fault)
    }
}
