//! `POST /preferences`: language and theme, from the switches in the footer.

use axum::extract::State;
use domain::{Language, Theme};
use serde::Deserialize;

use crate::answer::Done;
use crate::cookies::Cookie;
use crate::error::Result;
use crate::extract::Fields;
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Deserialize)]
pub struct Form {
    language: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    next: String,
}

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Done> {
    let language: Option<Language> = form.language.and_then(|word| word.parse().ok());
    let theme: Option<Theme> = form.theme.and_then(|word| word.parse().ok());
    if let (Some(user), Some(session)) = (shell.user(), shell.visit().session()) {
        app.store
            .set_appearance(user, language.or(session.language), theme.or(session.theme))
            .await?;
    }
    let secure = app.config.secure();
    let mut done = Done::go(urls::local(&form.next));
    if let Some(language) = language {
        done = done.cookie(Cookie::Language.set(language.as_str(), secure));
    }
    if let Some(theme) = theme {
        done = done.cookie(Cookie::Theme.set(theme.as_str(), secure));
    }
    Ok(done)
}
