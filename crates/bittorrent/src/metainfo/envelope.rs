//! What stands around the info dictionary: who tracks it, who made it.

use bencode::{Kind, Value};

use super::MetainfoLimits;
use super::error::{MetainfoError, MetainfoRule};
use super::info::text;

/// The keys beside `info` that mean something here.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    pub trackers: Vec<Vec<String>>,
    pub web_seeds: Vec<String>,
    pub comment: Option<String>,
    pub created_by: Option<String>,
    pub creation_date: Option<i64>,
}

impl Envelope {
    pub fn read(root: Value<'_, '_>, limits: &MetainfoLimits) -> Result<Self, MetainfoError> {
        let creation_date = match root.get(b"creation date") {
            None => None,
            Some(date) => match date.as_int() {
                Some(date) => Some(date),
                None => {
                    return Err(MetainfoError::new(
                        "creation date",
                        MetainfoRule::WrongType("an integer"),
                    ));
                }
            },
        };
        Ok(Self {
            trackers: trackers(root, limits)?,
            web_seeds: web_seeds(root, limits)?,
            comment: text(root, "comment", "comment")?,
            created_by: text(root, "created by", "created by")?,
            creation_date,
        })
    }
}

/// `announce-list` in its tiers (BEP 12), else `announce`. Empty URLs and tiers are left out.
fn trackers(
    root: Value<'_, '_>,
    limits: &MetainfoLimits,
) -> Result<Vec<Vec<String>>, MetainfoError> {
    let announce = root
        .get(b"announce")
        .map(|value| url(value, || "announce".into()))
        .transpose()?
        .flatten();
    let mut tiers = Vec::new();
    let mut count = 0;
    if let Some(list) = root.get(b"announce-list") {
        let wrong_type = |field: String| {
            MetainfoError::new(field, MetainfoRule::WrongType("a list of lists of strings"))
        };
        if list.kind() != Kind::List {
            return Err(wrong_type("announce-list".into()));
        }
        for (at, tier) in list.items().enumerate() {
            if tier.kind() != Kind::List {
                return Err(wrong_type(format!("announce-list[{at}]")));
            }
            let mut urls = Vec::new();
            for (place, value) in tier.items().enumerate() {
                count += 1;
                if count > limits.urls {
                    return Err(MetainfoError::new(
                        "announce-list",
                        MetainfoRule::TooManyUrls(limits.urls),
                    ));
                }
                urls.extend(url(value, || format!("announce-list[{at}][{place}]"))?);
            }
            if !urls.is_empty() {
                tiers.push(urls);
            }
        }
    }
    if tiers.is_empty() {
        tiers.extend(announce.map(|url| vec![url]));
    }
    Ok(tiers)
}

/// `url-list` (BEP 19): a list, or as some write it a single string.
fn web_seeds(root: Value<'_, '_>, limits: &MetainfoLimits) -> Result<Vec<String>, MetainfoError> {
    let Some(list) = root.get(b"url-list") else {
        return Ok(Vec::new());
    };
    match list.kind() {
        Kind::Bytes => Ok(url(list, || "url-list".into())?.into_iter().collect()),
        Kind::List => {
            let mut urls = Vec::new();
            for (at, value) in list.items().enumerate() {
                if at >= limits.urls {
                    return Err(MetainfoError::new(
                        "url-list",
                        MetainfoRule::TooManyUrls(limits.urls),
                    ));
                }
                urls.extend(url(value, || format!("url-list[{at}]"))?);
            }
            Ok(urls)
        }
        _ => Err(MetainfoError::new(
            "url-list",
            MetainfoRule::WrongType("a list of strings"),
        )),
    }
}

/// Reads a URL as far as it matters here: a text of sane length without blanks. Nothing if empty.
fn url(value: Value<'_, '_>, field: impl Fn() -> String) -> Result<Option<String>, MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new(field(), rule));
    let Some(bytes) = value.as_bytes() else {
        return refuse(MetainfoRule::WrongType("a string"));
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse(MetainfoRule::NotUtf8);
    };
    let text = text.trim();
    if text.len() > URL_BYTES {
        return refuse(MetainfoRule::UrlTooLong(URL_BYTES));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return refuse(MetainfoRule::UrlCharacters);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Beyond what clients and servers take.
const URL_BYTES: usize = 2 << 10;
