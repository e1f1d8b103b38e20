//! Invites: a code that lets one person register.

use domain::{InviteId, UnixTime, UserId};

use crate::pages::MemberLink;
use crate::{Result, Store, TokenHash};

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
        let _ = (by, code, now, expires_at);
        Err(later())
    }

    /// Whether the code would let someone register now.
    pub async fn invite_is_valid(&self, code: &TokenHash, now: UnixTime) -> Result<bool> {
        let _ = (code, now);
        Err(later())
    }

    /// The invites an account made, the newest first.
    pub async fn list_invites(&self, by: UserId) -> Result<Vec<Invite>> {
        let _ = by;
        Err(later())
    }

    /// Takes back an unused invite of this account.
    pub async fn revoke_invite(&self, by: UserId, invite: InviteId) -> Result<()> {
        let _ = (by, invite);
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
