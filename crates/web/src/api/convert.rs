//! `/api/v1/convert`: `.torrent` to magnet, magnet to its parts. Nothing is stored.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header;
use bittorrent::{InfoHashes, Magnet, Metainfo, MetainfoLimits, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use super::shapes::File;
use crate::error::{Error, Fault, Result};
use crate::extract::{self, Caller};
use crate::limits::Key;
use crate::posting::{Form, Upload};
use crate::state::App;

/// What to convert: a magnet link as JSON, or a `.torrent` file as `multipart/form-data` in the field
/// `torrent` or as the whole body with `application/x-bittorrent`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    magnet: String,
}

/// What it says.
#[derive(Serialize, ToSchema)]
pub struct Converted {
    /// The magnet link.
    magnet: String,
    /// v1 hash, or the truncated v2 hash where there is no v1.
    info_hash: String,
    info_hash_v2: Option<String>,
    name: Option<String>,
    /// Bytes of all files.
    size: Option<u64>,
    trackers: Vec<String>,
    web_seeds: Vec<String>,
    /// Peers named in the magnet link, `host:port`.
    peers: Vec<String>,
    /// `v1`, `hybrid` or `v2`.
    version: &'static str,
    /// Only of a `.torrent` file.
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    piece_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<File>>,
}

/// Turns a `.torrent` file into a magnet link, and a magnet link into its parts.
#[utoipa::path(
    post, path = "/api/v1/convert", tag = "tools", security((), ("token" = ["read"])),
    request_body = Source,
    responses((status = 200, body = Converted), (status = 413, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn convert(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Json<Converted>> {
    let visit = caller.visit();
    app.limits.take(Key::Convert(visit.address), visit.now)?;
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let limit = app.config.max_torrent_bytes;
    if kind.starts_with("multipart/form-data") {
        let missing = || {
            Error::Invalid(Fault::new(
                "no_torrent_field",
                "the field torrent is missing",
            ))
        };
        let Upload { bytes, .. } = Form::from_request(request, &app)
            .await?
            .torrent
            .ok_or_else(missing)?
            .map_err(|_| Error::TooLarge(limit as u64))?;
        return torrent(&bytes);
    }
    if kind.starts_with("application/x-bittorrent") {
        let bytes = axum::body::to_bytes(request.into_body(), limit)
            .await
            .map_err(|_| Error::TooLarge(limit as u64))?;
        return torrent(&bytes);
    }
    let source: Source = extract::json(request, &app).await?;
    magnet(&source.magnet)
}

fn torrent(bytes: &[u8]) -> Result<Json<Converted>> {
    let metainfo = Metainfo::parse(bytes, &MetainfoLimits::default())
        .map_err(|error| Fault::new(error.code(), &error).with("field", error.field()))
        .map_err(Error::Invalid)?;
    let files = metainfo.files().iter();
    Ok(Json(Converted {
        private: Some(metainfo.private()),
        piece_length: Some(metainfo.piece_length()),
        files: Some(
            files
                .map(|f| File {
                    path: f.path().to_owned(),
                    size: f.length(),
                })
                .collect(),
        ),
        ..parts(Magnet::from(&metainfo))
    }))
}

fn magnet(text: &str) -> Result<Json<Converted>> {
    let magnet: Magnet = text
        .trim()
        .parse()
        .map_err(|error: bittorrent::MagnetError| {
            Error::Invalid(Fault::new("bad_magnet", error))
        })?;
    Ok(Json(parts(magnet)))
}

fn parts(magnet: Magnet) -> Converted {
    let hashes: &InfoHashes = &magnet.hashes;
    Converted {
        magnet: magnet.to_string(),
        info_hash: hashes.canonical().to_string(),
        info_hash_v2: hashes.v2().map(|hash| hash.to_string()),
        version: match hashes.version() {
            Version::V1 => "v1",
            Version::Hybrid => "hybrid",
            Version::V2 => "v2",
        },
        name: magnet.name,
        size: magnet.size,
        trackers: magnet.trackers,
        web_seeds: magnet.web_seeds,
        peers: magnet.peers,
        private: None,
        piece_length: None,
        files: None,
    }
}
