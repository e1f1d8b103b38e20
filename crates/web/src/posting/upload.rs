//! A form with a file in it, read with a limit while it arrives.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::Bytes;

use super::paced::{Progress, paced};
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
        let (request, progress) = paced(request);
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| Error::MediaType("multipart/form-data"))?;
        read_form(multipart, &progress, app.config.max_torrent_bytes).await
    }
}

async fn read_form(mut multipart: Multipart, progress: &Progress, limit: usize) -> Result<Form> {
    let mut form = Form::default();
    let mut text_left = TEXT_BYTES;
    let mut fields = 0;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        progress.made();
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(Error::BadRequest("too many fields".into()));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if name == "torrent" {
            if form.torrent.is_some() {
                return Err(Error::BadRequest("more than one torrent".into()));
            }
            let filename = file_name(field.file_name().unwrap_or_default());
            match read(field, progress, limit).await? {
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
        let Read::Whole(value) = read(field, progress, text_left).await? else {
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

async fn read(mut field: Field<'_>, progress: &Progress, limit: usize) -> Result<Read> {
    let mut bytes = Vec::new();
    let mut dropped = 0;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        progress.made();
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
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::Body;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    /// A form of `parts`, read as it would be from a request; how much of it was taken is told too.
    async fn read_parts(parts: Vec<Vec<u8>>) -> (Result<Form>, usize) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = taken.clone();
        let body = stream::iter(parts).map(move |part| {
            counter.fetch_add(part.len(), Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from(part))
        });
        let request = Request::post("/")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from_stream(body))
            .unwrap();
        let (request, progress) = paced(request);
        let multipart = Multipart::from_request(request, &()).await.unwrap();
        let form = read_form(multipart, &progress, LIMIT).await;
        (form, taken.load(Ordering::Relaxed))
    }

    const LIMIT: usize = 300_000;
    const FILE: &[u8] =
        b"--b\r\nContent-Disposition: form-data; name=\"torrent\"; filename=\"a.torrent\"\r\n\r\n";

    #[tokio::test]
    async fn a_file_up_to_the_limit_arrives_however_it_is_cut() {
        let file = |length: usize| [FILE, &vec![b'\r'; length], b"\r\n--b--\r\n"].concat();
        for cut in [usize::MAX, 100_000, 8192, 77] {
            let parts = |length| {
                let file = file(length);
                file.chunks(cut.min(file.len()))
                    .map(<[u8]>::to_vec)
                    .collect()
            };
            let upload = read_parts(parts(LIMIT)).await.0.unwrap().torrent.unwrap();
            assert_eq!(upload.unwrap().bytes.len(), LIMIT, "{cut}");
            let upload = read_parts(parts(LIMIT + 1)).await.0.unwrap().torrent;
            assert_eq!(upload.unwrap().unwrap_err(), TooLarge, "{cut}");
        }
    }

    #[tokio::test]
    async fn reading_stops_where_nothing_can_come_of_it() {
        let endless = |start: &[u8], more: &[u8]| {
            let more = more.repeat((64 << 10) / more.len());
            let parts: Vec<_> = std::iter::once(start.to_vec())
                .chain(std::iter::repeat_n(more, 100))
                .collect();
            read_parts(parts)
        };
        let few = 256 << 10;
        for (start, more) in [
            (&b""[..], &b"x"[..]),
            (b"", b"--c\r\n"),
            (b"--b\r\nX: ", b"x"),
            (b"--b\r\nContent-Disposition: form-data\r\n", b"X: y\r\n"),
            (&[FILE, b"a\r\n"].concat(), FILE),
            (&[FILE, b"a\r\n"].concat(), &[FILE, b"\r\n"].concat()),
        ] {
            let (form, taken) = endless(start, more).await;
            assert!(matches!(form, Err(Error::BadRequest(_))), "{form:?}");
            assert!(taken < few, "{taken}");
        }
        let (form, taken) = endless(FILE, b"x").await;
        assert_eq!(form.unwrap().torrent.unwrap().unwrap_err(), TooLarge);
        assert!(taken < 4 * LIMIT, "{taken}");
    }

    #[test]
    fn a_file_name_has_no_folders() {
        assert_eq!(file_name("C:\\Users\\mira\\a.torrent"), "a.torrent");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("a\r\nb.torrent"), "ab.torrent");
        assert_eq!(file_name(&"я".repeat(500)).chars().count(), 200);
    }
}
