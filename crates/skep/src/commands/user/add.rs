//! `skep user add`.

use anyhow::{Context, Result};
use domain::{Email, Passkey, UserName};
use store::{NewAccount, Store};

use super::password::Chosen;
use crate::config::Sources;
use crate::open::{self, Missing};
use crate::{out, world};

/// The account to add.
#[derive(clap::Args)]
pub struct Arguments {
    /// The name.
    name: String,
    /// The e-mail address.
    #[arg(long, value_name = "E")]
    email: Option<String>,
    /// A group to be a member of; may be given more than once.
    #[arg(long, value_name = "G")]
    group: Vec<String>,
    /// Make the account an administrator.
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Checks everything, then adds the account and prints what its owner needs.
pub fn run(sources: &Sources, arguments: &Arguments) -> Result<()> {
    let name: UserName = arguments
        .name
        .parse()
        .with_context(|| format!("`{}` is not a user name", arguments.name))?;
    let email: Option<Email> = match &arguments.email {
        Some(text) => Some(
            text.parse()
                .with_context(|| format!("`{text}` is not an e-mail address"))?,
        ),
        None => None,
    };
    let entropy = world::entropy();
    let password = Chosen::read(arguments.password_stdin, name.as_str(), &entropy)?;
    let account = NewAccount {
        password_hash: password.hash.clone(),
        name,
        email,
        passkey: Passkey::generate(&entropy),
        admin: arguments.admin,
        invite: None,
        language: None,
        now: world::clock().now(),
    };
    open::with_store(sources, Missing::Make, async |_, store| {
        add(store, &account, &arguments.group).await
    })?;
    password.print();
    Ok(())
}

async fn add(store: &Store, account: &NewAccount, groups: &[String]) -> Result<()> {
    let site = store.site();
    let mut ids = Vec::new();
    for wanted in groups {
        let found = site
            .groups
            .iter()
            .find(|group| group.name.to_lowercase() == wanted.to_lowercase());
        ids.push(
            found
                .with_context(|| format!("there is no group `{wanted}`"))?
                .id,
        );
    }
    let user = store
        .register(account)
        .await
        .context("cannot add the account")?;
    for group in ids {
        store
            .add_to_group(group, user, account.now)
            .await
            .context("added the account, but not to its group")?;
    }
    out::line(format_args!("added {} (user {user})", account.name));
    out::line(format_args!("passkey {}", account.passkey.as_str()));
    Ok(())
}
