//! Browser sessions, and the one statement that every page begins with.

use domain::{Language, Passkey, SessionId, Theme, UnixTime, UserId, Viewer};

use crate::{Result, Store};

/// SHA-256 of a secret that only its holder knows: a session cookie, an API token, an invite code.
/// The store never sees the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose it is.
    pub user: UserId,
    /// Hash of the cookie's secret.
    pub token: TokenHash,
    /// The secret that form tokens of this session are made from.
    pub csrf: [u8; 32],
    /// The address it began from, as text; shown to its owner.
    pub ip: String,
    /// The browser's `User-Agent`, cut to 250 characters by the store; shown to its owner.
    pub user_agent: String,
    /// When it begins.
    pub now: UnixTime,
    /// When it ends unless touched.
    pub expires_at: UnixTime,
}

/// Everything a page needs to know about who looks at it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The session.
    pub session: SessionId,
    /// Who looks; a banned account's viewer has `banned` set.
    pub viewer: Viewer,
    /// The secret that form tokens are made from.
    pub csrf: [u8; 32],
    /// The language chosen by the account.
    pub language: Option<Language>,
    /// The theme chosen by the account.
    pub theme: Option<Theme>,
    /// The tracker key, for announce URLs and magnets.
    pub passkey: Passkey,
    /// Bytes uploaded.
    pub uploaded: u64,
    /// Bytes downloaded.
    pub downloaded: u64,
    /// When this session was last touched in the store.
    pub touched_at: UnixTime,
    /// When it ends unless touched.
    pub expires_at: UnixTime,
}

/// A session as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// The address it began from.
    pub ip: String,
    /// The browser.
    pub user_agent: String,
    /// When it began.
    pub created_at: UnixTime,
    /// When it was last used, to a few minutes.
    pub last_seen_at: UnixTime,
    /// When it ends unless used.
    pub expires_at: UnixTime,
}

impl Store {
    /// Begins a session.
    pub async fn create_session(&self, session: &NewSession) -> Result<SessionId> {
        let _ = session;
        Err(later())
    }

    /// Who holds this session, in ONE statement; `None` when it does not exist or has ended.
    pub async fn viewer_by_session(
        &self,
        token: &TokenHash,
        now: UnixTime,
    ) -> Result<Option<SessionView>> {
        let _ = (token, now);
        Err(later())
    }

    /// Records that the session is in use and moves its end. Writes only when the last touch is
    /// 5 minutes or more ago, so it may be called on every request.
    pub async fn touch_session(
        &self,
        session: &SessionView,
        now: UnixTime,
        expires_at: UnixTime,
    ) -> Result<()> {
        let _ = (session, now, expires_at);
        Err(later())
    }

    /// The live sessions of an account, the last used first.
    pub async fn list_sessions(&self, user: UserId, now: UnixTime) -> Result<Vec<SessionRow>> {
        let _ = (user, now);
        Err(later())
    }

    /// Ends one session of this account; ending one that is gone is fine.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<()> {
        let _ = (user, session);
        Err(later())
    }

    /// Ends all sessions of this account but `keep`; returns how many ended.
    pub async fn end_other_sessions(&self, user: UserId, keep: Option<SessionId>) -> Result<u64> {
        let _ = (user, keep);
        Err(later())
    }

    /// Removes sessions that have ended; returns how many.
    pub async fn purge_sessions(&self, now: UnixTime) -> Result<u64> {
        let _ = now;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
