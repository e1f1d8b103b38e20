//! `/api/v1/settings`: what holds for the whole site.

use axum::Json;
use axum::extract::State;
use domain::SiteSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::Result;
use crate::extract::{Administrators, Caller, Sent};
use crate::format::rfc3339;
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
    /// Until when no download counts, RFC 3339; `null` while there is no freeleech.
    freeleech_until: Option<String>,
    /// Bytes a second; a faster upload of one torrent waits for a ruling, see `/api/v1/suspicions`. 0
    /// believes any.
    upload_speed_limit: u64,
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
            freeleech_until: settings.freeleech_until.map(rfc3339),
            upload_speed_limit: settings.upload_speed_limit,
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
    /// RFC 3339 in UTC; empty ends it.
    freeleech_until: Option<String>,
    upload_speed_limit: Option<u64>,
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
    let limit = wished.upload_speed_limit.map(|limit| limit.to_string());
    let named = [
        ("site_name", &wished.site_name),
        ("registration", &wished.registration),
        ("rules_text", &wished.rules_text),
        ("default_language", &wished.default_language),
        ("default_theme", &wished.default_theme),
        ("announce_interval", &interval),
        ("freeleech_until", &wished.freeleech_until),
        ("upload_speed_limit", &limit),
    ];
    let wished: Vec<_> = named
        .iter()
        .filter_map(|(key, text)| text.as_deref().map(|text| (*key, text)))
        .collect();
    Ok(Json(settings::change(&app, &wished).await??.into()))
}
