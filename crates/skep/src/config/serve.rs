//! `[serve]`: what one process runs, and where it keeps its files.

use anyhow::{Result, bail};

super::key::table! {
    /// What `skep serve` runs, and where it keeps its files.
    Raw, Flags = "serve";
    /// The data folder: database, torrents, the tracker's journal, keys. Made when it is missing.
    #[arg(id = "serve.data", long = "data", value_name = "DIR", global = true)]
    data: String = "\"skep-data\"";
    /// Roles this process runs, of: web, tracker. None given: all of them.
    #[arg(id = "serve.roles", long = "roles", value_name = "LIST")]
    roles: Vec<String> = "[]";
}

/// The roles that one process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The site.
    pub web: bool,
    /// The tracker.
    pub tracker: bool,
}

impl Roles {
    /// Reads the names of roles; none means every role of this build.
    pub fn read(names: &[String]) -> Result<Self> {
        if names.is_empty() {
            return Ok(Self {
                web: true,
                tracker: true,
            });
        }
        let mut roles = Self {
            web: false,
            tracker: false,
        };
        for name in names {
            match name.as_str() {
                "web" => roles.web = true,
                "tracker" => roles.tracker = true,
                _ if LATER.contains(&name.as_str()) => {
                    bail!("the role `{name}` is not in this build; it has: web, tracker")
                }
                _ => bail!("there is no role `{name}`; roles are: web, tracker"),
            }
        }
        Ok(roles)
    }
}

const LATER: &[&str] = &[
    "crawler",
    "fetcher",
    "indexer",
    "watcher",
    "telegram",
    "scheduler",
    "spider",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_by_name() {
        let read = |names: &[&str]| {
            Roles::read(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            read(&[]),
            Ok(Roles {
                web: true,
                tracker: true
            })
        );
        assert_eq!(
            read(&["tracker"]),
            Ok(Roles {
                web: false,
                tracker: true
            })
        );
        assert!(read(&["web", "spider"]).is_err_and(|why| why.contains("not in this build")));
        assert!(read(&["wep"]).is_err_and(|why| why.contains("no role `wep`")));
    }
}
