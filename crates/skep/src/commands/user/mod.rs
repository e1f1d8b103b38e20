//! `skep user …`.

mod add;
mod list;
mod password;

use anyhow::{Result, bail};
use clap::Subcommand;
use domain::Passkey;
use store::Store;

use self::password::Chosen;
use crate::config::Sources;
use crate::open::{self, Missing};
use crate::{out, world};

/// What to do with accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Add an account. Without --password-stdin a password is made and printed.
    Add(add::Arguments),
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
    /// Give an account a new password and end its sessions. Without --password-stdin one is made and printed.
    Password {
        /// Whose.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
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
    match command {
        Command::Add(arguments) => add::run(sources, &arguments),
        Command::List { json } => on_store(sources, async |store| list::list(store, json).await),
        Command::Passkey { name, reset } => {
            on_store(sources, async |store| passkey(store, &name, reset).await)
        }
        Command::Password {
            name,
            password_stdin,
        } => on_store(sources, async |store| {
            password(store, &name, password_stdin).await
        }),
        Command::Ban { name, reason } => {
            on_store(sources, async |store| ban(store, &name, &reason).await)
        }
        Command::Unban { name } => on_store(sources, async |store| unban(store, &name).await),
    }
}

fn on_store(sources: &Sources, work: impl AsyncFnOnce(&Store) -> Result<()>) -> Result<()> {
    open::with_store(sources, Missing::Refuse, async |_, store| work(store).await)
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

async fn password(store: &Store, name: &str, from_stdin: bool) -> Result<()> {
    let account = open::account(store, name).await?;
    let entropy = world::entropy();
    let chosen = Chosen::read(from_stdin, account.name.as_str(), &entropy)?;
    store.set_password(account.user, &chosen.hash, None).await?;
    out::line(format_args!("changed the password of {}", account.name));
    chosen.print();
    Ok(())
}

async fn ban(store: &Store, name: &str, reason: &str) -> Result<()> {
    let account = open::account(store, name).await?;
    store
        .ban(account.user, reason, world::clock().now())
        .await?;
    out::line(format_args!("banned {}", account.name));
    Ok(())
}

async fn unban(store: &Store, name: &str) -> Result<()> {
    let account = open::account(store, name).await?;
    if account.ban.is_none() {
        bail!("{} is not banned", account.name);
    }
    store.unban(account.user).await?;
    out::line(format_args!("unbanned {}", account.name));
    Ok(())
}
