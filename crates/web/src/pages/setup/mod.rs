//! `/setup`: the first administrator, made once with the token printed at the first start.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::{self, Application};
use crate::answer::{Done, Page};
use crate::error::{Faults, Refused, Result};
use crate::extract::{Fields, Params};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/setup/setup.html")]
struct Setup {
    shell: Shell,
    faults: Faults,
    form: Application,
    token: String,
    site_name: String,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
pub struct Form {
    #[serde(default)]
    token: String,
    name: String,
    password: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    site_name: String,
}

/// `GET /setup?token=`
pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Params(Query { token }): Params<Query>,
) -> Result<Page<impl Template>> {
    accounts::may_set_up(&app, shell.visit(), &token).await?;
    let site_name = shell.site_name().to_owned();
    Ok(Page(Setup {
        shell,
        faults: Faults::default(),
        form: Application::default(),
        token,
        site_name,
    }))
}

/// `POST /setup`
pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let Form {
        token, site_name, ..
    } = form;
    accounts::may_set_up(&app, shell.visit(), &token).await?;
    let form = Application {
        name: form.name,
        email: form.email,
        password: form.password,
        ..Application::default()
    };
    let mut settings = shell.visit().site.settings.clone();
    let named = settings.set("site_name", &site_name);
    let made = match named {
        Ok(()) => accounts::set_up(&app, shell.visit(), &token, &form).await,
        Err(error) => Err(Refused::field("site_name", error)),
    };
    match made {
        Ok(user) => {
            app.store.set_settings(&settings).await?;
            let cookies = accounts::begin_session(&app, shell.visit(), user).await?;
            Ok(Done::go(urls::admin_forums())
                .cookies(cookies)
                .notice(&app, "set-up")
                .into_response())
        }
        Err(Refused::Faults(faults)) => {
            let page = Page(Setup {
                shell,
                faults,
                form,
                token,
                site_name,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}
