//! Accounts: making, finding, banning them, and what their owners change.

use domain::{Email, GroupId, Language, Page, Passkey, Theme, UnixTime, UserId, UserName};

use crate::changes::Subject;
use crate::db::{Tx, exec, row, rows, value};
use crate::dialect::{Turn, take_turn};
use crate::row::{group_ids, parsed, unsigned};
use crate::{Ban, Conflict, Duplicate, Result, Store, StoreError, TokenHash, What, dialect};

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
    /// Whether it is a foreign front end's user, and no member of this site.
    pub foreign: bool,
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

/// Everything of an account; a condition follows.
macro_rules! account_columns {
    () => {
        "select u.id, u.name, u.email, u.passkey, u.admin, u.language, u.theme, u.banned_at,
            u.ban_reason, u.created_at, u.last_seen_at, u.uploaded, u.downloaded, u.posts, u.foreign_id,
            (select string_agg(cast(m.group_id as text), ',') from group_members m
             where m.user_id = u.id) as group_ids
         from users u"
    };
}
pub(crate) use account_columns;

impl Store {
    /// Makes an account and uses up its invite, in one transaction.
    ///
    /// # Errors
    /// [`Duplicate::UserName`](crate::Duplicate), `Email`, `Passkey`; `Conflict::InviteInvalid`.
    pub async fn register(&self, account: &NewAccount) -> Result<UserId> {
        let mut tx = self.db().begin().await?;
        let user = insert_account(&mut tx, account).await?;
        self.commit(tx, &[Subject::User(user)]).await?;
        Ok(user)
    }

    /// Makes the first administrator, once: with two at the same time one gets
    /// [`Conflict::SetupDone`](crate::Conflict).
    pub async fn setup(&self, account: &NewAccount) -> Result<UserId> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Roles).await?;
        let done: bool = value!(tx, "select exists (select 1 from users where admin)")?;
        if done {
            return Err(Conflict::SetupDone.into());
        }
        let account = NewAccount {
            admin: true,
            invite: None,
            ..account.clone()
        };
        let user = insert_account(&mut tx, &account).await?;
        self.commit(tx, &[Subject::User(user)]).await?;
        Ok(user)
    }

    /// Whether there is no administrator yet.
    pub async fn needs_setup(&self) -> Result<bool> {
        let done: bool = value!(self.db(), "select exists (select 1 from users where admin)")?;
        Ok(!done)
    }

    /// The record to check a login against; `None` when no such account exists.
    pub async fn find_for_login(&self, name: &UserName) -> Result<Option<LoginRecord>> {
        let row: Option<LoginRow> = row!(
            self.db(),
            "select id, name, password_hash, banned_at, ban_reason from users where name_key = $1",
            name.key(),
        )?;
        Ok(row.map(LoginRecord::from))
    }

    /// The same by e-mail address.
    pub async fn find_for_login_by_email(&self, email: &Email) -> Result<Option<LoginRecord>> {
        let row: Option<LoginRow> = row!(
            self.db(),
            "select id, name, password_hash, banned_at, ban_reason from users where email_key = $1",
            email.key(),
        )?;
        Ok(row.map(LoginRecord::from))
    }

    /// The same by id, for the page that asks for the present password.
    pub async fn login_record(&self, user: UserId) -> Result<LoginRecord> {
        let row: Option<LoginRow> = row!(
            self.db(),
            "select id, name, password_hash, banned_at, ban_reason from users where id = $1",
            user.0,
        )?;
        row.map(LoginRecord::from)
            .ok_or(StoreError::NotFound(What::User))
    }

    /// An account by id.
    pub async fn account(&self, user: UserId) -> Result<Account> {
        let row: Option<AccountRow> = row!(
            self.db(),
            concat!(account_columns!(), " where u.id = $1"),
            user.0
        )?;
        row.ok_or(StoreError::NotFound(What::User))?.try_into()
    }

    /// An account by name.
    pub async fn account_by_name(&self, name: &UserName) -> Result<Option<Account>> {
        let row: Option<AccountRow> = row!(
            self.db(),
            concat!(account_columns!(), " where u.name_key = $1"),
            name.key()
        )?;
        row.map(Account::try_from).transpose()
    }

    /// Members of this site by id, ascending, and how many there are in all.
    pub async fn list_accounts(
        &self,
        filter: AccountFilter,
        page: Page,
    ) -> Result<(Vec<Account>, u64)> {
        let (list, count) = match filter {
            AccountFilter::All => (
                concat!(
                    account_columns!(),
                    " where u.foreign_id is null order by u.id limit $1 offset $2"
                ),
                "select value from totals where name = 'users'",
            ),
            AccountFilter::Banned => (
                concat!(
                    account_columns!(),
                    " where u.banned_at is not null and u.foreign_id is null
                     order by u.id limit $1 offset $2"
                ),
                "select count(*) from users where banned_at is not null and foreign_id is null",
            ),
            AccountFilter::Admins => (
                concat!(
                    account_columns!(),
                    " where u.admin order by u.id limit $1 offset $2"
                ),
                "select count(*) from users where admin",
            ),
        };
        let total: i64 = value!(self.db(), count)?;
        let rows: Vec<AccountRow> = rows!(self.db(), list, page.limit(), page.offset())?;
        let accounts = rows
            .into_iter()
            .map(Account::try_from)
            .collect::<Result<_>>()?;
        Ok((accounts, unsigned(total)))
    }

    /// Members of this site with an id above `after`, ascending, at most `limit`: for walking through all.
    pub async fn accounts_after(&self, after: UserId, limit: u32) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = rows!(
            self.db(),
            concat!(
                account_columns!(),
                " where u.id > $1 and u.foreign_id is null order by u.id limit $2"
            ),
            after.0,
            i64::from(limit),
        )?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// Replaces the password and ends all sessions of the account but `keep`.
    pub async fn set_password(
        &self,
        user: UserId,
        password_hash: &str,
        keep: Option<domain::SessionId>,
    ) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set password_hash = $2 where id = $1",
            user.0,
            password_hash
        )?;
        found(changed)?;
        exec!(
            tx,
            "delete from sessions where user_id = $1 and id <> $2",
            user.0,
            keep.map_or(0, |session| session.0),
        )?;
        tx.commit().await
    }

    /// Replaces only the stored hash, when its parameters are out of date.
    pub async fn rehash_password(&self, user: UserId, password_hash: &str) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set password_hash = $2 where id = $1",
            user.0,
            password_hash
        )?;
        found(changed)?;
        tx.commit().await
    }

    /// Replaces the tracker key; the tracker refuses the old one from its next announce on.
    pub async fn reset_passkey(&self, user: UserId, passkey: &Passkey) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set passkey = $2 where id = $1",
            user.0,
            passkey.as_str()
        )
        .map_err(taken)?;
        found(changed)?;
        self.commit(tx, &[Subject::User(user)]).await
    }

    /// Sets or removes the address.
    pub async fn set_email(&self, user: UserId, email: Option<&Email>) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set email = $2, email_key = $3 where id = $1",
            user.0,
            email.map(Email::as_str),
            email.map(Email::key),
        )
        .map_err(taken)?;
        found(changed)?;
        tx.commit().await
    }

    /// Sets language and theme of the account's pages; `None` follows the site.
    pub async fn set_appearance(
        &self,
        user: UserId,
        language: Option<Language>,
        theme: Option<Theme>,
    ) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update users set language = $2, theme = $3 where id = $1",
            user.0,
            language.map(Language::as_str),
            theme.map(Theme::as_str),
        )?;
        found(changed)?;
        tx.commit().await
    }
}

async fn insert_account(tx: &mut Tx<'_>, account: &NewAccount) -> Result<UserId> {
    let user: i64 = value!(
        tx,
        "insert into users (name, name_key, email, email_key, password_hash, passkey, admin,
            language, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
        account.name.as_str(),
        account.name.key(),
        account.email.as_ref().map(Email::as_str),
        account.email.as_ref().map(Email::key),
        &account.password_hash,
        account.passkey.as_str(),
        account.admin,
        account.language.map(Language::as_str),
        account.now.0,
    )
    .map_err(taken)?;
    if let Some(code) = &account.invite {
        // Of two who use it at once, the second waits here and then finds it used.
        let used = exec!(
            tx,
            "update invites set used_by = $2, used_at = $3
             where code_hash = $1 and used_at is null and expires_at > $3",
            &code.0[..],
            user,
            account.now.0,
        )?;
        if used == 0 {
            return Err(Conflict::InviteInvalid.into());
        }
    }
    exec!(
        tx,
        "update totals set value = value + 1 where name = 'users'"
    )?;
    Ok(UserId(user))
}

/// Which unique value an insert or update ran into.
pub(crate) fn taken(error: sqlx::Error) -> StoreError {
    match dialect::unique_violation(&error).as_deref() {
        Some("users_name_key") => Duplicate::UserName.into(),
        Some("users_email_key") => Duplicate::Email.into(),
        Some("users_passkey") => Duplicate::Passkey.into(),
        _ => error.into(),
    }
}

pub(crate) fn found(changed: u64) -> Result<()> {
    if changed == 0 {
        Err(StoreError::NotFound(What::User))
    } else {
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct LoginRow {
    id: i64,
    name: String,
    password_hash: String,
    banned_at: Option<i64>,
    ban_reason: String,
}

impl From<LoginRow> for LoginRecord {
    fn from(row: LoginRow) -> Self {
        Self {
            user: UserId(row.id),
            name: row.name,
            password_hash: row.password_hash,
            ban: Ban::from_columns(row.banned_at, row.ban_reason),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct AccountRow {
    id: i64,
    name: String,
    email: Option<String>,
    passkey: String,
    admin: bool,
    language: Option<String>,
    theme: Option<String>,
    banned_at: Option<i64>,
    ban_reason: String,
    created_at: i64,
    last_seen_at: Option<i64>,
    uploaded: i64,
    downloaded: i64,
    posts: i64,
    foreign_id: Option<i64>,
    group_ids: Option<String>,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            user: UserId(row.id),
            name: row.name,
            email: row.email,
            passkey: parsed("users.passkey", &row.passkey)?,
            admin: row.admin,
            language: row.language.and_then(|word| word.parse().ok()),
            theme: row.theme.and_then(|word| word.parse().ok()),
            ban: Ban::from_columns(row.banned_at, row.ban_reason),
            created_at: UnixTime(row.created_at),
            last_seen_at: row.last_seen_at.map(UnixTime),
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
            posts: unsigned(row.posts),
            groups: group_ids(row.group_ids.as_deref())?,
            foreign: row.foreign_id.is_some(),
        })
    }
}
