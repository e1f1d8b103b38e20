//! Every address of the site and who answers it: the page map.

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::Router;
use axum::routing::{delete, get, patch, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::error::Error;
use crate::state::App;
use crate::{assets, csrf, health, pages, visit};

/// An address with a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `get`, `post`, `patch` or `delete`.
    pub method: &'static str,
    /// The path with its `{parameters}`.
    pub path: &'static str,
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)*) => {
        /// Every page and API call, in the order of the table.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path }),*];

        fn visited() -> Router<App> {
            Router::new()$(.route($path, $method($handler)))*
        }
    };
}

routes! {
    get  "/rules" => pages::account::rules::show;
    post "/preferences" => pages::account::preferences::submit;
}

/// The whole site as one service.
pub fn router(app: App) -> Router {
    let largest = app.config.max_torrent_bytes + csrf::FORM_BYTES;
    let visited = visited()
        .fallback(|| async { Error::NotFound })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(CatchPanicLayer::custom(|_| Error::internal("a handler panicked").into_response()))
        .layer(DefaultBodyLimit::max(largest))
        .layer(from_fn_with_state(app.clone(), csrf::guard))
        .layer(from_fn_with_state(app.clone(), visit::layer));
    let plain = Router::new()
        .route("/assets/{file}", get(assets::serve).layer(CompressionLayer::new()))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    visited
        .merge(plain)
        .layer(from_fn(visit::security_headers))
        .with_state(app)
}
