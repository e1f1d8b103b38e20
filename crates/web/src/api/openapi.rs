//! `GET /api/openapi.json`: the API described, from its handlers.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use super::{
    categories, convert, forums, groups, invites, me, settings, suspicions, topics, torrents,
    tracker_status, tracker_torrents, tracker_users, users,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Skep", description = "Forum and BitTorrent tracker. A token is made at /settings/tokens."),
    paths(
        me::show, me::reset_passkey,
        forums::tree, forums::create, forums::update, forums::remove, forums::step,
        categories::create, categories::update, categories::remove, categories::step,
        topics::create, topics::show, topics::reply, topics::remove,
        torrents::show, torrents::update,
        suspicions::list, suspicions::grant, suspicions::dismiss, convert::convert,
        tracker_status::show,
        tracker_users::list, tracker_users::create, tracker_users::show, tracker_users::update,
        tracker_users::remove, tracker_users::torrents, tracker_users::last_announces,
        tracker_torrents::list, tracker_torrents::create, tracker_torrents::show,
        tracker_torrents::remove, tracker_torrents::users, tracker_torrents::last_announces,
        settings::show, settings::update,
        users::list, users::show, users::ban, users::unban,
        users::promote, users::demote, users::reset_passkey, users::log_out,
        groups::list, groups::create, groups::show, groups::update, groups::remove,
        groups::add, groups::take_out,
        invites::list, invites::create, invites::revoke,
    ),
    modifiers(&Token, &AnyCall)
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

/// What any call may answer besides what its handler says.
struct AnyCall;

impl utoipa::Modify for AnyCall {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in operations.into_iter().flatten() {
                let mut more = vec![401, 403, 429, 503];
                let parameters = operation.parameters.iter().flatten();
                for parameter in parameters {
                    if let RefOr::T(parameter) = parameter {
                        more.push(match parameter.parameter_in {
                            ParameterIn::Path => 404,
                            _ => 400,
                        });
                    }
                }
                if operation.request_body.is_some() {
                    more.extend([400, 413, 415, 422, 507]);
                }
                for status in more {
                    operation
                        .responses
                        .responses
                        .entry(status.to_string())
                        .or_insert_with(|| RefOr::T(error(status)));
                }
            }
        }
    }
}

fn error(status: u16) -> Response {
    let about = match status {
        400 => "it cannot be read; `message` names what is wrong",
        401 => "the token is missing or unknown",
        403 => "the token has not the scope, or its owner not the right",
        404 => "there is no such thing",
        413 => "the body is too large",
        415 => "the body is of another kind",
        422 => "a rule is broken; `code` says which",
        429 => "too many calls: wait as long as `Retry-After` says",
        503 => "the store cannot be reached now",
        _ => "there is no room to write it down",
    };
    ResponseBuilder::new()
        .description(about)
        .content(
            "application/json",
            Content::new(Some(Ref::from_schema_name("ErrorBody"))),
        )
        .build()
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

/// Fails when a call is described, but not this answer to it.
#[cfg(test)]
pub(crate) fn assert_described(
    method: &axum::http::Method,
    path: &str,
    status: axum::http::StatusCode,
) {
    static DOCUMENT: LazyLock<serde_json::Value> =
        LazyLock::new(|| serde_json::from_str(&TEXT).unwrap());
    let fits = |template: &str| {
        let (mut ours, mut theirs) = (path.split('/'), template.split('/'));
        ours.clone().count() == theirs.clone().count()
            && ours.all(|part| {
                theirs
                    .next()
                    .is_some_and(|t| t == part || t.starts_with('{'))
            })
    };
    let method = method.as_str().to_lowercase();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let call = paths.iter().find(|(template, _)| fits(template));
    if let Some(call) = call.and_then(|(_, methods)| methods.get(&method)) {
        let statuses = call["responses"].as_object().unwrap();
        assert!(
            statuses.contains_key(status.as_str()),
            "{method} {path} answered {status}, which /api/openapi.json does not name"
        );
    }
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

    /// The document has one shape to a name: a second type of that name would be taken for the first.
    #[test]
    fn no_two_shapes_share_a_name() {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = std::fs::read_dir(source.join("api")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let mut names: Vec<String> = Vec::new();
        for path in files.chain([source.join("tracker_status.rs")]) {
            let (mut shape, mut known_as) = (false, None);
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let line = line.trim_start();
                if line.starts_with("#[derive") {
                    (shape, known_as) = (line.contains("ToSchema"), None);
                } else if let Some(name) = line.strip_prefix("#[schema(as = ") {
                    known_as = Some(name.trim_end_matches(")]").to_owned());
                }
                let Some((_, rest)) = line.split_once("struct ").filter(|_| shape) else {
                    continue;
                };
                let own = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                names.push(known_as.take().unwrap_or_else(|| own.to_owned()));
                shape = false;
            }
        }
        assert!(names.len() > 40, "{names:?}");
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
    }
}
