//! `/register`: a new account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::Registration;
use serde::Deserialize;

use crate::accounts::{self, Application};
use crate::answer::{Done, Page};
use crate::error::{Faults, Refused, Result};
use crate::extract::{Fields, Params};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/account/register.html")]
struct Register {
    closed: bool,
    /// Whether the link that led here holds an invitation that no longer works.
    gone: bool,
    by_invite: bool,
    rules: Option<String>,
    faults: Faults,
    form: Application,
    shell: Shell,
}

impl Register {
    fn new(shell: Shell, faults: Faults, form: Application) -> Self {
        let settings = &shell.visit().site.settings;
        let rules = &settings.rules_text;
        Register {
            closed: settings.registration == Registration::Closed,
            gone: false,
            by_invite: settings.registration == Registration::Invite,
            rules: (!rules.is_empty()).then(|| super::rules_html(shell.lang(), rules)),
            faults,
            form,
            shell,
        }
    }
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    invite: String,
}

#[derive(Deserialize)]
pub struct Form {
    name: String,
    #[serde(default)]
    email: String,
    password: String,
    #[serde(default)]
    invite: String,
    #[serde(default)]
    rules: String,
}

/// `GET /register?invite=`
pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Response> {
    if shell.user().is_some() {
        return Ok(Done::go(urls::index()).into_response());
    }
    let form = Application {
        invite: query.invite,
        ..Application::default()
    };
    let mut page = Register::new(shell, Faults::default(), form);
    if page.by_invite && !page.form.invite.is_empty() {
        let visit = page.shell.visit();
        page.gone = !accounts::invite_works(&app, visit, &page.form.invite).await?;
    }
    let status = match page.gone {
        true => StatusCode::GONE,
        false => StatusCode::OK,
    };
    Ok((status, Page(page)).into_response())
}

/// `POST /register`
pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let form = Application {
        name: form.name,
        email: form.email,
        password: form.password,
        invite: form.invite,
        accepts_rules: form.rules == "yes",
    };
    match accounts::register(&app, shell.visit(), &form).await {
        Ok(user) => {
            let cookies = accounts::begin_session(&app, shell.visit(), user).await?;
            Ok(Done::go(urls::index())
                .cookies(cookies)
                .notice(&app, "welcome")
                .into_response())
        }
        Err(Refused::Faults(faults)) => {
            let page = Page(Register::new(shell, faults, form));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}
