//! Changing the site's settings, whoever asks.

use domain::SiteSettings;

use crate::error::{Error, Faults};
use crate::state::App;

/// Settings to change: key and text, as stored.
pub type Wished<'w> = &'w [(&'static str, &'w str)];

/// Changes the named settings and leaves the others; nothing changes when one of them is refused.
pub async fn change(app: &App, wished: Wished<'_>) -> Result<Result<SiteSettings, Faults>, Error> {
    let mut settings = app.store.site().settings.clone();
    let mut faults = Faults::default();
    for (key, text) in wished {
        faults.keep(key, settings.set(key, text));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    app.store.set_settings(&settings).await?;
    tracing::info!("site settings changed");
    Ok(Ok(settings))
}
