//! `skep token create`.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use domain::{Scope, Scopes, Secret};
use store::NewToken;

use crate::config::Sources;
use crate::open::{self, Missing};
use crate::{out, world};

/// What to do with API tokens.
#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it, once: only its hash is kept.
    Create {
        /// Whose it is.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// What it may do, of: read, download, account, post, tracker, moderate, admin.
        #[arg(long, value_name = "SCOPE,…", value_delimiter = ',', required = true)]
        scope: Vec<String>,
        /// What its owner will know it by.
        #[arg(long, value_name = "TEXT", default_value = "command line")]
        label: String,
    },
}

/// Runs the command.
pub fn run(sources: &Sources, command: Command) -> Result<()> {
    let Command::Create { user, scope, label } = command;
    let scopes = scopes(&scope)?;
    open::with_store(sources, Missing::Refuse, async |_, store| {
        let owner = open::account(store, &user).await?;
        let admin_only = [Scope::Admin, Scope::Moderate, Scope::Tracker];
        if let Some(scope) = admin_only
            .into_iter()
            .find(|scope| scopes.contains(*scope) && !owner.admin)
        {
            bail!(
                "{} is no administrator, so a token of theirs cannot have the scope {}",
                owner.name,
                scope.as_str()
            );
        }
        let secret = Secret::generate(&world::entropy());
        let token = NewToken {
            user: owner.user,
            name: label,
            token: web::token_hash(&secret),
            scopes,
            now: world::clock().now(),
            expires_at: None,
        };
        store
            .create_token(&token)
            .await
            .context("cannot make the token")?;
        out::line(secret.as_str());
        Ok(())
    })
}

fn scopes(words: &[String]) -> Result<Scopes> {
    let mut scopes = Scopes::NONE;
    for word in words
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
    {
        let scope: Scope = word.parse().ok().with_context(|| {
            let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
            format!(
                "there is no scope `{word}`; scopes are: {}",
                known.join(", ")
            )
        })?;
        scopes = scopes.with(scope);
    }
    if scopes.is_empty() {
        bail!("a token without a scope can do nothing; name at least one");
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_by_name() {
        let read =
            |words: &[&str]| scopes(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(read(&["read", " post"]).is_ok_and(|scopes| scopes.iter().count() == 2));
        assert!(read(&["raed"]).is_err_and(|error| error.to_string().contains("no scope `raed`")));
        assert!(read(&[""]).is_err());
    }
}
