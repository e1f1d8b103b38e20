//! What administrators do with forums, whoever asks: the pages and the API call the same functions.

use std::str::FromStr;

use domain::{
    Audience, CategoryId, ForeignTrackers, ForumDescription, ForumId, ForumPolicy, ForumRights,
    ForumTitle, GroupId, PrivatePolicy, Right,
};
use store::{ForumDetails, ForumNode, NewForum, Site};

use crate::error::{Error, Fault, Faults, Refused};
use crate::state::App;
use crate::visit::Visit;

/// Where a forum stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Directly in a category.
    Category(CategoryId),
    /// Under another forum.
    Forum(ForumId),
}

impl Place {
    /// The place of a forum that exists.
    pub fn of(forum: &ForumNode) -> Self {
        match forum.parent {
            Some(parent) => Place::Forum(parent),
            None => Place::Category(forum.category),
        }
    }

    /// `category:3` or `forum:7`, as forms send it.
    pub fn code(self) -> String {
        match self {
            Place::Category(id) => format!("category:{id}"),
            Place::Forum(id) => format!("forum:{id}"),
        }
    }

    /// Category and parent, when they exist.
    fn resolve(self, site: &Site) -> Option<(CategoryId, Option<ForumId>)> {
        match self {
            Place::Category(id) => site.category(id).map(|_| (id, None)),
            Place::Forum(id) => site.forum(id).map(|forum| (forum.category, Some(id))),
        }
    }
}

impl FromStr for Place {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let missing = || Fault::new("forum_place", "choose a category or a forum that exists");
        match text.split_once(':') {
            Some(("category", id)) => id.parse().map(Place::Category).map_err(|_| missing()),
            Some(("forum", id)) => id.parse().map(Place::Forum).map_err(|_| missing()),
            _ => Err(missing()),
        }
    }
}

/// An audience as forms and the API write it: `everyone`, `members`, `staff`, `group:5`.
pub fn audience_code(audience: Audience) -> String {
    match audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Members => "members".to_owned(),
        Audience::Staff => "staff".to_owned(),
        Audience::Group(group) => format!("group:{group}"),
    }
}

/// The reverse of [`audience_code`]; the group must exist.
pub fn audience(site: &Site, text: &str) -> Result<Audience, Fault> {
    let unknown = || {
        Fault::new(
            "audience_unknown",
            "the audience must be everyone, members, staff or group:<id>",
        )
    };
    match text {
        "everyone" => Ok(Audience::Everyone),
        "members" => Ok(Audience::Members),
        "staff" => Ok(Audience::Staff),
        _ => text
            .strip_prefix("group:")
            .and_then(|id| id.parse::<GroupId>().ok())
            .filter(|id| site.group(*id).is_some())
            .map(Audience::Group)
            .ok_or_else(unknown),
    }
}

/// The name of a right in forms, the API and message keys.
pub fn right_name(right: Right) -> &'static str {
    match right {
        Right::See => "see",
        Right::Read => "read",
        Right::Post => "post",
        Right::Reply => "reply",
        Right::Attach => "attach",
        Right::Download => "download",
    }
}

/// A forum as it was typed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it stands: see [`Place`].
    pub place: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// The audience of each right, in the order of [`Right::ALL`].
    pub audiences: [String; 6],
    /// `force`, `require` or `allow`.
    pub private: String,
    /// `strip`, `reject` or `keep`.
    pub foreign: String,
    /// Whether torrents of version 1 alone are taken.
    pub v1_only: bool,
    /// Whether hybrid torrents are taken.
    pub hybrid: bool,
    /// Whether torrents of version 2 alone are taken.
    pub v2_only: bool,
}

impl Draft {
    /// A new forum with the usual rights: everyone reads, members write and download.
    pub fn new(place: String) -> Self {
        Draft::from_parts(
            place,
            "",
            "",
            &ForumRights::default(),
            &ForumPolicy::default(),
        )
    }

    /// A forum that exists.
    pub fn of(forum: &ForumNode) -> Self {
        let place = Place::of(forum).code();
        Draft::from_parts(
            place,
            &forum.title,
            &forum.description,
            &forum.rights,
            &forum.policy,
        )
    }

    /// The draft without the tracker key of who sends it.
    pub fn blotted(self, visit: &Visit) -> Self {
        Draft {
            title: visit.blotted(&self.title),
            description: visit.blotted(&self.description),
            ..self
        }
    }

    fn from_parts(
        place: String,
        title: &str,
        description: &str,
        rights: &ForumRights,
        policy: &ForumPolicy,
    ) -> Self {
        Draft {
            place,
            title: title.to_owned(),
            description: description.to_owned(),
            audiences: Right::ALL.map(|right| audience_code(rights.audience(right))),
            private: policy.private.as_str().to_owned(),
            foreign: policy.foreign.as_str().to_owned(),
            v1_only: policy.v1_only,
            hybrid: policy.hybrid,
            v2_only: policy.v2_only,
        }
    }

    fn check(&self, site: &Site) -> Result<(Place, ForumDetails), Faults> {
        let mut faults = Faults::default();
        let title = faults.keep("title", self.title.parse::<ForumTitle>());
        let description = faults.keep("description", self.description.parse::<ForumDescription>());
        let place = faults.keep(
            "place",
            self.place
                .parse::<Place>()
                .and_then(|place| match place.resolve(site) {
                    Some(_) => Ok(place),
                    None => Err(Fault::new(
                        "forum_place",
                        "choose a category or a forum that exists",
                    )),
                }),
        );
        let [see, read, post, reply, attach, download] = std::array::from_fn(|i| {
            faults.keep(
                right_name(Right::ALL[i]),
                audience(site, &self.audiences[i]),
            )
        });
        let private = faults.keep("private", self.private.parse::<PrivatePolicy>());
        let foreign = faults.keep("foreign_trackers", self.foreign.parse::<ForeignTrackers>());
        if !(self.v1_only || self.hybrid || self.v2_only) {
            faults.add(
                "versions",
                Fault::new("no_versions", "at least one torrent version must be taken"),
            );
        }
        let policy = (|| {
            Some(ForumPolicy {
                private: private?,
                foreign: foreign?,
                v1_only: self.v1_only,
                hybrid: self.hybrid,
                v2_only: self.v2_only,
            })
        })();
        let rights = (|| {
            Some(ForumRights {
                see: see?,
                read: read?,
                post: post?,
                reply: reply?,
                attach: attach?,
                download: download?,
            })
        })();
        match (title, description, place, rights, policy, faults.is_empty()) {
            (Some(title), Some(description), Some(place), Some(rights), Some(policy), true) => {
                Ok((
                    place,
                    ForumDetails {
                        title,
                        description,
                        rights,
                        policy,
                    },
                ))
            }
            _ => Err(faults),
        }
    }
}

/// The title of a category, checked.
fn category_title(text: &str) -> Result<ForumTitle, Refused> {
    text.parse()
        .map_err(|error: domain::Error| Refused::field("title", error))
}

/// Makes a category, after all others.
pub async fn create_category(app: &App, title: &str) -> Result<CategoryId, Refused> {
    let title = category_title(title)?;
    Ok(app.store.create_category(&title).await?)
}

/// Renames a category.
pub async fn rename_category(app: &App, id: CategoryId, title: &str) -> Result<(), Refused> {
    let title = category_title(title)?;
    Ok(app.store.update_category(id, &title).await?)
}

/// Makes a forum, last among its neighbours.
pub async fn create(app: &App, draft: &Draft) -> Result<ForumId, Refused> {
    let site = app.store.site();
    let (place, details) = draft.check(&site).map_err(Refused::Faults)?;
    let (category, parent) = place.resolve(&site).ok_or(Error::NotFound)?;
    let id = app
        .store
        .create_forum(&NewForum {
            category,
            parent,
            details,
        })
        .await?;
    tracing::info!(forum.id = id.0, "forum made");
    Ok(id)
}

/// Changes a forum, and moves it when its place is another.
pub async fn update(app: &App, id: ForumId, draft: &Draft) -> Result<(), Refused> {
    let site = app.store.site();
    let forum = site.forum(id).ok_or(Error::NotFound)?;
    let (place, details) = draft.check(&site).map_err(Refused::Faults)?;
    if place != Place::of(forum) {
        let (category, parent) = place.resolve(&site).ok_or(Error::NotFound)?;
        let under_itself =
            parent.is_some_and(|p| p == id || site.ancestors(p).iter().any(|above| above.id == id));
        if under_itself {
            let fault = Fault::new("forum_cycle", "a forum cannot stand under itself");
            return Err(Refused::field("place", fault));
        }
        app.store
            .move_forum(id, category, parent, usize::MAX)
            .await?;
    }
    app.store.update_forum(id, &details).await?;
    Ok(())
}

/// A step among neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Towards the beginning.
    Up,
    /// Towards the end.
    Down,
}

impl FromStr for Step {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "up" => Ok(Step::Up),
            "down" => Ok(Step::Down),
            _ => Err(Error::BadRequest("by must be up or down".into())),
        }
    }
}

impl Step {
    fn from(self, place: usize) -> usize {
        match self {
            Step::Up => place.saturating_sub(1),
            Step::Down => place + 1,
        }
    }
}

/// Moves a forum one step among its neighbours.
pub async fn step(app: &App, id: ForumId, step: Step) -> Result<(), Error> {
    let site = app.store.site();
    let forum = site.forum(id).ok_or(Error::NotFound)?;
    let place = site
        .forums
        .iter()
        .filter(|other| other.category == forum.category && other.parent == forum.parent)
        .position(|other| other.id == id)
        .ok_or(Error::NotFound)?;
    app.store
        .move_forum(id, forum.category, forum.parent, step.from(place))
        .await?;
    Ok(())
}

/// Moves a category one step.
pub async fn step_category(app: &App, id: CategoryId, step: Step) -> Result<(), Error> {
    let site = app.store.site();
    let place = site
        .categories
        .iter()
        .position(|c| c.id == id)
        .ok_or(Error::NotFound)?;
    app.store.move_category(id, step.from(place)).await?;
    Ok(())
}
