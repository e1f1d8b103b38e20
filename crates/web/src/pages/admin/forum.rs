//! `/admin/forums/new` and `/admin/forums/{id}`: one forum.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{Audience, ForeignTrackers, ForumId, PrivatePolicy, Right};
use serde::Deserialize;

use crate::answer::{Done, Page};
use crate::error::{Error, Faults, Refused, Result};
use crate::extract::{Admin, Fields, Id, Params};
use crate::forums::{self, Draft, Place, audience_code, right_name};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

use super::forums::audience_name;

#[derive(Template)]
#[template(path = "pages/admin/forum.html")]
struct Forum {
    shell: Shell,
    /// `None` for a new one.
    id: Option<ForumId>,
    draft: Draft,
    faults: Faults,
}

/// An item of a select.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

impl Forum {
    fn action(&self) -> String {
        match self.id {
            Some(id) => urls::admin_forum(id),
            None => "/admin/forums/new".to_owned(),
        }
    }

    fn title(&self) -> String {
        let site = &self.shell.visit().site;
        match self.id.and_then(|id| site.forum(id)) {
            Some(forum) => forum.title.clone(),
            None => self.shell.t("admin-new-forum").to_string(),
        }
    }

    /// Categories and the forums in them, without the forum itself and what stands below it.
    fn places(&self) -> Vec<Choice> {
        let site = &self.shell.visit().site;
        let below = |id: ForumId| {
            self.id
                .is_some_and(|own| id == own || site.ancestors(id).iter().any(|a| a.id == own))
        };
        let mut places = Vec::new();
        for category in &site.categories {
            places.push(self.place(Place::Category(category.id), category.title.clone()));
            for forum in site
                .forums
                .iter()
                .filter(|f| f.category == category.id && !below(f.id))
            {
                let name = format!("{}{}", "\u{2003}".repeat(forum.depth + 1), forum.title);
                places.push(self.place(Place::Forum(forum.id), name));
            }
        }
        places
    }

    fn place(&self, place: Place, name: String) -> Choice {
        let value = place.code();
        Choice {
            chosen: value == self.draft.place,
            value,
            name,
        }
    }

    /// Name of the right in the form, and its audiences.
    fn rights(&self) -> Vec<(&'static str, String, Vec<Choice>)> {
        let groups = self
            .shell
            .visit()
            .site
            .groups
            .iter()
            .map(|group| Audience::Group(group.id));
        let all: Vec<Audience> = [Audience::Everyone, Audience::Members, Audience::Staff]
            .into_iter()
            .chain(groups)
            .collect();
        let row = |(i, right): (usize, &Right)| {
            let choices = all.iter().map(|audience| {
                let value = audience_code(*audience);
                Choice {
                    chosen: value == self.draft.audiences[i],
                    value,
                    name: audience_name(&self.shell, *audience),
                }
            });
            (
                right_name(*right),
                right_key(*right).to_owned(),
                choices.collect(),
            )
        };
        Right::ALL.iter().enumerate().map(row).collect()
    }

    /// Whether a field was refused.
    fn wrong(&self, field: &str) -> bool {
        self.faults.of(field, self.shell.lang()).is_some()
    }

    /// Whether what was sent is none of the choices: the first must not look chosen then.
    fn unknown(&self, choices: &[Choice]) -> bool {
        !choices.iter().any(|choice| choice.chosen)
    }

    fn policies(&self) -> Vec<(PrivatePolicy, bool)> {
        let chosen = |policy: &PrivatePolicy| policy.as_str() == self.draft.private;
        PrivatePolicy::ALL
            .into_iter()
            .map(|policy| (policy, chosen(&policy)))
            .collect()
    }

    fn foreign(&self) -> Vec<(ForeignTrackers, bool)> {
        let chosen = |choice: &ForeignTrackers| choice.as_str() == self.draft.foreign;
        ForeignTrackers::ALL
            .into_iter()
            .map(|choice| (choice, chosen(&choice)))
            .collect()
    }

    /// Whether the forum may be deleted as far as subforums go; topics are found when it is tried.
    fn leaf(&self) -> bool {
        self.id
            .is_some_and(|id| self.shell.visit().site.children(id).next().is_none())
    }
}

/// The message key of a right.
fn right_key(right: Right) -> &'static str {
    match right {
        Right::See => "right-see",
        Right::Read => "right-read",
        Right::Post => "right-post",
        Right::Reply => "right-reply",
        Right::Attach => "right-attach",
        Right::Download => "right-download",
    }
}

/// The message key of a private policy.
pub fn private_key(policy: &PrivatePolicy) -> &'static str {
    match policy {
        PrivatePolicy::Force => "private-force",
        PrivatePolicy::Require => "private-require",
        PrivatePolicy::Allow => "private-allow",
    }
}

/// The message key of what becomes of foreign trackers.
pub fn foreign_key(choice: &ForeignTrackers) -> &'static str {
    match choice {
        ForeignTrackers::Strip => "foreign-strip",
        ForeignTrackers::Reject => "foreign-reject",
        ForeignTrackers::Keep => "foreign-keep",
    }
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    category: String,
}

/// `GET /admin/forums/new?category=`
pub async fn blank(_: Admin, shell: Shell, Params(query): Params<Query>) -> Response {
    let site = &shell.visit().site;
    let category = query
        .category
        .parse()
        .ok()
        .or(site.categories.first().map(|c| c.id));
    let Some(category) = category else {
        return Done::go(urls::admin_forums()).into_response();
    };
    let draft = Draft::new(Place::Category(category).code());
    Page(Forum {
        shell,
        id: None,
        draft,
        faults: Faults::default(),
    })
    .into_response()
}

/// `GET /admin/forums/{id}`
pub async fn show(_: Admin, shell: Shell, Id(id): Id<ForumId>) -> Result<Response> {
    let draft = shell
        .visit()
        .site
        .forum(id)
        .map(Draft::of)
        .ok_or(Error::NotFound)?;
    Ok(Page(Forum {
        shell,
        id: Some(id),
        draft,
        faults: Faults::default(),
    })
    .into_response())
}

/// What is missing is refused at its field, like what is wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Form {
    place: String,
    title: String,
    description: String,
    see: String,
    read: String,
    post: String,
    reply: String,
    attach: String,
    download: String,
    private: String,
    foreign_trackers: String,
    v1_only: Option<String>,
    hybrid: Option<String>,
    v2_only: Option<String>,
}

impl From<Form> for Draft {
    fn from(form: Form) -> Self {
        Draft {
            place: form.place,
            title: form.title,
            description: form.description,
            audiences: [
                form.see,
                form.read,
                form.post,
                form.reply,
                form.attach,
                form.download,
            ],
            private: form.private,
            foreign: form.foreign_trackers,
            v1_only: form.v1_only.is_some(),
            hybrid: form.hybrid.is_some(),
            v2_only: form.v2_only.is_some(),
        }
    }
}

/// `POST /admin/forums/new`
pub async fn create(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let draft = Draft::from(form).blotted(shell.visit());
    answer(
        &app,
        shell,
        None,
        forums::create(&app, &draft).await.map(|_| ()),
        draft,
    )
}

/// `POST /admin/forums/{id}`
pub async fn update(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<ForumId>,
    Fields(form): Fields<Form>,
) -> Result<Response> {
    let draft = Draft::from(form).blotted(shell.visit());
    answer(
        &app,
        shell,
        Some(id),
        forums::update(&app, id, &draft).await,
        draft,
    )
}

fn answer(
    app: &App,
    shell: Shell,
    id: Option<ForumId>,
    outcome: Result<(), Refused>,
    draft: Draft,
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(Done::go(urls::admin_forums())
            .notice(app, "saved")
            .into_response()),
        Err(Refused::Faults(faults)) => {
            let page = Page(Forum {
                shell,
                id,
                draft,
                faults,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

#[derive(Deserialize)]
pub struct Move {
    by: String,
}

/// `POST /admin/forums/{id}/move`
pub async fn step(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ForumId>,
    Fields(form): Fields<Move>,
) -> Result<Done> {
    forums::step(&app, id, form.by.parse()?).await?;
    Ok(Done::go(urls::admin_forums()))
}

/// `POST /admin/forums/{id}/delete`
pub async fn delete(State(app): State<App>, _: Admin, Id(id): Id<ForumId>) -> Result<Done> {
    match app.store.delete_forum(id).await.map_err(Error::from) {
        Ok(()) => Ok(Done::go(urls::admin_forums()).notice(&app, "deleted")),
        Err(Error::Conflict(fault)) => Err(Error::Conflict(fault.link(urls::admin_forum(id)))),
        Err(error) => Err(error),
    }
}
