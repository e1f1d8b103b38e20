//! A form with a file in it, read with a limit while it arrives.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::Bytes;

use crate::error::{Error, Result};
use crate::state::App;

/// A `.torrent` as it was sent, not yet trusted.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The name the browser gave it, without folders.
    pub filename: String,
    /// Its bytes, within the limit.
    pub bytes: Bytes,
}

/// The fields of a form; the file apart.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    /// The file: nothing was chosen, one within the limit, or one that was too large.
    pub torrent: Option<Result<Upload, TooLarge>>,
}

/// The file was larger than the limit; what came of it was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Form {
    /// The first field of this name; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value)
    }

    /// A field that holds a number above zero.
    pub fn id(&self, name: &str) -> Option<i64> {
        self.text(name).trim().parse().ok().filter(|id| *id > 0)
    }
}

impl FromRequest<App> for Form {
    type Rejection = Error;

    /// Reads the form. A file beyond the site's limit is not kept, and reading goes on only a little
    /// longer, so that a browser can still be told why instead of losing its connection.
    async fn from_request(mut request: Request, app: &App) -> Result<Self> {
        // Our own limits, per field, take the place of the one for whole bodies.
        DefaultBodyLimit::disable().apply(&mut request);
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|error| Error::BadRequest(error.body_text().into()))?;
        read_form(multipart, app.config.max_torrent_bytes).await
    }
}

async fn read_form(mut multipart: Multipart, limit: usize) -> Result<Form> {
    let mut form = Form::default();
    let mut text_left = TEXT_BYTES;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "torrent" {
            let filename = file_name(field.file_name().unwrap_or_default());
            match read(field, limit).await? {
                // what browsers send when no file was chosen
                Read::Whole(bytes) if bytes.is_empty() && filename.is_empty() => {}
                Read::Whole(bytes) => {
                    form.torrent = Some(Ok(Upload {
                        filename,
                        bytes: bytes.into(),
                    }));
                }
                Read::Longer => form.torrent = Some(Err(TooLarge)),
                Read::MuchLonger => {
                    form.torrent = Some(Err(TooLarge));
                    break;
                }
            }
            continue;
        }
        if form.fields.len() >= MOST_FIELDS {
            return Err(Error::BadRequest("too many fields".into()));
        }
        let Read::Whole(value) = read(field, text_left).await? else {
            return Err(Error::TooLarge(TEXT_BYTES as u64));
        };
        text_left -= value.len();
        let value = String::from_utf8(value)
            .map_err(|_| Error::BadRequest("a field is not UTF-8".into()))?;
        form.fields.push((name, value));
    }
    Ok(form)
}

enum Read {
    Whole(Vec<u8>),
    Longer,
    MuchLonger,
}

async fn read(mut field: Field<'_>, limit: usize) -> Result<Read> {
    let mut bytes = Vec::new();
    let mut dropped = 0;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if dropped == 0 && bytes.len() + chunk.len() <= limit {
            bytes.extend_from_slice(&chunk);
            continue;
        }
        dropped += bytes.len() + chunk.len();
        bytes = Vec::new();
        if dropped > limit.saturating_mul(2) {
            return Ok(Read::MuchLonger);
        }
    }
    Ok(if dropped == 0 {
        Read::Whole(bytes)
    } else {
        Read::Longer
    })
}

fn broken(error: axum::extract::multipart::MultipartError) -> Error {
    Error::BadRequest(error.body_text().into())
}

/// Browsers send a bare name, some old ones a whole path; programs send anything.
fn file_name(sent: &str) -> String {
    let bare = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    bare.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// All text fields together: the longest post and then some.
const TEXT_BYTES: usize = 1 << 20;
const MOST_FIELDS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_has_no_folders() {
        assert_eq!(file_name("C:\\Users\\mira\\a.torrent"), "a.torrent");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("a\r\nb.torrent"), "ab.torrent");
        assert_eq!(file_name(&"я".repeat(500)).chars().count(), 200);
    }
}
