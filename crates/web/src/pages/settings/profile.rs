//! `/settings`: language, theme, e-mail address.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{Language, Theme};
use serde::Deserialize;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::cookies::Cookie;
use crate::error::{Faults, Refused, Result};
use crate::extract::{Fields, SignedIn};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/profile.html")]
struct Profile {
    shell: Shell,
    faults: Faults,
    language: Option<Language>,
    theme: Option<Theme>,
    email: String,
}

impl Profile {
    fn new(shell: Shell, faults: Faults, email: String) -> Self {
        let (language, theme) = shell
            .visit()
            .session()
            .map_or((None, None), |session| (session.language, session.theme));
        Profile {
            shell,
            faults,
            language,
            theme,
            email,
        }
    }

    fn public(&self) -> String {
        self.shell.user().map(urls::member).unwrap_or_default()
    }

    fn speaks(&self, language: &Language) -> bool {
        self.language == Some(*language)
    }

    fn wears(&self, theme: &Theme) -> bool {
        self.theme.unwrap_or(Theme::Auto) == *theme
    }
}

/// `GET /settings`
pub async fn show(_: SignedIn, shell: Shell) -> Response {
    Page(Profile::new(shell, Faults::default(), String::new())).into_response()
}

#[derive(Deserialize)]
pub struct Appearance {
    #[serde(default)]
    language: String,
    #[serde(default)]
    theme: String,
}

/// `POST /settings/appearance`: an empty choice follows the site.
pub async fn appearance(
    State(app): State<App>,
    me: SignedIn,
    Fields(form): Fields<Appearance>,
) -> Result<Done> {
    let language: Option<Language> = form.language.parse().ok();
    let theme: Option<Theme> = form.theme.parse().ok();
    app.store.set_appearance(me.user, language, theme).await?;
    let secure = app.config.secure();
    Ok(Done::go(urls::settings())
        .cookie(match language {
            Some(language) => Cookie::Language.set(language.as_str(), secure),
            None => Cookie::Language.forget(secure),
        })
        .cookie(match theme {
            Some(theme) => Cookie::Theme.set(theme.as_str(), secure),
            None => Cookie::Theme.forget(secure),
        })
        .notice(&app, "saved"))
}

#[derive(Deserialize)]
pub struct Address {
    #[serde(default)]
    email: String,
    #[serde(default)]
    remove: String,
}

/// `POST /settings/email`
pub async fn email(
    State(app): State<App>,
    me: SignedIn,
    shell: Shell,
    Fields(form): Fields<Address>,
) -> Result<Response> {
    let wished = match (form.remove.as_str(), form.email.trim()) {
        ("yes", _) => None,
        (_, "") => return Ok(Done::go(urls::settings()).into_response()),
        (_, email) => Some(email),
    };
    match accounts::set_email(&app, me.user, wished).await {
        Ok(()) => Ok(Done::go(urls::settings())
            .notice(&app, "saved")
            .into_response()),
        Err(Refused::Faults(faults)) => {
            let page = Page(Profile::new(shell, faults, form.email));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}
