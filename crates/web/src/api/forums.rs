//! `/api/v1/forums`: the tree, and its forums for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{CategoryId, ForumId, ForumTitle, Right, Scope};
use serde::{Deserialize, Deserializer, Serialize};
use store::{ForumNode, Site};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::{Error, Fault, Faults, Result};
use crate::extract::{Administrators, Caller, Id, Sent};
use crate::forums::{self, Draft, Place, audience_code};
use crate::state::App;

/// Categories and forums that the caller may see, in the site's order.
#[derive(Serialize, ToSchema)]
pub struct Tree {
    categories: Vec<Category>,
}

#[derive(Serialize, ToSchema)]
struct Category {
    category_id: i64,
    title: String,
    forums: Vec<Forum>,
}

/// A forum with its subforums.
#[derive(Serialize, ToSchema)]
pub struct Forum {
    forum_id: i64,
    title: String,
    description: String,
    parent_id: Option<i64>,
    /// What becomes of the private flag: `force`, `require` or `allow`.
    private: &'static str,
    /// What becomes of announce addresses of other sites: `strip`, `reject`, or `keep` in public
    /// torrents.
    foreign_trackers: &'static str,
    v1_only: bool,
    hybrid: bool,
    v2_only: bool,
    /// Whether the caller may begin topics.
    may_post: bool,
    /// Who has which right; only shown to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<Rights>,
    #[schema(no_recursion)]
    forums: Vec<Forum>,
}

/// The audience of each right: `everyone`, `members`, `staff` (administrators) or `group:<id>`; left
/// out, it stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    see: Option<String>,
    read: Option<String>,
    post: Option<String>,
    reply: Option<String>,
    attach: Option<String>,
    download: Option<String>,
}

impl Rights {
    fn of(forum: &ForumNode) -> Self {
        let code = |right| Some(audience_code(forum.rights.audience(right)));
        Rights {
            see: code(Right::See),
            read: code(Right::Read),
            post: code(Right::Post),
            reply: code(Right::Reply),
            attach: code(Right::Attach),
            download: code(Right::Download),
        }
    }

    fn named(&self, right: Right) -> Option<&String> {
        match right {
            Right::See => self.see.as_ref(),
            Right::Read => self.read.as_ref(),
            Right::Post => self.post.as_ref(),
            Right::Reply => self.reply.as_ref(),
            Right::Attach => self.attach.as_ref(),
            Right::Download => self.download.as_ref(),
        }
    }
}

/// Categories and forums, as far as the caller may see them.
#[utoipa::path(
    get, path = "/api/v1/forums", tag = "forums", security((), ("token" = ["read"])),
    responses((status = 200, body = Tree))
)]
pub async fn tree(caller: Caller) -> Result<Json<Tree>> {
    caller.may(Scope::Read)?;
    let site = &caller.visit().site;
    let categories = site.categories.iter().map(|category| {
        let top = site
            .forums
            .iter()
            .filter(|f| f.category == category.id && f.parent.is_none());
        Category {
            category_id: category.id.0,
            title: category.title.clone(),
            forums: top
                .filter_map(|forum| branch(site, &caller, forum))
                .collect(),
        }
    });
    // A category of which the caller sees nothing is itself hidden.
    let admin = caller.viewer().is_admin();
    Ok(Json(Tree {
        categories: categories
            .filter(|c| admin || !c.forums.is_empty())
            .collect(),
    }))
}

fn branch(site: &Site, caller: &Caller, forum: &ForumNode) -> Option<Forum> {
    let viewer = caller.viewer();
    if !site.may(viewer, forum.id, Right::See) {
        return None;
    }
    Some(Forum {
        forum_id: forum.id.0,
        title: forum.title.clone(),
        description: forum.description.clone(),
        parent_id: forum.parent.map(|id| id.0),
        private: forum.policy.private.as_str(),
        foreign_trackers: forum.policy.foreign.as_str(),
        v1_only: forum.policy.v1_only,
        hybrid: forum.policy.hybrid,
        v2_only: forum.policy.v2_only,
        may_post: site.may(viewer, forum.id, Right::Post),
        rights: viewer.is_admin().then(|| Rights::of(forum)),
        forums: site
            .children(forum.id)
            .filter_map(|child| branch(site, caller, child))
            .collect(),
    })
}

/// A forum to make or change; in a change, what is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = WishedForum)]
pub struct Wished {
    title: Option<String>,
    description: Option<String>,
    /// The forum it stands under; `null` takes it out from under one.
    #[serde(deserialize_with = "named")]
    #[schema(value_type = Option<i64>)]
    parent_id: Option<Option<i64>>,
    /// The category it stands in, without a parent; left out of a new one, the first.
    category_id: Option<i64>,
    /// `force`, `require` or `allow`.
    private: Option<String>,
    /// `strip`, `reject` or `keep`.
    foreign_trackers: Option<String>,
    v1_only: Option<bool>,
    hybrid: Option<bool>,
    v2_only: Option<bool>,
    rights: Rights,
}

impl Wished {
    /// The draft with the wishes in it; `top` is the place without a parent.
    fn over(self, mut draft: Draft, top: String) -> Draft {
        let put = |place: &mut String, wished: Option<String>| {
            if let Some(wished) = wished {
                *place = wished;
            }
        };
        match (self.parent_id, self.category_id) {
            (Some(Some(parent)), _) => draft.place = Place::Forum(ForumId(parent)).code(),
            (_, Some(category)) => draft.place = Place::Category(CategoryId(category)).code(),
            (Some(None), None) => draft.place = top,
            (None, None) => {}
        }
        for (i, right) in Right::ALL.into_iter().enumerate() {
            put(&mut draft.audiences[i], self.rights.named(right).cloned());
        }
        put(&mut draft.title, self.title);
        put(&mut draft.description, self.description);
        put(&mut draft.private, self.private);
        put(&mut draft.foreign, self.foreign_trackers);
        draft.v1_only = self.v1_only.unwrap_or(draft.v1_only);
        draft.hybrid = self.hybrid.unwrap_or(draft.hybrid);
        draft.v2_only = self.v2_only.unwrap_or(draft.v2_only);
        draft
    }
}

/// A value that was named, be it `null`.
fn named<'de, D: Deserializer<'de>>(
    value: D,
) -> std::result::Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A forum that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeForum)]
pub struct Made {
    forum_id: i64,
}

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// `up` or `down`.
    pub by: String,
}

/// Makes a forum. On a site without categories the first one is made too.
#[utoipa::path(
    post, path = "/api/v1/forums", tag = "forums", security(("token" = ["admin"])),
    request_body = Wished,
    responses((status = 201, body = Made), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn create(
    State(app): State<App>,
    Sent {
        caller,
        body: wished,
        ..
    }: Sent<Administrators, Wished>,
) -> Result<(StatusCode, Json<Made>)> {
    let place = match caller.visit().site.categories.first() {
        Some(first) => Place::Category(first.id).code(),
        None if wished.category_id.is_some() || wished.parent_id.flatten().is_some() => {
            String::new()
        }
        None => {
            // nothing is made for a forum that will be refused
            if wished
                .title
                .as_deref()
                .unwrap_or_default()
                .parse::<ForumTitle>()
                .is_err()
            {
                return Err(Faults::from((
                    "title",
                    Fault::new("title_length", "the title is missing"),
                ))
                .into());
            }
            let title = crate::i18n::t(caller.visit().lang, "first-category").to_string();
            let title: ForumTitle = title.parse().map_err(Error::internal)?;
            Place::Category(app.store.create_category(&title).await?).code()
        }
    };
    let draft = wished.over(Draft::new(place.clone()), place);
    let draft = draft.blotted(caller.visit());
    let id = forums::create(&app, &draft).await?;
    Ok((StatusCode::CREATED, Json(Made { forum_id: id.0 })))
}

/// Changes a forum.
#[utoipa::path(
    patch, path = "/api/v1/forums/{id}", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Wished,
    responses((status = 204), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn update(
    State(app): State<App>,
    Id(id): Id<ForumId>,
    Sent {
        caller,
        body: wished,
        ..
    }: Sent<Administrators, Wished>,
) -> Result<StatusCode> {
    let present = caller.visit().site.forum(id).ok_or(Error::NotFound)?;
    let top = Place::Category(present.category).code();
    let draft = wished.over(Draft::of(present), top);
    forums::update(&app, id, &draft.blotted(caller.visit())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes an empty forum.
#[utoipa::path(
    delete, path = "/api/v1/forums/{id}", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ForumId>,
) -> Result<StatusCode> {
    caller.admin()?;
    app.store.delete_forum(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a forum one step among its neighbours.
#[utoipa::path(
    post, path = "/api/v1/forums/{id}/move", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Move,
    responses((status = 204), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn step(
    State(app): State<App>,
    Id(id): Id<ForumId>,
    Sent { body: wished, .. }: Sent<Administrators, Move>,
) -> Result<StatusCode> {
    forums::step(&app, id, wished.by.parse()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
