//! API tokens: a secret with scopes that stands for its owner.

use domain::{Passkey, Scopes, TokenId, UnixTime, UserId, Viewer};

use crate::{Result, Store, TokenHash};

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
        let _ = token;
        Err(later())
    }

    /// Who holds this token, in one statement; `None` when it does not exist or has expired.
    pub async fn viewer_by_token(
        &self,
        token: &TokenHash,
        now: UnixTime,
    ) -> Result<Option<TokenView>> {
        let _ = (token, now);
        Err(later())
    }

    /// Records that the token is in use. Writes only when the last touch is 5 minutes or more ago.
    pub async fn touch_token(&self, token: &TokenView, now: UnixTime) -> Result<()> {
        let _ = (token, now);
        Err(later())
    }

    /// The tokens of an account, the newest first.
    pub async fn list_tokens(&self, user: UserId) -> Result<Vec<TokenRow>> {
        let _ = user;
        Err(later())
    }

    /// Revokes one token of this account.
    pub async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<()> {
        let _ = (user, token);
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
