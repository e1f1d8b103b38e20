//! Accounts: making, finding, banning them, and what their owners change.

use domain::{Email, GroupId, Language, Page, Passkey, Theme, UnixTime, UserId, UserName};

use crate::{Result, Store, TokenHash};

/// Someone who registers, is added from the command line, or is imported.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name, unique together with all names that look the same.
    pub name: UserName,
    /// The address, unique when given.
    pub email: Option<Email>,
    /// The password as an argon2id PHC string.
    pub password_hash: String,
    /// The tracker key, unique.
    pub passkey: Passkey,
    /// Whether the account administers the site.
    pub admin: bool,
    /// The invite that is used up by this, as the hash of its code.
    pub invite: Option<TokenHash>,
    /// The language of the pages, when chosen.
    pub language: Option<Language>,
    /// When it is made.
    pub now: UnixTime,
}

/// What the login page needs of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRecord {
    /// The account.
    pub user: UserId,
    /// Its name, as written by its owner.
    pub name: String,
    /// The PHC string to verify the password with.
    pub password_hash: String,
    /// Set when banned.
    pub ban: Option<Ban>,
}

/// Why and since when an account is banned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Since when.
    pub at: UnixTime,
    /// What its owner is told; may be empty.
    pub reason: String,
}

/// An account as its owner and administrators see it.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: Option<String>,
    /// Its tracker key.
    pub passkey: Passkey,
    /// Whether it administers the site.
    pub admin: bool,
    /// The language of its pages, when chosen.
    pub language: Option<Language>,
    /// The theme of its pages, when chosen.
    pub theme: Option<Theme>,
    /// Set when banned.
    pub ban: Option<Ban>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last seen on the site.
    pub last_seen_at: Option<UnixTime>,
    /// Bytes uploaded, accounted by the tracker.
    pub uploaded: u64,
    /// Bytes downloaded, accounted by the tracker.
    pub downloaded: u64,
    /// Posts written.
    pub posts: u64,
    /// The groups it belongs to, ascending.
    pub groups: Vec<GroupId>,
}

/// Which accounts a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccountFilter {
    /// All.
    #[default]
    All,
    /// The banned ones.
    Banned,
    /// The administrators.
    Admins,
}

impl Store {
    /// Makes an account and uses up its invite, in one transaction.
    ///
    /// # Errors
    /// [`Duplicate::UserName`](crate::Duplicate), `Email`, `Passkey`; `Conflict::InviteInvalid`.
    pub async fn register(&self, account: &NewAccount) -> Result<UserId> {
        let _ = account;
        Err(later())
    }

    /// Makes the first administrator, once: with two at the same time one gets
    /// [`Conflict::SetupDone`](crate::Conflict).
    pub async fn setup(&self, account: &NewAccount) -> Result<UserId> {
        let _ = account;
        Err(later())
    }

    /// Whether there is no administrator yet.
    pub async fn needs_setup(&self) -> Result<bool> {
        Err(later())
    }

    /// The record to check a login against; `None` when no such account exists.
    pub async fn find_for_login(&self, name: &UserName) -> Result<Option<LoginRecord>> {
        let _ = name;
        Err(later())
    }

    /// The same by e-mail address.
    pub async fn find_for_login_by_email(&self, email: &Email) -> Result<Option<LoginRecord>> {
        let _ = email;
        Err(later())
    }

    /// The same by id, for the page that asks for the present password.
    pub async fn login_record(&self, user: UserId) -> Result<LoginRecord> {
        let _ = user;
        Err(later())
    }

    /// An account by id.
    pub async fn account(&self, user: UserId) -> Result<Account> {
        let _ = user;
        Err(later())
    }

    /// An account by name.
    pub async fn account_by_name(&self, name: &UserName) -> Result<Option<Account>> {
        let _ = name;
        Err(later())
    }

    /// Accounts by id, ascending, and how many there are in all.
    pub async fn list_accounts(
        &self,
        filter: AccountFilter,
        page: Page,
    ) -> Result<(Vec<Account>, u64)> {
        let _ = (filter, page);
        Err(later())
    }

    /// Accounts with an id above `after`, ascending, at most `limit`: for walking through all.
    pub async fn accounts_after(&self, after: UserId, limit: u32) -> Result<Vec<Account>> {
        let _ = (after, limit);
        Err(later())
    }

    /// Replaces the password and ends all sessions of the account but `keep`.
    pub async fn set_password(
        &self,
        user: UserId,
        password_hash: &str,
        keep: Option<domain::SessionId>,
    ) -> Result<()> {
        let _ = (user, password_hash, keep);
        Err(later())
    }

    /// Replaces only the stored hash, when its parameters are out of date.
    pub async fn rehash_password(&self, user: UserId, password_hash: &str) -> Result<()> {
        let _ = (user, password_hash);
        Err(later())
    }

    /// Replaces the tracker key; the tracker refuses the old one from its next announce on.
    pub async fn reset_passkey(&self, user: UserId, passkey: &Passkey) -> Result<()> {
        let _ = (user, passkey);
        Err(later())
    }

    /// Sets or removes the address.
    pub async fn set_email(&self, user: UserId, email: Option<&Email>) -> Result<()> {
        let _ = (user, email);
        Err(later())
    }

    /// Sets language and theme of the account's pages; `None` follows the site.
    pub async fn set_appearance(
        &self,
        user: UserId,
        language: Option<Language>,
        theme: Option<Theme>,
    ) -> Result<()> {
        let _ = (user, language, theme);
        Err(later())
    }

    /// Makes the account an administrator, or takes the role away.
    ///
    /// # Errors
    /// `Conflict::LastAdministrator`.
    pub async fn set_admin(&self, user: UserId, admin: bool) -> Result<()> {
        let _ = (user, admin);
        Err(later())
    }

    /// Bans the account: its sessions end, its tokens and passkey stop working.
    ///
    /// # Errors
    /// `Conflict::LastAdministrator`.
    pub async fn ban(&self, user: UserId, reason: &str, now: UnixTime) -> Result<()> {
        let _ = (user, reason, now);
        Err(later())
    }

    /// Lifts the ban.
    pub async fn unban(&self, user: UserId) -> Result<()> {
        let _ = user;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
