//! Browser sessions, and the one statement that every page begins with.

use domain::{Language, Passkey, SessionId, Theme, UnixTime, UserId, Viewer};

use crate::db::{exec, row, rows, value};
use crate::row::{bytes, group_ids, parsed, storable, unsigned};
use crate::{Result, Store, StoreError};

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
        let mut tx = self.db().begin().await?;
        let user_agent: String = storable(&session.user_agent).chars().take(250).collect();
        let id: i64 = value!(
            tx,
            "insert into sessions (token_hash, user_id, csrf, ip, user_agent, created_at,
                last_seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $6, $7) returning id",
            &session.token.0[..],
            session.user.0,
            &session.csrf[..],
            &session.ip,
            user_agent,
            session.now.0,
            session.expires_at.0,
        )?;
        exec!(
            tx,
            "update users set last_seen_at = $2 where id = $1",
            session.user.0,
            session.now.0,
        )?;
        tx.commit().await?;
        Ok(SessionId(id))
    }

    /// Who holds this session, in ONE statement; `None` when it does not exist or has ended.
    pub async fn viewer_by_session(
        &self,
        token: &TokenHash,
        now: UnixTime,
    ) -> Result<Option<SessionView>> {
        let row: Option<ViewRow> = row!(
            self.db(),
            "select s.id, s.csrf, s.last_seen_at, s.expires_at, u.id as user_id, u.name, u.admin,
                u.banned_at, u.language, u.theme, u.passkey, u.uploaded, u.downloaded,
                (select string_agg(cast(m.group_id as text), ',') from group_members m
                 where m.user_id = u.id) as group_ids
             from sessions s join users u on u.id = s.user_id
             where s.token_hash = $1 and s.expires_at > $2",
            &token.0[..],
            now.0,
        )?;
        row.map(SessionView::try_from).transpose()
    }

    /// Records that the session is in use and moves its end. Writes only when the last touch is
    /// 5 minutes or more ago, so it may be called on every request.
    pub async fn touch_session(
        &self,
        session: &SessionView,
        now: UnixTime,
        expires_at: UnixTime,
    ) -> Result<()> {
        if now.since(session.touched_at) < TOUCH_EVERY {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "update sessions set last_seen_at = $2, expires_at = $3 where id = $1",
            session.session.0,
            now.0,
            expires_at.0,
        )?;
        exec!(
            tx,
            "update users set last_seen_at = $2 where id = $1",
            session.viewer.user.map_or(0, |user| user.0),
            now.0,
        )?;
        tx.commit().await
    }

    /// The live sessions of an account, the last used first.
    pub async fn list_sessions(&self, user: UserId, now: UnixTime) -> Result<Vec<SessionRow>> {
        let rows: Vec<(i64, String, String, i64, i64, i64)> = rows!(
            self.db(),
            "select id, ip, user_agent, created_at, last_seen_at, expires_at from sessions
             where user_id = $1 and expires_at > $2 order by last_seen_at desc, id desc",
            user.0,
            now.0,
        )?;
        Ok(rows
            .into_iter()
            .map(
                |(id, ip, user_agent, created_at, last_seen_at, expires_at)| SessionRow {
                    id: SessionId(id),
                    ip,
                    user_agent,
                    created_at: UnixTime(created_at),
                    last_seen_at: UnixTime(last_seen_at),
                    expires_at: UnixTime(expires_at),
                },
            )
            .collect())
    }

    /// Ends one session of this account; ending one that is gone is fine.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "delete from sessions where user_id = $1 and id = $2",
            user.0,
            session.0
        )?;
        tx.commit().await
    }

    /// Ends all sessions of this account but `keep`; returns how many ended.
    pub async fn end_other_sessions(&self, user: UserId, keep: Option<SessionId>) -> Result<u64> {
        let mut tx = self.db().begin().await?;
        let ended = exec!(
            tx,
            "delete from sessions where user_id = $1 and id <> $2",
            user.0,
            keep.map_or(0, |session| session.0),
        )?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Removes sessions that have ended; returns how many.
    pub async fn purge_sessions(&self, now: UnixTime) -> Result<u64> {
        let mut tx = self.db().begin().await?;
        let purged = exec!(tx, "delete from sessions where expires_at <= $1", now.0)?;
        tx.commit().await?;
        Ok(purged)
    }
}

/// Seconds between two writes that say "still in use".
pub(crate) const TOUCH_EVERY: i64 = 300;

#[derive(sqlx::FromRow)]
struct ViewRow {
    id: i64,
    csrf: Vec<u8>,
    last_seen_at: i64,
    expires_at: i64,
    user_id: i64,
    name: String,
    admin: bool,
    banned_at: Option<i64>,
    language: Option<String>,
    theme: Option<String>,
    passkey: String,
    uploaded: i64,
    downloaded: i64,
    group_ids: Option<String>,
}

impl TryFrom<ViewRow> for SessionView {
    type Error = StoreError;

    fn try_from(row: ViewRow) -> Result<Self> {
        Ok(Self {
            session: SessionId(row.id),
            viewer: Viewer {
                user: Some(UserId(row.user_id)),
                name: row.name,
                groups: group_ids(row.group_ids.as_deref())?,
                admin: row.admin,
                banned: row.banned_at.is_some(),
            },
            csrf: bytes("sessions.csrf", &row.csrf)?,
            language: row.language.and_then(|word| word.parse().ok()),
            theme: row.theme.and_then(|word| word.parse().ok()),
            passkey: parsed("users.passkey", &row.passkey)?,
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
            touched_at: UnixTime(row.last_seen_at),
            expires_at: UnixTime(row.expires_at),
        })
    }
}
