//! `/admin/settings`: what holds for the whole site.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{Language, Registration, Theme};
use serde::Deserialize;

use crate::answer::{Done, Page};
use crate::error::{Faults, Result};
use crate::extract::{Admin, Fields};
use crate::format::rfc3339;
use crate::layout::Shell;
use crate::settings;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/settings.html")]
struct Settings {
    shell: Shell,
    faults: Faults,
    form: Form,
}

impl Settings {
    fn is(&self, value: &str, chosen: &str) -> bool {
        value == chosen
    }
}

#[derive(Deserialize)]
pub struct Form {
    site_name: String,
    registration: String,
    #[serde(default)]
    rules_text: String,
    default_language: String,
    default_theme: String,
    announce_interval: String,
    freeleech_until: Option<String>,
    upload_speed_limit: Option<String>,
}

/// The message key of a registration policy.
pub fn registration_key(registration: &Registration) -> &'static str {
    match registration {
        Registration::Open => "registration-open",
        Registration::Invite => "registration-invite",
        Registration::Closed => "registration-closed",
    }
}

/// `GET /admin/settings`
pub async fn show(_: Admin, shell: Shell) -> Page<impl Template> {
    let present = shell.visit().site.settings.clone();
    let form = Form {
        site_name: present.site_name,
        registration: present.registration.to_string(),
        rules_text: present.rules_text,
        default_language: present.default_language.to_string(),
        default_theme: present.default_theme.to_string(),
        announce_interval: present.announce_interval.to_string(),
        // as the browser writes it, without the zone
        freeleech_until: present
            .freeleech_until
            .map(|at| rfc3339(at).trim_end_matches('Z').to_owned()),
        upload_speed_limit: Some(present.upload_speed_limit.to_string()),
    };
    Page(Settings {
        shell,
        faults: Faults::default(),
        form,
    })
}

/// `POST /admin/settings`
pub async fn submit(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let mut wished: Vec<(&'static str, &str)> = vec![
        ("site_name", &form.site_name),
        ("registration", &form.registration),
        ("rules_text", &form.rules_text),
        ("default_language", &form.default_language),
        ("default_theme", &form.default_theme),
        ("announce_interval", &form.announce_interval),
    ];
    // A form that does not know them leaves them as they are.
    let newer = [
        ("freeleech_until", &form.freeleech_until),
        ("upload_speed_limit", &form.upload_speed_limit),
    ];
    wished.extend(
        newer
            .iter()
            .filter_map(|(key, text)| Some((*key, text.as_deref()?))),
    );
    match settings::change(&app, &wished).await? {
        Ok(_) => Ok(Done::go(urls::admin_settings())
            .notice(&app, "saved")
            .into_response()),
        Err(faults) => {
            let page = Page(Settings {
                shell,
                faults,
                form,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
