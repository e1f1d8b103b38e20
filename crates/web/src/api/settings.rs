//! `/api/v1/settings`: what holds for the whole site.

use axum::Json;
use axum::extract::State;
use domain::SiteSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::Result;
use crate::extract::{Administrators, Caller, Sent};
use crate::settings;
use crate::state::App;

/// The site's settings.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    site_name: String,
    /// `open`, `invite` or `closed`.
    registration: &'static str,
    /// BBCode.
    rules_text: String,
    default_language: &'static str,
    /// `auto`, `light` or `dark`.
    default_theme: &'static str,
    /// Seconds.
    announce_interval: u32,
}

impl From<SiteSettings> for Settings {
    fn from(settings: SiteSettings) -> Self {
        Settings {
            registration: settings.registration.as_str(),
            default_language: settings.default_language.as_str(),
            default_theme: settings.default_theme.as_str(),
            site_name: settings.site_name,
            rules_text: settings.rules_text,
            announce_interval: settings.announce_interval,
        }
    }
}

/// Settings to change; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = WishedSettings)]
pub struct Wished {
    site_name: Option<String>,
    registration: Option<String>,
    rules_text: Option<String>,
    default_language: Option<String>,
    default_theme: Option<String>,
    announce_interval: Option<u32>,
}

/// The site's settings.
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "site", security(("token" = ["admin"])),
    responses((status = 200, body = Settings), (status = 403, body = ErrorBody))
)]
pub async fn show(caller: Caller) -> Result<Json<Settings>> {
    caller.admin()?;
    Ok(Json(caller.visit().site.settings.clone().into()))
}

/// Changes settings; nothing changes when one of them is refused.
#[utoipa::path(
    patch, path = "/api/v1/settings", tag = "site", security(("token" = ["admin"])),
    request_body = Wished,
    responses((status = 200, body = Settings), (status = 403, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn update(
    State(app): State<App>,
    Sent { body: wished, .. }: Sent<Administrators, Wished>,
) -> Result<Json<Settings>> {
    let interval = wished.announce_interval.map(|seconds| seconds.to_string());
    let named = [
        ("site_name", &wished.site_name),
        ("registration", &wished.registration),
        ("rules_text", &wished.rules_text),
        ("default_language", &wished.default_language),
        ("default_theme", &wished.default_theme),
        ("announce_interval", &interval),
    ];
    let wished: Vec<_> = named
        .iter()
        .filter_map(|(key, text)| text.as_deref().map(|text| (*key, text)))
        .collect();
    Ok(Json(settings::change(&app, &wished).await??.into()))
}
