//! `[store]`: where accounts, posts and the accounting are kept.

use std::path::Path;

use anyhow::{Result, bail};

super::key::table! {
    /// Where accounts, posts, torrents and the accounting are kept.
    Raw, Flags = "store";
    /// `sqlite:PATH` or `postgres://user:password@host:port/database`. `{data}` stands for the data folder.
    #[arg(id = "store.url", long = "store", value_name = "URL", global = true)]
    url: String = "\"sqlite:{data}/skep.db\"";
}

impl Raw {
    /// The address with the data folder put in.
    pub fn resolve(self, data: &Path) -> Result<String> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| self.url.starts_with(scheme)) {
            bail!(
                "store.url: write sqlite:PATH or postgres://…, not `{}`",
                self.url
            );
        }
        Ok(super::in_data(&self.url, data))
    }
}

/// The address without its password, for logs and messages.
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((user, host)) = authority.rsplit_once('@') else {
        return url.to_owned();
    };
    let name = user.split(':').next().unwrap_or_default();
    let secret = if user.contains(':') { ":***" } else { "" };
    format!(
        "{scheme}://{name}{secret}@{host}{}",
        &rest[authority.len()..]
    )
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(
            shown("postgres://a:b%40c@db:5432/skep"),
            "postgres://a:***@db:5432/skep"
        );
        assert_eq!(
            shown("postgres://a:b@c@db/x?y=1"),
            "postgres://a:***@db/x?y=1"
        );
        assert_eq!(shown("postgres://db/x"), "postgres://db/x");
        assert_eq!(shown("postgres://a@db"), "postgres://a@db");
        assert_eq!(shown("sqlite:a/b.db"), "sqlite:a/b.db");
    }
}
