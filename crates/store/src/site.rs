//! The site's shape (settings, categories, forums, groups), cached in memory.

use domain::{
    CategoryId, ForumId, ForumPolicy, ForumRights, GroupId, Right, SiteSettings, Viewer, may_below,
};

use crate::{Result, StoreError, What};

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

impl crate::Store {
    pub(crate) async fn reload_site(&self) -> Result<()> {
        self.set_site(Site::default());
        Ok(())
    }
}
