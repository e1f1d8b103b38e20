//! Every address of the site and who answers it: the page map.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::{delete, get, patch, post, put};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::error::Error;
use crate::state::App;
use crate::{api, assets, csrf, health, pages, visit};

/// An address with a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `get`, `post`, `put`, `patch` or `delete`.
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
    get  "/" => pages::index::home::show;
    get  "/forums/{id}" => pages::forum::show::show;
    get  "/topics/{id}" => pages::topic::show::show;
    get  "/topics/{id}/live" => pages::topic::live::show;
    post "/topics/{id}/state" => pages::topic::moderate::state;
    post "/topics/{id}/delete" => pages::topic::moderate::delete;
    get  "/posts/{id}" => pages::topic::post::show;
    get  "/torrents" => pages::index::torrents::show;
    get  "/posting/new" => pages::posting::new::show;
    post "/posting/new" => pages::posting::new::submit;
    get  "/posting/reply" => pages::posting::reply::show;
    post "/posting/reply" => pages::posting::reply::submit;
    get  "/posting/edit" => pages::posting::edit::show;
    post "/posting/edit" => pages::posting::edit::submit;
    get  "/posting/quote" => pages::posting::quote::show;
    post "/posting/preview" => pages::posting::preview::submit;
    post "/posting/analyse" => pages::posting::analyse::submit;
    get  "/dl/{id}" => pages::download::torrent::show;
    get  "/dl/{id}/files" => pages::download::files::show;

    get  "/index.php" => pages::index::legacy::index;
    get  "/viewforum.php" => pages::index::legacy::forum;
    get  "/viewtopic.php" => pages::index::legacy::topic;
    get  "/dl.php" => pages::index::legacy::download;
    get  "/profile.php" => pages::index::legacy::profile;
    get  "/tracker.php" => pages::index::legacy::tracker;

    get  "/setup" => pages::setup::show;
    post "/setup" => pages::setup::submit;
    get  "/register" => pages::account::register::show;
    post "/register" => pages::account::register::submit;
    get  "/login" => pages::account::login::show;
    post "/login" => pages::account::login::submit;
    post "/logout" => pages::account::login::out;
    get  "/rules" => pages::account::rules::show;
    post "/preferences" => pages::account::preferences::submit;

    get  "/settings" => pages::settings::profile::show;
    post "/settings/appearance" => pages::settings::profile::appearance;
    post "/settings/email" => pages::settings::profile::email;
    get  "/settings/security" => pages::settings::security::show;
    post "/settings/password" => pages::settings::security::password;
    post "/settings/sessions/end" => pages::settings::security::end;
    get  "/settings/passkey" => pages::settings::passkey::show;
    post "/settings/passkey/reset" => pages::settings::passkey::reset;
    get  "/settings/tokens" => pages::settings::tokens::show;
    post "/settings/tokens" => pages::settings::tokens::create;
    post "/settings/tokens/revoke" => pages::settings::tokens::revoke;

    get  "/members" => pages::members::list::show;
    get  "/members/{id}" => pages::members::profile::show;

    get  "/admin" => pages::admin::dashboard::show;
    get  "/admin/forums" => pages::admin::forums::show;
    get  "/admin/forums/new" => pages::admin::forum::blank;
    post "/admin/forums/new" => pages::admin::forum::create;
    get  "/admin/forums/{id}" => pages::admin::forum::show;
    post "/admin/forums/{id}" => pages::admin::forum::update;
    post "/admin/forums/{id}/move" => pages::admin::forum::step;
    post "/admin/forums/{id}/delete" => pages::admin::forum::delete;
    post "/admin/categories" => pages::admin::categories::create;
    post "/admin/categories/{id}" => pages::admin::categories::rename;
    post "/admin/categories/{id}/move" => pages::admin::categories::step;
    post "/admin/categories/{id}/delete" => pages::admin::categories::delete;
    get  "/admin/groups" => pages::admin::groups::list;
    post "/admin/groups" => pages::admin::groups::create;
    get  "/admin/groups/{id}" => pages::admin::groups::show;
    post "/admin/groups/{id}" => pages::admin::groups::update;
    post "/admin/groups/{id}/delete" => pages::admin::groups::delete;
    post "/admin/groups/{id}/add" => pages::admin::groups::add;
    post "/admin/groups/{id}/remove" => pages::admin::groups::remove;
    get  "/admin/users" => pages::admin::users::list;
    get  "/admin/users/{id}" => pages::admin::users::show;
    post "/admin/users/{id}/ban" => pages::admin::users::ban;
    post "/admin/users/{id}/unban" => pages::admin::users::unban;
    post "/admin/users/{id}/admin" => pages::admin::users::role;
    post "/admin/users/{id}/passkey" => pages::admin::users::passkey;
    post "/admin/users/{id}/logout" => pages::admin::users::log_out;
    get  "/admin/invites" => pages::admin::invites::show;
    post "/admin/invites" => pages::admin::invites::create;
    post "/admin/invites/revoke" => pages::admin::invites::revoke;
    get  "/admin/tracker" => pages::admin::tracker::show;
    get  "/admin/tracker/suspicions" => pages::admin::suspicions::show;
    post "/admin/tracker/suspicions" => pages::admin::suspicions::decide;
    get  "/admin/tracker/users/{id}" => pages::admin::tracker_user::show;
    get  "/admin/tracker/torrents/{info_hash}" => pages::admin::tracker_torrent::show;
    get  "/admin/settings" => pages::admin::settings::show;
    post "/admin/settings" => pages::admin::settings::submit;

    get    "/api/openapi.json" => api::openapi::show;
    get    "/api/v1/me" => api::me::show;
    post   "/api/v1/me/passkey" => api::me::reset_passkey;
    get    "/api/v1/forums" => api::forums::tree;
    post   "/api/v1/forums" => api::forums::create;
    patch  "/api/v1/forums/{id}" => api::forums::update;
    delete "/api/v1/forums/{id}" => api::forums::remove;
    post   "/api/v1/forums/{id}/move" => api::forums::step;
    post   "/api/v1/categories" => api::categories::create;
    patch  "/api/v1/categories/{id}" => api::categories::update;
    delete "/api/v1/categories/{id}" => api::categories::remove;
    post   "/api/v1/categories/{id}/move" => api::categories::step;
    post   "/api/v1/topics" => api::topics::create;
    get    "/api/v1/topics/{id}" => api::topics::show;
    post   "/api/v1/topics/{id}/replies" => api::topics::reply;
    delete "/api/v1/topics/{id}" => api::topics::remove;
    get    "/api/v1/torrents/{hash}" => api::torrents::show;
    patch  "/api/v1/torrents/{hash}" => api::torrents::update;
    get    "/api/v1/tracker/status" => api::tracker_status::show;
    get    "/api/v1/tracker/users" => api::tracker_users::list;
    post   "/api/v1/tracker/users" => api::tracker_users::create;
    get    "/api/v1/tracker/users/{user_id}" => api::tracker_users::show;
    patch  "/api/v1/tracker/users/{user_id}" => api::tracker_users::update;
    delete "/api/v1/tracker/users/{user_id}" => api::tracker_users::remove;
    get    "/api/v1/tracker/users/{user_id}/torrents" => api::tracker_users::torrents;
    get    "/api/v1/tracker/users/{user_id}/announces" => api::tracker_users::last_announces;
    get    "/api/v1/tracker/torrents" => api::tracker_torrents::list;
    post   "/api/v1/tracker/torrents" => api::tracker_torrents::create;
    get    "/api/v1/tracker/torrents/{info_hash}" => api::tracker_torrents::show;
    delete "/api/v1/tracker/torrents/{info_hash}" => api::tracker_torrents::remove;
    get    "/api/v1/tracker/torrents/{info_hash}/users" => api::tracker_torrents::users;
    get    "/api/v1/tracker/torrents/{info_hash}/announces" => api::tracker_torrents::last_announces;
    get    "/api/v1/suspicions" => api::suspicions::list;
    post   "/api/v1/suspicions/{id}/grant" => api::suspicions::grant;
    post   "/api/v1/suspicions/{id}/dismiss" => api::suspicions::dismiss;
    post   "/api/v1/convert" => api::convert::convert;
    get    "/api/v1/settings" => api::settings::show;
    patch  "/api/v1/settings" => api::settings::update;
    get    "/api/v1/users" => api::users::list;
    get    "/api/v1/users/{id}" => api::users::show;
    put    "/api/v1/users/{id}/ban" => api::users::ban;
    delete "/api/v1/users/{id}/ban" => api::users::unban;
    put    "/api/v1/users/{id}/admin" => api::users::promote;
    delete "/api/v1/users/{id}/admin" => api::users::demote;
    post   "/api/v1/users/{id}/passkey" => api::users::reset_passkey;
    delete "/api/v1/users/{id}/sessions" => api::users::log_out;
    get    "/api/v1/groups" => api::groups::list;
    post   "/api/v1/groups" => api::groups::create;
    get    "/api/v1/groups/{id}" => api::groups::show;
    patch  "/api/v1/groups/{id}" => api::groups::update;
    delete "/api/v1/groups/{id}" => api::groups::remove;
    put    "/api/v1/groups/{id}/members/{user}" => api::groups::add;
    delete "/api/v1/groups/{id}/members/{user}" => api::groups::take_out;
    get    "/api/v1/invites" => api::invites::list;
    post   "/api/v1/invites" => api::invites::create;
    delete "/api/v1/invites/{id}" => api::invites::revoke;
}

/// The whole site as one service.
pub fn router(app: App) -> Router {
    let largest = app.config.max_torrent_bytes + csrf::FORM_BYTES;
    let visited = visited()
        .fallback(|address: Uri| async move {
            match address.path().starts_with("/api/") {
                true => Error::NoCall,
                false => Error::NotFound,
            }
        })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(CatchPanicLayer::custom(|_| {
            Error::internal("a handler panicked").into_response()
        }))
        .layer(DefaultBodyLimit::max(largest))
        .layer(from_fn_with_state(app.clone(), csrf::guard))
        .layer(from_fn_with_state(app.clone(), visit::layer));
    let plain = Router::new()
        .route(
            "/assets/{file}",
            get(assets::serve).layer(CompressionLayer::new()),
        )
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    visited
        .merge(plain)
        .layer(from_fn(visit::security_headers))
        .with_state(app)
}
