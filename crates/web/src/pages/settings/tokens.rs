//! `/settings/tokens`: keys for programs that act for the member.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{Scope, Scopes, TokenId};
use serde::Deserialize;
use store::TokenRow;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::error::{Error, Faults, Refused, Result};
use crate::extract::{Fields, SignedIn};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/tokens.html")]
struct Tokens {
    shell: Shell,
    faults: Faults,
    tokens: Vec<TokenRow>,
    fresh: Option<String>,
    name: String,
    chosen: Scopes,
}

impl Tokens {
    fn chose(&self, scope: &Scope) -> bool {
        self.chosen.contains(*scope)
    }

    /// The scopes this member may give away.
    fn offered(&self) -> Vec<Scope> {
        let staff = self.shell.viewer().is_admin();
        Scope::ALL
            .into_iter()
            .filter(|scope| staff || accounts::for_members(*scope))
            .collect()
    }
}

async fn page(app: &App, me: &SignedIn, shell: Shell) -> Result<Tokens> {
    Ok(Tokens {
        tokens: app.store.list_tokens(me.user).await?,
        shell,
        faults: Faults::default(),
        fresh: None,
        name: String::new(),
        chosen: Scopes::NONE.with(Scope::Read),
    })
}

/// `GET /settings/tokens`
pub async fn show(State(app): State<App>, me: SignedIn, shell: Shell) -> Result<Response> {
    Ok(Page(page(&app, &me, shell).await?).into_response())
}

#[derive(Deserialize)]
pub struct New {
    name: String,
    read: Option<String>,
    download: Option<String>,
    account: Option<String>,
    post: Option<String>,
    tracker: Option<String>,
    moderate: Option<String>,
    admin: Option<String>,
}

impl New {
    fn scopes(&self) -> Scopes {
        let ticked = |scope| match scope {
            Scope::Read => self.read.is_some(),
            Scope::Download => self.download.is_some(),
            Scope::Account => self.account.is_some(),
            Scope::Post => self.post.is_some(),
            Scope::Tracker => self.tracker.is_some(),
            Scope::Moderate => self.moderate.is_some(),
            Scope::Admin => self.admin.is_some(),
        };
        Scope::ALL
            .into_iter()
            .filter(|scope| ticked(*scope))
            .fold(Scopes::NONE, Scopes::with)
    }
}

/// `POST /settings/tokens`: the answer shows the token, once.
pub async fn create(
    State(app): State<App>,
    me: SignedIn,
    shell: Shell,
    Fields(form): Fields<New>,
) -> Result<Response> {
    let scopes = form.scopes();
    let made = accounts::create_token(&app, shell.visit(), me.user, &form.name, scopes).await;
    let mut page = page(&app, &me, shell).await?;
    match made {
        Ok(secret) => {
            page.fresh = Some(secret.as_str().to_owned());
            Ok(Page(page).into_response())
        }
        Err(Refused::Faults(faults)) => {
            page.faults = faults;
            page.name = form.name;
            page.chosen = scopes;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

#[derive(Deserialize)]
pub struct Revoke {
    token: String,
}

/// `POST /settings/tokens/revoke`
pub async fn revoke(
    State(app): State<App>,
    me: SignedIn,
    Fields(form): Fields<Revoke>,
) -> Result<Done> {
    let token: TokenId = form.token.parse().map_err(|_| Error::NotFound)?;
    app.store.revoke_token(me.user, token).await?;
    Ok(Done::go(urls::settings_tokens()).notice(&app, "token-revoked"))
}
