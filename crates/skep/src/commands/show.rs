//! `skep show`: a torrent from a file, or of the site by its info-hash.

use anyhow::{Context, Result};
use bittorrent::{InfoHashes, Metainfo};
use domain::{UserId, Viewer};
use serde_json::{Value, json};
use store::TorrentPlace;
use time::OffsetDateTime;

use super::convert::{self, Input};
use crate::config::Sources;
use crate::open::{self, Missing};
use crate::out;

/// What to show.
#[derive(clap::Args)]
pub struct Arguments {
    /// An info-hash of a torrent of the site (a magnet link will do), or a .torrent file.
    #[arg(value_name = "INFO_HASH|FILE")]
    input: String,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(sources: &Sources, arguments: &Arguments) -> Result<()> {
    let shown = match Input::read(&arguments.input)? {
        Input::File(metainfo) => from_file(&metainfo),
        Input::Magnet(magnet) => from_site(sources, magnet.hashes)?,
        Input::Hashes(hashes) => from_site(sources, hashes)?,
    };
    out::line(if arguments.json {
        as_json(shown)
    } else {
        as_text(&shown)
    });
    Ok(())
}

/// What is shown, in the order it is shown.
type Fields = Vec<(&'static str, Value)>;

fn as_json(fields: Fields) -> String {
    let object: serde_json::Map<_, _> = fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    Value::Object(object).to_string()
}

fn from_file(metainfo: &Metainfo) -> Fields {
    let hashes = metainfo.hashes();
    let files = metainfo
        .files()
        .iter()
        .map(|file| json!({"path": file.path(), "size": file.length()}));
    vec![
        ("name", json!(metainfo.name())),
        ("info_hash", json!(hashes.v1().map(|hash| hash.to_string()))),
        (
            "info_hash_v2",
            json!(hashes.v2().map(|hash| hash.to_string())),
        ),
        ("version", json!(convert::version(metainfo.version()))),
        ("private", json!(metainfo.private())),
        ("total_size", json!(metainfo.total_size())),
        ("piece_length", json!(metainfo.piece_length())),
        ("num_pieces", json!(metainfo.piece_count())),
        ("source", json!(metainfo.source())),
        ("comment", json!(metainfo.comment())),
        ("created_by", json!(metainfo.created_by())),
        ("created_date", json!(metainfo.creation_date())),
        ("trackers", json!(metainfo.trackers())),
        ("web_seeds", json!(metainfo.web_seeds())),
        ("files", json!(files.collect::<Vec<_>>())),
    ]
}

fn from_site(sources: &Sources, hashes: InfoHashes) -> Result<Fields> {
    // whoever may run commands on the data folder may see everything in it
    let anyone = Viewer {
        user: Some(UserId(0)),
        admin: true,
        ..Viewer::default()
    };
    let place = open::with_store(sources, Missing::Refuse, async |_, store| {
        let found = match (hashes.v1(), hashes.v2()) {
            (None, Some(v2)) => store.torrent_by_v2_hash(&anyone, v2).await,
            _ => store.torrent_by_hash(&anyone, hashes.canonical()).await,
        };
        found.with_context(|| format!("the site has no torrent {}", hashes.canonical()))
    })?;
    Ok(of_site(&place))
}

fn of_site(place: &TorrentPlace) -> Fields {
    let torrent = &place.torrent;
    vec![
        ("name", json!(torrent.name)),
        (
            "info_hash",
            json!(torrent.hashes.v1().map(|hash| hash.to_string())),
        ),
        (
            "info_hash_v2",
            json!(torrent.hashes.v2().map(|hash| hash.to_string())),
        ),
        ("version", json!(convert::version(torrent.version))),
        ("private", json!(torrent.private)),
        ("total_size", json!(torrent.total_size)),
        ("piece_length", json!(torrent.piece_length)),
        ("num_pieces", json!(torrent.piece_count)),
        ("file_count", json!(torrent.file_count)),
        ("topic_id", json!(place.topic.id.0)),
        ("title", json!(place.topic.title)),
        ("state", json!(torrent.state.code())),
        ("seeders", json!(torrent.seeders)),
        ("leechers", json!(torrent.leechers)),
        ("completed", json!(torrent.completed)),
        ("registered_at", json!(torrent.registered_at.0)),
        ("last_seed_at", json!(torrent.last_seed_at.map(|at| at.0))),
    ]
}

/// A line for each field that says something; files with their sizes in front.
fn as_text(fields: &Fields) -> String {
    let mut lines = Vec::new();
    for (key, value) in fields {
        let label = key.replace('_', " ");
        match value {
            Value::Null => {}
            Value::Array(items) if *key == "files" => {
                lines.push(format!("{label:<14} {}", items.len()));
                for file in items {
                    let (size, path) = (file["size"].as_u64().unwrap_or_default(), &file["path"]);
                    lines.push(format!("{size:>14} {}", path.as_str().unwrap_or_default()));
                }
            }
            Value::Array(items) => {
                for item in items.iter().flat_map(|item| match item {
                    Value::Array(tier) => tier.iter().collect(),
                    item => vec![item],
                }) {
                    lines.push(format!("{label:<14} {}", item.as_str().unwrap_or_default()));
                }
            }
            Value::Number(seconds) if DATES.contains(key) => {
                lines.push(format!("{label:<14} {}", date(seconds)));
            }
            Value::String(text) => lines.push(format!("{label:<14} {text}")),
            other => lines.push(format!("{label:<14} {other}")),
        }
    }
    lines.join("\n")
}

/// The fields that are moments, in seconds since 1970.
const DATES: [&str; 3] = ["created_date", "registered_at", "last_seed_at"];

/// A moment for people; what is no moment of any calendar stays a number.
fn date(seconds: &serde_json::Number) -> String {
    let moment = seconds
        .as_i64()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    match moment {
        Some(at) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ),
        None => seconds.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_dates_to_people_and_as_numbers_to_programs() {
        let fields = || {
            vec![
                ("created_date", json!(1_700_000_000)),
                ("total_size", json!(5)),
            ]
        };
        let text = as_text(&fields());
        assert!(text.contains("2023-11-14 22:13:20 UTC"), "{text}");
        assert!(text.ends_with(" 5"), "{text}");
        assert_eq!(
            as_json(fields()),
            r#"{"created_date":1700000000,"total_size":5}"#
        );
        assert_eq!(date(&u64::MAX.into()), u64::MAX.to_string());
    }
}
