//! The administrator's side of categories and forums.

use domain::{CategoryId, ForumDescription, ForumId, ForumPolicy, ForumRights, ForumTitle};

use crate::{Result, Store};

/// What an administrator says about a forum.
#[derive(Debug, Clone)]
pub struct ForumDetails {
    /// Its title.
    pub title: ForumTitle,
    /// Its description; may be empty.
    pub description: ForumDescription,
    /// Who may do what in it.
    pub rights: ForumRights,
    /// Which torrents it takes.
    pub policy: ForumPolicy,
}

/// A forum that is made. It is put last among its neighbours.
#[derive(Debug, Clone)]
pub struct NewForum {
    /// The category it stands in; with a parent, the parent's category counts.
    pub category: CategoryId,
    /// The forum it stands under.
    pub parent: Option<ForumId>,
    /// What is said about it.
    pub details: ForumDetails,
}

impl Store {
    /// Makes a category, after all others.
    pub async fn create_category(&self, title: &ForumTitle) -> Result<CategoryId> {
        let _ = title;
        Err(later())
    }

    /// Renames a category.
    pub async fn update_category(&self, id: CategoryId, title: &ForumTitle) -> Result<()> {
        let _ = (id, title);
        Err(later())
    }

    /// Moves a category to a place among its neighbours, 0 being the first.
    pub async fn move_category(&self, id: CategoryId, place: usize) -> Result<()> {
        let _ = (id, place);
        Err(later())
    }

    /// Deletes an empty category.
    ///
    /// # Errors
    /// `Conflict::CategoryNotEmpty`.
    pub async fn delete_category(&self, id: CategoryId) -> Result<()> {
        let _ = id;
        Err(later())
    }

    /// Makes a forum.
    pub async fn create_forum(&self, forum: &NewForum) -> Result<ForumId> {
        let _ = forum;
        Err(later())
    }

    /// Changes what is said about a forum.
    pub async fn update_forum(&self, id: ForumId, details: &ForumDetails) -> Result<()> {
        let _ = (id, details);
        Err(later())
    }

    /// Moves a forum, with its subforums, into a category or under another forum, to a place among
    /// its new neighbours (0 being the first).
    ///
    /// # Errors
    /// `Conflict::ForumCycle`.
    pub async fn move_forum(
        &self,
        id: ForumId,
        category: CategoryId,
        parent: Option<ForumId>,
        place: usize,
    ) -> Result<()> {
        let _ = (id, category, parent, place);
        Err(later())
    }

    /// Deletes an empty forum.
    ///
    /// # Errors
    /// `Conflict::ForumNotEmpty`.
    pub async fn delete_forum(&self, id: ForumId) -> Result<()> {
        let _ = id;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
