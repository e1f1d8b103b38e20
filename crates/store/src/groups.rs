//! Groups of accounts, which forum rights can be given to.

use domain::{GroupId, UnixTime, UserId};

use crate::{Result, Store};

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
        let _ = (group, now);
        Err(later())
    }

    /// Renames or redescribes a group.
    pub async fn update_group(&self, id: GroupId, group: &NewGroup) -> Result<()> {
        let _ = (id, group);
        Err(later())
    }

    /// Deletes a group; its members stay.
    ///
    /// # Errors
    /// `Conflict::GroupInUse` while a forum right is given to it.
    pub async fn delete_group(&self, id: GroupId) -> Result<()> {
        let _ = id;
        Err(later())
    }

    /// Adds an account to a group; adding it twice is fine.
    pub async fn add_to_group(&self, group: GroupId, user: UserId, now: UnixTime) -> Result<()> {
        let _ = (group, user, now);
        Err(later())
    }

    /// Takes an account out of a group; taking it out twice is fine.
    pub async fn remove_from_group(&self, group: GroupId, user: UserId) -> Result<()> {
        let _ = (group, user);
        Err(later())
    }

    /// The members of a group by name.
    pub async fn group_members(&self, group: GroupId) -> Result<Vec<GroupMember>> {
        let _ = group;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
