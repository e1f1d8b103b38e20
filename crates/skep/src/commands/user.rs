//! `skep user …`.

use std::io::{self, Read};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use domain::{Email, Passkey, PasswordPolicy, Secret, UserId, UserName};
use serde_json::json;
use store::{Account, NewAccount, Store};

use crate::config::Sources;
use crate::open;
use crate::{out, world};

/// What to do with accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Add an account. Without --password-stdin a password is made and printed.
    Add {
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
    },
    /// List all accounts.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print the passkey of an account.
    Passkey {
        /// Whose.
        name: String,
        /// Replace it first; torrents downloaded with the old one stop announcing.
        #[arg(long)]
        reset: bool,
    },
    /// Ban an account from the site and the tracker.
    Ban {
        /// Whom.
        name: String,
        /// What they are told.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Lift a ban.
    Unban {
        /// Whose.
        name: String,
    },
}

/// Runs the command.
pub fn run(sources: &Sources, command: Command) -> Result<()> {
    open::with_store(sources, async |_, store| match command {
        Command::Add {
            name,
            email,
            group,
            admin,
            password_stdin,
        } => {
            let new = New {
                name,
                email,
                groups: group,
                admin,
                password_stdin,
            };
            add(store, new).await
        }
        Command::List { json } => list(store, json).await,
        Command::Passkey { name, reset } => passkey(store, &name, reset).await,
        Command::Ban { name, reason } => {
            let account = open::account(store, &name).await?;
            store
                .ban(account.user, &reason, world::clock().now())
                .await?;
            out::line(format_args!("banned {}", account.name));
            Ok(())
        }
        Command::Unban { name } => {
            let account = open::account(store, &name).await?;
            if account.ban.is_none() {
                bail!("{} is not banned", account.name);
            }
            store.unban(account.user).await?;
            out::line(format_args!("unbanned {}", account.name));
            Ok(())
        }
    })
}

struct New {
    name: String,
    email: Option<String>,
    groups: Vec<String>,
    admin: bool,
    password_stdin: bool,
}

async fn add(store: &Store, new: New) -> Result<()> {
    let name: UserName = new
        .name
        .parse()
        .with_context(|| format!("`{}` is not a user name", new.name))?;
    let email: Option<Email> = match &new.email {
        Some(text) => Some(
            text.parse()
                .with_context(|| format!("`{text}` is not an e-mail address"))?,
        ),
        None => None,
    };
    let site = store.site();
    let mut groups = Vec::new();
    for wanted in &new.groups {
        let found = site
            .groups
            .iter()
            .find(|group| group.name.to_lowercase() == wanted.to_lowercase());
        groups.push(
            found
                .with_context(|| format!("there is no group `{wanted}`"))?
                .id,
        );
    }

    let entropy = world::entropy();
    let password = if new.password_stdin {
        from_stdin()?
    } else {
        made_up(&Secret::generate(&entropy))
    };
    PasswordPolicy
        .check(&password, name.as_str())
        .context("the password cannot be used")?;
    let passkey = Passkey::generate(&entropy);
    let now = world::clock().now();
    let account = NewAccount {
        password_hash: web::hash_password(&password, &entropy)
            .context("cannot hash the password")?,
        name,
        email,
        passkey: passkey.clone(),
        admin: new.admin,
        invite: None,
        language: None,
        now,
    };
    let user = store
        .register(&account)
        .await
        .context("cannot add the account")?;
    for group in groups {
        store
            .add_to_group(group, user, now)
            .await
            .context("added the account, but not to its group")?;
    }
    out::line(format_args!("added {} (user {user})", account.name));
    out::line(format_args!("passkey {}", passkey.as_str()));
    if !new.password_stdin {
        out::line(format_args!("password {password}"));
    }
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

async fn list(store: &Store, json: bool) -> Result<()> {
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

async fn passkey(store: &Store, name: &str, reset: bool) -> Result<()> {
    let account = open::account(store, name).await?;
    let passkey = if reset {
        let passkey = Passkey::generate(&world::entropy());
        store.reset_passkey(account.user, &passkey).await?;
        passkey
    } else {
        account.passkey
    };
    out::line(passkey.as_str());
    Ok(())
}
