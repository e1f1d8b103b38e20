//! `/admin/groups` and `/admin/groups/{id}`: groups, which forum rights can be given to.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{GroupId, UserId};
use serde::Deserialize;
use store::{GroupMember, GroupNode};

use crate::answer::{Done, Page};
use crate::error::{Error, Faults, Refused, Result};
use crate::extract::{Admin, Fields, Id};
use crate::groups::{self, Draft};
use crate::layout::Shell;
use crate::pages::to;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/groups.html")]
struct Groups {
    shell: Shell,
    draft: Draft,
    faults: Faults,
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
    draft: Draft,
    /// The name in the form that adds a member.
    wanted: String,
    faults: Faults,
}

impl Group {
    /// The group as it is.
    async fn load(app: &App, shell: Shell, id: GroupId) -> Result<Self> {
        let site = &shell.visit().site;
        let group = site.group(id).cloned().ok_or(Error::NotFound)?;
        Ok(Group {
            members: app.store.group_members(id).await?,
            draft: Draft::of(&group),
            wanted: String::new(),
            faults: Faults::default(),
            group,
            shell,
        })
    }

    fn act(&self, act: &str) -> String {
        format!("{}/{act}", urls::admin_group(self.group.id))
    }

    fn refused(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Page(self)).into_response()
    }
}

/// `GET /admin/groups`
pub async fn list(_: Admin, shell: Shell) -> Page<impl Template> {
    Page(Groups {
        shell,
        draft: Draft::default(),
        faults: Faults::default(),
    })
}

#[derive(Deserialize)]
pub struct Form {
    name: String,
    #[serde(default)]
    description: String,
}

impl From<Form> for Draft {
    fn from(form: Form) -> Self {
        Draft {
            name: form.name,
            description: form.description,
        }
    }
}

/// `POST /admin/groups`
pub async fn create(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let draft = Draft::from(form).blotted(shell.visit());
    match groups::create(&app, &draft).await {
        Ok(id) => Ok(Done::go(urls::admin_group(id))
            .notice(&app, "saved")
            .into_response()),
        Err(Refused::Faults(faults)) => {
            let page = Page(Groups {
                shell,
                draft,
                faults,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

/// `GET /admin/groups/{id}`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<GroupId>,
) -> Result<Page<impl Template>> {
    Ok(Page(Group::load(&app, shell, id).await?))
}

/// `POST /admin/groups/{id}`
pub async fn update(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<GroupId>,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let draft = Draft::from(form).blotted(shell.visit());
    match groups::update(&app, id, &draft).await {
        Ok(()) => Ok(saved(&app, id)),
        Err(Refused::Faults(faults)) => Ok(Group {
            draft,
            faults,
            ..Group::load(&app, shell, id).await?
        }
        .refused()),
        Err(Refused::Error(error)) => Err(error),
    }
}

fn saved(app: &App, id: GroupId) -> Response {
    Done::go(urls::admin_group(id))
        .notice(app, "saved")
        .into_response()
}

/// `POST /admin/groups/{id}/delete`
pub async fn delete(State(app): State<App>, _: Admin, Id(id): Id<GroupId>) -> Result<Done> {
    groups::delete(&app, id).await?;
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
) -> Result<Response> {
    match groups::add_by_name(&app, id, &form.name).await {
        Ok(()) => Ok(saved(&app, id)),
        Err(Refused::Faults(faults)) => Ok(Group {
            wanted: form.name,
            faults,
            ..Group::load(&app, shell, id).await?
        }
        .refused()),
        Err(Refused::Error(error)) => Err(error),
    }
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
) -> Result<Response> {
    let user: UserId = form.user.parse().map_err(|_| Error::NotFound)?;
    groups::remove(&app, id, user).await?;
    Ok(saved(&app, id))
}
