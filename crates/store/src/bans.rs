//! Who administers the site, and who is shut out of it.

use domain::{UnixTime, UserId};

use crate::accounts::found;
use crate::changes::Subject;
use crate::db::{Tx, exec, rows};
use crate::dialect::{Turn, take_turn};
use crate::row::storable;
use crate::{Conflict, Result, Store};

/// Why and since when an account is banned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Since when.
    pub at: UnixTime,
    /// What its owner is told; may be empty.
    pub reason: String,
}

impl Store {
    /// Makes the account an administrator, or takes the role away.
    ///
    /// # Errors
    /// `Conflict::LastAdministrator`.
    pub async fn set_admin(&self, user: UserId, admin: bool) -> Result<()> {
        let mut tx = self.db().begin().await?;
        if !admin {
            keep_an_administrator(&mut tx, user).await?;
        }
        let changed = exec!(
            tx,
            "update users set admin = $2 where id = $1",
            user.0,
            admin
        )?;
        found(changed)?;
        self.commit(tx, &[Subject::User(user)]).await
    }

    /// Bans the account: its sessions end, its tokens and passkey stop working.
    ///
    /// # Errors
    /// `Conflict::LastAdministrator`.
    pub async fn ban(&self, user: UserId, reason: &str, now: UnixTime) -> Result<()> {
        let mut tx = self.db().begin().await?;
        keep_an_administrator(&mut tx, user).await?;
        let changed = exec!(
            tx,
            "update users set banned_at = $2, ban_reason = $3 where id = $1",
            user.0,
            now.0,
            storable(reason),
        )?;
        found(changed)?;
        exec!(tx, "delete from sessions where user_id = $1", user.0)?;
        self.commit(tx, &[Subject::User(user)]).await
    }

    /// Lifts the ban.
    pub async fn unban(&self, user: UserId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set banned_at = null, ban_reason = '' where id = $1",
            user.0
        )?;
        found(changed)?;
        self.commit(tx, &[Subject::User(user)]).await
    }
}

/// Refuses when nobody but this account could administer the site; holds until the transaction ends.
async fn keep_an_administrator(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    take_turn(tx, Turn::Roles).await?;
    let administrators: Vec<(i64,)> = rows!(
        tx,
        "select id from users where admin and banned_at is null limit 2"
    )?;
    if administrators == [(user.0,)] {
        return Err(Conflict::LastAdministrator.into());
    }
    Ok(())
}

impl Ban {
    pub(crate) fn from_columns(at: Option<i64>, reason: String) -> Option<Self> {
        at.map(|at| Self {
            at: UnixTime(at),
            reason,
        })
    }
}
