//! The administrator's side of categories and forums.

use domain::{
    Audience, CategoryId, ForumDescription, ForumId, ForumPolicy, ForumRights, ForumTitle, Right,
};

use crate::changes::Subject;
use crate::db::{Tx, exec, row, rows, value};
use crate::dialect::{Turn, take_turn};
use crate::{Conflict, Result, Store, StoreError, What};

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
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let id: i64 = value!(
            tx,
            "insert into categories (title, position)
             select $1, coalesce(max(position), 0) + 1 from categories returning id",
            title.as_str(),
        )?;
        self.commit(tx, &[Subject::Site]).await?;
        Ok(CategoryId(id))
    }

    /// Renames a category.
    pub async fn update_category(&self, id: CategoryId, title: &ForumTitle) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update categories set title = $2 where id = $1",
            id.0,
            title.as_str()
        )?;
        if changed == 0 {
            return Err(StoreError::NotFound(What::Category));
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Moves a category to a place among its neighbours, 0 being the first.
    pub async fn move_category(&self, id: CategoryId, place: usize) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let order: Vec<(i64,)> = rows!(tx, "select id from categories order by position, id")?;
        let order = moved(order, id.0, place).ok_or(StoreError::NotFound(What::Category))?;
        for (position, id) in (1_i64..).zip(order) {
            exec!(
                tx,
                "update categories set position = $2 where id = $1",
                id,
                position
            )?;
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Deletes an empty category.
    ///
    /// # Errors
    /// `Conflict::CategoryNotEmpty`.
    pub async fn delete_category(&self, id: CategoryId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let used: bool = value!(
            tx,
            "select exists (select 1 from forums where category_id = $1)",
            id.0
        )?;
        if used {
            return Err(Conflict::CategoryNotEmpty.into());
        }
        let deleted = exec!(tx, "delete from categories where id = $1", id.0)?;
        if deleted == 0 {
            return Err(StoreError::NotFound(What::Category));
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Makes a forum.
    pub async fn create_forum(&self, forum: &NewForum) -> Result<ForumId> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let category = home(&mut tx, forum.category, forum.parent).await?;
        let details = &forum.details;
        check_groups(&mut tx, &details.rights).await?;
        let id: i64 = value!(
            tx,
            "insert into forums (category_id, parent_id, position, title, description,
                right_see, right_read, right_post, right_reply, right_attach, right_download,
                private_policy, allow_v1, allow_hybrid, allow_v2, foreign_trackers)
             select $1, $2, coalesce(max(position), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                $12, $13, $14, $15 from forums
             returning id",
            category,
            forum.parent.map(i64::from),
            details.title.as_str(),
            details.description.as_str(),
            details.rights.see.code(),
            details.rights.read.code(),
            details.rights.post.code(),
            details.rights.reply.code(),
            details.rights.attach.code(),
            details.rights.download.code(),
            details.policy.private.as_str(),
            details.policy.v1_only,
            details.policy.hybrid,
            details.policy.v2_only,
            details.policy.foreign.as_str(),
        )?;
        self.commit(tx, &[Subject::Site]).await?;
        Ok(ForumId(id))
    }

    /// Changes what is said about a forum.
    pub async fn update_forum(&self, id: ForumId, details: &ForumDetails) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        check_groups(&mut tx, &details.rights).await?;
        let changed = exec!(
            tx,
            "update forums set title = $2, description = $3, right_see = $4, right_read = $5,
                right_post = $6, right_reply = $7, right_attach = $8, right_download = $9,
                private_policy = $10, allow_v1 = $11, allow_hybrid = $12, allow_v2 = $13,
                foreign_trackers = $14
             where id = $1",
            id.0,
            details.title.as_str(),
            details.description.as_str(),
            details.rights.see.code(),
            details.rights.read.code(),
            details.rights.post.code(),
            details.rights.reply.code(),
            details.rights.attach.code(),
            details.rights.download.code(),
            details.policy.private.as_str(),
            details.policy.v1_only,
            details.policy.hybrid,
            details.policy.v2_only,
            details.policy.foreign.as_str(),
        )?;
        if changed == 0 {
            return Err(StoreError::NotFound(What::Forum));
        }
        self.commit(tx, &[Subject::Site]).await
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
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let category = home(&mut tx, category, parent).await?;
        let all: Vec<(i64, Option<i64>)> =
            rows!(tx, "select id, parent_id from forums order by position, id")?;
        if !all.iter().any(|&(other, _)| other == id.0) {
            return Err(StoreError::NotFound(What::Forum));
        }
        let family = family(&all, id.0);
        if parent.is_some_and(|parent| family.contains(&parent.0)) {
            return Err(Conflict::ForumCycle.into());
        }
        for member in family {
            exec!(
                tx,
                "update forums set category_id = $2 where id = $1",
                member,
                category
            )?;
        }
        exec!(
            tx,
            "update forums set parent_id = $2 where id = $1",
            id.0,
            parent.map(i64::from)
        )?;
        let neighbours: Vec<(i64,)> = rows!(
            tx,
            "select id from forums
             where category_id = $1 and coalesce(parent_id, 0) = $2 order by position, id",
            category,
            parent.map_or(0, |parent| parent.0),
        )?;
        let order = moved(neighbours, id.0, place).ok_or(StoreError::NotFound(What::Forum))?;
        for (position, id) in (1_i64..).zip(order) {
            exec!(
                tx,
                "update forums set position = $2 where id = $1",
                id,
                position
            )?;
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Deletes an empty forum.
    ///
    /// # Errors
    /// `Conflict::ForumNotEmpty`.
    pub async fn delete_forum(&self, id: ForumId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Structure).await?;
        let used: bool = value!(
            tx,
            "select exists (select 1 from forums where parent_id = $1)
                or exists (select 1 from topics where forum_id = $1)",
            id.0,
        )?;
        if used {
            return Err(Conflict::ForumNotEmpty.into());
        }
        let deleted = exec!(tx, "delete from forums where id = $1", id.0)?;
        if deleted == 0 {
            return Err(StoreError::NotFound(What::Forum));
        }
        self.commit(tx, &[Subject::Site]).await
    }
}

/// The category a forum comes to stand in: the parent's, where there is one.
async fn home(tx: &mut Tx<'_>, category: CategoryId, parent: Option<ForumId>) -> Result<i64> {
    let (found, missing): (Option<(i64,)>, What) = match parent {
        Some(parent) => (
            row!(tx, "select category_id from forums where id = $1", parent.0)?,
            What::Forum,
        ),
        None => (
            row!(tx, "select id from categories where id = $1", category.0)?,
            What::Category,
        ),
    };
    found.map(|(id,)| id).ok_or(StoreError::NotFound(missing))
}

/// Refuses rights given to a group that is not there.
async fn check_groups(tx: &mut Tx<'_>, rights: &ForumRights) -> Result<()> {
    for right in Right::ALL {
        if let Audience::Group(group) = rights.audience(right) {
            let there: bool = value!(
                tx,
                "select exists (select 1 from groups where id = $1)",
                group.0
            )?;
            if !there {
                return Err(StoreError::NotFound(What::Group));
            }
        }
    }
    Ok(())
}

/// A forum and everything below it.
fn family(forums: &[(i64, Option<i64>)], root: i64) -> Vec<i64> {
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&above) = family.get(next) {
        family.extend(
            forums
                .iter()
                .filter(|(_, p)| *p == Some(above))
                .map(|(id, _)| *id),
        );
        next += 1;
    }
    family
}

/// The ids with `id` at `place`, or at the end; `None` when `id` is not among them.
fn moved(order: Vec<(i64,)>, id: i64, place: usize) -> Option<Vec<i64>> {
    let mut order: Vec<i64> = order.into_iter().map(|(id,)| id).collect();
    let from = order.iter().position(|&other| other == id)?;
    order.remove(from);
    order.insert(place.min(order.len()), id);
    Some(order)
}
