//! Accounts by the beginning of their name.

use domain::{Page, UserName};
use sqlx::AssertSqlSafe;

use crate::accounts::{AccountRow, account_columns};
use crate::db::{rows, value};
use crate::row::unsigned;
use crate::{Account, Result, Store, dialect};

impl Store {
    /// Accounts whose name begins with `text`, regardless of case and of letters that look alike, by
    /// name; and how many there are in all.
    pub async fn find_accounts(&self, text: &str, page: Page) -> Result<(Vec<Account>, u64)> {
        let text = text.trim();
        let (key, merged) = UserName::key_beginnings(text);
        // An `m` in the key stands for many things; here it must be the `rn` that was begun.
        let r_at = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let condition = format!(
            "({} or ($2 <> '' and {} and lower(substr(u.name, cast($3 as int), 2)) = 'rn'))",
            dialect::begins_with(self.engine(), "u.name_key", 1),
            dialect::begins_with(self.engine(), "u.name_key", 2),
        );
        let merged = merged.unwrap_or_default();
        let total: i64 = value!(
            self.db(),
            AssertSqlSafe(format!("select count(*) from users u where {condition}")),
            &key,
            &merged,
            r_at,
        )?;
        let rows: Vec<AccountRow> = rows!(
            self.db(),
            AssertSqlSafe(format!(
                "{} where {condition} order by u.name_key, u.id limit $4 offset $5",
                account_columns!()
            )),
            &key,
            &merged,
            r_at,
            page.limit(),
            page.offset(),
        )?;
        let accounts = rows
            .into_iter()
            .map(Account::try_from)
            .collect::<Result<_>>()?;
        Ok((accounts, unsigned(total)))
    }
}
