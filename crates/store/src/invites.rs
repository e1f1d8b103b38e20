//! Invites: a code that lets one person register.

use domain::{InviteId, UnixTime, UserId};

use crate::db::{exec, rows, value};
use crate::pages::MemberLink;
use crate::{Result, Store, StoreError, TokenHash, What};

/// An invite as its maker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// The invite.
    pub id: InviteId,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it stops working.
    pub expires_at: UnixTime,
    /// Who used it, and when.
    pub used: Option<(MemberLink, UnixTime)>,
}

impl Store {
    /// Makes an invite.
    pub async fn create_invite(
        &self,
        by: UserId,
        code: &TokenHash,
        now: UnixTime,
        expires_at: UnixTime,
    ) -> Result<InviteId> {
        let mut tx = self.db().begin().await?;
        let id: i64 = value!(
            tx,
            "insert into invites (code_hash, created_by, created_at, expires_at)
             values ($1, $2, $3, $4) returning id",
            &code.0[..],
            by.0,
            now.0,
            expires_at.0,
        )?;
        tx.commit().await?;
        Ok(InviteId(id))
    }

    /// Whether the code would let someone register now.
    pub async fn invite_is_valid(&self, code: &TokenHash, now: UnixTime) -> Result<bool> {
        Ok(value!(
            self.db(),
            "select exists (select 1 from invites
                where code_hash = $1 and used_at is null and expires_at > $2)",
            &code.0[..],
            now.0,
        )?)
    }

    /// The invites an account made, the newest first.
    pub async fn list_invites(&self, by: UserId) -> Result<Vec<Invite>> {
        let rows: Vec<Row> = rows!(
            self.db(),
            "select i.id, i.created_at, i.expires_at, u.id, u.name, i.used_at
             from invites i left join users u on u.id = i.used_by
             where i.created_by = $1 order by i.id desc",
            by.0,
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, created_at, expires_at, user, name, used_at)| Invite {
                id: InviteId(id),
                created_at: UnixTime(created_at),
                expires_at: UnixTime(expires_at),
                used: MemberLink::from_columns(user, name).zip(used_at.map(UnixTime)),
            })
            .collect())
    }

    /// Takes back an unused invite of this account.
    pub async fn revoke_invite(&self, by: UserId, invite: InviteId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let revoked = exec!(
            tx,
            "delete from invites where created_by = $1 and id = $2 and used_at is null",
            by.0,
            invite.0,
        )?;
        if revoked == 0 {
            return Err(StoreError::NotFound(What::Invite));
        }
        tx.commit().await
    }
}

/// id, created_at, expires_at, the user's id and name, used_at
type Row = (i64, i64, i64, Option<i64>, Option<String>, Option<i64>);
