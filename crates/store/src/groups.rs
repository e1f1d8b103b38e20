//! Groups of accounts, which forum rights can be given to.

use domain::{GroupId, UnixTime, UserId};

use crate::changes::Subject;
use crate::db::{exec, rows, value};
use crate::dialect::{Turn, take_turn};
use crate::row::storable;
use crate::{Conflict, Duplicate, Result, Store, StoreError, What, dialect};

/// A group that is made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name, unique regardless of case.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The account.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: UnixTime,
}

impl Store {
    /// Makes a group.
    pub async fn create_group(&self, group: &NewGroup, now: UnixTime) -> Result<GroupId> {
        let mut tx = self.db().begin().await?;
        let id: i64 = value!(
            tx,
            "insert into groups (name, name_key, description, created_at)
             values ($1, $2, $3, $4) returning id",
            storable(&group.name),
            group.key(),
            storable(&group.description),
            now.0,
        )
        .map_err(taken)?;
        self.commit(tx, &[Subject::Site]).await?;
        Ok(GroupId(id))
    }

    /// Renames or redescribes a group.
    pub async fn update_group(&self, id: GroupId, group: &NewGroup) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update groups set name = $2, name_key = $3, description = $4 where id = $1",
            id.0,
            storable(&group.name),
            group.key(),
            storable(&group.description),
        )
        .map_err(taken)?;
        if changed == 0 {
            return Err(StoreError::NotFound(What::Group));
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Deletes a group; its members stay.
    ///
    /// # Errors
    /// `Conflict::GroupInUse` while a forum right is given to it.
    pub async fn delete_group(&self, id: GroupId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        // Forum rights change under the same lock.
        take_turn(&mut tx, Turn::Structure).await?;
        let used: bool = value!(
            tx,
            "select exists (select 1 from forums where $1 in
                (right_see, right_read, right_post, right_reply, right_attach, right_download))",
            id.0,
        )?;
        if used {
            return Err(Conflict::GroupInUse.into());
        }
        let deleted = exec!(tx, "delete from groups where id = $1", id.0)?;
        if deleted == 0 {
            return Err(StoreError::NotFound(What::Group));
        }
        self.commit(tx, &[Subject::Site]).await
    }

    /// Adds an account to a group; adding it twice is fine.
    pub async fn add_to_group(&self, group: GroupId, user: UserId, now: UnixTime) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let group_found: bool = value!(
            tx,
            "select exists (select 1 from groups where id = $1)",
            group.0
        )?;
        if !group_found {
            return Err(StoreError::NotFound(What::Group));
        }
        let user_found: bool = value!(
            tx,
            "select exists (select 1 from users where id = $1)",
            user.0
        )?;
        if !user_found {
            return Err(StoreError::NotFound(What::User));
        }
        exec!(
            tx,
            "insert into group_members (group_id, user_id, since) values ($1, $2, $3)
             on conflict (group_id, user_id) do nothing",
            group.0,
            user.0,
            now.0,
        )?;
        self.commit(tx, &[Subject::User(user)]).await
    }

    /// Takes an account out of a group; taking it out twice is fine.
    pub async fn remove_from_group(&self, group: GroupId, user: UserId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "delete from group_members where group_id = $1 and user_id = $2",
            group.0,
            user.0,
        )?;
        self.commit(tx, &[Subject::User(user)]).await
    }

    /// The members of a group by name.
    pub async fn group_members(&self, group: GroupId) -> Result<Vec<GroupMember>> {
        let rows: Vec<(i64, String, i64)> = rows!(
            self.db(),
            "select u.id, u.name, m.since from group_members m join users u on u.id = m.user_id
             where m.group_id = $1 order by u.name_key",
            group.0,
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, name, since)| GroupMember {
                user: UserId(id),
                name,
                since: UnixTime(since),
            })
            .collect())
    }
}

impl NewGroup {
    fn key(&self) -> String {
        storable(&self.name).to_lowercase()
    }
}

fn taken(error: sqlx::Error) -> StoreError {
    match dialect::unique_violation(&error).as_deref() {
        Some("groups_name_key") => Duplicate::GroupName.into(),
        _ => error.into(),
    }
}
