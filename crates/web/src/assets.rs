//! The stylesheet and the script, compiled in, served under a name made of their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file of the site that never changes under its address.
pub struct Asset {
    /// Absolute path with the content hash in it.
    pub url: String,
    body: &'static str,
    kind: &'static str,
}

/// The stylesheet.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "skep",
        "css",
        include_str!("../assets/skep.css"),
        "text/css; charset=utf-8",
    )
});

/// The script; every page works without it.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "skep",
        "js",
        include_str!("../assets/skep.js"),
        "text/javascript; charset=utf-8",
    )
});

/// The icon in the browser's tab.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "skep",
        "svg",
        include_str!("../assets/skep.svg"),
        "image/svg+xml",
    )
});

impl Asset {
    fn new(stem: &str, ending: &str, body: &'static str, kind: &'static str) -> Self {
        let hash = hex::encode(&Sha256::digest(body.as_bytes())[..6]);
        Asset {
            url: format!("/assets/{stem}.{hash}.{ending}"),
            body,
            kind,
        }
    }
}

/// `GET /assets/{file}`
pub async fn serve(Path(file): Path<String>) -> Response {
    let wanted = [&STYLE, &SCRIPT, &ICON]
        .into_iter()
        .find(|asset| asset.url.strip_prefix("/assets/") == Some(file.as_str()));
    match wanted {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
                (
                    header::CACHE_CONTROL,
                    HeaderValue::from_static("public, max-age=31536000, immutable"),
                ),
            ],
            asset.body,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
