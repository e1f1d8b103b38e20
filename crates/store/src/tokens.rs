//! API tokens: a secret with scopes that stands for its owner.

use domain::{Passkey, Scopes, TokenId, UnixTime, UserId, Viewer};

use crate::db::{exec, row, rows, value};
use crate::row::{group_ids, parsed, storable, unsigned};
use crate::sessions::TOUCH_EVERY;
use crate::{Result, Store, StoreError, TokenHash, What};

/// A token that is made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// Hash of the secret.
    pub token: TokenHash,
    /// What it may do.
    pub scopes: Scopes,
    /// When it is made.
    pub now: UnixTime,
    /// When it stops working, if ever.
    pub expires_at: Option<UnixTime>,
}

/// A token as its owner sees it in the list.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last used, to a few minutes.
    pub last_used_at: Option<UnixTime>,
    /// When it stops working, if ever.
    pub expires_at: Option<UnixTime>,
}

/// Who an API request comes from.
#[derive(Debug, Clone)]
pub struct TokenView {
    /// The token.
    pub token: TokenId,
    /// Its owner; a banned account's viewer has `banned` set.
    pub viewer: Viewer,
    /// What the token may do.
    pub scopes: Scopes,
    /// The owner's tracker key.
    pub passkey: Passkey,
    /// Bytes the owner uploaded.
    pub uploaded: u64,
    /// Bytes the owner downloaded.
    pub downloaded: u64,
    /// When the token was last used, as far as stored.
    pub last_used_at: Option<UnixTime>,
}

impl Store {
    /// Makes a token.
    pub async fn create_token(&self, token: &NewToken) -> Result<TokenId> {
        let mut tx = self.db().begin().await?;
        let id: i64 = value!(
            tx,
            "insert into tokens (token_hash, user_id, name, scopes, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6) returning id",
            &token.token.0[..],
            token.user.0,
            storable(&token.name),
            token.scopes.to_string(),
            token.now.0,
            token.expires_at.map(i64::from),
        )?;
        tx.commit().await?;
        Ok(TokenId(id))
    }

    /// Who holds this token, in one statement; `None` when it does not exist or has expired.
    pub async fn viewer_by_token(
        &self,
        token: &TokenHash,
        now: UnixTime,
    ) -> Result<Option<TokenView>> {
        let row: Option<ViewRow> = row!(
            self.db(),
            "select t.id, t.scopes, t.last_used_at, u.id as user_id, u.name, u.admin, u.banned_at,
                u.passkey, u.uploaded, u.downloaded,
                (select string_agg(cast(m.group_id as text), ',') from group_members m
                 where m.user_id = u.id) as group_ids
             from tokens t join users u on u.id = t.user_id
             where t.token_hash = $1 and (t.expires_at is null or t.expires_at > $2)",
            &token.0[..],
            now.0,
        )?;
        row.map(TokenView::try_from).transpose()
    }

    /// Records that the token is in use. Writes only when the last touch is 5 minutes or more ago.
    pub async fn touch_token(&self, token: &TokenView, now: UnixTime) -> Result<()> {
        if token
            .last_used_at
            .is_some_and(|last| now.since(last) < TOUCH_EVERY)
        {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "update tokens set last_used_at = $2 where id = $1",
            token.token.0,
            now.0
        )?;
        tx.commit().await
    }

    /// The tokens of an account, the newest first.
    pub async fn list_tokens(&self, user: UserId) -> Result<Vec<TokenRow>> {
        let rows: Vec<Row> = rows!(
            self.db(),
            "select id, name, scopes, created_at, last_used_at, expires_at from tokens
             where user_id = $1 order by id desc",
            user.0,
        )?;
        rows.into_iter()
            .map(|(id, name, scopes, created_at, last_used_at, expires_at)| {
                Ok(TokenRow {
                    id: TokenId(id),
                    name,
                    scopes: parsed("tokens.scopes", &scopes)?,
                    created_at: UnixTime(created_at),
                    last_used_at: last_used_at.map(UnixTime),
                    expires_at: expires_at.map(UnixTime),
                })
            })
            .collect()
    }

    /// Revokes one token of this account.
    pub async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let revoked = exec!(
            tx,
            "delete from tokens where user_id = $1 and id = $2",
            user.0,
            token.0
        )?;
        if revoked == 0 {
            return Err(StoreError::NotFound(What::Token));
        }
        tx.commit().await
    }
}

/// id, name, scopes, created_at, last_used_at, expires_at
type Row = (i64, String, String, i64, Option<i64>, Option<i64>);

#[derive(sqlx::FromRow)]
struct ViewRow {
    id: i64,
    scopes: String,
    last_used_at: Option<i64>,
    user_id: i64,
    name: String,
    admin: bool,
    banned_at: Option<i64>,
    passkey: String,
    uploaded: i64,
    downloaded: i64,
    group_ids: Option<String>,
}

impl TryFrom<ViewRow> for TokenView {
    type Error = StoreError;

    fn try_from(row: ViewRow) -> Result<Self> {
        Ok(Self {
            token: TokenId(row.id),
            viewer: Viewer {
                user: Some(UserId(row.user_id)),
                name: row.name,
                groups: group_ids(row.group_ids.as_deref())?,
                admin: row.admin,
                banned: row.banned_at.is_some(),
            },
            scopes: parsed("tokens.scopes", &row.scopes)?,
            passkey: parsed("users.passkey", &row.passkey)?,
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
            last_used_at: row.last_used_at.map(UnixTime),
        })
    }
}
