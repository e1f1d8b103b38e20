//! `/admin/tracker/suspicions`: uploads that are faster than the site believes.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use store::{Ruling, Suspicion};

use crate::answer::{Done, Page};
use crate::error::{Error, Result};
use crate::extract::{Admin, Fields, Params};
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/suspicions.html")]
struct Suspicions {
    shell: Shell,
    suspicions: Vec<Suspicion>,
    /// Whether the site believes any speed.
    unlimited: bool,
    /// Where the list goes on.
    more: Option<String>,
}

impl Suspicions {
    /// Bytes a second, as they were reported.
    fn speed(&self, of: &Suspicion) -> String {
        let bytes = self.shell.size(of.raw_uploaded / of.seconds.max(1));
        self.shell.t("tracker-speed").arg("size", bytes).to_string()
    }
}

#[derive(Deserialize)]
pub struct Query {
    after: Option<i64>,
}

/// `GET /admin/tracker/suspicions?after=`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Page<impl Template>> {
    let suspicions = app.store.suspicions(query.after, SHOWN).await?;
    let last = suspicions.last();
    let last = last.filter(|_| suspicions.len() == SHOWN as usize);
    let more = last.map(|last| format!("{}?after={}", urls::admin_suspicions(), last.id));
    let unlimited = shell.visit().site.settings.upload_speed_limit == 0;
    Ok(Page(Suspicions {
        shell,
        suspicions,
        unlimited,
        more,
    }))
}

/// What is decided, and of which.
#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    grant: Option<i64>,
    #[serde(default)]
    dismiss: Option<i64>,
}

/// `POST /admin/tracker/suspicions`
pub async fn decide(
    State(app): State<App>,
    me: Admin,
    shell: Shell,
    Fields(form): Fields<Decision>,
) -> Result<Done> {
    let (id, ruling, notice) = match (form.grant, form.dismiss) {
        (Some(id), None) => (id, Ruling::Grant, "upload-granted"),
        (None, Some(id)) => (id, Ruling::Dismiss, "upload-dismissed"),
        _ => return Err(Error::NotFound),
    };
    let now = shell.visit().now;
    app.store.decide_suspicion(id, ruling, me.user, now).await?;
    Ok(Done::go(urls::admin_suspicions()).notice(&app, notice))
}

const SHOWN: u32 = 50;
