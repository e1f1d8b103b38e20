//! Site settings.

use domain::SiteSettings;

use crate::{Result, Store};

impl Store {
    /// Stores all settings. Read them from [`Store::site`].
    pub async fn set_settings(&self, settings: &SiteSettings) -> Result<()> {
        let _ = settings;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
