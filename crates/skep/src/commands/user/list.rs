//! `skep user list`.

use anyhow::Result;
use domain::UserId;
use serde_json::json;
use store::{Account, Store};

use crate::out;

/// Prints every account, oldest first, one a line.
pub async fn list(store: &Store, json: bool) -> Result<()> {
    let site = store.site();
    let mut after = UserId(0);
    loop {
        let accounts = store.accounts_after(after, 500).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = last.user;
        for account in &accounts {
            let groups: Vec<&str> = site
                .groups
                .iter()
                .filter(|group| account.groups.contains(&group.id))
                .map(|group| group.name.as_str())
                .collect();
            out::line(if json {
                as_json(account, &groups)
            } else {
                as_text(account, &groups)
            });
        }
    }
}

fn as_json(account: &Account, groups: &[&str]) -> String {
    json!({
        "user_id": account.user.0,
        "name": account.name,
        "email": account.email,
        "admin": account.admin,
        "groups": groups,
        "banned": account.ban.as_ref().map(|ban| &ban.reason),
        "created_at": account.created_at.0,
        "last_seen_at": account.last_seen_at.map(|at| at.0),
        "uploaded": account.uploaded,
        "downloaded": account.downloaded,
        "posts": account.posts,
    })
    .to_string()
}

fn as_text(account: &Account, groups: &[&str]) -> String {
    let mut marks = Vec::new();
    if account.admin {
        marks.push("admin".to_owned());
    }
    marks.extend(groups.iter().map(ToString::to_string));
    if account.ban.is_some() {
        marks.push("banned".to_owned());
    }
    let marks = if marks.is_empty() {
        "-".to_owned()
    } else {
        marks.join(",")
    };
    let email = account.email.as_deref().unwrap_or("-");
    format!(
        "{}\t{}\t{marks}\t{email}\tup={}\tdown={}",
        account.user, account.name, account.uploaded, account.downloaded
    )
}
