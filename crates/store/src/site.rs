//! The site's shape (settings, categories, forums, groups), cached in memory.

use domain::{
    Audience, CategoryId, ForumId, ForumPolicy, ForumRights, GroupId, Right, SiteSettings, Viewer,
    may_below,
};

use crate::db::rows;
use crate::row::{corrupt, parsed};
use crate::{Result, Store, StoreError, What};

/// What rarely changes and every page needs. Read it from [`Store::site`](crate::Store::site).
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The settings.
    pub settings: SiteSettings,
    /// The categories, in order.
    pub categories: Vec<CategoryNode>,
    /// The forums: category by category, every parent directly before its subforums, in order.
    pub forums: Vec<ForumNode>,
    /// The groups by name.
    pub groups: Vec<GroupNode>,
    /// The last change this shape knows of.
    pub(crate) seq: i64,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryNode {
    /// The category.
    pub id: CategoryId,
    /// Its title.
    pub title: String,
}

/// A forum.
#[derive(Debug, Clone, PartialEq)]
pub struct ForumNode {
    /// The forum.
    pub id: ForumId,
    /// The category it stands in.
    pub category: CategoryId,
    /// The forum it stands under.
    pub parent: Option<ForumId>,
    /// How many forums it stands under: 0 directly below the category.
    pub depth: usize,
    /// Its title.
    pub title: String,
    /// Its description; may be empty.
    pub description: String,
    /// Who may do what in it.
    pub rights: ForumRights,
    /// Which torrents it takes.
    pub policy: ForumPolicy,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupNode {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl Site {
    /// A forum, whoever asks.
    pub fn forum(&self, id: ForumId) -> Option<&ForumNode> {
        self.forums.iter().find(|forum| forum.id == id)
    }

    /// A category.
    pub fn category(&self, id: CategoryId) -> Option<&CategoryNode> {
        self.categories.iter().find(|category| category.id == id)
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> Option<&GroupNode> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The forums above this one, the outermost first, without itself.
    pub fn ancestors(&self, id: ForumId) -> Vec<&ForumNode> {
        let mut chain = Vec::new();
        let mut next = self.forum(id).and_then(|forum| forum.parent);
        while let Some(forum) = next.and_then(|id| self.forum(id)) {
            if chain.len() >= self.forums.len() {
                break;
            }
            chain.push(forum);
            next = forum.parent;
        }
        chain.reverse();
        chain
    }

    /// The forums directly below this one, in order.
    pub fn children(&self, id: ForumId) -> impl Iterator<Item = &ForumNode> {
        self.forums
            .iter()
            .filter(move |forum| forum.parent == Some(id))
    }

    /// This forum and everything below it.
    pub fn family(&self, id: ForumId) -> Vec<ForumId> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(&above) = family.get(next) {
            family.extend(self.children(above).map(|child| child.id));
            next += 1;
        }
        family
    }

    /// Whether the viewer has the right in this forum; `false` for a forum that does not exist.
    pub fn may(&self, viewer: &Viewer, forum: ForumId, right: Right) -> bool {
        self.forum(forum).is_some_and(|node| {
            let above = self.ancestors(forum);
            may_below(viewer, above.iter().map(|a| &a.rights), &node.rights, right)
        })
    }

    /// The forums in which the viewer has the right, in the site's order.
    pub fn forums_with(&self, viewer: &Viewer, right: Right) -> Vec<&ForumNode> {
        self.forums
            .iter()
            .filter(|forum| self.may(viewer, forum.id, right))
            .collect()
    }

    /// The forum, or "no such forum" when the viewer lacks the right to see it at all.
    pub fn visible(&self, viewer: &Viewer, forum: ForumId) -> Result<&ForumNode> {
        match self.forum(forum) {
            Some(node) if self.may(viewer, forum, Right::See) => Ok(node),
            _ => Err(StoreError::NotFound(What::Forum)),
        }
    }
}

impl Store {
    /// Reads the site's shape anew. 5 statements.
    pub(crate) async fn reload_site(&self) -> Result<()> {
        let db = self.db();
        // Read first: whatever changes while the rest is read comes after it and is read again.
        let seq = self.last_change().await?;
        let settings: Vec<(String, String)> = rows!(db, "select key, value from settings")?;
        let settings = read_settings(settings);
        let categories: Vec<(i64, String)> =
            rows!(db, "select id, title from categories order by position, id")?;
        let categories: Vec<_> = categories
            .into_iter()
            .map(|(id, title)| CategoryNode {
                id: id.into(),
                title,
            })
            .collect();
        let forums: Vec<ForumRow> = rows!(db, "select * from forums order by position, id")?;
        let forums = forums
            .into_iter()
            .map(ForumNode::try_from)
            .collect::<Result<Vec<_>>>()?;
        let groups: Vec<(i64, String, String)> = rows!(
            db,
            "select id, name, description from groups order by name_key"
        )?;
        let groups = groups
            .into_iter()
            .map(|(id, name, description)| GroupNode {
                id: id.into(),
                name,
                description,
            })
            .collect();
        self.set_site(Site {
            forums: in_tree_order(&categories, forums),
            settings,
            categories,
            groups,
            seq,
        });
        Ok(())
    }
}

/// The stored settings over the defaults. One that does not fit is left at its default: a setting
/// of another version must not keep the site from starting.
pub(crate) fn read_settings(pairs: Vec<(String, String)>) -> SiteSettings {
    let mut settings = SiteSettings::default();
    for (key, value) in pairs {
        if let Err(error) = settings.set(&key, &value) {
            tracing::warn!(setting.key = %key, %error, "a stored setting is ignored");
        }
    }
    settings
}

/// Category by category, every parent directly before its subforums.
fn in_tree_order(categories: &[CategoryNode], forums: Vec<ForumNode>) -> Vec<ForumNode> {
    let mut ordered = Vec::with_capacity(forums.len());
    for category in categories {
        let roots = forums
            .iter()
            .filter(|f| f.category == category.id && f.parent.is_none());
        let mut pending: Vec<(&ForumNode, usize)> = roots.map(|f| (f, 0)).collect();
        pending.reverse();
        while let Some((forum, depth)) = pending.pop() {
            let children: Vec<_> = forums
                .iter()
                .filter(|f| f.parent == Some(forum.id))
                .collect();
            pending.extend(children.into_iter().rev().map(|f| (f, depth + 1)));
            ordered.push(ForumNode {
                depth,
                ..forum.clone()
            });
        }
    }
    ordered
}

#[derive(sqlx::FromRow)]
struct ForumRow {
    id: i64,
    category_id: i64,
    parent_id: Option<i64>,
    title: String,
    description: String,
    right_see: i64,
    right_read: i64,
    right_post: i64,
    right_reply: i64,
    right_attach: i64,
    right_download: i64,
    private_policy: String,
    allow_v1: bool,
    allow_hybrid: bool,
    allow_v2: bool,
    foreign_trackers: String,
}

impl TryFrom<ForumRow> for ForumNode {
    type Error = StoreError;

    fn try_from(row: ForumRow) -> Result<Self> {
        let audience = |code| Audience::try_from(code).map_err(|why| corrupt("forums.right", why));
        Ok(Self {
            id: row.id.into(),
            category: row.category_id.into(),
            parent: row.parent_id.map(ForumId),
            depth: 0,
            title: row.title,
            description: row.description,
            rights: ForumRights {
                see: audience(row.right_see)?,
                read: audience(row.right_read)?,
                post: audience(row.right_post)?,
                reply: audience(row.right_reply)?,
                attach: audience(row.right_attach)?,
                download: audience(row.right_download)?,
            },
            policy: ForumPolicy {
                private: parsed("forums.private_policy", &row.private_policy)?,
                foreign: parsed("forums.foreign_trackers", &row.foreign_trackers)?,
                v1_only: row.allow_v1,
                hybrid: row.allow_hybrid,
                v2_only: row.allow_v2,
            },
        })
    }
}
