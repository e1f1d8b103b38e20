//! A new topic, with or without a torrent.

use bittorrent::{InfoHashes, Metainfo, Rewrite};
use domain::{ForumId, PostText, Right, TopicTitle, TorrentState, UnixTime, Viewer, markup};
use store::{Duplicate, NewTopic, NewTorrent, NewTorrentFile, Posted, StoreError};

use super::analyse::as_seen;
use super::upload::TooLarge;
use super::{Analysis, Own, Problem, Upload, analyse};
use crate::error::Error;
use crate::limits::Key;
use crate::state::App;

/// What the author sent, not yet checked.
#[derive(Debug)]
pub(crate) struct NewTopicForm {
    /// Where.
    pub forum: Option<ForumId>,
    /// Its title.
    pub title: String,
    /// Its first post, in BBCode.
    pub text: String,
    /// Its torrent.
    pub torrent: Option<Result<Upload, TooLarge>>,
}

/// What was made of it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The topic, the post and the torrent.
    pub posted: Posted,
    /// The registered torrent's hashes.
    pub hashes: Option<InfoHashes>,
    /// Whether the private flag was set, so that the author's own file is not the registered one.
    pub made_private: bool,
    /// How many foreign trackers were left out.
    pub stripped: usize,
}

/// Why nothing was posted.
#[derive(Debug)]
pub(crate) enum Refused {
    /// All that has to be mended, in the order of the form.
    Problems(Vec<Problem>),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Error(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Error(error.into())
    }
}

/// For the API, which names one problem at a time.
impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Error(error) => error,
            Refused::Problems(problems) => match problems.into_iter().next() {
                Some(problem) => problem.into(),
                None => Error::internal("refused without a problem"),
            },
        }
    }
}

/// Checks everything, stores the file, and writes topic, post, text, attachment and registration in
/// one transaction. Of two that post the same torrent at the same moment one is refused by name.
pub(crate) async fn post_topic(
    app: &App,
    viewer: &Viewer,
    passkey: Option<&str>,
    form: NewTopicForm,
) -> Result<Outcome, Refused> {
    let now = app.now();
    let author = viewer
        .user
        .filter(|_| viewer.is_member())
        .ok_or(Error::SignIn)?;
    app.limits
        .take(Key::Post(author.0), now)
        .map_err(Error::from)?;
    let site = app.store.site();
    let mut problems = Vec::new();

    let forum = form.forum.filter(|id| site.may(viewer, *id, Right::Post));
    if forum.is_none() {
        // A forum that may be seen but not written in says so; any other does not exist.
        match form.forum {
            Some(id) if site.may(viewer, id, Right::See) => return Err(Error::Forbidden.into()),
            Some(_) => return Err(Error::NotFound.into()),
            None => problems.push(Problem::ForumMissing),
        }
    }
    let title = keep(form.title.parse::<TopicTitle>(), &mut problems, || {
        title_problem(&form.title)
    });
    let text = keep(form.text.parse::<PostText>(), &mut problems, || {
        text_problem(&form.text)
    });
    let mut torrent = None;
    match form.torrent {
        None => {}
        Some(Err(TooLarge)) => problems.push(Problem::TooLarge(app.config.max_torrent_bytes)),
        Some(Ok(upload)) => match analyse(app, viewer, passkey, form.forum, &upload).await? {
            Err(problem) => problems.push(problem),
            Ok(mut analysis) => {
                problems.append(&mut analysis.problems);
                torrent = Some((upload, analysis));
            }
        },
    }
    let (Some(forum), Some(title), Some(text), true) = (forum, title, text, problems.is_empty())
    else {
        return Err(Refused::Problems(problems));
    };

    let mut outcome = Outcome {
        posted: Posted {
            topic: 0.into(),
            post: 0.into(),
            torrent: None,
        },
        hashes: None,
        made_private: false,
        stripped: 0,
    };
    let mut new = NewTopic {
        forum,
        author,
        title,
        text,
        now,
        torrent: None,
    };
    if let Some((upload, analysis)) = torrent {
        outcome.hashes = Some(analysis.registered().hashes());
        outcome.made_private = analysis.forced.is_some();
        outcome.stripped = if analysis.strips { analysis.foreign } else { 0 };
        new.torrent = Some(store_files(app, passkey, &upload, &analysis).await?);
    }
    match app.store.post_torrent_topic(&new).await {
        Ok(posted) => {
            tracing::info!(
                topic.id = posted.topic.0,
                user.id = author.0,
                "topic posted"
            );
            Ok(Outcome { posted, ..outcome })
        }
        Err(StoreError::Duplicate(Duplicate::Torrent(found))) => {
            let existing = as_seen(&site, viewer, found);
            Err(Refused::Problems(vec![Problem::Duplicate(existing)]))
        }
        Err(error) => Err(error.into()),
    }
}

/// Puts the file that is served and the file of its author into the blob store. Both are named by
/// their content, so a try that fails afterwards leaves at most a file that the next try finds.
async fn store_files(
    app: &App,
    passkey: Option<&str>,
    upload: &Upload,
    analysis: &Analysis,
) -> Result<NewTorrent, Error> {
    let registered = analysis.registered();
    let (served, original) = if analysis.gives_key {
        let own = Own::new(&app.config);
        let clean = |metainfo: &Metainfo| without_keys(metainfo, &own, passkey);
        (clean(registered), clean(&analysis.uploaded))
    } else {
        (registered.bytes().to_vec(), upload.bytes.to_vec())
    };
    let original_blob = app.blobs.put(original).await?;
    let blob = app.blobs.put(served).await?;
    Ok(new_torrent(
        registered,
        upload,
        blob.to_string(),
        original_blob.to_string(),
    ))
}

/// The file without the announce URLs and texts that hold somebody's key.
fn without_keys(metainfo: &Metainfo, own: &Own, passkey: Option<&str>) -> Vec<u8> {
    let announce = metainfo
        .trackers()
        .iter()
        .map(|tier| {
            let safe = |url: &&String| !own.gives_key(url, passkey);
            tier.iter().filter(safe).cloned().collect()
        })
        .collect();
    let without = own.leaking(metainfo, passkey);
    let comment = metainfo.comment().map(str::to_owned);
    metainfo.rewrite(&Rewrite {
        announce,
        comment: comment.filter(|comment| !without.contains(comment)),
        publisher_url: None,
        keep_web_seeds: true,
        without,
    })
}

fn new_torrent(metainfo: &Metainfo, upload: &Upload, blob: String, original: String) -> NewTorrent {
    NewTorrent {
        hashes: metainfo.hashes(),
        name: metainfo.name().to_owned(),
        total_size: metainfo.total_size(),
        piece_length: metainfo.piece_length(),
        piece_count: metainfo.piece_count(),
        private: metainfo.private(),
        comment: metainfo
            .comment()
            .map(|comment| markup::redact(comment).into_owned()),
        creation_date: metainfo.creation_date().map(UnixTime),
        files: metainfo
            .files()
            .iter()
            .map(|file| NewTorrentFile {
                path: file.path().to_owned(),
                length: file.length(),
                pieces_root: file.pieces_root().copied(),
            })
            .collect(),
        filename: match upload.filename.as_str() {
            "" => format!("{}.torrent", metainfo.name()),
            name => name.to_owned(),
        },
        blob,
        original_blob: original,
        state: TorrentState::NotApproved,
    }
}

fn keep<T, E>(
    parsed: Result<T, E>,
    problems: &mut Vec<Problem>,
    problem: impl FnOnce() -> Problem,
) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(_) => {
            problems.push(problem());
            None
        }
    }
}

/// Which rule a refused title broke.
pub(super) fn title_problem(title: &str) -> Problem {
    if title.chars().count() > TopicTitle::MAX {
        Problem::TitleLong
    } else {
        Problem::TitleEmpty
    }
}

/// Which rule a refused text broke.
pub(super) fn text_problem(text: &str) -> Problem {
    if text.chars().count() > PostText::MAX {
        Problem::TextLong
    } else {
        Problem::TextEmpty
    }
}
