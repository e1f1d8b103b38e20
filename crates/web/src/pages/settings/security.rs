//! `/settings/security`: password and sessions.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::SessionId;
use serde::Deserialize;
use store::SessionRow;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::browser;
use crate::error::{Error, Faults, Refused, Result};
use crate::extract::{Fields, SignedIn};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/security.html")]
struct Security {
    shell: Shell,
    faults: Faults,
    sessions: Vec<SessionRow>,
    current: Option<SessionId>,
}

impl Security {
    fn is_current(&self, session: &SessionId) -> bool {
        self.current == Some(*session)
    }
}

async fn page(app: &App, me: &SignedIn, shell: Shell, faults: Faults) -> Result<Page<Security>> {
    let sessions = app.store.list_sessions(me.user, shell.visit().now).await?;
    let current = shell.visit().session_id();
    Ok(Page(Security {
        shell,
        faults,
        sessions,
        current,
    }))
}

/// `GET /settings/security`
pub async fn show(State(app): State<App>, me: SignedIn, shell: Shell) -> Result<Response> {
    Ok(page(&app, &me, shell, Faults::default())
        .await?
        .into_response())
}

#[derive(Deserialize)]
pub struct Passwords {
    present: String,
    new: String,
}

/// `POST /settings/password`
pub async fn password(
    State(app): State<App>,
    me: SignedIn,
    shell: Shell,
    Fields(form): Fields<Passwords>,
) -> Result<Response> {
    match accounts::change_password(&app, shell.visit(), me.user, &form.present, &form.new).await {
        Ok(()) => Ok(Done::go(urls::settings_security())
            .notice(&app, "password-changed")
            .into_response()),
        Err(Refused::Faults(faults)) => {
            let page = page(&app, &me, shell, faults).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

#[derive(Deserialize)]
pub struct End {
    session: String,
}

/// `POST /settings/sessions/end`: one session by its number, or `others`.
pub async fn end(State(app): State<App>, me: SignedIn, Fields(form): Fields<End>) -> Result<Done> {
    let current = me.session().map(|session| session.session);
    if form.session == "others" {
        app.store.end_other_sessions(me.user, current).await?;
    } else {
        let session: SessionId = form.session.parse().map_err(|_| Error::NotFound)?;
        app.store.end_session(me.user, session).await?;
    }
    Ok(Done::go(urls::settings_security()).notice(&app, "sessions-ended"))
}
