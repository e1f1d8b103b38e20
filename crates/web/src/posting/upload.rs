//! A form with a file in it, read with a limit while it arrives.

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use bytes::Bytes;

use crate::error::{Error, Result};

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
    /// A form without a file.
    pub fn plain(fields: Vec<(String, String)>) -> Self {
        Form { fields, torrent: None }
    }

    /// The first field of this name; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// A field that holds a number above zero.
    pub fn id(&self, name: &str) -> Option<i64> {
        self.text(name).trim().parse().ok().filter(|id| *id > 0)
    }
}

/// Reads the form. A file beyond `limit` bytes is not kept, and reading goes on only a little longer,
/// so that a browser can still be told why instead of losing its connection.
pub(crate) async fn read_form(mut multipart: Multipart, limit: usize) -> Result<Form> {
    let mut form = Form::default();
    let mut text_left = TEXT_BYTES;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "torrent" {
            let filename = file_name(field.file_name().unwrap_or_default());
            match read_file(field, limit).await? {
                Read::Whole(bytes) if bytes.is_empty() && filename.is_empty() => {}
                Read::Whole(bytes) => {
                    let upload = Upload { filename, bytes: bytes.into() };
                    form.torrent = Some(Ok(upload));
                }
                Read::Longer => form.torrent = Some(Err(TooLarge)),
                Read::MuchLonger => {
                    form.torrent = Some(Err(TooLarge));
                    break;
                }
            }
        } else {
            if form.fields.len() >= MOST_FIELDS {
                return Err(Error::BadRequest("too many fields".into()));
            }
            let value = match read_file(field, text_left).await? {
                Read::Whole(bytes) => bytes,
                _ => return Err(Error::TooLarge(TEXT_BYTES as u64)),
            };
            text_left -= value.len();
            let value = String::from_utf8(value)
                .map_err(|_| Error::BadRequest("a field is not UTF-8".into()))?;
            form.fields.push((name, value));
        }
    }
    Ok(form)
}

enum Read {
    Whole(Vec<u8>),
    Longer,
    MuchLonger,
}

async fn read_file(mut field: Field<'_>, limit: usize) -> Result<Read> {
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
    Ok(if dropped == 0 { Read::Whole(bytes) } else { Read::Longer })
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
