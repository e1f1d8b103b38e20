//! `skep user add`.

use std::io::{self, Read};

use anyhow::{Context, Result};
use domain::{Email, Passkey, PasswordPolicy, Secret, UserName};
use store::{NewAccount, Store};

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
    let password = match arguments.password_stdin {
        true => from_stdin()?,
        false => made_up(&Secret::generate(&entropy)),
    };
    PasswordPolicy
        .check(&password, name.as_str())
        .context("the password cannot be used")?;
    let account = NewAccount {
        password_hash: web::hash_password(&password, &entropy)
            .context("cannot hash the password")?,
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
    if !arguments.password_stdin {
        out::line(format_args!("password {password}"));
    }
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

/// The password on standard input, without the line's end.
fn from_stdin() -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .take(PasswordPolicy::MAX_BYTES as u64 + 3)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    Ok(password.strip_suffix('\r').unwrap_or(password).to_owned())
}

/// A password of 96 random bits in groups that can be typed.
fn made_up(secret: &Secret) -> String {
    let digits: Vec<char> = secret.as_str().chars().take(24).collect();
    digits
        .chunks(6)
        .map(|chunk| chunk.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}
