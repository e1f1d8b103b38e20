//! `/settings/passkey`: the tracker key and the announce addresses made of it.

use askama::Template;
use axum::extract::State;

use crate::accounts;
use crate::answer::{Done, Page};
use crate::error::Result;
use crate::extract::SignedIn;
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/passkey.html")]
struct Passkey {
    shell: Shell,
    passkey: String,
    addresses: Vec<String>,
}

impl Passkey {
    fn protocol(&self, address: &str) -> &'static str {
        if address.starts_with("udp:") {
            "UDP"
        } else {
            "HTTP"
        }
    }
}

/// `GET /settings/passkey`
pub async fn show(State(app): State<App>, me: SignedIn, shell: Shell) -> Page<impl Template> {
    let passkey = me
        .session()
        .map(|session| session.passkey.as_str().to_owned())
        .unwrap_or_default();
    let bases = [&app.config.announce_http, &app.config.announce_udp];
    let addresses = bases
        .into_iter()
        .flatten()
        .map(|base| format!("{base}/announce/{passkey}"))
        .collect();
    Page(Passkey {
        shell,
        passkey,
        addresses,
    })
}

/// `POST /settings/passkey/reset`
pub async fn reset(State(app): State<App>, me: SignedIn) -> Result<Done> {
    accounts::reset_passkey(&app, me.user).await?;
    Ok(Done::go(urls::settings_passkey()).notice(&app, "passkey-reset"))
}
