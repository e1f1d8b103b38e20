//! `/admin/invites`: invitations to register.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use domain::InviteId;
use serde::Deserialize;
use store::Invite;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::error::{Error, Result};
use crate::extract::{Admin, Fields};
use crate::layout::Shell;
use crate::origin::origin;
use crate::pages::to;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/invites.html")]
struct Invites {
    shell: Shell,
    invites: Vec<Invite>,
    fresh: Option<String>,
}

impl Invites {
    fn expired(&self, invite: &Invite) -> bool {
        invite.expires_at <= self.shell.visit().now
    }
}

/// `GET /admin/invites`
pub async fn show(State(app): State<App>, me: Admin, shell: Shell) -> Result<Response> {
    let invites = app.store.list_invites(me.user).await?;
    Ok(Page(Invites {
        shell,
        invites,
        fresh: None,
    })
    .into_response())
}

/// `POST /admin/invites`: the answer shows the link, once.
pub async fn create(
    State(app): State<App>,
    me: Admin,
    shell: Shell,
    headers: HeaderMap,
) -> Result<Response> {
    let code = accounts::create_invite(&app, shell.visit(), me.user).await?;
    let invites = app.store.list_invites(me.user).await?;
    let fresh = Some(origin(&app.config, &headers) + &urls::register_with(code.as_str()));
    Ok(Page(Invites {
        shell,
        invites,
        fresh,
    })
    .into_response())
}

#[derive(Deserialize)]
pub struct Revoke {
    invite: String,
}

/// `POST /admin/invites/revoke`
pub async fn revoke(
    State(app): State<App>,
    me: Admin,
    Fields(form): Fields<Revoke>,
) -> Result<Done> {
    let invite: InviteId = form.invite.parse().map_err(|_| Error::NotFound)?;
    app.store.revoke_invite(me.user, invite).await?;
    Ok(Done::go(urls::admin_invites()).notice(&app, "deleted"))
}
