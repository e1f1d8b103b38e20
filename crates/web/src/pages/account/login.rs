//! `/login` and `/logout`.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::cookies::Cookie;
use crate::error::{Faults, Refused, Result};
use crate::extract::{Fields, Params};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/account/login.html")]
struct Login {
    shell: Shell,
    faults: Faults,
    name: String,
    next: String,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct Form {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login?next=`
pub async fn show(shell: Shell, Params(query): Params<Query>) -> Response {
    let next = urls::local(&query.next).to_owned();
    if shell.user().is_some() {
        return Done::go(next).into_response();
    }
    Page(Login {
        shell,
        faults: Faults::default(),
        name: String::new(),
        next,
    })
    .into_response()
}

/// `POST /login`
pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let next = urls::local(&form.next).to_owned();
    match accounts::log_in(&app, shell.visit(), &form.name, &form.password).await {
        Ok(user) => {
            let cookies = accounts::begin_session(&app, shell.visit(), user).await?;
            Ok(Done::go(next).cookies(cookies).into_response())
        }
        Err(Refused::Faults(faults)) => {
            let page = Page(Login {
                shell,
                faults,
                name: form.name,
                next,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

/// `POST /logout`
pub async fn out(State(app): State<App>, shell: Shell) -> Result<Done> {
    if let (Some(user), Some(session)) = (shell.user(), shell.visit().session_id()) {
        app.store.end_session(user, session).await?;
    }
    let secure = app.config.secure();
    Ok(Done::go(urls::index())
        .cookie(Cookie::Session.forget(secure))
        .cookie(Cookie::Visitor.forget(secure))
        .notice(&app, "logged-out"))
}
