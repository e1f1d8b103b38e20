//! `/admin/users` and `/admin/users/{id}`: accounts as administrators see them.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::{Page as Slice, UserId};
use serde::Deserialize;
use store::{Account, AccountFilter};

use crate::accounts;
use crate::answer::{Done, Page};
use crate::error::Result;
use crate::extract::{Admin, Fields, Id, Params};
use crate::layout::Shell;
use crate::pages::pager::Pager;
use crate::pages::to;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/users.html")]
struct Users {
    shell: Shell,
    pager: Pager,
    users: Vec<Account>,
    total: u64,
    /// The filter that is on; empty for all.
    filter: &'static str,
    query: String,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    page: u32,
    #[serde(default)]
    filter: String,
    #[serde(default)]
    q: String,
}

/// `GET /admin/users?filter=&q=&page=`
pub async fn list(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Page<impl Template>> {
    let (filter, name) = match query.filter.as_str() {
        "banned" => (AccountFilter::Banned, "banned"),
        "admins" => (AccountFilter::Admins, "admins"),
        _ => (AccountFilter::All, ""),
    };
    let page = Slice::new(query.page, PAGE);
    let wanted = query.q.trim();
    let (users, total) = accounts::list(&app, filter, wanted, page).await?;
    let url = if wanted.is_empty() {
        urls::admin_users_filtered(name)
    } else {
        urls::admin_users_found(wanted)
    };
    let pager = Pager::new(&shell, &url, page.clamped(total), total);
    Ok(Page(Users {
        shell,
        pager,
        users,
        total,
        filter: if wanted.is_empty() { name } else { "name" },
        query: query.q,
    }))
}

#[derive(Template)]
#[template(path = "pages/admin/user.html")]
struct User {
    shell: Shell,
    account: Account,
    own: bool,
}

impl User {
    fn act(&self, act: &str) -> String {
        format!("{}/{act}", urls::admin_user(self.account.user))
    }

    /// The groups with whether the account belongs to each.
    fn groups(&self) -> Vec<(String, domain::GroupId)> {
        let groups = &self.shell.visit().site.groups;
        let member = |id| self.account.groups.contains(&id);
        groups
            .iter()
            .filter(|g| member(g.id))
            .map(|g| (g.name.clone(), g.id))
            .collect()
    }
}

/// `GET /admin/users/{id}`
pub async fn show(
    State(app): State<App>,
    me: Admin,
    shell: Shell,
    Id(user): Id<UserId>,
) -> Result<Response> {
    let account = app.store.account(user).await?;
    let own = me.user == user;
    Ok(Page(User {
        shell,
        account,
        own,
    })
    .into_response())
}

#[derive(Deserialize)]
pub struct Reason {
    #[serde(default)]
    reason: String,
}

/// `POST /admin/users/{id}/ban`
pub async fn ban(
    State(app): State<App>,
    _: Admin,
    Id(user): Id<UserId>,
    Fields(form): Fields<Reason>,
) -> Result<Done> {
    accounts::ban(&app, user, &form.reason).await?;
    Ok(Done::go(urls::admin_user(user)).notice(&app, "banned"))
}

/// `POST /admin/users/{id}/unban`
pub async fn unban(State(app): State<App>, _: Admin, Id(user): Id<UserId>) -> Result<Done> {
    accounts::unban(&app, user).await?;
    Ok(Done::go(urls::admin_user(user)).notice(&app, "unbanned"))
}

#[derive(Deserialize)]
pub struct Role {
    admin: String,
}

/// `POST /admin/users/{id}/admin`: gives or takes the role.
pub async fn role(
    State(app): State<App>,
    _: Admin,
    Id(user): Id<UserId>,
    Fields(form): Fields<Role>,
) -> Result<Done> {
    accounts::set_admin(&app, user, form.admin == "yes").await?;
    Ok(Done::go(urls::admin_user(user)).notice(&app, "saved"))
}

/// `POST /admin/users/{id}/passkey`: a new key for somebody whose old one leaked.
pub async fn passkey(State(app): State<App>, _: Admin, Id(user): Id<UserId>) -> Result<Done> {
    accounts::reset_passkey(&app, user).await?;
    Ok(Done::go(urls::admin_user(user)).notice(&app, "saved"))
}

/// `POST /admin/users/{id}/logout`: ends every session.
pub async fn log_out(State(app): State<App>, _: Admin, Id(user): Id<UserId>) -> Result<Done> {
    accounts::log_out(&app, user).await?;
    Ok(Done::go(urls::admin_user(user)).notice(&app, "sessions-ended"))
}

const PAGE: u32 = 50;
