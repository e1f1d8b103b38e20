//! `/admin/groups` and `/admin/groups/{id}`: groups, which forum rights can be given to.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::{GroupId, UserId, UserName};
use serde::Deserialize;
use store::{GroupMember, GroupNode, NewGroup};

use crate::answer::{Done, Page};
use crate::error::{Error, Fault, Result};
use crate::extract::{Admin, Fields, Id};
use crate::layout::Shell;
use crate::pages::to;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/groups.html")]
struct Groups {
    shell: Shell,
}

impl Groups {
    fn groups(&self) -> &[GroupNode] {
        &self.shell.visit().site.groups
    }
}

#[derive(Template)]
#[template(path = "pages/admin/group.html")]
struct Group {
    shell: Shell,
    group: GroupNode,
    members: Vec<GroupMember>,
}

impl Group {
    fn act(&self, act: &str) -> String {
        format!("{}/{act}", urls::admin_group(self.group.id))
    }
}

/// `GET /admin/groups`
pub async fn list(_: Admin, shell: Shell) -> Page<impl Template> {
    Page(Groups { shell })
}

#[derive(Deserialize)]
pub struct Form {
    name: String,
    #[serde(default)]
    description: String,
}

impl Form {
    fn group(&self) -> Result<NewGroup> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            let fault = Fault::new("group_name", "the name must have 1 to 60 characters");
            return Err(Error::Invalid(fault));
        }
        let description: String = self.description.trim().chars().take(500).collect();
        Ok(NewGroup { name, description })
    }
}

/// `POST /admin/groups`
pub async fn create(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Done> {
    let id = app
        .store
        .create_group(&form.group()?, shell.visit().now)
        .await?;
    Ok(Done::go(urls::admin_group(id)).notice(&app, "saved"))
}

/// `GET /admin/groups/{id}`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<GroupId>,
) -> Result<Response> {
    let group = shell
        .visit()
        .site
        .group(id)
        .cloned()
        .ok_or(Error::NotFound)?;
    let members = app.store.group_members(id).await?;
    Ok(Page(Group {
        shell,
        group,
        members,
    })
    .into_response())
}

/// `POST /admin/groups/{id}`
pub async fn update(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<GroupId>,
    Fields(form): Fields<Form>,
) -> Result<Done> {
    app.store.update_group(id, &form.group()?).await?;
    Ok(Done::go(urls::admin_group(id)).notice(&app, "saved"))
}

/// `POST /admin/groups/{id}/delete`
pub async fn delete(State(app): State<App>, _: Admin, Id(id): Id<GroupId>) -> Result<Done> {
    app.store.delete_group(id).await?;
    Ok(Done::go(urls::admin_groups()).notice(&app, "deleted"))
}

#[derive(Deserialize)]
pub struct Member {
    name: String,
}

/// `POST /admin/groups/{id}/add`: a member by name.
pub async fn add(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<GroupId>,
    Fields(form): Fields<Member>,
) -> Result<Done> {
    let unknown = || {
        Error::Invalid(Fault::new(
            "no_such_user",
            "there is no account of this name",
        ))
    };
    let name: UserName = form.name.trim().parse().map_err(|_| unknown())?;
    let account = app
        .store
        .account_by_name(&name)
        .await?
        .ok_or_else(unknown)?;
    app.store
        .add_to_group(id, account.user, shell.visit().now)
        .await?;
    Ok(Done::go(urls::admin_group(id)).notice(&app, "saved"))
}

#[derive(Deserialize)]
pub struct Removed {
    user: String,
}

/// `POST /admin/groups/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<GroupId>,
    Fields(form): Fields<Removed>,
) -> Result<Done> {
    let user: UserId = form.user.parse().map_err(|_| Error::NotFound)?;
    app.store.remove_from_group(id, user).await?;
    Ok(Done::go(urls::admin_group(id)).notice(&app, "saved"))
}
