//! Site settings.

use domain::SiteSettings;

use crate::changes::Subject;
use crate::db::exec;
use crate::{Result, Store};

impl Store {
    /// Stores all settings. Read them from [`Store::site`].
    pub async fn set_settings(&self, settings: &SiteSettings) -> Result<()> {
        let mut tx = self.db().begin().await?;
        for (key, value) in settings.pairs() {
            exec!(
                tx,
                "insert into settings (key, value) values ($1, $2)
                 on conflict (key) do update set value = excluded.value",
                key,
                value,
            )?;
        }
        self.commit(tx, &[Subject::Site]).await
    }
}
