//! `GET /api/openapi.json`: the API described, from its handlers.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::{categories, convert, forums, groups, invites, me, settings, topics, torrents, users};

#[derive(OpenApi)]
#[openapi(
    info(title = "Skep", description = "Forum and BitTorrent tracker. A token is made at /settings/tokens."),
    paths(
        me::show, me::reset_passkey,
        forums::tree, forums::create, forums::update, forums::remove, forums::step,
        categories::create, categories::update, categories::remove, categories::step,
        topics::create, topics::show, topics::reply,
        torrents::show, convert::convert,
        settings::show, settings::update,
        users::list, users::show, users::ban, users::unban,
        users::promote, users::demote, users::reset_passkey, users::log_out,
        groups::list, groups::create, groups::show, groups::update, groups::remove,
        groups::add, groups::take_out,
        invites::list, invites::create, invites::revoke,
    ),
    modifiers(&Token)
)]
struct Api;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi
            .components
            .get_or_insert_with(Default::default)
            .add_security_scheme("token", scheme);
    }
}

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // Made of constants; an empty document would fail the tests.
    Api::openapi().to_pretty_json().unwrap_or_default()
});

/// `GET /api/openapi.json`
pub async fn show() -> impl IntoResponse {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], TEXT.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::ROUTES;

    #[test]
    fn every_call_is_described_and_nothing_else() {
        let document: serde_json::Value = serde_json::from_str(&TEXT).unwrap();
        let mut described: Vec<(String, String)> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                described.push((method.clone(), path.clone()));
            }
        }
        described.sort();
        let mut routed: Vec<(String, String)> = ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/"))
            .map(|route| (route.method.to_owned(), route.path.to_owned()))
            .collect();
        routed.sort();
        assert_eq!(described, routed);
        assert!(document["components"]["securitySchemes"]["token"].is_object());
    }
}
