//! `GET /members/{id}`: what everyone may know of a member.

use askama::Template;
use axum::extract::State;
use domain::UserId;
use store::MemberPage;

use crate::answer::Page;
use crate::error::Result;
use crate::extract::Id;
use crate::layout::Shell;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/members/profile.html")]
struct Profile {
    shell: Shell,
    member: MemberPage,
}

impl Profile {
    fn own(&self) -> bool {
        self.shell.viewer().is(self.member.id)
    }
}

/// `GET /members/{id}`
pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Id(user): Id<UserId>,
) -> Result<Page<impl Template>> {
    let member = app.store.member_page(shell.viewer(), user).await?;
    Ok(Page(Profile { shell, member }))
}
